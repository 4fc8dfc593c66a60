"""Operators: admitted by name with roles and keys, suspended at once, and never without an admin."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.authentication.operators import (
    ROLES,
    Operator,
    admit_operator,
    all_operators,
    find_operator,
    set_operator_keys,
    set_operator_state,
)
from goodstanding.registry.database.schema import log, operators
from goodstanding.registry.keys.public_keys import public_jwks
from goodstanding.registry.transactions import Changes
from goodstanding.registry.verification import verify_registry


def key() -> dict[str, Any]:
    return OKPKey.generate_key("Ed25519", private=False).as_dict()


def admit(changes: Changes, name: str, *roles: Any, keys: Any = None) -> Operator:
    own = [key()] if keys is None else keys
    return changes.do(lambda change: admit_operator(change, name, roles, own, by="setup"))


def set_state(changes: Changes, operator: UUID, state: Any) -> Operator:
    return changes.do(lambda change: set_operator_state(change, operator, state, by="Ann"))


def listed(changes: Changes) -> list[Operator]:
    with changes.look() as look:
        return list(all_operators(look))


def keys_of(changes: Changes, operator: UUID) -> Any:
    with changes.engine.connect() as connection:
        return connection.scalar(select(operators.c["keys"]).where(operators.c.id == operator))


def test_an_operator_is_admitted_with_roles_each_once_and_found_again(changes: Changes) -> None:
    bob = admit(changes, " Bob  Smith ", "reviewer", "analyst", "reviewer")
    ann = admit(changes, "Ann", *ROLES)
    assert (bob.name, bob.roles, bob.state) == ("Bob Smith", ["analyst", "reviewer"], "active")
    assert set(ann.roles) == set(ROLES)
    assert listed(changes) == [ann, bob]
    with changes.look() as look:
        assert find_operator(look, bob.id) == bob
        with pytest.raises(NotFound, match="an operator who was admitted"):
            find_operator(look, uuid4())


def test_roles_there_are_not_are_refused(changes: Changes) -> None:
    for roles in ((), ("root",), ("admin", "merchant"), ("person",), ("Admin",), ("",)):
        with pytest.raises(BadInput, match=f"roles: found .*; expected one of {', '.join(ROLES)}"):
            admit(changes, "Ann", *roles)
    assert listed(changes) == []


def test_a_name_is_one_operators_and_a_name(changes: Changes) -> None:
    admit(changes, "Zoe\u0301 M\u00fcller", "auditor")
    # However its letters are composed and its spaces typed, it is the same name.
    for name in ("Zo\u00e9 Mu\u0308ller", " Zo\u00e9   M\u00fcller"):
        with pytest.raises(Conflict, match="a name that nobody has"):
            admit(changes, name, "admin")
    for name in ("", " ", "A\u200bnn", "\u0410nn", "A\nnn", "A" * 121):
        with pytest.raises(BadInput, match="name: found"):
            admit(changes, name, "admin")
    # Who was suspended keeps the name: the log says it.
    (zoe,) = listed(changes)
    admit(changes, "Ann", "admin")
    set_state(changes, zoe.id, "suspended")
    with pytest.raises(Conflict):
        admit(changes, zoe.name, "auditor")


def test_nobody_is_admitted_without_a_public_key(changes: Changes) -> None:
    private = OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)
    for keys in ([], [private], [{}]):
        with pytest.raises(BadInput, match="keys"):
            admit(changes, "Ann", "admin", keys=keys)
    assert listed(changes) == []


def test_the_last_admin_is_not_suspended(changes: Changes) -> None:
    ann, bob = admit(changes, "Ann", "admin"), admit(changes, "Bob", "admin", "auditor")
    cy = admit(changes, "Cy", "auditor")
    assert set_state(changes, ann.id, "suspended").state == "suspended"
    # Neither an auditor nor an admin who is suspended can take the place.
    with pytest.raises(Conflict, match="another admin who is active"):
        set_state(changes, bob.id, "suspended")
    assert set_state(changes, cy.id, "suspended").state == "suspended"
    with pytest.raises(Conflict):
        set_state(changes, bob.id, "suspended")
    assert [one.state for one in listed(changes)] == ["suspended", "active", "suspended"]
    set_state(changes, ann.id, "active")
    assert set_state(changes, bob.id, "suspended").state == "suspended"
    with pytest.raises(NotFound):
        set_state(changes, uuid4(), "suspended")


def test_other_keys_take_the_place_of_the_old_ones(changes: Changes) -> None:
    ann, fresh = admit(changes, "Ann", "admin"), [key(), key()]
    before = keys_of(changes, ann.id)
    changes.do(lambda change: set_operator_keys(change, ann.id, fresh, by="Ann"))
    assert keys_of(changes, ann.id) == public_jwks("keys", fresh) != before
    for wrong in ([], [fresh[0], fresh[0]]):
        with pytest.raises(BadInput, match="keys"):
            changes.do(lambda change, keys=wrong: set_operator_keys(change, ann.id, keys, by="Ann"))
    with pytest.raises(NotFound):
        changes.do(lambda change: set_operator_keys(change, uuid4(), fresh, by="Ann"))
    assert keys_of(changes, ann.id) == public_jwks("keys", fresh)


def test_every_step_is_a_line_that_says_who_took_it_and_one_that_changes_nothing_is_none(changes: Changes) -> None:
    ann, _ = admit(changes, "Ann", "admin"), admit(changes, "Bob", "admin")
    for state in ("active", "suspended", "suspended", "active", "active"):
        set_state(changes, ann.id, state)
    changes.do(lambda change: set_operator_keys(change, ann.id, [key()], by="Ann"))
    with changes.engine.connect() as connection:
        own = select(log.c.kind, log.c.body).where(log.c.object == str(ann.id)).order_by(log.c.log_index)
        lines = connection.execute(own).all()
    assert [line.kind.removeprefix("operator.") for line in lines] == ["admitted", "suspended", "active", "keys"]
    assert all(f'"by":"{by}"' in line.body for by, line in zip(("setup", *["Ann"] * 3), lines, strict=True))
    assert verify_registry(changes).findings == []
