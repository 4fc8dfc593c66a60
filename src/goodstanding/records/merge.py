"""Setting new rows beside those already there: new, unchanged, or in conflict.

A record is `source` and `record_id`; its versions are ordered by `known_on`, those of one day by `sequence`: the order
in which they came, row by row in a file, file by file in a load, load by load. A version that is already there
changes nothing. Of single rows, each of which is the last word on its record, only the last version of their day does
so: who contests a record and thinks better of it within a day has it as it was. A correction may change anything but
whose the record is and its month: for that, withdraw it.
"""

from collections.abc import Sequence
from pathlib import Path

from goodstanding.engines import Duck, Steps, files, literal, name
from goodstanding.records.characters import one_form_sql
from goodstanding.records.tables import Table
from goodstanding.records.versions import RecordVersions, relations_of
from goodstanding.wording import mark, tr

_KEY = "source, record_id"
_DAY = "source, record_id, known_on"
_NOT_MOVED = mark(
    "the same person and month in every version; give another fact an id of its own, or withdraw this one first"
)
_NOT_SHARED = mark("the same person and month in every row of a record; give each record an id of its own")
_ANOTHER_FORM = mark("the id as this workspace holds it, in another composition: load all files into a new workspace")


def merge_sql(
    duck: Duck, table: Table, checked: str, people: str, existing: Sequence[Path], *, single: bool = False
) -> None:
    """Fill in `field`, `found`, `expected` of rows of `checked` that cannot be taken, and set `fate`.

    `fate` becomes 'accepted', 'unchanged' or 'quarantined'; `sequence` the place of an accepted row among the versions
    of its day, from 0; `alone` is whether no other row, new or there before, has the row's id, `last_known` the newest
    day of the versions that were there before. `people` is a relation of known person_ids, with `spelt` where one is
    not in the form that ids have now. Of `single` rows each is the last word on its record.
    """
    version = f"{_DAY}, person_id, {_MONTH} AS month, {_content(table)}"
    meeting = _meeting(duck, checked, existing)
    met = f"FROM ({meeting.all}) SEMI JOIN {checked} USING ({_KEY})" if meeting else f"FROM {checked} WHERE FALSE"
    duck.run(
        f"CREATE OR REPLACE TEMP TABLE held AS SELECT {version}, {'sequence' if meeting else '0'} AS sequence {met}"
    )
    ids = f"SELECT {_KEY} FROM {checked} UNION ALL SELECT {_KEY} FROM held"
    duck.run(f"CREATE OR REPLACE TEMP TABLE shared AS SELECT {_KEY} FROM ({ids}) GROUP BY {_KEY} HAVING count(*) > 1")
    # Most ids stand alone. Only where one is shared do contents, versions and copies matter.
    duck.run(
        f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT *, {_content(table)} "
        f"FROM {checked} SEMI JOIN shared USING ({_KEY})"
    )
    duck.run(f"UPDATE incoming SET field = NULL WHERE beyond AND ({_may_be_beyond()})")
    duck.run(f"CREATE OR REPLACE TABLE {checked} AS {_fates_sql(checked, people, single=single)}")
    duck.run("DROP TABLE incoming; DROP TABLE shared; DROP TABLE held")


def _content(table: Table) -> str:
    """What a version says, and what of that is fact: all but its state and the day from which it could be known."""
    facts = [column for column in table.columns if column not in {"known_on", "state"}]
    return ", ".join(
        f"md5(CAST(ROW({', '.join(map(name, columns))}) AS VARCHAR)) AS {called}"
        for called, columns in (("content", table.columns), ("facts", facts))
    )


def _may_be_beyond() -> str:
    """SQL of whether a row of `incoming` may fail the limits: what is held may be repeated, disputed and withdrawn."""
    same = "h.source = incoming.source AND h.record_id = incoming.record_id"
    uncounted = "incoming.state IN ('disputed', 'withdrawn')"
    return f"EXISTS (FROM held h WHERE {same} AND ({uncounted} OR h.facts = incoming.facts))"


def _meeting(duck: Duck, checked: str, existing: Sequence[Path]) -> RecordVersions | None:
    """Those of the files in which an id of the new rows stands: of all others nothing but the ids is read."""
    if not existing:
        return None
    met = f"SELECT DISTINCT filename FROM {files(existing)} SEMI JOIN {checked} USING (record_id)"
    paths = sorted(Path(row["filename"]) for row in duck.rows(met))
    return relations_of(paths) if paths else None


# The last version of each day.
_LAST = f"(SELECT {_DAY}, arg_max(content, sequence) AS content FROM held GROUP BY {_DAY})"
_MONTH = "year(happened_on) * 12 + month(happened_on)"


