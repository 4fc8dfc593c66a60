"""Setting new rows beside those already there: new, unchanged, or in conflict.

A record is `source` and `record_id`; its versions differ in `known_on`. A version that is already there
changes nothing. Two versions of the same day that say different things cannot both be right, so neither is
taken. A correction may change anything but whose the record is and its month: for that, withdraw it.
"""

from collections.abc import Sequence
from pathlib import Path

from goodstanding.engines import Duck, files, literal, name
from goodstanding.records.tables import Table
from goodstanding.wording import mark, tr

_KEY = "source, record_id"
_ONE_ROW = mark("one row for an id and known_on; a correction has a later known_on")
_NOT_MOVED = mark("the same person and month in every version; withdraw the record and send a new one")


def settle(duck: Duck, table: Table, checked: str, people: str, existing: Sequence[Path]) -> None:
    """Fill in `field`, `found`, `expected` of rows of `checked` that cannot be taken, and set `fate`.

    `fate` becomes 'accepted', 'unchanged' or 'quarantined'; `last_known` is the
    newest day of the versions that were there before. `people` is a relation of known person_ids.
    """
    content = f"md5(CAST(ROW({', '.join(map(name, table.columns))}) AS VARCHAR))"
    duck.run(f"CREATE OR REPLACE TABLE incoming AS SELECT *, {content} AS content FROM {checked}")
    old = (
        f"SELECT {_KEY}, known_on, person_id, {_MONTH} AS month, {content} AS content FROM {files(existing)} "
        f"SEMI JOIN incoming USING ({_KEY})"
        if existing
        else "SELECT source, record_id, known_on, person_id, 0 AS month, content FROM incoming WHERE FALSE"
    )
    duck.run(f"CREATE OR REPLACE TEMP TABLE held AS {old}")
    duck.run(f"CREATE OR REPLACE TABLE {checked} AS {_settled_sql(people)}")
    duck.run("DROP TABLE incoming; DROP TABLE held")


_MONTH = "year(happened_on) * 12 + month(happened_on)"


def _settled_sql(people: str) -> str:
    """SQL of the incoming rows with their fate."""
    sound = "SELECT * FROM incoming WHERE field IS NULL"
    both = f"""
        SELECT {_KEY}, known_on, person_id, {_MONTH} AS month, content FROM ({sound})
        UNION ALL SELECT {_KEY}, known_on, person_id, month, content FROM held"""
    clashes = f"""
        SELECT {_KEY}, known_on, min(content) <> max(content) AS twice FROM ({both}) GROUP BY {_KEY}, known_on"""
    moves = f"""
        SELECT {_KEY}, min(person_id) <> max(person_id) OR min(month) <> max(month) AS moved
        FROM ({both}) GROUP BY {_KEY}"""
    problem = f"""CASE
        WHEN i.field IS NOT NULL THEN {{'field': i.field, 'found': i.found, 'expected': i.expected}}
        WHEN h.content IS NOT NULL THEN NULL
        WHEN p.person_id IS NULL THEN {_says("person_id", "i.person_id", tr("a person of the people table"))}
        WHEN c.twice THEN {_says("record_id", "i.record_id", tr(_ONE_ROW))}
        WHEN m.moved THEN {_says("record_id", "i.record_id", tr(_NOT_MOVED))}
        END"""
    judged = f"""
        SELECT i.* EXCLUDE (field, found, expected), {problem} AS problem,
            h.content IS NOT NULL AS was_held, k.last_known,
            row_number() OVER (
                PARTITION BY i.source, i.record_id, i.known_on, i.content ORDER BY i.file, i.line) AS copy
        FROM incoming i
        LEFT JOIN (SELECT DISTINCT person_id FROM {people}) p ON p.person_id = i.person_id
        LEFT JOIN ({clashes}) c
            ON c.source = i.source AND c.record_id = i.record_id AND c.known_on = i.known_on
        LEFT JOIN ({moves}) m ON m.source = i.source AND m.record_id = i.record_id
        LEFT JOIN (SELECT DISTINCT {_KEY}, known_on, content FROM held) h
            ON h.source = i.source AND h.record_id = i.record_id AND h.known_on = i.known_on
            AND h.content = i.content
        LEFT JOIN (SELECT {_KEY}, max(known_on) AS last_known FROM held GROUP BY {_KEY}) k
            ON k.source = i.source AND k.record_id = i.record_id"""
    return f"""
        SELECT * EXCLUDE (problem, was_held, copy, content),
            problem.field AS field, problem.found AS found, problem.expected AS expected,
            CASE WHEN problem IS NOT NULL THEN 'quarantined' WHEN was_held OR copy > 1 THEN 'unchanged'
                ELSE 'accepted' END AS fate
        FROM ({judged})"""


def _says(field: str, found: str, expected: str) -> str:
    return f"{{'field': {literal(field)}, 'found': {found}, 'expected': {literal(expected)}}}"
