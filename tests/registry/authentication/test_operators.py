"""Operators: admitted by name with roles and keys, suspended at once, and never without an admin."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry import Registry
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
from goodstanding.registry.keys.jwks import public_jwks
from goodstanding.registry.verification import verify_registry


def key() -> dict[str, Any]:
    return OKPKey.generate_key("Ed25519", private=False).as_dict()


def admit(registry: Registry, name: str, *roles: Any, keys: Any = None) -> Operator:
    own = [key()] if keys is None else keys
    return registry.do(lambda transaction: admit_operator(transaction, name, roles, own, by="setup"))


def set_state(registry: Registry, operator: UUID, state: Any) -> Operator:
    return registry.do(lambda transaction: set_operator_state(transaction, operator, state, by="Ann"))


def listed(registry: Registry) -> list[Operator]:
    with registry.read() as transaction:
        return list(all_operators(transaction))


def keys_of(registry: Registry, operator: UUID) -> Any:
    with registry.engine.connect() as connection:
        return connection.scalar(select(operators.c["keys"]).where(operators.c.id == operator))


def test_an_operator_is_admitted_with_roles_each_once_and_found_again(registry: Registry) -> None:
    bob = admit(registry, " Bob  Smith ", "reviewer", "analyst", "reviewer")
    ann = admit(registry, "Ann", *ROLES)
    assert (bob.name, bob.roles, bob.state) == ("Bob Smith", ["analyst", "reviewer"], "active")
    assert set(ann.roles) == set(ROLES)
    assert listed(registry) == [ann, bob]
    with registry.read() as transaction:
        assert find_operator(transaction, bob.id) == bob
        with pytest.raises(NotFound, match="an operator who was admitted"):
            find_operator(transaction, uuid4())


def test_roles_there_are_not_are_refused(registry: Registry) -> None:
    for roles in ((), ("root",), ("admin", "merchant"), ("person",), ("Admin",), ("",)):
        with pytest.raises(BadInput, match=f"roles: found .*; expected one of {', '.join(ROLES)}"):
            admit(registry, "Ann", *roles)
    assert listed(registry) == []


def test_a_name_is_one_operators_and_a_name(registry: Registry) -> None:
    admit(registry, "Zoe\u0301 M\u00fcller", "auditor")
    # However its letters are composed and its spaces typed, it is the same name.
    for name in ("Zo\u00e9 Mu\u0308ller", " Zo\u00e9   M\u00fcller"):
        with pytest.raises(Conflict, match="a name that nobody has"):
            admit(registry, name, "admin")
    for name in ("", " ", "A\u200bnn", "\u0410nn", "A\nnn", "A" * 121):
        with pytest.raises(BadInput, match="name: found"):
            admit(registry, name, "admin")
    # Who was suspended keeps the name: the log says it.
    (zoe,) = listed(registry)
    admit(registry, "Ann", "admin")
    set_state(registry, zoe.id, "suspended")
    with pytest.raises(Conflict):
        admit(registry, zoe.name, "auditor")


def test_nobody_is_admitted_without_a_public_key(registry: Registry) -> None:
    private = OKPKey.generate_key("Ed25519", private=True).as_dict(private=True)
    for keys in ([], [private], [{}]):
        with pytest.raises(BadInput, match="keys"):
            admit(registry, "Ann", "admin", keys=keys)
    assert listed(registry) == []


def test_the_last_admin_is_not_suspended(registry: Registry) -> None:
    ann, bob = admit(registry, "Ann", "admin"), admit(registry, "Bob", "admin", "auditor")
    cy = admit(registry, "Cy", "auditor")
    assert set_state(registry, ann.id, "suspended").state == "suspended"
    # Neither an auditor nor an admin who is suspended can take the place.
    with pytest.raises(Conflict, match="another admin who is active"):
        set_state(registry, bob.id, "suspended")
    assert set_state(registry, cy.id, "suspended").state == "suspended"
    with pytest.raises(Conflict):
        set_state(registry, bob.id, "suspended")
    assert [one.state for one in listed(registry)] == ["suspended", "active", "suspended"]
    set_state(registry, ann.id, "active")
    assert set_state(registry, bob.id, "suspended").state == "suspended"
    with pytest.raises(NotFound):
        set_state(registry, uuid4(), "suspended")


def test_other_keys_take_the_place_of_the_old_ones(registry: Registry) -> None:
    ann, fresh = admit(registry, "Ann", "admin"), [key(), key()]
    before = keys_of(registry, ann.id)
    registry.do(lambda transaction: set_operator_keys(transaction, ann.id, fresh, by="Ann"))
    assert keys_of(registry, ann.id) == public_jwks("keys", fresh) != before
    for wrong in ([], [fresh[0], fresh[0]]):
        with pytest.raises(BadInput, match="keys"):
            registry.do(lambda transaction, keys=wrong: set_operator_keys(transaction, ann.id, keys, by="Ann"))
    with pytest.raises(NotFound):
        registry.do(lambda transaction: set_operator_keys(transaction, uuid4(), fresh, by="Ann"))
    assert keys_of(registry, ann.id) == public_jwks("keys", fresh)


def test_every_step_is_a_line_that_says_who_took_it_and_one_that_changes_nothing_is_none(registry: Registry) -> None:
    ann, _ = admit(registry, "Ann", "admin"), admit(registry, "Bob", "admin")
    for state in ("active", "suspended", "suspended", "active", "active"):
        set_state(registry, ann.id, state)
    registry.do(lambda transaction: set_operator_keys(transaction, ann.id, [key()], by="Ann"))
    with registry.engine.connect() as connection:
        own = select(log.c.kind, log.c.body).where(log.c.object == str(ann.id)).order_by(log.c.log_index)
        lines = connection.execute(own).all()
    assert [line.kind.removeprefix("operator.") for line in lines] == ["admitted", "suspended", "active", "keys"]
    assert all(f'"by":"{by}"' in line.body for by, line in zip(("setup", *["Ann"] * 3), lines, strict=True))
    assert verify_registry(registry).findings == []
