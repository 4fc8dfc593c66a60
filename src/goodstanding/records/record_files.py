"""Keeping accepted records: Parquet files by table and month, of four kinds.

All `first-` files together hold each record once. `again-` files hold later versions of them, each known after
all that was there before; `earlier-` files hold versions that came in after a newer one. So where a month has
`first-` files only, nothing was corrected, and whoever reads it need not look at the records' ids. These three hold
one version of a record and day, the day's first; `sameday-` files hold those that came after it, with a column
`sequence` beside the table's: 1 for the second of its day, and so on.
"""

from goodstanding.engines import Duck, literal, name
from goodstanding.months import Month
from goodstanding.records.tables import Table
from goodstanding.store import Staging
from goodstanding.store.layout import record_file, records_folder


def write_records(duck: Duck, staging: Staging, table: Table, records: str) -> None:
    """Stage the rows of a query: a table's columns, `alone`, `last_known` and `sequence` (merge.py)."""
    columns = ", ".join(map(name, table.columns))
    parts = " UNION ALL ".join(
        f"SELECT {columns}, sequence, {kind} AS file_kind, strftime(happened_on, '%Y-%m') AS month "
        f"FROM ({records}) WHERE {which}"
        for kind, which in (("'first'", "alone"), (_kind_sql(), "NOT alone"))
    )
    duck.run(f"CREATE OR REPLACE TABLE fresh AS {parts}")
    for row in duck.rows("SELECT DISTINCT month, file_kind FROM fresh ORDER BY month, file_kind"):
        staged = staging.scratch()
        written = f"{columns}, CAST(sequence AS INTEGER) AS sequence" if row["file_kind"] == "sameday" else columns
        chosen = (
            f"SELECT {written} FROM fresh WHERE month = {literal(row['month'])} AND file_kind = '{row['file_kind']}'"
        )
        duck.write_parquet(f"{chosen} ORDER BY person_id, source, record_id, known_on, fresh.sequence", staged)
        staging.add(records_folder(table.name, Month.parse(row["month"])), staged, record_file(row["file_kind"]))
    duck.run("DROP TABLE fresh")


def _kind_sql() -> str:
    """SQL of the kind of a record that has more than one version."""
    among = "row_number() OVER (PARTITION BY source, record_id ORDER BY known_on, sequence)"
    return (
        "CASE WHEN sequence > 0 THEN 'sameday' WHEN last_known > known_on THEN 'earlier' "
        f"WHEN last_known IS NOT NULL OR {among} > 1 THEN 'again' ELSE 'first' END"
    )
