"""The development sample: each outcome with what was known at the end of the month before it was decided."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.engines import Duck
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import Programme, characteristics_sql, in_language, measures_read
from goodstanding.records import latest_records, record_versions
from goodstanding.relations import known_as_of
from goodstanding.statements import need_statements
from goodstanding.store import Workspace
from goodstanding.wording import tr

_FAR = Month(9999, 11).last_day


@dataclass(frozen=True)
class Sample:
    """n outcomes in order of decision: `decided` (YYYY-MM) and `bad`; n `values` a characteristic, NaN where unknown.

    `left_out` counts the outcomes that are not in it, by reason. `person` says whose each outcome is; without it no two
    are of the same.
    """

    decided: NDArray[Any]
    bad: NDArray[np.bool_]
    values: dict[str, NDArray[np.float64]]
    left_out: dict[str, int]
    person: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.bad)

    @cached_property
    def bads(self) -> int:
        """How many were bad."""
        return int(self.bad.sum())

    @property
    def people(self) -> NDArray[Any]:
        """Whose each outcome is."""
        return np.arange(len(self)) if self.person is None else self.person

    def where(self, chosen: NDArray[np.bool_]) -> "Sample":
        """The part of the sample that is chosen."""
        return Sample(
            self.decided[chosen],
            self.bad[chosen],
            {k: v[chosen] for k, v in self.values.items()},
            self.left_out,
            None if self.person is None else self.person[chosen],
        )


def development_sample(workspace: Workspace, programme: Programme) -> Sample:
    """Join outcomes to characteristics as of the last closed month before each. Raises NotReady without either.

    An outcome is left out, and counted in `left_out` by reason, where it is disputed or was withdrawn, its person has
    no statement by then, or the programme's coverage does not hold; `why_left_out` has the reasons in words.
    """
    outcomes = record_versions(workspace, "outcomes")
    if outcomes is None:
        raise NotReady(
            where=str(workspace.root),
            found=tr("no outcomes"),
            expected=tr("records of outcomes"),
            do=tr("Ingest outcomes, or score with the expert card."),
        )
    need_statements(workspace, programme.roll_up)
    names = [characteristic.name for characteristic in programme.characteristics]
    with Duck() as duck:
        duck.run(
            "CREATE TABLE decided AS SELECT person_id, "
            "CAST(date_trunc('month', happened_on) - INTERVAL 1 MONTH AS DATE) AS as_of, "
            f"strftime(happened_on, '%Y-%m') AS decided, happened_on, source, record_id, bad, state "
            f"FROM ({latest_records(outcomes, _FAR)})"
        )
        duck.run("CREATE TABLE asked AS SELECT DISTINCT person_id, as_of FROM decided WHERE state = 'valid'")
        measured = known_as_of(workspace, duck, "asked", measures_read(programme), programme.roll_up)
        known = characteristics_sql(programme, measured)
        duck.run(f"CREATE TABLE known AS {known}")
        columns = ", ".join(f"CAST(k.{column} AS DOUBLE) AS {column}" for column in names)
        found = duck.columns(
            "SELECT d.decided, d.bad, CAST(d.person_id AS VARCHAR) AS whose, CASE WHEN d.state != 'valid' THEN d.state "
            "WHEN k.person_id IS NULL THEN 'no_statement' "
            f"ELSE coalesce(k.not_scored, '') END AS reason, {columns} "
            "FROM decided d LEFT JOIN known k USING (person_id, as_of) ORDER BY d.happened_on, d.source, d.record_id"
        )
    reasons, counts = np.unique(found["reason"].astype(str), return_counts=True)
    left_out = {str(reason): int(count) for reason, count in zip(reasons, counts, strict=True) if reason}
    values = {column: found[column].astype(np.float64) for column in names}
    whole = Sample(
        found["decided"].astype(str), found["bad"].astype(bool), values, left_out, found["whose"].astype(str)
    )
    return whole.where(found["reason"] == "")


def why_left_out(programme: Programme, reason: str) -> str:
    """Why outcomes are not in a sample, in words: the text of the coverage rule that does not hold, or what else."""
    words = {
        "no_statement": tr("Nothing was on file by the month before."),
        "disputed": tr("The outcome is disputed."),
        "withdrawn": tr("The outcome was withdrawn."),
    }
    return next(
        (in_language(rule.text) for rule in programme.coverage if rule.name == reason), words.get(reason, reason)
    )
