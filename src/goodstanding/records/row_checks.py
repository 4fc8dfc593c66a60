"""Row checks as SQL: each row gets the first thing that is wrong with it, or nothing.

Input is a table of text columns and `line`; output is `checked`: typed columns, and `field`, `found`,
`expected` where a row fails.
"""

from collections.abc import Collection, Sequence
from datetime import date

from babel.core import get_global

from goodstanding.engines import literal, name, texts
from goodstanding.records.characters import one_form_sql, rounded_sql, shown_sql, spoilt_sql, unseen_sql
from goodstanding.records.plausible_limits import limits_of
from goodstanding.records.tables import Field, Table, rules_of
from goodstanding.wording import one_of, tr

# Neither what stands for none, nor what is for trying out, is money.
CURRENCIES = frozenset(get_global("all_currencies")) - {"XTS", "XXX"}
LONGEST_TEXT = 200


def checked_sql(table: Table, raw: str, present: Collection[str], on: date, currency: str | None) -> str:
    """SQL of the checked rows of `raw`, whose columns `present` are of this table; `on` is today.

    `beyond` is whether a row fails for nothing but how its texts look or how plausible its values are: what a
    workspace holds already may fail so, and can be withdrawn all the same.
    """
    typed = ", ".join(f"{_typed(field, field.name in present)} AS {name(field.name)}" for field in table.fields)
    given = [field for field in table.fields if field.name in present]
    ill_formed = [_wrong(field, currency) for field in given]
    odd = [look for field in given if field.kind == "text" for look in _looks(field)]
    formed = (
        f"SELECT line, {typed}, COALESCE({', '.join(ill_formed)}) AS ill_formed, COALESCE({', '.join(odd)}) AS odd "
        f"FROM ({_formed(given, raw)})"
    )
    conditions, for_new = (
        [(rule.field, rule.holds, tr(rule.expected)) for rule in rules_of(table) if rule.for_new is kind]
        for kind in (False, True)
    )
    conditions.append(
        ("known_on", f"known_on <= {literal(on)}", tr("a day not after today, {today}", today=on.isoformat()))
    )
    broken, implausible = (
        ", ".join(
            _unless(holds, field, f"CAST({name(field)} AS VARCHAR)", expected) for field, holds, expected in those
        )
        for those in (conditions, [*limits_of(table), *for_new])
    )
    joined = (
        f"SELECT * EXCLUDE (ill_formed, odd), ill_formed, COALESCE(odd, {implausible}) AS odd, "
        f"COALESCE({broken}) AS broken FROM ({formed})"
    )
    first_problem = "COALESCE(ill_formed, odd, broken)"
    return (
        f"SELECT * EXCLUDE (ill_formed, odd, broken, problem), problem.field AS field, problem.found AS found, "
        f"problem.expected AS expected, odd IS NOT NULL AND ill_formed IS NULL AND broken IS NULL AS beyond "
        f"FROM (SELECT *, {first_problem} AS problem FROM ({joined}))"
    )


def _formed(given: Sequence[Field], raw: str) -> str:
    """SQL of the columns as they came, each text in the one form in which it is kept."""
    columns = "".join(f", {one_form_sql(name(field.name))} AS {name(field.name)}" for field in given)
    return f"SELECT line{columns} FROM {name(raw)}"


def _typed(field: Field, present: bool) -> str:  # noqa: FBT001 - a fact about the file, not a mode
    """The column in its type; nothing where it does not read as that."""
    column = name(field.name) if present else "NULL"
    match field.kind:
        case "date":
            return f"TRY_CAST({column} AS DATE)"
        case "integer":
            return f"TRY_CAST({column} AS BIGINT)"
        case "flag":
            return f"CASE WHEN lower({column}) IN ('true', '1') THEN TRUE WHEN {column} IS NOT NULL THEN FALSE END"
        case "choice" if field.name == "state":
            return f"COALESCE(NULLIF({column}, ''), 'valid')"
        case _:
            return f"CAST(NULLIF({column}, '') AS VARCHAR)"


def _wrong(field: Field, currency: str | None) -> str:
    """SQL of the problem with a text column, NULL if there is none."""
    column = f"coalesce({name(field.name)}, '')"
    holds, expected = _form(field, column, currency)
    return _unless(holds if field.required else f"{column} = '' OR ({holds})", field.name, column, expected)


def _looks(field: Field) -> tuple[str, str]:
    """SQL of the problems with how a text looks: a character that nobody sees, what a spreadsheet has spoilt."""
    column = name(field.name)
    unseen = unseen_sql(column, within_id=field.is_id)
    found = f"{shown_sql(column, within_id=field.is_id)} || ' (' || {unseen} || ')'"
    unseen_problem = _unless(f"{unseen} IS NULL", field.name, found, tr("text without characters that nobody sees"))
    spoilt = spoilt_sql(column) if field.is_id else rounded_sql(column)
    return unseen_problem, f"CASE WHEN {spoilt} IS NOT NULL THEN {_problem(field.name, column, spoilt)} END"


def _unless(holds: str, field: str, found: str, expected: str) -> str:
    """SQL of the problem unless a condition holds; what cannot be told does not hold."""
    return f"CASE WHEN NOT coalesce({holds}, FALSE) THEN {_problem(field, found, literal(expected))} END"


def _form(field: Field, column: str, currency: str | None) -> tuple[str, str]:
    """The condition a text must meet, and how that is said."""
    match field.kind:
        case "text":
            holds = f"length({column}) BETWEEN 1 AND {LONGEST_TEXT}"
            return holds, tr("text of 1 to {n} characters", n=LONGEST_TEXT)
        case "date":
            form = f"regexp_full_match({column}, '\\d{{4}}-\\d{{2}}-\\d{{2}}')"
            holds = f"{form} AND TRY_CAST({column} AS DATE) >= DATE '0001-01-01'"
            return holds, tr("a date as YYYY-MM-DD")
        case "integer":
            holds = f"regexp_full_match({column}, '-?\\d{{1,15}}')"
            if field.least is None:
                return holds, tr("a whole number (money in minor units: 12.50 is 1250)")
            return (
                f"{holds} AND TRY_CAST({column} AS BIGINT) >= {field.least}",
                tr(
                    "a whole number of at least {least} (money in minor units: 12.50 is 1250)",
                    least=field.least,
                ),
            )
        case "flag":
            return f"lower({column}) IN ('true', 'false', '1', '0')", tr("true or false")
        case "choice":
            return f"{column} IN {texts(field.choices)}", one_of(field.choices)
        case "currency":
            if currency:
                return f"{column} = {literal(currency)}", tr(
                    "{currency}, the currency of this workspace; load another into a workspace of its own",
                    currency=currency,
                )
            return f"{column} IN {texts(sorted(CURRENCIES))}", tr("an ISO 4217 code such as CNY")


def _problem(field: str, found: str, expected: str) -> str:
    """SQL of a problem; `found` and `expected` are SQL."""
    cleaned = f"left({shown_sql(found, within_id=False)}, 60)"
    shown = f"CASE WHEN coalesce({found}, '') = '' THEN {literal(tr('nothing'))} ELSE {cleaned} END"
    return f"{{'field': {literal(field)}, 'found': {shown}, 'expected': {expected}}}"
