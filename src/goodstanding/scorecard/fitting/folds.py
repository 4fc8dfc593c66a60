"""Folds that depend on what the rows say and not on where they stand.

A row of weight 2 is the same as the row twice, and rows in another order give the same folds: so the same records
give the same card. What the sample takes for one person is on one side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ROUNDING, ClassCodes, Floats

# The weight of one person is looked for by halving, so often, and is more than 1 only beyond so many standard errors.
MOST_HALVINGS = 40
SURE = 2.0
# People who say the same and had one outcome are many of all with one in so many of a fold.
MANY_OF_ALL = 4
# Of people who say the same and had either outcome so many are spread evenly; fewer are drawn one by one.
MOST_DRAWN = 64
# People of one outcome who say the same are one person where that many would have had it less often than once in this.
ONCE_IN = 1000.0


@dataclass(frozen=True)
class _Alike:
    """Rows of one outcome in groups that say the same: their numbers, weights, and how many are in each group.

    Of each group its `place` in the order that was drawn, and its `total` weight.
    """

    rows: NDArray[np.intp]
    weight: Floats
    sizes: NDArray[np.intp]
    place: NDArray[np.uint64]
    total: Floats

    @staticmethod
    def of(rows: NDArray[np.intp], place: NDArray[np.uint64], weight: Floats) -> "_Alike":
        """Some rows, by the places and weights of all."""
        rows = rows[np.argsort(place[rows])]
        places, own = place[rows], weight[rows]
        begins: NDArray[np.intp] = np.flatnonzero(np.diff(places, prepend=~places[:1], append=~places[-1:]))
        return _Alike(rows, own, np.diff(begins), places[begins[:-1]], np.add.reduceat(own, begins[:-1]))

    def beside(self, others: "_Alike") -> Floats:
        """The weight of those of the others who say the same as each group."""
        if not len(others.place):
            return np.zeros(len(self.place))
        at: NDArray[np.int64] = np.asarray(np.searchsorted(others.place, self.place), dtype=np.int64)
        at = np.minimum(at, len(others.place) - 1)
        return np.where(others.place[at] == self.place, others.total[at], 0.0)

    def only(self, groups: NDArray[np.bool_]) -> "_Alike":
        """Some of the groups."""
        if groups.all():
            return self
        chosen = np.repeat(groups, self.sizes)
        return _Alike(
            self.rows[chosen], self.weight[chosen], self.sizes[groups], self.place[groups], self.total[groups]
        )


def fold_weights(  # noqa: PLR0913 - all of it is the problem
    codes: ClassCodes,
    bad: NDArray[np.bool_],
    weight: Floats,
    folds: int,
    seed: int,
    only: int | None = None,
    *,
    person: float = 1.0,
) -> Floats:
    """How much of each row's weight is in each fold: folds x n, from p x n class numbers; each class is split evenly.

    Rows are put in an order drawn by `seed` from what they say; rows that say the same share the place of all of them.
    Each of several people is drawn for himself, or a fit without one fold would know only the others' outcome; very
    many are spread evenly, and so are those of one outcome who are many of all, whom a fit would not know at all. What
    is heavy otherwise is one person of much weight, and is in one fold, since in several it would be on both sides.
    `only` so many of the folds are looked up; one person has the weight `person` at least.
    """
    place = row_places(codes, seed)
    found = np.zeros((folds if only is None else min(only, folds), len(bad)))
    goods, bads = (
        _Alike.of(np.flatnonzero((bad == outcome) & (weight > 0)), place, weight) for outcome in (False, True)
    )
    beside = goods.beside(bads), bads.beside(goods)
    person = max(person, _person(goods, bads, beside))
    both = float(goods.total.sum() + bads.total.sum())
    for outcome, alike in enumerate([goods, bads]):
        all_of_them = float(alike.total.sum())
        # A hair more or less, for sums of weights that should be equal to a limit.
        likely = (beside[outcome] > 0) | ((all_of_them / both) ** (alike.total / person) >= 1 / ONCE_IN)
        several = (alike.total > person * (1 + ROUNDING)) & likely
        of_all = max(folds * person, all_of_them / (folds * MANY_OF_ALL))
        even = alike.total >= np.where(several, MOST_DRAWN * person, of_all) * (1 - ROUNDING)
        _put(alike.only(~(several | even)), alike.only(several & ~even), found, folds, person, outcome)
        spread = alike.only(even)
        found[:, spread.rows] = spread.weight / folds
    return found


def _person(goods: _Alike, bads: _Alike, beside: tuple[Floats, Floats]) -> float:
    """How much weight one person has, a whole number: as those who say the same have either outcome or one alone.

    Of T people of whom each is bad by the same chance p, some are bad and some not with 1 - p^T - (1 - p)^T. Where
    groups of weight T have either outcome as seldom as of T / w people, w is one person: who is written several times,
    or has more weight. Groups count by how much the one or the other tells.
    """
    alone = beside[1] == 0
    together = np.concatenate([goods.total + beside[0], bads.total[alone]])
    either = np.concatenate([beside[0] > 0, np.zeros(int(alone.sum()), np.bool_)])
    p = float(bads.total.sum()) / max(float(together.sum()), 1e-300)
    several = together > 1 + ROUNDING
    total, either = together[several], either[several]
    if not len(total):
        return 1.0

    def chance_of_either(person: float) -> Floats:
        people = np.maximum(total / person, 1.0)
        return 1 - p**people - (1 - p) ** people

    expected = chance_of_either(1.0)
    tells = expected * (1 - expected) + ROUNDING
    # As many as there may be for sure: in a few large groups that one of them has one outcome says little.
    seen = float(tells @ either) + SURE * float(np.sqrt(tells**2 @ (expected * (1 - expected))))
    least, most = 0.0, float(np.log(total.max()))
    for _ in range(MOST_HALVINGS):
        middle = (least + most) / 2
        more = float(tells @ chance_of_either(float(np.exp(middle)))) > seen * (1 + ROUNDING)
        least, most = (middle, most) if more else (least, middle)
    return float(max(np.rint(np.exp(least)), 1.0))


def _put(whole: _Alike, each: _Alike, found: Floats, folds: int, person: float, outcome: int) -> None:
    """Put groups that are one person whole into folds, and fill up with people of so much weight from the others."""
    left: Floats = np.full(folds, float(each.total.sum()) / folds)
    if len(each.total):
        fold = _fold_of(whole.total, folds)
        in_fold: Floats = np.asarray(np.bincount(fold, whole.total, folds), dtype=np.float64)
        space = left + float(whole.total.sum()) / folds - in_fold
        if (space >= 0).all():
            _put_whole(whole, found, fold)
            _put_each(each, found, space, person, outcome)
            return
    # Too few to fill up with: those across an edge are in both folds.
    _put_across(whole, found, folds)
    _put_each(each, found, left, person, outcome)


def _fold_of(total: Floats, folds: int) -> NDArray[np.intp]:
    """The fold that the middle of each of some groups falls into, in their order."""
    end = np.cumsum(total)
    middle = (end - total / 2) * (folds / max(float(end[-1]), 1e-300)) if len(end) else end
    return np.minimum((middle + ROUNDING).astype(np.intp), folds - 1)


def _put_whole(alike: _Alike, found: Floats, fold: NDArray[np.intp]) -> None:
    """Put each group into its fold."""
    of = np.repeat(fold, alike.sizes)
    asked = of < len(found)
    found[of[asked], alike.rows[asked]] = alike.weight[asked]


def _put_across(alike: _Alike, found: Floats, folds: int) -> None:
    """Put groups into folds of the same weight, all of a group together but for those across an edge."""
    begins = np.concatenate([[0], np.cumsum(alike.sizes)])
    even = np.full(folds, float(alike.total.sum()) / folds)
    for fold, (some, inside) in enumerate(_in_turn(alike.total, even, len(found))):
        of, total = slice(begins[some.start], begins[some.stop]), alike.total[some]
        share = inside / total
        share *= share > ROUNDING
        found[fold, alike.rows[of]] = np.repeat(share, alike.sizes[some]) * alike.weight[of]


def _put_each(alike: _Alike, found: Floats, left: Floats, person: float, outcome: int) -> None:
    """Put people of so much weight into what is left of each fold; rows of a group have the same share of each.

    Where goods and bads who say the same were put alike, either would tell of the other.
    """
    total = alike.total / person
    people = np.ceil(total * (1 - ROUNDING)).astype(np.int64)
    group = np.repeat(np.arange(len(people)), people)
    number = np.arange(len(group)) - np.repeat(np.cumsum(people) - people, people)
    order = np.argsort(_person_places(alike.place[group], 2 * number + outcome))
    group, number = group[order], number[order]
    one = np.minimum(total[group] - number, 1.0)
    for fold, (some, inside) in enumerate(_in_turn(one, left / person, len(found))):
        share = np.bincount(group[some], inside, len(people)) / total
        found[fold, alike.rows] = np.repeat(share, alike.sizes) * alike.weight


def _in_turn(total: Floats, sizes: Floats, only: int) -> Iterator[tuple[slice, Floats]]:
    """For each fold of some size those in this order who have some of their weight in it, and how much."""
    end: Floats = np.concatenate([[0.0], np.cumsum(total)])
    edges: Floats = np.concatenate([[0.0], np.cumsum(sizes)])
    edges *= end[-1] / max(float(edges[-1]), 1e-300)
    # Both rise: the first that ends beyond the low edge, and past the last that starts below the high one.
    first_of: NDArray[np.int64] = np.asarray(np.searchsorted(end[1:], edges[:-1], "right"), dtype=np.int64)
    past_of: NDArray[np.int64] = np.asarray(np.searchsorted(end[:-1], edges[1:]), dtype=np.int64)
    for fold, (first, past) in enumerate(zip(first_of[:only].tolist(), past_of[:only].tolist(), strict=True)):
        inside = np.minimum(end[first + 1 : past + 1], edges[fold + 1]) - np.maximum(end[first:past], edges[fold])
        yield slice(first, max(past, first)), np.maximum(inside, 0.0)


def surely_least(losses: Sequence[Sequence[float]], sure: float) -> int:
    """The choice with the least loss over the same folds, the first by preference: a later one must be better for sure.

    By more than `sure` standard errors of the difference: the least of several is least by chance, too (in the manner
    of the one standard error rule, Breiman et al. 1984).
    """
    best = 0
    for now in range(1, len(losses)):
        gained = np.subtract(losses[best], losses[now])
        if gained.sum() > sure * np.sqrt(len(gained)) * gained.std():
            best = now
    return best


def row_places(codes: ClassCodes, seed: int) -> NDArray[np.uint64]:
    """A number for each of n rows, drawn by `seed` from its class numbers (p x n): one for all that say the same."""
    return _places(codes, np.uint64(seed))


@njit(cache=True)
def _mixed(z: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """The finaliser of SplitMix64 (Steele et al. 2014)."""
    z += np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def _places(codes: ClassCodes, seed: np.uint64) -> NDArray[np.uint64]:  # pragma: no cover - compiled
    characteristics, rows = codes.shape
    out = np.full(rows, seed, np.uint64)
    for j in range(characteristics):
        for row in range(rows):
            out[row] = _mixed(out[row] ^ np.uint64(codes[j, row]))
    return out


@njit(cache=True)
def _person_places(
    place: NDArray[np.uint64], number: NDArray[np.int64]
) -> NDArray[np.uint64]:  # pragma: no cover - compiled
    """A place for each of people who say the same, by the place of all of them and their number."""
    out = np.empty(len(place), np.uint64)
    for i in range(len(place)):
        out[i] = _mixed(place[i] ^ np.uint64(number[i]))
    return out
