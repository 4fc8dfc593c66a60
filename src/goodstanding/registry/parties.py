"""Merchants and furnishers: who they are, and what they were admitted to."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid4

from msgspec import Struct
from sqlalchemy import Row, select

from goodstanding.errors import Conflict, NotFound
from goodstanding.law import check_context
from goodstanding.registry.addresses import check_addresses
from goodstanding.registry.database.schema import parties
from goodstanding.registry.keys.jwks import public_jwks
from goodstanding.registry.log.line_kinds import line_kind
from goodstanding.registry.people import clean_name, identifier
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.wording import tr

Role: TypeAlias = Literal["merchant", "furnisher"]


class Party(Struct, frozen=True):
    """A merchant, who asks, or a furnisher, who sends records. `code` is the firm's public number."""

    id: UUID
    name: str
    role: Role
    code_kind: str
    code: str
    contexts: Sequence[str]
    state: Literal["active", "suspended"]
    redirects: Sequence[str]
    webhook: str | None


def admit(  # noqa: PLR0913 - what is known of a firm
    transaction: WriteTransaction, name: str, role: Role, *, code_kind: str, code: str, contexts: Sequence[str], by: str
) -> Party:
    """Admit a merchant to contexts, or a furnisher. Raises BadInput, AgainstTheLaw, Conflict if it is there already."""
    name = clean_name("name", name)
    known_by = identifier(code_kind, code, "business")
    for context in contexts:
        check_context("contexts", context)
    same = (parties.c.code_kind == known_by.kind) & (parties.c.code == known_by.value) & (parties.c.role == role)
    if transaction.connection.execute(select(parties.c.id).where(same)).first() is not None:
        raise Conflict(
            where="code",
            found=known_by.value,
            expected=tr("a firm that is not there yet"),
            do=tr("Look for it in the list."),
        )
    party = Party(
        id=uuid4(),
        name=name,
        role=role,
        code_kind=known_by.kind,
        code=known_by.value,
        contexts=sorted(set(contexts)),
        state="active",
        redirects=[],
        webhook=None,
    )
    row = {
        "id": party.id,
        "name": name,
        "role": role,
        "code_kind": party.code_kind,
        "code": party.code,
        "contexts": list(party.contexts),
        "keys": [],
        "redirects": [],
        "state": "active",
        "joined_at": transaction.now,
    }
    transaction.add("party.admitted", party.id, [transaction.insert(parties, row)], by=by)
    return party


def set_party_state(
    transaction: WriteTransaction, party: UUID, state: Literal["active", "suspended"], *, by: str
) -> Party:
    """Suspend a party, or reinstate it: from then on its questions are refused, or answered. Raises NotFound."""
    found = find_party(transaction, party)
    if found.state != state:
        transaction.add(
            line_kind(f"party.{state}"), party, transaction.update(parties, parties.c.id == party, state=state), by=by
        )
    return find_party(transaction, party)


def set_party_keys(transaction: WriteTransaction, party: UUID, keys: Sequence[Mapping[str, Any]], *, by: str) -> Party:
    """Put other keys in place of a party's. Raises NotFound, BadInput."""
    return _set(transaction, party, "keys", by, keys=public_jwks("keys", keys))


def set_redirects(transaction: WriteTransaction, party: UUID, redirects: Sequence[str], *, by: str) -> Party:
    """Register the addresses that an answer to a party may lead back to. Raises NotFound, BadInput."""
    return _set(transaction, party, "redirects", by, redirects=check_addresses("redirects", redirects))


def set_webhook(transaction: WriteTransaction, party: UUID, webhook: str | None, *, by: str) -> Party:
    """Register where a party is told what it must know, or None to have it fetch that. Raises NotFound, BadInput."""
    if webhook is not None:
        check_addresses("url", [webhook])
    return _set(transaction, party, "webhook", by, webhook=webhook)


def _set(transaction: WriteTransaction, party: UUID, what: str, by: str, **values: object) -> Party:
    find_party(transaction, party)
    transaction.add(
        line_kind(f"party.{what}"), party, transaction.update(parties, parties.c.id == party, **values), by=by
    )
    return find_party(transaction, party)


def all_parties(
    transaction: ReadTransaction, *, after: UUID | None = None, most: int = 100, left: list[Unopened] | None = None
) -> Sequence[Party]:
    """Every party, by id; `after` goes on from one.

    `left` learns of those that do not read; without it is raised what one of them raises.
    """
    query = select(parties).order_by(parties.c.id)
    if after is not None:
        query = query.where(parties.c.id > after)
    return opened_rows(transaction.connection, parties, query, read_party, left, most=most)


def find_party(transaction: ReadTransaction, party: UUID) -> Party:
    """A party by its id. Raises NotFound."""
    row = transaction.connection.execute(select(parties).where(parties.c.id == party)).one_or_none()
    if row is None:
        raise NotFound(
            where=tr("party"), found=str(party), expected=tr("a party that has joined"), do=tr("Check the id.")
        )
    return read_party(row)


def read_party(row: Row[Any]) -> Party:
    """A row of `parties` as a value."""
    return Party(
        id=row.id,
        name=row.name,
        role=row.role,
        code_kind=row.code_kind,
        code=row.code,
        contexts=list(row.contexts),
        state=row.state,
        redirects=list(row.redirects or ()),
        webhook=row.webhook,
    )
