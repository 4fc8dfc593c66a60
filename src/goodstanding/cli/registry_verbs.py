"""The verbs that keep the registry: `registry create`, `publish`, `collect`, `rotate`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

from cyclopts import App, Parameter

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, AsOf, Database, ProgrammeName, WorkspacePath
from goodstanding.cli.output import console, print_error, print_json
from goodstanding.errors import BadInput, StandingError
from goodstanding.machine import refusal_of
from goodstanding.months import Month, day_of, today
from goodstanding.programmes import load_programme
from goodstanding.registry import ReadTransaction, Registry, create_registry, keys_folder, open_registry
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.furnishing import Collected, collect, erase_leavers, publish_run
from goodstanding.registry.furnishing.awaiting_notice import count_noticed
from goodstanding.registry.key_rotation import rehash, reseal
from goodstanding.registry.rights import close_overdue
from goodstanding.registry.scores.score_age import Ageing, ageing, oldest_answered
from goodstanding.registry.unopened import Unopened, until_none_is_left
from goodstanding.registry.verification import note_workspace
from goodstanding.scoring import run_to_show
from goodstanding.store import Workspace
from goodstanding.wording import tr

T = TypeVar("T")
# How many rows that do not open are named; --json names all.
_NAMED = 20

registry = App(name="registry", help=tr("Keep people, consents and answers."))


@registry.command(name="create", help=tr("Make the registry's database and keys, or bring them up to date."))
def create(
    *,
    name: Annotated[
        str | None,
        Parameter(help=tr("The log's name for good, such as standing.example/log; one is made up if left out.")),
    ] = None,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Make the registry's database and keys, or bring the database up to this version."""
    create_registry(workspace, database, name=name)
    folder = str(keys_folder(workspace))
    console.print(tr("The registry is ready. Keep a copy of {folder}, away from the database.", folder=folder))


