"""What is known of people as of a month: their statements, each with what their ties are as of that month."""

from collections.abc import Collection, Sequence

from goodstanding.engines import Engine, Steps, literal, name
from goodstanding.records import feed_entries
from goodstanding.relations.furnished_feeds import JOINED, Asked, with_feeds
from goodstanding.relations.tie_measures import MONTHS_OF_TIES, TIE_MEASURES, TIES, VERIFIED
from goodstanding.statements import DEALINGS, STATEMENTS, Measure, PointInTime, RollUp, steps_as_of
from goodstanding.store import Entry, Workspace

DEALT = sorted({read for formula in TIES.values() for read in formula.reads})
_CHECKED = "verified_details"


def known_at(
    point: PointInTime, measures: Collection[str], person: str | None = None, roll_up: RollUp = STATEMENTS
) -> str:
    """SQL of these measures as of a month, with their `age`, of everybody or of one person.

    `roll_up` are the statements that measures but those of ties are read from. Raises NotReady where there is no
    statement by then.
    """
    chosen = [roll_up.measures[measure] for measure in measures if measure in roll_up.measures]
    ties, first_day = of_ties(measures), literal(point.month.first_day)
    dealings = dealings_at(point, person) if ties else None
    # Of everybody, people's own statements and what was checked of others are read: what was restated is found once.
    both = dealings is not None and person is None and roll_up is STATEMENTS
    found = point.restated() if both else None
    steps = Steps() if found is None else Steps().step("restated", found)
    restated = None if found is None else steps.last
    own = point.statements([measure.name for measure in chosen], roll_up, restated=restated)
    asked = Asked(["person_id"], first_day, literal((point.known_by or point.month).last_day))
    steps = with_feeds(steps.step("own", _of(person, own)), point.workspace, chosen, asked)
    statements = steps.last
    if dealings is None:
        return steps.query(_joined(statements, None, asked.by, measures, chosen))
    steps = steps.step("dealings", dealings)
    steps = steps.step("checked", checked_at(point, None if person is None else steps.last, restated))
    steps = tie_steps(steps, asked.by, ties)
    return steps.query(_joined(statements, steps.last, asked.by, measures, chosen))


def dealings_at(point: PointInTime, person: str | None = None) -> str | None:
    """SQL of the dealings that ties are seen from as of a month, with their `age`; None where there are none."""
    since = point.month.plus(1 - MONTHS_OF_TIES)
    if not point.entries(DEALINGS, since):
        return None
    return _of(person, point.statements(DEALT, DEALINGS, since))


def checked_at(point: PointInTime, dealings: str | None = None, restated: str | None = None) -> str:
    """SQL of how many details of people were checked, by month; of those named in the relation `dealings` if given.

    `restated` is as in `PointInTime.statements`.
    """
    checked = point.statements([_CHECKED], restated=restated)
    if dealings is None:
        return checked
    others = f"SELECT DISTINCT other_person FROM {dealings} AS d"
    return f"SELECT s.* FROM ({checked}) AS s SEMI JOIN ({others}) AS o ON o.other_person = s.person_id"


def known_entries(point: PointInTime, measures: Collection[str], roll_up: RollUp = STATEMENTS) -> list[Entry]:
    """The files that these measures as of a month rest on."""
    entries = [*point.entries(roll_up), *feed_entries(point.workspace)]
    if of_ties(measures):
        if roll_up is not STATEMENTS:
            entries += point.entries()
        entries += point.entries(DEALINGS, point.month.plus(1 - MONTHS_OF_TIES))
    return entries


