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

    `fate` becomes 'accepted', 'unchanged' or 'quarantined'; `alone` is whether no other row, new or there before, has
    the row's id, `last_known` the newest day of the versions that were there before. `people` is a relation of known
    person_ids.
    """
    content = f"md5(CAST(ROW({', '.join(map(name, table.columns))}) AS VARCHAR)) AS content"
    version = f"{_KEY}, known_on, person_id, {_MONTH} AS month, {content}"
    meeting = _meeting(duck, checked, existing)
    held = f"FROM {files(meeting)} SEMI JOIN {checked} USING ({_KEY})" if meeting else f"FROM {checked} WHERE FALSE"
    duck.run(f"CREATE OR REPLACE TEMP TABLE held AS SELECT {version} {held}")
    ids = f"SELECT {_KEY} FROM {checked} UNION ALL SELECT {_KEY} FROM held"
    duck.run(f"CREATE OR REPLACE TEMP TABLE shared AS SELECT {_KEY} FROM ({ids}) GROUP BY {_KEY} HAVING count(*) > 1")
    # Most ids stand alone. Only where one is shared do contents, versions and copies matter.
    duck.run(
        f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT *, {content} FROM {checked} SEMI JOIN shared USING ({_KEY})"
    )
    duck.run(f"CREATE OR REPLACE TABLE {checked} AS {_settled_sql(checked, people)}")
    duck.run("DROP TABLE incoming; DROP TABLE shared; DROP TABLE held")


def _meeting(duck: Duck, checked: str, existing: Sequence[Path]) -> Sequence[Path]:
    """Those of the files in which an id of the new rows stands: of all others nothing but the ids is read."""
    if not existing:
        return []
    met = f"SELECT DISTINCT filename FROM {files(existing)} SEMI JOIN {checked} USING (record_id)"
    return [Path(row["filename"]) for row in duck.rows(met)]


_MONTH = "year(happened_on) * 12 + month(happened_on)"


def _settled_sql(checked: str, people: str) -> str:
    """SQL of the new rows with their fate."""
    alone = f"""
        SELECT i.*, TRUE AS alone, FALSE AS was_held, NULL AS conflict, CAST(NULL AS DATE) AS last_known, 1 AS copy
        FROM {checked} i ANTI JOIN shared s ON s.source = i.source AND s.record_id = i.record_id"""
    both = f"""
        SELECT {_KEY}, known_on, person_id, {_MONTH} AS month, content FROM incoming WHERE field IS NULL
        UNION ALL SELECT {_KEY}, known_on, person_id, month, content FROM held"""
    clashes = f"""
        SELECT {_KEY}, known_on, min(content) <> max(content) AS twice FROM ({both}) GROUP BY {_KEY}, known_on"""
    moves = f"""
        SELECT {_KEY}, min(person_id) <> max(person_id) OR min(month) <> max(month) AS moved
        FROM ({both}) GROUP BY {_KEY}"""
    shared = f"""
        SELECT i.* EXCLUDE (content), FALSE AS alone, h.content IS NOT NULL AS was_held,
            CASE
            WHEN c.twice THEN {_says("record_id", "i.record_id", tr(_ONE_ROW))}
            WHEN m.moved THEN {_says("record_id", "i.record_id", tr(_NOT_MOVED))}
            END AS conflict,
            k.last_known,
            row_number() OVER (
                PARTITION BY i.source, i.record_id, i.known_on, i.content ORDER BY i.file, i.line) AS copy
        FROM incoming i
        LEFT JOIN ({clashes}) c
            ON c.source = i.source AND c.record_id = i.record_id AND c.known_on = i.known_on
        LEFT JOIN ({moves}) m ON m.source = i.source AND m.record_id = i.record_id
        LEFT JOIN (SELECT DISTINCT {_KEY}, known_on, content FROM held) h
            ON h.source = i.source AND h.record_id = i.record_id AND h.known_on = i.known_on
            AND h.content = i.content
        LEFT JOIN (SELECT {_KEY}, max(known_on) AS last_known FROM held GROUP BY {_KEY}) k
            ON k.source = i.source AND k.record_id = i.record_id"""
    problem = f"""CASE
        WHEN i.field IS NOT NULL THEN {{'field': i.field, 'found': i.found, 'expected': i.expected}}
        WHEN i.was_held THEN NULL
        WHEN p.person_id IS NULL THEN {_says("person_id", "i.person_id", tr("a person of the people table"))}
        ELSE i.conflict END"""
    judged = f"""
        SELECT i.* EXCLUDE (field, found, expected, conflict), {problem} AS problem
        FROM ({alone} UNION ALL {shared}) i
        LEFT JOIN (SELECT DISTINCT person_id FROM {people}) p ON p.person_id = i.person_id"""
    return f"""
        SELECT * EXCLUDE (problem, was_held, copy),
            problem.field AS field, problem.found AS found, problem.expected AS expected,
            CASE WHEN problem IS NOT NULL THEN 'quarantined' WHEN was_held OR copy > 1 THEN 'unchanged'
                ELSE 'accepted' END AS fate
        FROM ({judged})"""


def _says(field: str, found: str, expected: str) -> str:
    return f"{{'field': {literal(field)}, 'found': {found}, 'expected': {literal(expected)}}}"
