"""A programme's life: drafted, reviewed by a second person, published, superseded or withdrawn."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import Row, select

from goodstanding.errors import BadInput, BadProgramme, Conflict, NotFound
from goodstanding.programmes import Definition, jurisdictions_in, no_law_sentence, read_definition
from goodstanding.registry.database.schema import programmes
from goodstanding.registry.lifecycles import Lifecycle
from goodstanding.registry.log.line_kinds import line_kind
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.wording import tr

ProgrammeState: TypeAlias = Literal["draft", "rejected", "reviewed", "published", "superseded", "withdrawn"]
ProgrammeStep: TypeAlias = Literal["review", "reject", "publish", "withdraw"]

PROGRAMME_LIFECYCLE: Lifecycle[ProgrammeState, ProgrammeStep] = Lifecycle(
    {
        "review": (frozenset({"draft"}), "reviewed"),
        "reject": (frozenset({"draft", "reviewed"}), "rejected"),
        "publish": (frozenset({"reviewed"}), "published"),
        "withdraw": (frozenset({"published"}), "withdrawn"),
    }
)
LONGEST_REASON = 2000


class Version(Struct, frozen=True):
    """A version of a programme: its SHA-256, its state, who drafted it, who reviewed it, and why it ended.

    `law` says that no law was checked, where that is so.
    """

    name: str
    version: str
    digest: str
    state: ProgrammeState
    drafted_by: str
    reviewed_by: str | None
    reason: str | None
    changed_at: datetime
    law: str | None


def draft(transaction: WriteTransaction, text: str, expert: str, *, by: str) -> Version:
    """Put a programme's files up for review. Raises BadProgramme, AgainstTheLaw, Conflict for a version there is."""
    try:
        definition = read_definition("programme.toml", text.encode(), expert.encode())
    except (ValueError, RecursionError) as error:
        # Half a character, a number of thousands of digits, brackets in thousands.
        found = tr("text that does not read")
        raise BadProgramme(
            where="programme.toml", found=found, expected=tr("TOML in UTF-8"), do=tr("Correct the file.")
        ) from error
    programme = definition.programme
    if _row(transaction, programme.name, programme.version) is not None:
        raise Conflict(
            where=f"{programme.name} {programme.version}",
            found=tr("a version that is there already"),
            expected=tr("a new version"),
            do=tr("Give it the next version number."),
        )
    row = {
        "name": programme.name,
        "version": programme.version,
        "digest": definition.digest,
        "text": text,
        "expert": expert,
        "state": "draft",
        "drafted_by": by,
        "changed_at": transaction.now,
    }
    transaction.add(
        "programme.draft", f"{programme.name} {programme.version}", [transaction.insert(programmes, row)], by=by
    )
    return find_version(transaction, programme.name, programme.version)


def take_programme_step(
    transaction: WriteTransaction, name: str, version: str, step: ProgrammeStep, *, by: str, reason: str | None = None
) -> Version:
    """Review, reject, publish or withdraw a version. Publishing one supersedes the one in force.

    Raises NotFound, Conflict where the step does not lead on from its state or the reviewer drafted it, BadInput
    where rejecting or withdrawing gives no reason.
    """
    row = _row(transaction, name, version)
    if row is None:
        raise NotFound(
            where=tr("programme"),
            found=f"{name} {version}",
            expected=tr("a version that was drafted"),
            do=tr("Check the name."),
        )
    then = PROGRAMME_LIFECYCLE.after(step, row.state, of=f"{name} {version}", do=tr("Take the step that comes first."))
    if step == "review" and by == row.drafted_by:
        expected = tr("a second person")
        raise Conflict(
            where=f"{name} {version}",
            found=tr("a review by who drafted it"),
            expected=expected,
            do=tr("Ask somebody else."),
        )
    if step in ("reject", "withdraw") and not 0 < len((reason or "").strip()) <= LONGEST_REASON:
        raise BadInput(
            where="reason", found=tr("none"), expected=tr("why, for everybody to read"), do=tr("Give a reason.")
        )
    if step == "publish":
        _supersede(transaction, name, version, by)
    values: dict[str, Any] = {"state": then, "changed_at": transaction.now}
    if step == "review":
        values["reviewed_by"] = by
    if reason is not None:
        values["reason"] = reason.strip()
    _write(transaction, name, version, by, values)
    return find_version(transaction, name, version)


