"""What is recorded of the truth. Thin-file people have the same truth and fewer records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from goodstanding.lab.town.truth import People
from goodstanding.months import Month

Columns: TypeAlias = dict[str, NDArray[Any]]
_EPOCH = np.datetime64("1970-01-01", "D")


@dataclass(frozen=True)
class Observed:
    """The window of observation: `months` from `start`, of people since they joined."""

    people: People
    start: Month
    months: int
    rng: np.random.Generator

    @property
    def last_day(self) -> int:
        """The last day observed, in days since 1970."""
        return int(days(self.start, np.array([self.months]), 0)[0]) - 1

    def keep(self, columns: Columns, share: float) -> Columns:
        """The rows that are recorded: since joining, and of thin-file people only this share."""
        person, month = columns["person"], columns["month"]
        recorded = (month >= self.people.joined[person]) & (
            ~self.people.thin[person] | (self.rng.random(len(person)) < share)
        )
        return {name: values[recorded] for name, values in columns.items()}


def days(start: Month, month: NDArray[Any], day: NDArray[Any] | int) -> NDArray[np.int64]:
    """Days since 1970 of the day (0 the first) of the month (0 the start)."""
    first = np.datetime64(str(start), "M") + month.astype(np.int64)
    return (first.astype("datetime64[D]") - _EPOCH).astype(np.int64) + day


def joined_columns(parts: Sequence[Columns]) -> Columns:
    """Tables of the same columns, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
