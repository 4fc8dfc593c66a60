"""Operators: the people who run the registry, each with the roles they were given and a key of their own."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID, uuid4

from msgspec import Struct
from sqlalchemy import Row, select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.database.schema import operators
from goodstanding.registry.keys.jwks import public_jwks
from goodstanding.registry.log.line_kinds import line_kind
from goodstanding.registry.people import clean_name
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.wording import one_of, tr

OperatorRole: TypeAlias = Literal["registrar", "case_officer", "analyst", "reviewer", "admin", "auditor"]
ROLES: tuple[OperatorRole, ...] = get_args(OperatorRole)


class Operator(Struct, frozen=True):
    """An operator by name, with roles.

    `registrar` lets people join, `case_officer` ends cases, `analyst` drafts programmes, `reviewer` reviews and
    publishes them, `admin` admits firms and operators, `auditor` reads the log.
    """

    id: UUID
    name: str
    roles: Sequence[OperatorRole]
    state: Literal["active", "suspended"]


def admit_operator(
    transaction: WriteTransaction,
    name: str,
    roles: Sequence[OperatorRole],
    keys: Sequence[Mapping[str, Any]],
    *,
    by: str,
) -> Operator:
    """Admit an operator with their public keys. Raises BadInput, Conflict for a name that is taken."""
    name = clean_name("name", name)
    if not roles or set(roles) - set(ROLES):
        raise BadInput(where="roles", found=", ".join(roles), expected=one_of(ROLES), do=tr("Correct the field."))
    if transaction.connection.execute(select(operators.c.id).where(operators.c.name == name)).first() is not None:
        raise Conflict(where="name", found=name, expected=tr("a name that nobody has"), do=tr("Choose another name."))
    found = Operator(uuid4(), name, sorted(set(roles)), "active")
    row = {
        "id": found.id,
        "name": name,
        "roles": list(found.roles),
        "keys": public_jwks("keys", keys),
        "state": found.state,
        "joined_at": transaction.now,
    }
    transaction.add("operator.admitted", found.id, [transaction.insert(operators, row)], by=by)
    return found


def set_operator_state(
    transaction: WriteTransaction, operator: UUID, state: Literal["active", "suspended"], *, by: str
) -> Operator:
    """Suspend an operator, or reinstate them: at once. Raises NotFound, Conflict for the last admin who is active."""
    found = find_operator(transaction, operator)
    if found.state == state:
        return found
    # Who does not read is no admin that anybody could count on.
    others = [one for one in all_operators(transaction, []) if one.id != operator]
    if state == "suspended" and not any("admin" in one.roles and one.state == "active" for one in others):
        expected = tr("another admin who is active")
        raise Conflict(
            where=tr("operator"), found=tr("the last admin"), expected=expected, do=tr("Admit another admin first.")
        )
    transaction.add(
        line_kind(f"operator.{state}"),
        operator,
        transaction.update(operators, operators.c.id == operator, state=state),
        by=by,
    )
    return find_operator(transaction, operator)


def set_operator_keys(
    transaction: WriteTransaction, operator: UUID, keys: Sequence[Mapping[str, Any]], *, by: str
) -> Operator:
    """Put other keys in place of an operator's. Raises NotFound, BadInput."""
    found, fresh = find_operator(transaction, operator), public_jwks("keys", keys)
    transaction.add(
        "operator.keys", operator, transaction.update(operators, operators.c.id == operator, keys=fresh), by=by
    )
    return found


def find_operator(transaction: ReadTransaction, operator: UUID) -> Operator:
    """An operator by their id. Raises NotFound."""
    row = transaction.connection.execute(select(operators).where(operators.c.id == operator)).one_or_none()
    if row is None:
        raise NotFound(
            where=tr("operator"),
            found=str(operator),
            expected=tr("an operator who was admitted"),
            do=tr("Check the id."),
        )
    return _read(row)


def all_operators(transaction: ReadTransaction, left: list[Unopened] | None = None) -> Sequence[Operator]:
    """Every operator, by name.

    `left` learns of those that do not read; without it is raised what one of them raises.
    """
    return opened_rows(transaction.connection, operators, select(operators).order_by(operators.c.name), _read, left)


def _read(row: Row[Any]) -> Operator:
    return Operator(row.id, row.name, list(row.roles), row.state)