def find_version(transaction: ReadTransaction, name: str, version: str) -> Version:
    """A version of a programme. Raises NotFound."""
    row = _row(transaction, name, version)
    if row is None:
        raise NotFound(
            where=tr("programme"),
            found=f"{name} {version}",
            expected=tr("a version that was drafted"),
            do=tr("Check the name."),
        )
    return _version(row)


def versions(
    transaction: ReadTransaction, name: str | None = None, left: list[Unopened] | None = None
) -> Sequence[Version]:
    """Every version of a programme, or of all, the latest change last.

    `left` learns of those that do not read; without it is raised what one of them raises.
    """
    query = select(programmes).order_by(programmes.c.changed_at)
    if name is not None:
        query = query.where(programmes.c.name == name)
    return opened_rows(transaction.connection, programmes, query, _version, left)


def published(transaction: ReadTransaction, name: str) -> Definition:
    """The programme in force. Raises NotFound if none is."""
    query = select(programmes).where(programmes.c.name == name, programmes.c.state == "published")
    row = transaction.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(
            where=tr("programme"), found=name, expected=tr("a programme that is published"), do=tr("Publish it first.")
        )
    return read_definition(f"{name} {row.version}", row.text.encode(), row.expert.encode())


def no_law_by_digest(transaction: ReadTransaction, digests: Collection[str]) -> Mapping[str, str | None]:
    """Of programmes by digest, that no law was checked where that is so."""
    query = select(programmes.c.digest, programmes.c.text).where(programmes.c.digest.in_(sorted(digests)))
    return {row.digest: no_law_sentence(_jurisdictions(row.text)) for row in transaction.connection.execute(query)}


def no_law_of(transaction: ReadTransaction, name: str) -> str | None:
    """That no law was checked of the programme in force, where that is so; None also if none is in force."""
    query = select(programmes.c.text).where(programmes.c.name == name, programmes.c.state == "published")
    text = transaction.connection.scalar(query)
    return None if text is None else no_law_sentence(_jurisdictions(text))


@lru_cache(maxsize=64)
def _jurisdictions(text: str) -> Sequence[str]:
    """Also of a text that could no longer be loaded."""
    return jurisdictions_in(text)


def _supersede(transaction: WriteTransaction, name: str, by_version: str, by: str) -> None:
    query = select(programmes.c.version).where(programmes.c.name == name, programmes.c.state == "published")
    for version in list(transaction.connection.scalars(query)):
        values = {"state": "superseded", "reason": f"-> {by_version}", "changed_at": transaction.now}
        _write(transaction, name, version, by, values)


def _write(transaction: WriteTransaction, name: str, version: str, by: str, values: dict[str, Any]) -> None:
    rows = transaction.update(programmes, _is(name, version), **values)
    facts = {"by": by} | ({"reason": values["reason"]} if "reason" in values else {})
    transaction.add(line_kind(f"programme.{values['state']}"), f"{name} {version}", rows, **facts)


def _is(name: str, version: str) -> Any:  # noqa: ANN401 - a condition of SQLAlchemy
    return (programmes.c.name == name) & (programmes.c.version == version)


def _row(transaction: ReadTransaction, name: str, version: str) -> Row[Any] | None:
    return transaction.connection.execute(select(programmes).where(_is(name, version))).one_or_none()


def _version(row: Row[Any]) -> Version:
    return Version(
        name=row.name,
        version=row.version,
        digest=row.digest,
        state=row.state,
        drafted_by=row.drafted_by,
        reviewed_by=row.reviewed_by,
        reason=row.reason,
        changed_at=row.changed_at,
        law=no_law_sentence(_jurisdictions(row.text)),
    )