def known_as_of(
    workspace: Workspace, engine: Engine, asked: str, measures: Collection[str], roll_up: RollUp = STATEMENTS
) -> str:
    """SQL of these measures behind each row of `asked` (person_id, as_of: a first day), with their `age` in months.

    `roll_up` are the statements of the measures. The workspace has statements.
    """
    by, ties = ["person_id", "as_of"], of_ties(measures)
    chosen = [roll_up.measures[measure] for measure in measures if measure in roll_up.measures]
    statements, own, dealings = (
        engine.files(workspace.paths(found)) if found else ""
        for of in (STATEMENTS, roll_up, DEALINGS)
        for found in [list(workspace.catalogue.under(of.folder))]
    )
    steps = steps_as_of(Steps(), "whole", own, asked, roll_up)
    columns = _listed([*by, *_counts(chosen), *(m.name for m in chosen), "age"])
    steps = steps.step("own", f"SELECT {columns} FROM {steps.last}")
    steps = with_feeds(steps, workspace, chosen, Asked(by, "p.as_of", "last_day(p.as_of)"))
    furnished = steps.last
    if not ties or not dealings:
        return steps.query(_joined(furnished, None, by, measures, chosen))
    steps = steps_as_of(steps, "dealt", dealings, asked, DEALINGS)
    steps = steps.step("dealings", f"SELECT * FROM dealt WHERE age < {MONTHS_OF_TIES}")
    steps = steps.step("others", "SELECT DISTINCT other_person AS person_id, as_of FROM dealings")
    steps = tie_steps(steps_as_of(steps, "checked", statements, "others"), by, ties)
    return steps.query(_joined(furnished, steps.last, by, measures, chosen))


def _of(person: str | None, sql: str) -> str:
    return sql if person is None else f"SELECT * FROM ({sql}) AS s WHERE person_id = {literal(person)}"


def _counts(measures: Collection[Measure]) -> list[str]:
    """The columns that count the records of the tables that measures are of, and of people."""
    return sorted({JOINED, *(measure.counted.records for measure in measures)})


def of_ties(measures: Collection[str]) -> list[str]:
    """Those of the measures that are of ties."""
    return [measure for measure in measures if measure in TIE_MEASURES]


def tie_steps(steps: Steps, by: Sequence[str], measures: Sequence[str]) -> Steps:
    """Steps that end with one row for each `by`: the measures over a person's ties.

    They read the steps `dealings` and `checked`: statements of the others, whose details tell whether they are
    verified.
    """
    columns = _listed(by)
    each = ", ".join(f"{formula.sql} AS {name(tie)}" for tie, formula in TIES.items())
    steps = steps.step(
        "each_tie", f"SELECT {columns}, other_person, {each}\nFROM dealings\nGROUP BY {columns}, other_person"
    )
    if any(VERIFIED in TIE_MEASURES[measure].reads for measure in measures):
        verified = f"SELECT {columns}, TRUE AS {VERIFIED}\nFROM checked\nWHERE {_CHECKED} > 0\nGROUP BY {columns}"
        same = " AND ".join(["v.person_id = t.other_person", *(f"v.{c} = t.{c}" for c in by[1:])])
        steps = steps.step("verified_people", verified).step(
            "verified_ties", f"SELECT t.*, v.{VERIFIED}\nFROM each_tie AS t LEFT JOIN verified_people AS v ON {same}"
        )
    values = ", ".join(_typed(measure, TIE_MEASURES[measure].sql) for measure in measures)
    return steps.step("person_ties", f"SELECT {columns}, {values}\nFROM {steps.last}\nGROUP BY {columns}")


def _joined(
    statements: str, ties: str | None, by: Sequence[str], measures: Collection[str], own: Collection[Measure]
) -> str:
    """SQL of statements, each with what is known once of the person as of the month; nothing without ties."""
    columns = [f"s.{name(column)}" for column in (*by, *_counts(own))]
    for measure in measures:
        if measure in TIE_MEASURES:
            columns.append(f"t.{name(measure)}" if ties else _typed(measure, "NULL"))
        else:
            columns.append(f"s.{name(measure)}")
    found = f"SELECT {', '.join(columns)}, s.age\nFROM {statements} AS s"
    return f"{found} LEFT JOIN {ties} AS t ON {' AND '.join(f't.{c} = s.{c}' for c in by)}" if ties else found


def _typed(measure: str, sql: str) -> str:
    return f"CAST({sql} AS {TIE_MEASURES[measure].type}) AS {name(measure)}"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(name, columns))