@registry.command(name="publish", help=tr("Answer from the scores of a run."))
def publish_run_scores(
    programme: ProgrammeName,
    *,
    as_of: AsOf = None,
    json: AsJson = False,
    database: Database = None,
    root: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Take over a run's scores for all who have joined, at one moment; again for those who joined since."""
    workspace, name = Workspace(root), load_programme(programme).programme.name
    manifest = run_to_show(workspace, name, None if as_of is None else Month.parse(as_of))
    left: list[Unopened] = []
    with open_registry(root, database) as registry:
        done = publish_run(registry, workspace, manifest, today(), left)
        note_workspace(registry, workspace)
        oldest = oldest_answered(day_of(registry.clock()))
    found, right = done.publication, sum(one.people for one in done.put_right)
    too_old = manifest.basis.as_of < str(oldest)
    if json:
        merkle_root = None if found is None else found.root.hex()
        people = 0 if found is None else found.people
        print_json(
            {
                "run": manifest.run,
                "people": people,
                "root": merkle_root,
                "put_right": right,
                "newest_month": done.newest,
            }
            | {"waiting": done.waiting, "too_old": too_old, "oldest_month": str(oldest)}
        )
    elif found is None:
        console.print(tr("Run {run} has no score of anybody who has joined that is not published.", run=manifest.run))
    else:
        values = {"run": found.run, "n": f"{found.people:,}", "root": found.root.hex()}
        if too_old:
            console.print(tr("Run {run} is published, for {n} people. Root: {root}", **values))
        else:
            console.print(tr("Run {run} is answered from, for {n} people. Root: {root}", **values))
    if too_old and not json:
        console.print(_too_old_line(manifest.basis.as_of, oldest), soft_wrap=True)
    if not json and done.newest > manifest.basis.as_of:
        console.print(tr("Who has a score of {month}, which is newer, is answered from that.", month=done.newest))
    if right and not json:
        console.print(tr("Scores put right, of records that were contested since the run: {n}.", n=f"{right:,}"))
    if done.waiting and not json:
        console.print(
            tr(
                "Not published, of who came back and waits to be erased from the files: {n}. Run `{verb}`.",
                n=f"{done.waiting:,}",
                verb="standing registry collect",
            )
        )
    _end_with(list(dict.fromkeys(left)), [])


def _too_old_line(month: str, oldest: Month) -> str:
    return tr(
        "Scores of {month} are too old to be answered from: every answer from them is `not_enough_data`. "
        "The oldest month that is answered from is {oldest}.",
        month=month,
        oldest=str(oldest),
    )


@registry.command(name="collect", help=tr("Take what was furnished, contested and decided into the records."))
def collect_all(*, json: AsJson = False, database: Database = None, root: WorkspacePath = DEFAULT_WORKSPACE) -> None:
    """Take what is due into the records, and put right the scores of those whom it was about. Run it daily."""
    left: list[Unopened] = []
    stopped: list[Exception] = []
    workspace = Workspace(root)
    with open_registry(root, database) as registry:
        overdue = _alone(stopped, lambda: until_none_is_left(registry, close_overdue, left))
        expired = _alone(stopped, lambda: until_none_is_left(registry, expire_consents, left))
        # First, for who came back: until it is done nothing that is furnished of them is taken.
        erased = _alone(stopped, lambda: erase_leavers(registry, workspace, left))
        found = _alone(stopped, lambda: collect(registry, workspace, today(), left))
        _alone(stopped, lambda: note_workspace(registry, workspace))
        noticed = _alone(stopped, lambda: _looking(registry, count_noticed))
        old = _alone(stopped, lambda: _looking(registry, ageing)) or ()
        oldest = oldest_answered(day_of(registry.clock()))
    # Two chores may have met the same row.
    unopened = list(dict.fromkeys(left))
    if json:
        rows = [{"table": one.table, "key": one.key, "why": one.why} for one in unopened]
        aged = [{"programme": a.programme, "newest_month": str(a.newest), "until": a.until.isoformat()} for a in old]
        done = {"cases_closed": overdue, "consents_expired": expired, "people_erased": erased, "in_notice": noticed}
        put_back = None if found is None else found.put_back
        more = {"put_back": put_back, "too_old": aged, "oldest_month": str(oldest), "unopened": rows}
        print_json(_counts(found) | done | more)
    else:
        _print_collected(found, overdue, expired, erased, noticed)
        _print_old(old, oldest)
    _end_with(unopened, stopped)


def _alone(stopped: list[Exception], work: Callable[[], T]) -> T | None:
    """Do one chore; what stops it, be it a fault, does not keep another from being done. None if it was stopped."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - it is told when all others are done
        stopped.append(refusal_of(error, tr("this machine")) or error)
        return None


def _looking(registry: Registry, look_at: Callable[[ReadTransaction], T]) -> T:
    with registry.read() as transaction:
        return look_at(transaction)


def _end_with(unopened: Sequence[Unopened], stopped: Sequence[Exception]) -> None:
    """Tell of the rows that were left and of what stopped a chore, if there is any, and end so: a fault last."""
    # What stops one chore may stop the next: it is told once.
    once = {str(error): error for error in reversed(stopped)}.values()
    ordered = sorted(once, key=lambda error: not isinstance(error, StandingError))
    if unopened:
        ordered.insert(0, left_where_they_are(unopened))
    for error in ordered[:-1]:
        print_error(error)
    if ordered:
        raise ordered[-1]


def left_where_they_are(unopened: Sequence[Unopened]) -> BadInput:
    """That there are rows that do not open; the first of them by their tables and keys."""
    named = "; ".join(f"{one.table} {one.key} ({one.why})" for one in unopened[:_NAMED])
    return BadInput(
        where=tr("the registry"),
        found=tr("rows that do not open and are left where they are, {n}: {rows}", n=f"{len(unopened):,}", rows=named),
        expected=tr("rows as they were written"),
        do=tr("Nothing else waits for them. Run `{verb}`, and restore them from a copy.", verb="standing verify"),
    )


def _counts(found: Collected | None) -> dict[str, int | None]:
    """What was collected, in numbers; None where that was stopped."""
    if found is None:
        return dict.fromkeys(("items", "waiting", "kept_out", "rescored"))
    rescored = sum(one.people for one in found.publications)
    return {"items": found.items, "waiting": found.waiting, "kept_out": found.excluded, "rescored": rescored}


def _print_collected(
    found: Collected | None, overdue: int | None, expired: int | None, erased: int | None, noticed: int | None
) -> None:
    """Say what was done; of what was stopped only why, elsewhere."""
    if found is not None:
        if found.put_back:
            console.print(tr("The workspace is an older copy: everything furnished was taken over again."))
        counts = _counts(found)
        line = tr(
            "Records taken over: {items}; cannot be taken and wait: {waiting}; scores put right: {rescored}.", **counts
        )
        console.print(line)
        if found.excluded:
            line = tr(
                "Contested or deleted records that files said anew, and that still do not count: {kept_out}.", **counts
            )
            console.print(line)
    if noticed:
        console.print(tr("Records that wait for the day from which they count: {n}.", n=f"{noticed:,}"))
    if overdue is not None and expired is not None:
        console.print(
            tr("Cases closed by the clock: {cases}; consents run out: {consents}.", cases=overdue, consents=expired)
        )
    elif overdue is not None:
        console.print(tr("Cases closed by the clock: {cases}.", cases=overdue))
    elif expired is not None:
        console.print(tr("Consents run out: {consents}.", consents=expired))
    if erased:
        console.print(tr("People who left and are erased from the files: {n}.", n=erased))


def _print_old(old: Sequence[Ageing], oldest: Month) -> None:
    """Say which programmes have no month, or soon none, that is answered from."""
    for one in old:
        if one.newest < oldest:
            console.print(f"{one.programme}: {_too_old_line(str(one.newest), oldest)}", soft_wrap=True)
        else:
            line = tr(
                "{programme}: from {day} on every answer is `not_enough_data`: the newest month published is {month}. "
                "Score and publish a newer one.",
                programme=one.programme,
                day=one.until.isoformat(),
                month=str(one.newest),
            )
            console.print(line, soft_wrap=True)


@registry.command(name="rotate", help=tr("Put a new key in force."))
def rotate(
    purpose: Annotated[
        Literal["sealing", "lookup"],
        Parameter(help=tr("What names people is sealed with one, and found by the other.")),
    ],
    *,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Put a new key in force, and seal or hash everything with it; the old key goes when all is found good."""
    with open_registry(workspace, database) as registry:
        found = (reseal if purpose == "sealing" else rehash)(registry)
    if json:
        print_json({"purpose": purpose, "values": found.done, "proven": found.proven})
        return
    console.print(tr("Values done anew: {n}.", n=f"{found.done:,}"))
    n = f"{found.proven:,}"
    if purpose == "sealing":
        console.print(tr("All that is sealed opens with the new key: {n}.", n=n))
    else:
        console.print(tr("All identifiers are found with the new key: {n}.", n=n))
