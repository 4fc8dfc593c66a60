"""Whether people today are the people the card was made for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import frames
from goodstanding.scorecard.outcomes import check_alike, read_amounts, read_numbers
from goodstanding.scorecard.table.apply import attribute_numbers
from goodstanding.scorecard.table.points_table import Characteristic, PointsTable
from goodstanding.wording import tr

# A share of 0 is taken as half a person's, so that one empty class does not make the index infinite.
HALF_A_PERSON = 0.5


def population_stability(then: ArrayLike, now: ArrayLike) -> float:
    """PSI between two distributions over the same k classes, given as counts; 0 for two of the same shape.

    The sum of (share now - share then) x ln(share now / share then). Under .1 is read as stable, over .25 as shifted.
    Raises BadInput for a missing count or one below 0, other classes in one than in the other, and counts of nobody.

    >>> population_stability([10, 20, 30], [20, 40, 60])
    0.0
    >>> round(population_stability([10, 20, 70], [30, 20, 50]), 3)
    0.287
    """
    then, now = (read_amounts(one, field) for field, one in (("then", then), ("now", now)))
    check_alike(then=then, now=now)
    seen = (then > 0) | (now > 0)
    for field, counts in (("then", then), ("now", now)):
        if counts.sum() <= 0:
            raise BadInput(
                where=field, found=tr("nobody"), expected=tr("some people"), do=tr("Give it counts of some people.")
            )
    before = np.maximum(then[seen], HALF_A_PERSON) / then.sum()
    after = np.maximum(now[seen], HALF_A_PERSON) / now.sum()
    return float(np.sum((after - before) * np.log(after / before)))


def score_stability(then: ArrayLike, now: ArrayLike, groups: int = 10) -> float:
    """PSI of a score between two samples, over quantiles of the first. Raises BadInput for a missing score, or none."""
    then, now = read_numbers(then, "then"), read_numbers(now, "now")
    for field, scores in (("then", then), ("now", now)):
        if not len(scores):
            raise BadInput(
                where=field, found=tr("nobody"), expected=tr("some people"), do=tr("Give it a sample with scores.")
            )
    cuts = np.unique(np.quantile(then, np.arange(1, groups) / groups, method="higher"))
    before, after = (np.searchsorted(cuts, score, side="right") for score in (then, now))
    size = len(cuts) + 1
    return population_stability(
        np.bincount(before, minlength=size).astype(np.float64), np.bincount(after, minlength=size).astype(np.float64)
    )


@dataclass(frozen=True)
class CharacteristicStability:
    """CSI of a characteristic between two samples, over its attributes, and by how many points its mean moved."""

    characteristic: str
    index: float
    points: float


def characteristic_stability(
    table: PointsTable, then: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[CharacteristicStability, ...]:
    """CSI of each characteristic of a table between two samples of values, the one that moved most first.

    Samples are columns by name, or frames; what is missing is in its attribute. Raises BadInput for a characteristic
    that a sample has not, and for one that is of another kind than on the card.
    """
    found: list[CharacteristicStability] = []
    for characteristic in table.characteristics:
        points = np.array([attribute.points for attribute in characteristic.all_attributes], dtype=np.float64)
        counts = [
            np.bincount(
                attribute_numbers(characteristic, _values(characteristic, field, sample)), minlength=len(points)
            ).astype(np.float64)
            for field, sample in (("then", then), ("now", now))
        ]
        before, after = (count @ points / max(count.sum(), 1.0) for count in counts)
        found.append(CharacteristicStability(characteristic.name, population_stability(*counts), after - before))
    return tuple(sorted(found, key=lambda one: (-one.index, one.characteristic)))


def _values(characteristic: Characteristic, field: str, sample: Mapping[str, Any]) -> NDArray[Any]:
    if characteristic.name not in sample:
        raise BadInput(
            where=field,
            found=tr("no column {name}", name=characteristic.name),
            expected=tr("each of the card"),
            do=tr("Give it, too."),
        )
    column = frames.column_of(characteristic.name, sample[characteristic.name], named=characteristic.named)
    return frames.of_kind(characteristic, column)
