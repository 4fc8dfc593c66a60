"""The verbs that keep the registry: `registry create`, `publish`, `collect`, `rotate`."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from goodstanding.cli.options import DEFAULT_WORKSPACE, AsJson, AsOf, Database, ProgrammeName, WorkspacePath
from goodstanding.cli.printing import console, print_json
from goodstanding.months import Month, today
from goodstanding.programmes import load_programme
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.furnishing import collect, erase_leavers
from goodstanding.registry.keys import Keyring, write_keyring
from goodstanding.registry.opening import create_registry, keys_folder, open_registry
from goodstanding.registry.people.resealing import rehash, reseal
from goodstanding.registry.rights import close_overdue
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verifying import note_workspace
from goodstanding.scoring import run_to_show, score_rows
from goodstanding.store import Workspace
from goodstanding.wording import tr

registry = App(name="registry", help=tr("Keep people, consents and answers."))


@registry.command(name="create", help=tr("Make the registry's database and keys, or bring them up to date."))
def create(*, database: Database = None, workspace: WorkspacePath = DEFAULT_WORKSPACE) -> None:
    """Make the registry's database and keys, or bring the database up to this version."""
    create_registry(workspace, database)
    folder = str(keys_folder(workspace))
    console.print(tr("The registry is ready. Keep a copy of {folder}, away from the database.", folder=folder))


@registry.command(name="publish", help=tr("Answer from the scores of a run."))
def publish(
    programme: ProgrammeName,
    *,
    as_of: AsOf = None,
    json: AsJson = False,
    database: Database = None,
    workspace: WorkspacePath = DEFAULT_WORKSPACE,
) -> None:
    """Take over a run's scores for all who have joined, at one moment; again for those who joined since."""
    room, name = Workspace(workspace), load_programme(programme).programme.name
    manifest = run_to_show(room, name, None if as_of is None else Month.parse(as_of))
    with open_registry(workspace, database) as changes:
        found = publish_scores(changes, run_of(manifest), score_rows(room, manifest))
        note_workspace(changes, room)
    if json:
        root = None if found is None else found.root.hex()
        print_json({"run": manifest.run, "people": 0 if found is None else found.people, "root": root})
    elif found is None:
        console.print(tr("Nobody who has joined is without a score of run {run}.", run=manifest.run))
    else:
        n = f"{found.people:,}"
        console.print(
            tr("Run {run} is answered from, for {n} people. Root: {root}", run=found.run, n=n, root=found.root.hex())
        )


@registry.command(name="collect", help=tr("Take what was furnished, contested and decided into the records."))
def collect_all(
    *, json: AsJson = False, database: Database = None, workspace: WorkspacePath = DEFAULT_WORKSPACE
) -> None:
    """Take what is due into the records, and put right the scores of those whom it was about. Run it daily."""
    with open_registry(workspace, database) as changes:
        overdue = changes.do(close_overdue)
        expired = changes.do(expire_consents)
        found = collect(changes, Workspace(workspace), today())
        erased = erase_leavers(changes, Workspace(workspace))
        note_workspace(changes, Workspace(workspace))
    rescored = sum(one.people for one in found.publications)
    counts = {"items": found.items, "waiting": found.waiting, "rescored": rescored}
    if json:
        print_json(counts | {"cases_closed": overdue, "consents_expired": expired, "people_erased": erased})
        return
    console.print(
        tr("Records taken over: {items}; waiting for tomorrow: {waiting}; scores put right: {rescored}.", **counts)
    )
    console.print(
        tr("Cases closed by the clock: {cases}; consents run out: {consents}.", cases=overdue, consents=expired)
    )
    if erased:
        console.print(tr("People who left and are erased from the files: {n}.", n=erased))


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
    """Put a new key in force, and seal or hash everything with it. Stop the service before a lookup key."""

    def keep(keyring: Keyring) -> None:
        write_keyring(keys_folder(workspace), keyring)

    with open_registry(workspace, database) as changes:
        done = (reseal if purpose == "sealing" else rehash)(changes, keep)
    if json:
        print_json({"purpose": purpose, "values": done})
    else:
        console.print(tr("Values done anew: {n}.", n=f"{done:,}"))
