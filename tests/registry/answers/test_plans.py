"""What is read for an answer is found by an index: a table that grows with every answer is never read through."""

from typing import Any

import pytest
from sqlalchemy import event
from tests.registry.office import Office

from goodstanding.registry.answers import answer_all
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.people import identifier

# Of these there are as many as programmes, whatever is asked.
SMALL = ("programmes",)


def test_no_query_of_an_answer_reads_a_table_through(office: Office) -> None:
    if office.registry.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table through, whatever indexes it has")
    people = [office.person() for _ in range(3)]
    office.publish(dict.fromkeys(people, 600))
    for person in people:
        terms = office.terms(person)
        office.registry.do(lambda transaction, terms=terms: grant_consent(transaction, terms))
    known_by = [identifier("record_id", office.record_ids[person]) for person in people]
    asks = [office.question(identifier=one) for one in known_by]
    said: list[tuple[str, Any]] = []
    event.listen(office.registry.engine, "before_cursor_execute", lambda *args: said.append((args[2], args[3])))
    answers = office.registry.do(lambda transaction: answer_all(transaction, asks))
    assert [answer.disclosed["outcome"] for answer in answers] == ["no"] * 3
    queries = [(text, values) for text, values in said if text.startswith("SELECT")]
    assert len(queries) > 5
    with office.registry.engine.connect() as connection:
        for text, values in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
            through = [row[3] for row in plan if row[3].startswith("SCAN") and not row[3].endswith(SMALL)]
            assert not through, text
