"""The same scores by SQL written by hand for DuckDB, as an analyst of one town would: no late months, no as-of history.

It knows what the product may not: that only dues and public records are ever corrected, which month is asked for, and
which measures the programme reads. Measures are written out here; characteristics and points are the card's own
CASE expressions, as an analyst would paste them.
"""

from collections.abc import Callable
from pathlib import Path

from goodstanding.cards import Card
from goodstanding.engines import Duck, literal
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scoring.score_query import scores_sql

MEASURES = {
    "people": "count(*) AS joined",
    "details": """
        count(*) FILTER (kind = 'address' AND coalesce(valid_to, {day}) >= {day}) AS addresses,
        count(*) FILTER (kind = 'phone' AND coalesce(valid_to, {day}) >= {day}) AS phones,
        count(*) FILTER (kind = 'employer' AND coalesce(valid_to, {day}) >= {day}) AS employers,
        count(*) FILTER (verified) AS verified_details""",
    "payments": """
        count(*) AS payments,
        sum(CASE WHEN amount_minor > 0 AND category NOT IN {borrowed_or_moved} THEN amount_minor ELSE 0 END)
            AS received_minor,
        sum(CASE WHEN amount_minor > 0 AND category IN ('wages', 'pension', 'income')
            THEN amount_minor ELSE 0 END) AS regular_income_minor,
        max(CASE WHEN amount_minor > 0 AND category NOT IN {borrowed_or_moved} THEN amount_minor ELSE 0 END)
            AS largest_receipt_minor,
        sum(CASE WHEN amount_minor < 0 AND category NOT IN {moved} THEN -amount_minor ELSE 0 END) AS paid_out_minor,
        sum(CASE WHEN category = 'cash_out' AND amount_minor < 0 THEN -amount_minor ELSE 0 END) AS cash_out_minor,
        count(CASE WHEN category IN ('household', 'rent') AND amount_minor < 0 THEN 1 END) AS household_payments,
        count(CASE WHEN category = 'insurance' AND amount_minor < 0 THEN 1 END) AS insurance_payments,
        count(DISTINCT CASE WHEN category NOT IN ('savings', 'investment', 'own_transfer') THEN counterparty END)
            AS counterparties,
        count(counterparty) AS payments_named,
        count(CASE WHEN category = 'penalty' AND amount_minor < 0 THEN 1 END) AS penalties""",
    "transfers": """
        count(DISTINCT CASE WHEN direction = 'out' THEN other_person END) AS people_sent_to,
        count(DISTINCT CASE WHEN direction = 'in' THEN other_person END) AS people_received_from""",
    "dues": """
        count(CASE WHEN paid_on IS NOT NULL OR happened_on < {day} THEN 1 END) AS dues,
        count(CASE WHEN paid_on <= happened_on THEN 1 END) AS dues_kept,
        count(CASE WHEN kind IN ('loan', 'card') AND (paid_on IS NOT NULL OR happened_on < {day}) THEN 1 END)
            AS instalments,
        sum(CASE WHEN kind IN ('loan', 'card', 'rent') THEN amount_minor ELSE 0 END) AS instalments_minor,
        count(CASE WHEN kind IN ('loan', 'card') AND paid_on <= happened_on THEN 1 END) AS instalments_kept,
        max(CASE WHEN kind NOT IN ('loan', 'card') OR (paid_on IS NULL AND happened_on = {day}) THEN NULL
            WHEN paid_on IS NULL THEN {day} - happened_on ELSE 0 END) AS instalment_days_open,
        count(CASE WHEN kind NOT IN ('loan', 'card') AND (paid_on IS NOT NULL OR happened_on < {day}) THEN 1 END)
            AS bills,
        count(CASE WHEN kind NOT IN ('loan', 'card') AND paid_on <= happened_on THEN 1 END) AS bills_kept,
        count(CASE WHEN paid_on > happened_on OR (paid_on IS NULL AND happened_on < {day}) THEN 1 END) AS dues_late,
        count(CASE WHEN paid_on IS NULL AND happened_on < {day} THEN 1 END) AS dues_unpaid,
        max(CASE WHEN paid_on > happened_on THEN paid_on - happened_on WHEN paid_on IS NOT NULL THEN 0
            WHEN happened_on < {day} THEN {day} - happened_on END) AS worst_days_late""",
    "balances": """
        min(CASE WHEN kind = 'current_lowest' THEN amount_minor END) AS lowest_minor,
        sum(CASE WHEN kind IN ('savings', 'wealth') THEN amount_minor END) AS savings_minor,
        count(CASE WHEN kind = 'current_lowest' AND amount_minor < 0 THEN 1 END) AS overdrawn,
        sum(CASE WHEN kind = 'card_used' THEN amount_minor END) AS card_used_minor,
        sum(CASE WHEN kind = 'card_limit' THEN amount_minor END) AS card_limit_minor""",
    "orders": """
        count(CASE WHEN returned_on IS NOT NULL OR promised_on < {day} THEN 1 END) AS orders,
        count(CASE WHEN returned_on <= promised_on THEN 1 END) AS orders_kept""",
    "inquiries": "count(CASE WHEN purpose IN ('loan', 'card') THEN 1 END) AS inquiries",
    "public_records": "count(CASE WHEN settled_on IS NULL AND coalesce(until, {day}) >= {day} THEN 1 END) AS judgments",
}
MOVED = "('savings', 'investment', 'own_transfer', 'refund', 'chargeback')"
BORROWED_OR_MOVED = MOVED.replace("(", "('interest', 'loan', ")
UNKNOWN_WITHOUT_ROWS = (
    *(
        "worst_days_late",
        "instalment_days_open",
        "lowest_minor",
        "savings_minor",
        "card_used_minor",
        "card_limit_minor",
    ),
)
CORRECTED = ("dues", "public_records")