def _fates_sql(checked: str, people: str, *, single: bool) -> str:
    """SQL of the new rows with their fate."""
    alone = f"""
SELECT i.*, TRUE AS alone, FALSE AS was_held, FALSE AS moved, CAST(NULL AS DATE) AS last_known,
    FALSE AS repeats, 0 AS sequence
FROM {checked} i ANTI JOIN shared s ON s.source = i.source AND s.record_id = i.record_id"""
    everywhere = f"""
SELECT {_KEY}, person_id, {_MONTH} AS month FROM incoming WHERE field IS NULL
UNION ALL SELECT {_KEY}, person_id, month FROM held"""
    moves = f"""
SELECT {_KEY}, min(person_id) <> max(person_id) OR min(month) <> max(month) AS moved
FROM everywhere GROUP BY {_KEY}"""
    several = f"""
SELECT i.* EXCLUDE (content, facts, place, is_new, first_new, before, newly),
    FALSE AS alone, h.content IS NOT NULL AS was_held, coalesce(m.moved, FALSE) AS moved, k.last_known,
    -- What was there before stays what it is, up to the first row that says something new; from there on each
    -- row is a version, unless it says what the row before it says.
    coalesce(place < first_new OR first_new IS NULL OR (place > first_new AND before = i.content), FALSE)
        AS repeats,
    coalesce(d.last_sequence + 1, 0) + newly AS sequence
FROM in_turn i
LEFT JOIN moves m ON m.source = i.source AND m.record_id = i.record_id
LEFT JOIN (SELECT DISTINCT {_DAY}, content FROM held) h
    ON h.source = i.source AND h.record_id = i.record_id AND h.known_on = i.known_on
    AND h.content = i.content
LEFT JOIN (SELECT {_DAY}, max(sequence) AS last_sequence FROM held GROUP BY {_DAY}) d
    ON d.source = i.source AND d.record_id = i.record_id AND d.known_on = i.known_on
LEFT JOIN (SELECT {_KEY}, max(known_on) AS last_known FROM held GROUP BY {_KEY}) k
    ON k.source = i.source AND k.record_id = i.record_id"""
    problem = f"""CASE
        WHEN i.field IS NOT NULL THEN {{'field': i.field, 'found': i.found, 'expected': i.expected}}
        WHEN i.was_held AND (i.repeats OR i.moved) THEN NULL
        WHEN s.person_id IS NOT NULL THEN {_says("person_id", "i.person_id", tr(_ANOTHER_FORM))}
        WHEN p.person_id IS NULL THEN {_says("person_id", "i.person_id", tr("a person of the people table"))}
        WHEN i.moved AND i.last_known IS NULL THEN {_says("record_id", "i.record_id", tr(_NOT_SHARED))}
        WHEN i.moved THEN {_says("record_id", "i.record_id", tr(_NOT_MOVED))} END"""
    judged = f"""
SELECT i.* EXCLUDE (field, found, expected), {problem} AS problem
FROM (FROM alone UNION ALL BY NAME FROM several) i
LEFT JOIN known p ON p.person_id = i.person_id LEFT JOIN spelt s ON s.person_id = i.person_id"""
    return (
        _in_turn(_LAST if single else "held")
        .step("alone", alone.strip())
        .step("everywhere", everywhere.strip())
        .step("moves", moves.strip())
        .step("several", several.strip())
        .step("known", f"SELECT DISTINCT person_id FROM {people}")
        .step("judged", judged.strip())
        .query("""SELECT * EXCLUDE (problem, was_held, moved, repeats),
    problem.field AS field, problem.found AS found, problem.expected AS expected,
    CASE WHEN problem IS NOT NULL THEN 'quarantined' WHEN repeats OR (was_held AND moved) THEN 'unchanged'
        ELSE 'accepted' END AS fate
FROM judged""")
    )


def _in_turn(stored: str) -> Steps:
    """The steps to `in_turn`: the rows of `incoming` in the order in which they came, those of an id and day together.

    `place` is a row's place, `first_new` that of the first row that says what is not among the versions `stored`,
    `before` what the row before says, `newly` how many versions come before the row in this load.
    """
    day = f"PARTITION BY {_DAY}, field IS NULL"
    turn = f"({day} ORDER BY feed, line)"
    placed = f"""
SELECT i.*, row_number() OVER {turn} AS place, lag(content) OVER {turn} AS before,
    h.content IS NULL AS is_new
FROM incoming i LEFT JOIN (SELECT DISTINCT {_DAY}, content FROM {stored}) h USING ({_DAY}, content)"""
    counts = "place = first_new OR (place > first_new AND before <> content)"
    in_turn = f"""
SELECT *, coalesce(count(*) FILTER ({counts}) OVER ({day} ORDER BY place ROWS UNBOUNDED PRECEDING), 0) - 1
    AS newly
FROM since"""
    return (
        Steps()
        .step("placed", placed.strip())
        .step("since", f"SELECT *, min(place) FILTER (is_new) OVER ({day}) AS first_new FROM placed")
        .step("in_turn", in_turn.strip())
    )


def spelt_sql(people: str) -> str:
    """SQL of the ids, in the form that ids have now, of those people whom a relation holds in another alone."""
    formed = one_form_sql("person_id")
    other = f"SELECT {formed} AS person_id FROM {people} WHERE {formed} <> person_id"
    return f"{other} EXCEPT SELECT person_id FROM {people}"


def _says(field: str, found: str, expected: str) -> str:
    return f"{{'field': {literal(field)}, 'found': {found}, 'expected': {literal(expected)}}}"
