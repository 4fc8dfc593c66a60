"""Loading records: every feed is checked before any is taken, and all are taken in one step."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goodstanding.engines import Duck, files, literal, name
from goodstanding.errors import BadInput
from goodstanding.records.columns import check_columns, our_names
from goodstanding.records.feeds import Feed
from goodstanding.records.merge import merge_sql, spelt_sql
from goodstanding.records.quarantine import RowProblem, first_problems, refuse_hopeless, reject_sql, write_quarantined
from goodstanding.records.record_files import write_records
from goodstanding.records.row_checks import checked_sql
from goodstanding.records.synthetic_stamp import check_stamp
from goodstanding.records.tables import TABLES, Table
from goodstanding.records.versions import record_files
from goodstanding.store import Staging, Workspace
from goodstanding.wording import tr

_SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class Count:
    """What became of a table's rows: read = accepted + unchanged + quarantined."""

    read: int
    accepted: int
    unchanged: int
    quarantined: int


@dataclass(frozen=True)
class Loaded:
    """The counts by table, and the first few problems."""

    counts: Mapping[str, Count]
    problems: Sequence[RowProblem]


def load(  # noqa: PLR0913 - what a load may be told, each by its name
    workspace: Workspace,
    feeds: Sequence[Feed],
    today: date,
    *,
    strict: bool = False,
    stamp: str | None = None,
    memory: str | None = None,
    advance: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Take the feeds' good rows into the workspace and their bad rows into quarantine, in one step.

    `stamp` is the lab's mark of synthetic records, `memory` the most to take, such as 2GB; `advance` is told what is
    being read. With `strict` a bad row refuses the whole load. Raises BadInput or AgainstTheLaw and changes nothing
    if a file cannot be read, if all of its rows are bad, if there is more than one currency, or if synthetic and
    other records would mix.
    """
    with workspace.stage() as staging, Duck(memory, workspace.spill) as duck:
        check_stamp(workspace, staging, stamp)
        tables = list(dict.fromkeys(feed.table for feed in feeds))
        currency = staging.value("currency")
        for table in tables:
            duck.run(empty_sql(TABLES[table]))
        for number, feed in enumerate(feeds):
            advance(feed.origin)
            check_feed(duck, feed, number, today, currency)
        merge_all(duck, workspace, tables, advance)
        refuse_hopeless(duck, tables, strict=strict)
        set_currency(duck, staging, tables)
        for table in tables:
            advance(table)
            write_merged(duck, staging, TABLES[table])
        return Loaded({table: _count(duck, table) for table in tables}, first_problems(duck, tables, _SHOWN_PROBLEMS))


def empty_sql(table: Table) -> str:
    """SQL that makes the table of checked rows, still empty."""
    typed = ", ".join(f"{name(field.name)} {field.sql_type}" for field in table.fields)
    problem = "field VARCHAR, found VARCHAR, expected VARCHAR, beyond BOOLEAN"
    return f"CREATE TABLE checked_{table.name} (feed INTEGER, file VARCHAR, line BIGINT, {typed}, {problem})"


def check_feed(duck: Duck, feed: Feed, number: int, today: date, currency: str | None) -> None:
    """Read and check one feed's rows into the table of checked rows."""
    table = TABLES[feed.table]
    rejected = feed.scan(duck, "raw")
    for column, ours in our_names(table, [c for c in duck.names("SELECT * FROM raw") if c != "line"]).items():
        duck.run(f"ALTER TABLE raw RENAME COLUMN {name(column)} TO {name(ours)}")
    present = [column for column in duck.names("SELECT * FROM raw") if column != "line"]
    check_columns(table, feed.origin, present)
    file = literal(feed.place)
    duck.run(
        f"INSERT INTO checked_{table.name} BY NAME "
        f"SELECT {number} AS feed, {file} AS file, * FROM ({checked_sql(table, 'raw', present, today, currency)})"
    )
    duck.run("DROP TABLE raw")
    for reject in rejected:
        duck.run(
            f"INSERT INTO checked_{table.name} BY NAME SELECT {number} AS feed, * FROM ({reject_sql(file, reject)})"
        )


def merge_all(
    duck: Duck,
    workspace: Workspace,
    tables: Sequence[str],
    advance: Callable[[str], None] = lambda _: None,
    *,
    single: bool = False,
) -> None:
    """Settle each table's checked rows, people first: only those who can be taken may have records.

    Of `single` rows each is the last word on its record.
    """
    paths = record_files(workspace, "people")
    duck.run("CREATE TEMP TABLE spelt (person_id VARCHAR)")
    if paths:
        duck.run(f"INSERT INTO spelt {spelt_sql(files(paths))}")
    known = [f"SELECT person_id FROM {files(paths)}"] if paths else []
    if "people" in tables:
        merge_sql(duck, TABLES["people"], "checked_people", "checked_people", paths)
        known.append("SELECT person_id FROM checked_people WHERE fate <> 'quarantined'")
    nobody = "SELECT CAST(NULL AS VARCHAR) AS person_id WHERE FALSE"
    duck.run(f"CREATE TEMP TABLE known_people AS {' UNION '.join([nobody, *known])}")
    for table in tables:
        advance(table)
        if table != "people":
            existing = record_files(workspace, table)
            merge_sql(duck, TABLES[table], f"checked_{table}", "known_people", existing, single=single)


def set_currency(duck: Duck, staging: Staging, tables: Iterable[str]) -> None:
    """The first money in a workspace sets its currency."""
    currency = staging.value("currency")
    if currency:
        return
    parts = [
        f"SELECT currency, feed, file, line FROM checked_{table} WHERE fate = 'accepted'"
        for table in tables
        if "currency" in TABLES[table].columns
    ]
    if not parts:
        return
    counted = duck.rows(
        "SELECT currency, count(*) AS n, min_by(file, (feed, line)) AS file, min_by(line, (feed, line)) AS line "
        f"FROM ({' UNION ALL '.join(parts)}) WHERE currency IS NOT NULL GROUP BY currency ORDER BY n, file, line"
    )
    found = sorted(row["currency"] for row in counted)
    if len(found) > 1:
        # What there is least of is what does not belong there.
        odd = counted[0]
        raise BadInput(
            where=tr("{file}, line {line}, {field}", file=odd["file"], line=odd["line"], field="currency"),
            found=tr(
                "{currency}, and elsewhere {others}",
                currency=odd["currency"],
                others=", ".join(one for one in found if one != odd["currency"]),
            ),
            expected=tr("one currency"),
            do=tr("Load each currency into a workspace of its own."),
        )
    if found:
        staging.set("currency", found[0])


def write_merged(duck: Duck, staging: Staging, table: Table, *, quarantine: bool = True) -> None:
    """Stage a table's accepted rows, and in quarantine those that cannot be taken, unless somebody else keeps them."""
    write_records(duck, staging, table, f"SELECT * FROM checked_{table.name} WHERE fate = 'accepted'")
    if quarantine:
        write_quarantined(duck, staging, table.name)


def _count(duck: Duck, table: str) -> Count:
    fates = {
        row["fate"]: int(row["n"])
        for row in duck.rows(f"SELECT fate, count(*) AS n FROM checked_{table} GROUP BY fate")
    }
    accepted, unchanged, quarantined = (fates.get(fate, 0) for fate in ("accepted", "unchanged", "quarantined"))
    return Count(accepted + unchanged + quarantined, accepted, unchanged, quarantined)
