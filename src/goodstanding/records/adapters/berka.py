"""The PKDD'99 Czech bank in its published format.

Semicolons, CRLF, Czech codes, dates as YYMMDD. What becomes what:

    client, disp   people and the account they hold or share (details); birth number gives date and sex
    account        the owner's address (district) from the day the account was opened
    trans          payments of the account's owner, and each closed month's lowest balance
    loan           outcomes; bad is B (finished, not paid) or D (running, in debt)

`order` is not read: it has no dates, so an order may be younger than the loan. `card` is not read: no table
holds a card. A balance is given only for months that the published file holds whole: those before an
account's loan and those to 1994-03 (for accounts without a loan nothing else is there).
"""

from collections.abc import Iterable
from pathlib import Path

from goodstanding.engines import Duck, Rejected, scan_csv
from goodstanding.records.feeds import Feed

_ENCODING = "utf-8"
_FILES_END = "DATE '1998-12-31'"
_ALL_UNTIL = "DATE '1994-03-31'"

_OPERATION = """CASE
    WHEN trim(k_symbol) = 'UROK' THEN 'interest' WHEN trim(k_symbol) = 'SLUZBY' THEN 'fee'
    WHEN trim(k_symbol) = 'SANKC. UROK' THEN 'penalty' WHEN trim(k_symbol) = 'SIPO' THEN 'household'
    WHEN trim(k_symbol) = 'POJISTNE' THEN 'insurance' WHEN trim(k_symbol) = 'UVER' THEN 'loan'
    WHEN trim(k_symbol) = 'DUCHOD' THEN 'pension' WHEN operation = 'VKLAD' THEN 'cash_in'
    WHEN operation = 'PREVOD Z UCTU' THEN 'income' WHEN operation = 'VYBER KARTOU' THEN 'shopping'
    WHEN operation = 'VYBER' THEN 'cash_out' ELSE 'other' END"""

# PRIJEM is money in; VYDAJ and VYBER are money out. Another code stays and is refused as an amount.
_SIGN = "CASE type WHEN 'PRIJEM' THEN '' WHEN 'VYDAJ' THEN '-' WHEN 'VYBER' THEN '-' ELSE type || ' ' END"


def _day(column: str) -> str:
    """YYMMDD as YYYY-MM-DD; anything else as it is, for the check to refuse."""
    dashed = f"'19' || {column}[1:2] || '-' || {column}[3:4] || '-' || {column}[5:6]"
    return f"CASE WHEN regexp_full_match({column}, '\\d{{6}}') THEN {dashed} ELSE {column} END"


def _hellers(column: str) -> str:
    """Crowns with a decimal point as whole hellers; anything else as it is."""
    return (
        f"CASE WHEN regexp_full_match({column}, '\\d{{1,12}}(\\.\\d{{1,2}})?') "
        f"THEN CAST(CAST(CAST({column} AS DECIMAL(18, 2)) * 100 AS BIGINT) AS VARCHAR) ELSE {column} END"
    )


_OWNER = "(SELECT account_id, client_id FROM disp WHERE type = 'OWNER')"

_PEOPLE = f"""
    SELECT c.line, c.client_id AS person_id, 'client-' || c.client_id AS record_id, {_day("a.date")} AS happened_on,
        {_day("a.date")} AS known_on, 'berka' AS source,
        CASE WHEN TRY_CAST(c.birth_number[3:4] AS INT) > 50 THEN 'female' ELSE 'male' END AS sex,
        '19' || c.birth_number[1:2] || '-' || printf('%02d', TRY_CAST(c.birth_number[3:4] AS INT) % 50) || '-'
            || c.birth_number[5:6] AS born_on
    FROM client c LEFT JOIN disp d USING (client_id) LEFT JOIN account a USING (account_id)"""

_DETAILS = f"""
    SELECT d.line, d.client_id AS person_id, 'disp-' || d.disp_id AS record_id, {_day("a.date")} AS happened_on,
        {_day("a.date")} AS known_on, 'berka' AS source, 'account' AS kind, d.account_id AS value, 'true' AS verified
    FROM disp d LEFT JOIN account a USING (account_id)"""

