"""Reading statements as of a month: what was known when it closed, and nothing later."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from goodstanding.engines import Engine, Steps, literal, name
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.records import joined_people, latest_records, newest, record_versions
from goodstanding.statements.measures import STATEMENTS, RollUp
from goodstanding.store import Entry, Workspace
from goodstanding.store.layout import statement_months
from goodstanding.wording import tr


def statement_entries(
    workspace: Workspace, as_of: Month, roll_up: RollUp = STATEMENTS, known_by: Month | None = None
) -> list[Entry]:
    """The statement files that an answer as of a month may rest on.

    What became known after the month counts only where `known_by` names a later one: to put right what was wrong.
    """
    return [
        entry
        for entry in workspace.catalogue.under(roll_up.folder)
        for month, known in [statement_months(entry.path)]
        if month <= as_of and known <= (known_by or as_of)
    ]


def last_month(workspace: Workspace, as_of: Month, roll_up: RollUp = STATEMENTS) -> Month | None:
    """The last month up to one in which anything is known to have happened; None if nothing is."""
    entries = statement_entries(workspace, as_of, roll_up)
    return max((statement_months(entry.path)[0] for entry in entries), default=None)


@dataclass(frozen=True)
class PointInTime:
    """What a workspace knows at the end of a month, as relations of an engine: nothing that became known later.

    With `known_by` what became known until the end of that later month counts as well: to put right what was wrong.
    """

    workspace: Workspace
    engine: Engine
    month: Month
    known_by: Month | None = None

    def entries(self, roll_up: RollUp = STATEMENTS, since: Month | None = None) -> list[Entry]:
        """The statement files that count, of months from `since` on."""
        found = statement_entries(self.workspace, self.month, roll_up, self.known_by)
        return [entry for entry in found if since is None or statement_months(entry.path)[0] >= since]

    def people(self, person: str | None = None) -> str:
        """SQL of the person_id of everybody who had joined, or of one person if named and joined."""
        return joined_people(self.workspace, self.month.last_day, self.engine.files, person)

    def records(self, table: str, person: str | None = None) -> str | None:
        """SQL of the version that counts of each record of a table, of one person if named; None where there is none.

        Those that were withdrawn or are disputed are among them.
        """
        versions = record_versions(self.workspace, table, self.engine.files)
        return None if versions is None else latest_records(versions, self.month.last_day, person)

    def statements(
        self,
        measures: Collection[str],
        roll_up: RollUp = STATEMENTS,
        since: Month | None = None,
        restated: str | None = None,
    ) -> str:
        """SQL of these measures in everybody's statements, with their `age` in months.

        They are those of `steps_as_of`, from the month `since` on if one is given, and how many records of each
        of their tables there are, and of people; `restated` is a relation with the rows of `restated`, if there is one
        already. Raises NotReady where there is no statement.
        """
        entries = self.entries(roll_up, since)
        if not entries:
            do = tr("Score a later month.")
            raise NotReady(
                where=str(self.month), found=tr("no statements by then"), expected=tr("a month with statements"), do=do
            )
        chosen = [roll_up.measures[measure] for measure in measures]
        worked_out = [measure for measure in chosen if not measure.stored]
        tables = {*(m.table for m in chosen), "people"}.intersection(roll_up.tables)
        counts = sorted(f"{table}_records" for table in tables)
        stored = sorted({m.name for m in chosen if m.stored}.union(*(m.uses for m in worked_out)))
        columns = ", ".join([*(f"s.{column}" for column in roll_up.key), *(f"s.{name(c)}" for c in (*counts, *stored))])
        # Kept for each person many times over while they are grouped, so no wider than need be.
        age = f"CAST({self.month.year * 12 + self.month.month} - year(s.month) * 12 - month(s.month) AS INTEGER)"
        found = " UNION ALL ".join(
            f"SELECT {columns}, {age} AS age, {literal(self.month.last_day)} AS as_of_day FROM {part} "
            "WHERE s.records > 0"
            for part in self._in_force(entries, roll_up, restated)
        )
        named = [*roll_up.key, *counts, *(name(m.name) for m in chosen if m.stored), "age"]
        return f"SELECT {', '.join(named)}{worked_out_sql((m.name for m in worked_out), roll_up)} FROM ({found}) AS s"

    def restated(self) -> str | None:
        """SQL of everybody's statements that were restated, the newest of each; None where there is none."""
        _, later = self._parted(self.entries())
        return newest(self.engine.files(later), (*STATEMENTS.key, "month")) if later else None

    def _in_force(self, entries: Collection[Entry], roll_up: RollUp, restated: str | None) -> list[str]:
        """The statements that hold, as relations `s`: those first known that were not restated, and the restated."""
        first, later = self._parted(entries)
        key = (*roll_up.key, "month")
        relation = self.engine.files
        parts: list[str] = []
        if first:
            others = f" ANTI JOIN {restated or relation(later)} AS r ON {_same(key)}" if later else ""
            parts.append(f"{relation(first)} AS s{others}")
        if later:
            parts.append(f"{restated or f'({newest(relation(later), key)})'} AS s")
        return parts

    def _parted(self, entries: Collection[Entry]) -> tuple[list[Path], list[Path]]:
        """The files of statements as first known, and those of statements that were restated."""
        first, later = (
            self.workspace.paths(entry for entry in entries if _is_restated(entry) is kind) for kind in (False, True)
        )
        return first, later


def steps_as_of(steps: Steps, step: str, statements: str, asked: str, roll_up: RollUp = STATEMENTS) -> Steps:
    """Steps that end with the statements behind each row of `asked` (person_id, as_of: a first day), with their `age`.

    Of each month the latest statement that was known at the end of the as-of month, unless it has no valid record left.
    What is worked out as of a month stands beside what a statement holds. The steps before the last, which is called
    `step`, are called after it.
    """
    known_by_then = "s.person_id = asked.person_id AND s.month <= asked.as_of AND s.known_on <= last_day(asked.as_of)"
    key = ", ".join(f"s.{column}" for column in (*roll_up.key, "month"))
    restated = (
        f"SELECT {key}, asked.as_of, max(s.known_on) AS known_on\n"
        f"FROM {asked} AS asked JOIN {statements} AS s ON {known_by_then}\nWHERE s.known_on > last_day(s.month)\n"
        f"GROUP BY {key}, asked.as_of"
    )
    age = age_sql("asked.as_of", "s.month")
    in_force = (
        f"SELECT asked.as_of, last_day(asked.as_of) AS as_of_day, s.*, {age} AS age\n"
        f"FROM {asked} AS asked JOIN {statements} AS s ON {known_by_then} LEFT JOIN {step}_restated AS r "
        f"ON {_same((*roll_up.key, 'month'))} AND r.as_of = asked.as_of\n"
        "WHERE s.records > 0 AND (r.known_on IS NULL OR r.known_on = s.known_on)"
    )
    worked_out = worked_out_sql((m for m in roll_up.measures if not roll_up.measures[m].stored), roll_up)
    return (
        steps.step(f"{step}_restated", restated)
        .step(f"{step}_in_force", in_force)
        .step(step, f"SELECT s.*{worked_out} FROM {step}_in_force AS s")
    )


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


def _same(key: Sequence[str]) -> str:
    return " AND ".join(f"r.{column} = s.{column}" for column in key)


def _is_restated(entry: Entry) -> bool:
    """Does a statement file hold what became known only after its month?"""
    month, known = statement_months(entry.path)
    return known > month
