"""The SQL that turns a town's numbers into records: ids, dates and codes as our tables have them."""

from collections.abc import Mapping, Sequence

from goodstanding.engines import literal
from goodstanding.lab.town import money, particulars, promises


def _day(column: str) -> str:
    """Days since 1970 as a date, nothing where below 0."""
    return f"CASE WHEN {column} >= 0 THEN DATE '1970-01-01' + CAST({column} AS INTEGER) END"


def _one_of(values: Sequence[str], column: str = "kind") -> str:
    """A code as the name it stands for."""
    return f"list_extract([{', '.join(map(literal, values))}], CAST({column} AS INTEGER) + 1)"


def _id(prefix: str, *columns: str) -> str:
    """An id of a prefix and numbers."""
    return f"'{prefix}-' || " + " || '-' || ".join(f"CAST({column} AS BIGINT)" for column in columns)


def _numbered(letter: str, column: str, digits: int = 6) -> str:
    """A letter and a number of so many digits."""
    return f"printf('{letter}%0{digits}d', CAST({column} AS BIGINT))"


PERSON = _numbered("P", "person")


def _common(record: str, known: str = "happened", source: str = "wallet") -> str:
    """The common columns; `record` tells records of one person, day and kind apart."""
    return (
        f"{PERSON} AS person_id, {record} AS record_id, {_day('happened')} AS happened_on, "
        f"{_day(known)} AS known_on, '{source}' AS source"
    )


_YUAN = "'CNY' AS currency"

RECORDS: Mapping[str, str] = {
    "people": f"""
        SELECT {_common(_id("join", "person"))}, DATE '1970-01-01' + CAST(born AS INTEGER) AS born_on,
            CASE WHEN female THEN 'female' ELSE 'male' END AS sex""",
    "details": f"""
        SELECT {_common(_id("detail", "kind", "person", "month"))}, {_one_of(particulars.DETAILS)} AS kind,
            {_numbered("D", "value", 9)} AS value, verified, NULL::DATE AS valid_to""",
    "payments": f"""
        SELECT {_common(_id("pay", "number"))}, {_one_of(money.CATEGORIES, "category")} AS category,
            {_numbered("M", "counterparty")} AS counterparty, amount AS amount_minor, {_YUAN}""",
    "transfers": f"""
        SELECT {_common(_id("transfer", "pair", "CAST(out AS INTEGER)"))}, {_numbered("P", "other")} AS other_person,
            CASE WHEN out THEN 'out' ELSE 'in' END AS direction, amount AS amount_minor, {_YUAN}""",
    "dues": f"""
        SELECT {_common(_id("due", "kind", "person", "month"), "known", "billers")}, {_one_of(promises.DUES)} AS kind,
            {_numbered("B", "kind", 3)} AS counterparty, amount AS amount_minor, {_day("paid")} AS paid_on,
            CASE WHEN paid >= 0 THEN amount ELSE 0 END AS paid_minor, {_YUAN}""",
    "balances": f"""
        SELECT {_common(_id("balance", "kind", "person", "month"))}, {_one_of(money.BALANCES)} AS kind,
            amount AS amount_minor, {_YUAN}""",
    "orders": f"""
        SELECT {_common(_id("order", "person", "month"), "known", "merchants")}, {_one_of(promises.ORDERS)} AS kind,
            {_numbered("S", "person % 50", 2)} AS counterparty, {_day("promised")} AS promised_on,
            {_day("returned")} AS returned_on, deposit AS deposit_minor, {_YUAN}""",
    "inquiries": f"""
        SELECT {_common(_id("inquiry", "person", "month"), source="lenders")},
            {_numbered("L", "person % 20", 2)} AS counterparty, 'loan' AS purpose""",
    "public_records": f"""
        SELECT {_common(_id("judgment", "person", "month"), "known", "court")}, 'court_judgment' AS kind,
            'Civil Procedure Law' AS legal_basis, NULL::DATE AS until, {_day("settled")} AS settled_on,
            amount AS amount_minor, {_YUAN}""",
    "outcomes": f"""
        SELECT {_common(_id("loan", "person"), "until", "lenders")}, 'loan' AS kind, bad,
            {_day("until")} AS window_until""",
}