_ADDRESSES = f"""
    SELECT a.line, o.client_id AS person_id, 'account-' || a.account_id AS record_id, {_day("a.date")} AS happened_on,
        {_day("a.date")} AS known_on, 'berka' AS source, 'address' AS kind, 'district ' || a.district_id AS value,
        'false' AS verified
    FROM account a LEFT JOIN {_OWNER} o USING (account_id)"""

_PAYMENTS = f"""
    SELECT t.line, o.client_id AS person_id, 'trans-' || t.trans_id AS record_id, {_day("t.date")} AS happened_on,
        {_day("t.date")} AS known_on, 'berka' AS source, {_OPERATION} AS category,
        NULLIF(concat(t.bank, t.account), '') AS counterparty,
        {_SIGN} || {_hellers("t.amount")} AS amount_minor, 'CZK' AS currency
    FROM trans t LEFT JOIN {_OWNER} o USING (account_id)"""

_BALANCES = f"""
    WITH day AS (
        SELECT account_id, TRY_CAST({_day("date")} AS DATE) AS on_day,
            TRY_CAST(balance AS DECIMAL(18, 2)) * 100 AS held, line FROM trans),
    whole AS (
        SELECT a.account_id,
            greatest({_ALL_UNTIL}, coalesce(min(TRY_CAST({_day("l.date")} AS DATE)) - 1, {_ALL_UNTIL})) AS until
        FROM account a LEFT JOIN loan l USING (account_id) GROUP BY a.account_id)
    SELECT min(line) AS line, client_id AS person_id,
        'lowest-' || account_id || '-' || strftime(last_day(on_day), '%Y-%m') AS record_id,
        CAST(last_day(on_day) AS VARCHAR) AS happened_on, CAST(last_day(on_day) AS VARCHAR) AS known_on,
        'berka' AS source,
        'current_lowest' AS kind, CAST(CAST(min(held) AS BIGINT) AS VARCHAR) AS amount_minor, 'CZK' AS currency
    FROM day JOIN whole USING (account_id) JOIN {_OWNER} USING (account_id)
    WHERE last_day(on_day) <= until AND held IS NOT NULL
    GROUP BY account_id, client_id, last_day(on_day)"""

_LOAN_ENDS = f"TRY_CAST({_day('date')} AS DATE) + to_months(TRY_CAST(duration AS INT))"
_OUTCOMES = f"""
    SELECT l.line, o.client_id AS person_id, 'loan-' || l.loan_id AS record_id, {_day("l.date")} AS happened_on,
        CAST(ends AS VARCHAR) AS known_on, 'berka' AS source, 'loan' AS kind,
        CASE WHEN l.status IN ('A', 'C') THEN 'false' WHEN l.status IN ('B', 'D') THEN 'true' ELSE l.status END AS bad,
        CAST(ends AS VARCHAR) AS window_until
    FROM (SELECT *, CAST(least({_LOAN_ENDS}, {_FILES_END}) AS DATE) AS ends FROM loan) l
    LEFT JOIN {_OWNER} o USING (account_id)"""

# Table, file, SQL. A file's broken lines are quarantined with the first table that it feeds.
_FEEDS = (
    ("people", "client", _PEOPLE),
    ("details", "disp", _DETAILS),
    ("details", "account", _ADDRESSES),
    ("payments", "trans", _PAYMENTS),
    ("balances", "trans", _BALANCES),
    ("outcomes", "loan", _OUTCOMES),
)
_NEEDED = ("account", "client", "disp", "loan", "trans")


def berka_feeds(folder: Path) -> list[Feed]:
    """The feeds of a folder with the published files; they are read when the first feed is scanned."""
    rejected: dict[str, list[Rejected]] = {}

    def scan(duck: Duck, raw: str, number: int) -> list[Rejected]:
        _, file, sql = _FEEDS[number]
        if number == 0:
            rejected.update(_read_files(duck, folder, _NEEDED))
        duck.run(f"CREATE OR REPLACE TABLE {raw} AS {sql}")
        return rejected.pop(file, [])

    return [
        Feed(table, str(folder / f"{file}.asc"), lambda duck, raw, number=number: scan(duck, raw, number))
        for number, (table, file, _) in enumerate(_FEEDS)
    ]


def _read_files(duck: Duck, folder: Path, names: Iterable[str]) -> dict[str, list[Rejected]]:
    """Make a text table of each published file."""
    return {name: scan_csv(duck, folder / f"{name}.asc", name, delimiter=";", encoding=_ENCODING) for name in names}
