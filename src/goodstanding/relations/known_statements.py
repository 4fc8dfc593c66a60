"""What is known of people as of a month: their statements, each with what their ties are as of that month."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from goodstanding.engines import literal, name
from goodstanding.months import Month
from goodstanding.records import feed_entries
from goodstanding.relations.furnished_feeds import JOINED, with_feeds
from goodstanding.relations.tie_measures import MONTHS_OF_TIES, TIE_MEASURES, TIES, VERIFIED
from goodstanding.statements import (
    DEALINGS,
    STATEMENTS,
    Measure,
    RollUp,
    restated_of_month,
    statement_entries,
    statements_as_of,
    statements_of_month,
)
from goodstanding.store import Entry, Workspace

DEALT = sorted({read for formula in TIES.values() for read in formula.reads})
_CHECKED = "verified_details"


def known_of_month(  # noqa: PLR0913, PLR0917 - what is known, of whom and as of when
    workspace: Workspace,
    as_of: Month,
    measures: Collection[str],
    relation: Callable[[Sequence[Path]], str],
    person: str | None = None,
    known_by: Month | None = None,
    roll_up: RollUp = STATEMENTS,
) -> str:
    """SQL of these measures as of one month, with their `age`, of everybody or of one person.

    `relation` is what stands for files; with `known_by` what became known until then counts as well; `roll_up` are the
    statements that measures but those of ties are read from. Raises NotReady where there is no statement by then.
    """
    chosen = [roll_up.measures[measure] for measure in measures if measure in roll_up.measures]
    ties, month = of_ties(measures), literal(as_of.first_day)
    dealings = dealings_of_month(workspace, as_of, relation, person, known_by) if ties else None
    # Of everybody, people's own statements and what was checked of others are read: what was restated is found once.
    both = dealings is not None and person is None and roll_up is STATEMENTS
    found = restated_of_month(workspace, as_of, relation, known_by) if both else None
    restated = "restated" if found else None
    own = statements_of_month(
        workspace, as_of, [m.name for m in chosen], relation, roll_up, known_by=known_by, restated=restated
    )
    statements = with_feeds(workspace, _of(person, own), ["person_id"], chosen, month, known_by)
    if dealings is None:
        return _joined(statements, None, ["person_id"], measures, chosen)
    among = dealings if person is not None else None
    checked = checked_of_month(workspace, as_of, relation, among, known_by, restated)
    seen = tie_measures_sql(dealings, checked, ["person_id"], ties)
    known = _joined(statements, seen, ["person_id"], measures, chosen)
    return f"WITH {restated} AS ({found}) {known}" if found else known


def dealings_of_month(
    workspace: Workspace,
    as_of: Month,
    relation: Callable[[Sequence[Path]], str],
    person: str | None = None,
    known_by: Month | None = None,
) -> str | None:
    """SQL of the dealings that ties are seen from as of a month, with their `age`; None where there are none."""
    since = as_of.plus(1 - MONTHS_OF_TIES)
    if not statement_entries(workspace, as_of, DEALINGS, since, known_by):
        return None
    return _of(person, statements_of_month(workspace, as_of, DEALT, relation, DEALINGS, since, known_by))


def checked_of_month(
    workspace: Workspace,
    as_of: Month,
    relation: Callable[[Sequence[Path]], str],
    dealings: str | None = None,
    known_by: Month | None = None,
    restated: str | None = None,
) -> str:
    """SQL of how many details of people were checked, month by month; of those named in dealings if these are given.

    `restated` is as in `statements_of_month`.
    """
    checked = statements_of_month(workspace, as_of, [_CHECKED], relation, known_by=known_by, restated=restated)
    if dealings is None:
        return checked
    others = f"SELECT DISTINCT other_person FROM ({dealings}) AS d"
    return f"SELECT s.* FROM ({checked}) AS s SEMI JOIN ({others}) AS o ON o.other_person = s.person_id"


def known_entries(
    workspace: Workspace, as_of: Month, measures: Collection[str], roll_up: RollUp = STATEMENTS
) -> list[Entry]:
    """The files that these measures as of a month rest on."""
    entries = [*statement_entries(workspace, as_of, roll_up), *feed_entries(workspace)]
    if of_ties(measures):
        if roll_up is not STATEMENTS:
            entries += statement_entries(workspace, as_of)
        entries += statement_entries(workspace, as_of, DEALINGS, as_of.plus(1 - MONTHS_OF_TIES))
    return entries


def known_as_of(
    workspace: Workspace,
    asked: str,
    measures: Collection[str],
    relation: Callable[[Sequence[Path]], str],
    roll_up: RollUp = STATEMENTS,
) -> str:
    """SQL of these measures behind each row of `asked` (person_id, as_of: a first day), with their `age` in months.

    `relation` is what stands for files, `roll_up` the statements of the measures. The workspace has statements.
    """
    by, ties = ["person_id", "as_of"], of_ties(measures)
    chosen = [roll_up.measures[measure] for measure in measures if measure in roll_up.measures]
    statements, own_statements, dealings = (
        relation(workspace.paths(found)) if found else ""
        for of in (STATEMENTS, roll_up, DEALINGS)
        for found in [list(workspace.catalogue.under(of.folder))]
    )
    own = with_feeds(workspace, statements_as_of(own_statements, asked, roll_up), by, chosen, "p.as_of")
    own = f"SELECT {_listed([*by, *_counts(chosen), *(m.name for m in chosen), 'age'])} FROM ({own}) AS s"
    if not ties or not dealings:
        return _joined(own, None, by, measures, chosen)
    dealt = statements_as_of(dealings, asked, DEALINGS)
    dealt = f"SELECT * FROM ({dealt}) AS d WHERE age < {MONTHS_OF_TIES}"
    others = f"(SELECT DISTINCT other_person AS person_id, as_of FROM ({dealt}) AS d)"
    return _joined(own, tie_measures_sql(dealt, statements_as_of(statements, others), by, ties), by, measures, chosen)


def _of(person: str | None, sql: str) -> str:
    return sql if person is None else f"SELECT * FROM ({sql}) AS s WHERE person_id = {literal(person)}"


def _counts(measures: Collection[Measure]) -> list[str]:
    """The columns that count the records of the tables that measures are of, and of people."""
    return sorted({JOINED, *(measure.counted.records for measure in measures)})


def of_ties(measures: Collection[str]) -> list[str]:
    """Those of the measures that are of ties."""
    return [measure for measure in measures if measure in TIE_MEASURES]


def tie_measures_sql(dealings: str, checked: str, by: Sequence[str], measures: Sequence[str]) -> str:
    """SQL of one row for each `by`: the measures over a person's ties.

    `checked` are statements of the others, whose details tell whether they are verified.
    """
    columns = _listed(by)
    each = ", ".join(f"{formula.sql} AS {name(tie)}" for tie, formula in TIES.items())
    ties = f"SELECT {columns}, other_person, {each} FROM ({dealings}) AS d GROUP BY {columns}, other_person"
    if any(VERIFIED in TIE_MEASURES[measure].reads for measure in measures):
        verified = f"SELECT {columns}, TRUE AS {VERIFIED} FROM ({checked}) AS s WHERE {_CHECKED} > 0 GROUP BY {columns}"
        same = " AND ".join(["v.person_id = t.other_person", *(f"v.{c} = t.{c}" for c in by[1:])])
        ties = f"SELECT t.*, v.{VERIFIED} FROM ({ties}) AS t LEFT JOIN ({verified}) AS v ON {same}"
    values = ", ".join(_typed(measure, TIE_MEASURES[measure].sql) for measure in measures)
    return f"SELECT {columns}, {values} FROM ({ties}) AS t GROUP BY {columns}"


def _joined(
    statements: str, ties: str | None, by: Sequence[str], measures: Collection[str], own: Collection[Measure]
) -> str:
    """Statements, each with what is known once of the person as of the month; nothing without ties."""
    columns = [f"s.{name(column)}" for column in (*by, *_counts(own))]
    for measure in measures:
        if measure in TIE_MEASURES:
            columns.append(f"t.{name(measure)}" if ties else _typed(measure, "NULL"))
        else:
            columns.append(f"s.{name(measure)}")
    found = f"SELECT {', '.join(columns)}, s.age FROM ({statements}) AS s"
    return f"{found} LEFT JOIN ({ties}) AS t ON {' AND '.join(f't.{c} = s.{c}' for c in by)}" if ties else found


def _typed(measure: str, sql: str) -> str:
    return f"CAST({sql} AS {TIE_MEASURES[measure].type}) AS {name(measure)}"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(name, columns))
