"""The sample ready for fitting: class numbers instead of values, counted once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.binning import (
    ClassCodes,
    FineClasses,
    Floats,
    Grouping,
    Tally,
    credibility_between,
    drawn_rates,
    fine_classes,
    group_by_information,
    information,
    tally,
    totals,
)
from goodstanding.scorecard.fitting.folds import fold_weights, row_places
from goodstanding.scorecard.fitting.settings import Settings
from goodstanding.scorecard.table.points_table import Decision
from goodstanding.wording import tr

# Further digits of a count depend on the order of rows.
DIGITS = 6
# So many levels show by themselves how much levels differ; of fewer that is chance too.
MANY_LEVELS = 20


@dataclass(frozen=True)
class Prepared:
    """p characteristics of n rows: names, fine classes, class numbers (p x n), counts; outcomes and weights.

    `person` is the weight of one person, as far as weights tell.
    """

    names: tuple[str, ...]
    fine: tuple[FineClasses, ...]
    codes: ClassCodes
    counted: tuple[Tally, ...]
    bad: NDArray[np.bool_]
    weight: Floats
    person: float = 1.0

    def only(self, chosen: Sequence[int]) -> "Prepared":
        """Some of the characteristics."""
        return replace(
            self,
            names=tuple(self.names[j] for j in chosen),
            fine=tuple(self.fine[j] for j in chosen),
            codes=np.ascontiguousarray(self.codes[list(chosen)]),
            counted=tuple(self.counted[j] for j in chosen),
        )

    def by_content(self) -> "Prepared":
        """The characteristics in an order that what they hold decides; their names only where that is the same."""
        contents = [_content(fine, counted) for fine, counted in zip(self.fine, self.counted, strict=True)]
        chosen = sorted(range(len(self.names)), key=lambda j: (contents[j], self.names[j]))
        return self if chosen == [*range(len(chosen))] else self.only(chosen)

    def condensed(self) -> "Prepared":
        """The same with rows that say the same written once, with the weight of all, in an order of what they say.

        The order is as good as drawn, so that every so many rows stand for all, however the rows came.
        """
        place = row_places(self.codes, 0)
        # The last bit is the outcome's.
        key = (place & ~np.uint64(1)) | self.bad
        order = np.argsort(key)
        key = key[order]
        first = np.concatenate([[0], 1 + np.flatnonzero(key[1:] != key[:-1])])
        rows = order[first]
        weight = np.add.reduceat(self.weight[order], first)
        return replace(self, codes=self.codes.take(rows, axis=1), bad=self.bad[rows], weight=weight)

    def folds(self, many: int, seed: int, only: int | None = None) -> Floats:
        """How much of each row's weight is in each of so many folds, or in `only` the first of them: folds x n."""
        return fold_weights(self.codes, self.bad, self.weight, many, seed, only, person=self.person)

    def by_information(self, j: int, settings: Settings) -> Grouping:
        """The grouping of one characteristic with the greatest information value, under the settings."""
        asked = settings.trends.get(self.names[j], "auto")
        return group_by_information(self.fine[j], self.drawn(j), settings.limits, asked)

    def drawn(self, j: int) -> Tally:
        """The counts of one characteristic; those of levels without an order are drawn to the average.

        Levels are put in order by their rates, so that chance alone would tell them apart.
        """
        counted, credibility = self.counted[j], self.credibility(j)
        if not credibility:
            return counted
        average = float(counted.bads.sum() / counted.count.sum())
        rate = drawn_rates(counted.count, counted.bads, average, credibility)
        return Tally(counted.count, np.where(counted.count > 0, counted.count * rate, 0.0))

    def credibility(self, j: int) -> float:
        """How many people of average risk levels are drawn to the average by; 0 for few levels, and for numbers."""
        fine, counted = self.fine[j], self.counted[j]
        many = fine.levels is not None and not fine.ordered and len(fine.levels) > MANY_LEVELS
        return credibility_between(counted) if many else 0.0


def prepare(
    values: Mapping[str, NDArray[Any]], bad: NDArray[np.bool_], weight: Floats, settings: Settings
) -> tuple[Prepared, list[Decision]]:
    """Sort values into fine classes; leave out, with the reason, what has nothing to tell apart."""
    names: list[str] = []
    fine: list[FineClasses] = []
    counted: list[Tally] = []
    decisions: list[Decision] = []
    codes = np.empty((len(values), len(bad)), np.uint8)
    for name, column in values.items():
        classes = fine_classes(column, weight, settings.special.get(name, ()), settings.orders.get(name, ()))
        row = classes.codes(column)
        counts = tally(row, bad, weight, classes.size)
        seen = np.flatnonzero(counts.count > 0)
        different = len(seen) - (1 if settings.unknown == "average" and seen[:1] == 0 else 0)
        if different < 2:  # noqa: PLR2004 - two to tell apart
            decisions.append(Decision(name, "no_data" if not seen.any() else "one_attribute"))
            continue
        _check_attributes(name, classes, seen, settings)
        codes = codes.astype(np.result_type(codes, row), copy=False)
        codes[len(names)] = row
        names.append(name)
        fine.append(classes)
        counted.append(counts)
    prepared = Prepared(
        names=tuple(names),
        fine=tuple(fine),
        codes=codes[: len(names)],
        counted=tuple(counted),
        bad=bad,
        weight=weight,
        person=_weight_of_one(weight),
    )
    return prepared, decisions


def _weight_of_one(weight: Floats) -> float:
    """The weight of one person: 1 where weights are whole numbers, which count people, else the mean by weight."""
    if (weight == np.rint(weight)).all():
        return 1.0
    return max(round(float(weight @ weight / weight.sum()), DIGITS), 1.0)


def _content(fine: FineClasses, counted: Tally) -> tuple[tuple[float, ...], tuple[float, ...], tuple[str, ...]]:
    """What a characteristic holds: counts, to so many digits as do not depend on the order of rows, and classes."""
    counts = np.round(np.concatenate([[fine.size], counted.bads, counted.count]), DIGITS)
    return tuple(counts.tolist()), tuple(fine.cuts.tolist()), (*map(str, fine.special), *(fine.levels or ()))


def _check_attributes(name: str, classes: FineClasses, seen: NDArray[np.int64], settings: Settings) -> None:
    """Raise BadInput where missing, special and other values leave no attribute for the ordinary ones."""
    ordinary = (seen >= classes.first) & (seen < classes.end)
    least = int((~ordinary).sum()) + int(ordinary.any())
    if least > settings.limits.max_attributes:
        raise BadInput(
            where="max_attributes",
            found=str(settings.limits.max_attributes),
            expected=tr("at least {n}, which missing, special and other values of {name} take", n=least, name=name),
            do=tr("Allow more, or name fewer special values."),
        )


def attribute_tally(grouping: Grouping, counted: Tally) -> Tally:
    """Counts by attribute instead of by fine class."""
    return Tally(
        totals(grouping.attribute, counted.count, grouping.size),
        totals(grouping.attribute, counted.bads, grouping.size),
    )


def information_of(grouping: Grouping, counted: Tally) -> float:
    """The information value of a grouping, missing and special values included."""
    found = attribute_tally(grouping, counted)
    return information(found.count, found.bads)
