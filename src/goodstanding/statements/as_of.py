"""Reading statements as of a month: what was known when it closed, and nothing later."""

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from goodstanding.engines import literal, name
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.records import newest
from goodstanding.statements.measures import STATEMENTS, RollUp
from goodstanding.store import Entry, Workspace
from goodstanding.wording import tr


def statement_entries(
    workspace: Workspace,
    as_of: Month,
    roll_up: RollUp = STATEMENTS,
    since: Month | None = None,
    known_by: Month | None = None,
) -> list[Entry]:
    """The statement files that an answer as of a month may rest on, of months from `since` on.

    What became known after the month counts only where `known_by` names a later one: to put right what was wrong.
    """
    return [
        entry
        for entry in workspace.catalogue.under(roll_up.folder)
        for month, known in [months_of(entry)]
        if month <= as_of and known <= (known_by or as_of) and (since is None or month >= since)
    ]


def months_of(entry: Entry) -> tuple[Month, Month]:
    """A statement file's month and the month in which it became known."""
    *_, month, known, _ = entry.path.split("/")
    return Month.parse(month.removeprefix("month=")), Month.parse(known.removeprefix("known="))


def last_month(workspace: Workspace, as_of: Month, roll_up: RollUp = STATEMENTS) -> Month | None:
    """The last month up to one in which anything is known to have happened; None if nothing is."""
    return max((months_of(entry)[0] for entry in statement_entries(workspace, as_of, roll_up)), default=None)


def statements_as_of(statements: str, asked: str, roll_up: RollUp = STATEMENTS) -> str:
    """SQL of the statements behind each row of `asked` (person_id, as_of: a first day), with their `age` in months.

    Of each month the latest statement that was known at the end of the as-of month, unless it has no valid record left.
    What is worked out as of a month stands beside what a statement holds.
    """
    known_by_then = "s.person_id = asked.person_id AND s.month <= asked.as_of AND s.known_on <= last_day(asked.as_of)"
    key = ", ".join(f"s.{column}" for column in (*roll_up.key, "month"))
    restated = (
        f"SELECT {key}, asked.as_of, max(s.known_on) AS known_on "
        f"FROM {asked} AS asked JOIN {statements} AS s ON {known_by_then} WHERE s.known_on > last_day(s.month) "
        f"GROUP BY {key}, asked.as_of"
    )
    age = age_sql("asked.as_of", "s.month")
    found = (
        f"SELECT asked.as_of, last_day(asked.as_of) AS as_of_day, s.*, {age} AS age "
        f"FROM {asked} AS asked JOIN {statements} AS s ON {known_by_then} LEFT JOIN ({restated}) AS r "
        f"ON {_same((*roll_up.key, 'month'))} AND r.as_of = asked.as_of "
        "WHERE s.records > 0 AND (r.known_on IS NULL OR r.known_on = s.known_on)"
    )
    worked_out = worked_out_sql((m for m in roll_up.measures if not roll_up.measures[m].kept), roll_up)
    return f"SELECT s.*{worked_out} FROM ({found}) AS s" if worked_out else found


def age_sql(as_of: str, month: str) -> str:
    """SQL of how many months a month lies before the as-of month, both given as SQL of a day in them."""
    return f"CAST((year({as_of}) - year({month})) * 12 + month({as_of}) - month({month}) AS INTEGER)"


def worked_out_sql(measures: Iterable[str], roll_up: RollUp = STATEMENTS) -> str:
    """SQL of more columns of statements that have `age` and `as_of_day`: measures that are worked out from theirs.

    In a statement without a record of its table such a measure is what it is told to be of none, whatever its formula.
    """
    definitions = [roll_up.measures[measure] for measure in measures]
    return "".join(
        f", CASE WHEN {m.counted.records} > 0 THEN {m.bounded_sql} ELSE CAST({literal(m.empty)} AS {m.type}) END "
        f"AS {name(m.name)}"
        for m in definitions
    )


def statements_of_month(  # noqa: PLR0913, PLR0917 - which statements, and of when
    workspace: Workspace,
    as_of: Month,
    measures: Collection[str],
    relation: Callable[[Sequence[Path]], str],
    roll_up: RollUp = STATEMENTS,
    since: Month | None = None,
    known_by: Month | None = None,
    restated: str | None = None,
) -> str:
    """SQL of these measures in everybody's statements as of one month, with their `age`.

    They are those of `statements_as_of`, from the month `since` on if one is given, and how many records of each of
    their tables there are, and of people; `relation` is what stands for files; `known_by` is as in `statement_entries`;
    `restated` is a relation with the rows of `restated_of_month`, if there is one already.
    Raises NotReady where there is none.
    """
    entries = statement_entries(workspace, as_of, roll_up, since, known_by)
    if not entries:
        do = tr("Score a later month.")
        raise NotReady(
            where=str(as_of), found=tr("no statements by then"), expected=tr("a month with statements"), do=do
        )
    first, later = _parted(workspace, entries)
    chosen = [roll_up.measures[measure] for measure in measures]
    worked_out = [measure for measure in chosen if not measure.kept]
    counts = sorted({f"{table}_records" for table in (*(m.table for m in chosen), "people") if table in roll_up.tables})
    kept = sorted({measure.name for measure in chosen if measure.kept}.union(*(m.uses for m in worked_out)))
    columns = ", ".join([*(f"s.{column}" for column in roll_up.key), *(f"s.{name(c)}" for c in (*counts, *kept))])
    # Kept for each person many times over while they are grouped, so no wider than need be.
    age = f"CAST({as_of.year * 12 + as_of.month} - year(s.month) * 12 - month(s.month) AS INTEGER)"
    key = (*roll_up.key, "month")
    standing: list[str] = []
    if first:
        others = f" ANTI JOIN {restated or relation(later)} AS r ON {_same(key)}" if later else ""
        standing.append(f"{relation(first)} AS s{others}")
    if later:
        standing.append(f"{restated or f'({newest(relation(later), key)})'} AS s")
    found = " UNION ALL ".join(
        f"SELECT {columns}, {age} AS age, {literal(as_of.last_day)} AS as_of_day FROM {part} WHERE s.records > 0"
        for part in standing
    )
    named = [*roll_up.key, *counts, *(name(measure.name) for measure in chosen if measure.kept), "age"]
    return f"SELECT {', '.join(named)}{worked_out_sql((m.name for m in worked_out), roll_up)} FROM ({found}) AS s"


def restated_of_month(
    workspace: Workspace, as_of: Month, relation: Callable[[Sequence[Path]], str], known_by: Month | None = None
) -> str | None:
    """SQL of everybody's statements that were restated by a month, the newest of each; None where there is none."""
    _, later = _parted(workspace, statement_entries(workspace, as_of, known_by=known_by))
    return newest(relation(later), (*STATEMENTS.key, "month")) if later else None


def _parted(workspace: Workspace, entries: Collection[Entry]) -> tuple[list[Path], list[Path]]:
    """The files of statements as first known, and those of statements that were restated."""
    first, later = (
        workspace.paths(entry for entry in entries if _is_restated(entry) is kind) for kind in (False, True)
    )
    return first, later


def _same(key: Sequence[str]) -> str:
    return " AND ".join(f"r.{column} = s.{column}" for column in key)


def _is_restated(entry: Entry) -> bool:
    """Does a statement file hold what became known only after its month?"""
    month, known = months_of(entry)
    return known > month
