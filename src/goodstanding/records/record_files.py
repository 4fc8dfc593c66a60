"""Keeping accepted records: Parquet files by table and month, of four kinds.

All `first-` files together hold each record once. `again-` files hold later versions of them, each known after
all that was there before; `earlier-` files hold versions that came in after a newer one. So where a month has
`first-` files only, nothing was corrected, and whoever reads it need not look at the records' ids. These three hold
one version of a record and day, the day's first; `sameday-` files hold those that came after it, with a column
`sequence` beside the table's: 1 for the second of its day, and so on.
"""

from typing import Literal, TypeAlias

from goodstanding.engines import Duck, literal, name
from goodstanding.records.tables import Table
from goodstanding.store import Staging

Kind: TypeAlias = Literal["first", "again", "earlier", "sameday"]


def write_records(duck: Duck, staging: Staging, table: Table, records: str) -> None:
    """Stage the rows of a query: a table's columns, `alone`, `last_known` and `sequence` (merge.py)."""
    columns = ", ".join(map(name, table.columns))
    among = "row_number() OVER (PARTITION BY source, record_id ORDER BY known_on, sequence)"
    kind = (
        "CASE WHEN sequence > 0 THEN 'sameday' WHEN last_known > known_on THEN 'earlier' "
        f"WHEN last_known IS NOT NULL OR {among} > 1 THEN 'again' ELSE 'first' END"
    )
    parts = " UNION ALL ".join(
        f"SELECT {columns}, sequence, {kept} AS kept_as, strftime(happened_on, '%Y-%m') AS month "
        f"FROM ({records}) WHERE {which}"
        for kept, which in (("'first'", "alone"), (kind, "NOT alone"))
    )
    duck.run(f"CREATE OR REPLACE TABLE fresh AS {parts}")
    for row in duck.rows("SELECT DISTINCT month, kept_as FROM fresh ORDER BY month, kept_as"):
        staged = staging.scratch()
        held = f"{columns}, CAST(sequence AS INTEGER) AS sequence" if row["kept_as"] == "sameday" else columns
        chosen = f"SELECT {held} FROM fresh WHERE month = {literal(row['month'])} AND kept_as = '{row['kept_as']}'"
        duck.write_parquet(f"{chosen} ORDER BY person_id, source, record_id, known_on, fresh.sequence", staged)
        staging.add(f"records/{table.name}/month={row['month']}", staged, f"{row['kept_as']}-{{digest}}.parquet")
    duck.run("DROP TABLE fresh")


def file_kind(path: str) -> Kind:
    """Which kind a record file is of, by its path in the workspace."""
    match path.rpartition("/")[2].partition("-")[0]:
        case "again":
            return "again"
        case "earlier":
            return "earlier"
        case "sameday":
            return "sameday"
        case _:
            return "first"
