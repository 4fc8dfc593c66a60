"""Lists of several people's or firms' rows: one that does not read is left out and named in the service's log."""

from typing import Any

import pytest
import structlog
from sqlalchemy import Table, select
from structlog.testing import capture_logs
from tests.registry.cosigning import witnessed
from tests.registry.spoiling import spoil
from tests.service.api.caller import Api

from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import (
    cases,
    consents,
    deliveries,
    messages,
    witnesses,
)
from goodstanding.registry.deliveries import tell_party
from goodstanding.registry.rights import Item, dispute
from goodstanding.registry.rights.messages import tell_person


def fill(api: Api, many: int) -> Any:
    """So many of everything that is listed; gives a person of whom there are as many messages."""
    do, office = api.registry.do, api.office
    person = office.person()
    for n in range(many):
        other = office.person()
        do(lambda transaction, of=other, n=n: dispute(transaction, of, Item("dues", "S", str(n)), "no"))
        do(lambda transaction, of=other: grant_consent(transaction, office.terms(of)))
        do(lambda transaction, n=n: tell_party(transaction, office.merchant, person, "k", {"case": str(n)}))
        do(lambda transaction: tell_person(transaction, person, "k", {}))
        witnessed(api.registry, f"w.example/{n}")
    return person


@pytest.mark.parametrize("table", [cases, consents, deliveries, messages, witnesses], ids=lambda table: table.name)
def test_what_does_not_read_is_left_out_of_a_list_and_named_once(api: Api, table: Table) -> None:
    many = len(table.columns) + 2
    person = fill(api, many)
    path, who, key = {
        cases: ("/v1/cases", api.operator("case_officer"), "id"),
        consents: ("/v1/consents", api.merchant, "id"),
        deliveries: ("/v1/deliveries", api.merchant, "id"),
        messages: ("/v1/me/messages", api.person(person), "id"),
        witnesses: ("/v1/log/keys", None, None),
    }[table]
    with api.registry.engine.connect() as connection:
        rows = connection.execute(select(table)).all()
    spoil(api.registry.engine, table, [_own(table, row) for row in rows])
    structlog.reset_defaults()
    listed: list[Any] = []
    with capture_logs() as said:
        for _ in range(2):
            listed = []
            cursor = None
            while True:
                query = "" if key is None else "?limit=3" + (f"&cursor={cursor}" if cursor else "")
                found = api.call("GET", path + query, who)
                assert found.status_code == 200, found.text
                page = found.json()
                listed += page["witnesses"] if key is None else page["items"]
                cursor = page.get("next")
                if not cursor:
                    break
    keys = listed if key is None else [one[key] for one in listed]
    assert len(keys) == len(set(keys))
    whole = {str(row.log_index if hasattr(row, "log_index") else row.id) for row in rows[len(table.columns) :]}
    assert whole <= set(keys) or key is None
    named = [one["key"] for one in said if one.get("event") == "unopened"]
    assert len(named) == len(set(named)) > 0
    assert len(keys) < many


def _own(table: Table, row: Any) -> Any:
    (column,) = table.primary_key
    return column == getattr(row, column.name)