def names_of(measures: str) -> list[str]:
    """The names that a list of measures gives."""
    return [part.split()[0].rstrip(",") for part in measures.split(" AS ")[1:]]


def monthly_sql(records: Path, as_of: Month, month: str) -> str:
    """A row for each person and month: `month` is a folder pattern, such as * for every month at once."""
    day = literal(as_of.last_day)
    parts = []
    for table, template in MEASURES.items():
        measures = template.format(day=day, moved=MOVED, borrowed_or_moved=BORROWED_OR_MOVED)
        # A small town has months without any row of a rare table: no file, and to be read as no rows.
        filed = any((records / table).glob(f"month={month}/*.parquet"))
        where, most = (month, "") if filed else ("*", " LIMIT 0")
        files = f"'{records}/{table}/month={where}/*.parquet'"
        rows = f"SELECT * FROM read_parquet({files}, hive_partitioning = false){most}"
        known = f"known_on <= {day} AND happened_on <= {day}"
        newest = " QUALIFY row_number() OVER (PARTITION BY source, record_id ORDER BY known_on DESC) = 1"
        held = f"SELECT * FROM ({rows}) WHERE {known}{newest if table in CORRECTED else ''}"
        first = "CAST(date_trunc('month', happened_on) AS DATE)"
        counted = f"count(*) AS {table}_records, {measures}"
        summed = f"SELECT person_id, {first} AS month, {counted} FROM ({held}) WHERE state = 'valid' GROUP BY ALL"
        parts.append(f"{table}_m AS ({summed})")
    joins = f"{next(iter(MEASURES))}_m" + "".join(
        f" FULL JOIN {table}_m USING (person_id, month)" for table in list(MEASURES)[1:]
    )
    values = ", ".join(
        n if n in UNKNOWN_WITHOUT_ROWS else f"coalesce({n}, 0) AS {n}"
        for measures in MEASURES.values()
        for n in names_of(measures)
    )
    values += "".join(f", coalesce({table}_records, 0) AS {table}_records" for table in MEASURES)
    return f"WITH {', '.join(parts)} SELECT person_id, month, {values} FROM {joins}"


def at_once(duck: Duck, records: Path, as_of: Month, _: list[str]) -> None:
    """Every month in one query."""
    duck.run(f"CREATE TABLE monthly AS {monthly_sql(records, as_of, '*')}")


def by_month(duck: Duck, records: Path, as_of: Month, months: list[str]) -> None:
    """A query for each month, for those who know that their tables are filed so."""
    for number, month in enumerate(months):
        sql = monthly_sql(records, as_of, month)
        duck.run(f"CREATE TABLE monthly AS {sql}" if number == 0 else f"INSERT INTO monthly {sql}")


def ties_sql(records: Path, as_of: Month) -> str:
    """What two years of transfers tell of each person's ties: one pass over them, since none is ever corrected."""
    day = literal(as_of.last_day)
    read = "read_parquet('{records}/{table}/*/*.parquet', hive_partitioning = false)"
    transfers, details = (read.format(records=records, table=table) for table in ("transfers", "details"))
    known = f"state = 'valid' AND known_on <= {day} AND happened_on <= {day}"
    age = f"date_diff('month', happened_on, {day})"
    two_way = "sent > 0 AND received > 0 AND since >= 12"
    return f"""
        WITH ties AS (
            SELECT person_id, other_person, max(age) AS since,
                count(*) FILTER (age < 12 AND direction = 'out') AS sent,
                count(*) FILTER (age < 12 AND direction = 'in') AS received,
                count(DISTINCT age) FILTER (age < 12) AS months
            FROM (SELECT *, {age} AS age FROM {transfers} WHERE {known}) WHERE age < 24 GROUP BY ALL),
        checked AS (
            SELECT DISTINCT person_id AS other_person, TRUE AS verified FROM {details} WHERE {known} AND verified)
        SELECT person_id, count(*) FILTER ({two_way}) AS long_ties,
            sum(CASE WHEN {two_way} THEN months ELSE 0 END) AS long_tie_months,
            count(*) FILTER (verified AND months > 0) AS verified_ties
        FROM ties LEFT JOIN checked USING (other_person) GROUP BY person_id"""


def score_by_hand(
    roll_up: Callable[[Duck, Path, Month, list[str]], None],
    records: Path,
    asked: tuple[Definition, Card, Month],
    months: list[str],
    out: Path,
) -> None:
    """Everybody's scores as of a month, to a Parquet file."""
    definition, card, as_of = asked
    with Duck() as duck:
        roll_up(duck, records, as_of, months)
        day = literal(as_of.last_day)
        people = f"read_parquet('{records}/people/*/*.parquet', hive_partitioning = false)"
        duck.run(f"CREATE TABLE asked AS SELECT DISTINCT person_id FROM {people} WHERE known_on <= {day}")
        age = f"date_diff('month', month, {literal(as_of.first_day)})"
        duck.run(f"CREATE TABLE ties AS {ties_sql(records, as_of)}")
        both = f"SELECT *, {age} AS age FROM monthly UNION ALL BY NAME SELECT *, 0 AS age FROM ties"
        duck.run(f"CREATE VIEW statements AS {both}")
        duck.run(f"COPY ({scores_sql(definition.programme, card)} ORDER BY person_id) TO '{out}' (FORMAT parquet)")


def bare_scan(records: Path, as_of: Month) -> str:
    """A query that reads the same columns of the same rows and does next to nothing with them."""
    columns = {
        "people": "person_id, state",
        "details": "person_id, state, kind, verified",
        "payments": "person_id, state, category, counterparty, amount_minor",
        "transfers": "person_id, state, other_person, direction",
        "dues": "person_id, state, record_id, source, kind, amount_minor, paid_on",
        "balances": "person_id, state, kind, amount_minor",
        "orders": "person_id, state, promised_on, returned_on",
        "inquiries": "person_id, state, purpose",
        "public_records": "person_id, state, record_id, source, settled_on",
    }
    day = literal(as_of.last_day)
    return " UNION ALL ".join(
        f"SELECT {' + '.join(f'count({c})' for c in [*read.split(', '), 'happened_on', 'known_on'])} AS n "
        f"FROM read_parquet('{records}/{table}/*/*.parquet', hive_partitioning = false) WHERE known_on <= {day}"
        for table, read in columns.items()
    )
