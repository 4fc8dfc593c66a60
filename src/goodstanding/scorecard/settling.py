"""A scorecard's parameters and sample checked before anything is fitted."""

# What is checked may be anything.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.binning import Asked, Limits
from goodstanding.scorecard.fitting import Method, Scale, Selection, Settings, Unknown
from goodstanding.scorecard.outcomes import Outcomes
from goodstanding.wording import tr

MOST_ATTRIBUTES = 100
MOST_CROSSES = 3
MOST_SPECIAL = 40


@dataclass(frozen=True)
class Asking:
    """The parameters of a Scorecard."""

    method: Method
    trends: Asked | Mapping[str, Asked]
    min_share: float
    min_bads: float
    max_attributes: int
    special_values: Sequence[float | str] | Mapping[str, Sequence[float | str]]
    score_range: tuple[int, int]
    points_to_double: float
    base_score: float
    base_odds: float
    dimensions: Mapping[str, str] | None
    influence: Mapping[str, float] | None
    forbidden: Sequence[str]
    unknown: Unknown
    crosses: int
    least_information: float
    most_correlation: float | None
    most_vif: float | None
    most_psi: float | None
    random_state: Any


def settled(asked: Asking, names: list[str], seed: int) -> Settings:
    """The settings that the parameters ask for. Raises BadInput for one that cannot be."""
    _check_figures(asked)
    given = asked.trends
    for field, values in (("trends", given), ("special_values", asked.special_values), ("forbidden", asked.forbidden)):
        _several(field, values, text=field == "trends")
    trends: dict[str, Asked] = dict.fromkeys(names, given) if isinstance(given, str) else dict(given)
    special = asked.special_values
    by_name = special if isinstance(special, Mapping) else dict.fromkeys(names, special)
    dimensions, influence = dict(asked.dimensions or {}), asked.influence
    for field, named in (
        ("trends", trends),
        ("special_values", by_name),
        ("dimensions", dimensions),
        ("forbidden", dict.fromkeys(asked.forbidden)),
    ):
        _known(field, named, names)
    for values in by_name.values():
        _several("special_values", values)
        for value in values:
            if not isinstance(value, str):
                _between("special_values", value, -np.inf, np.inf)
        _between("special_values", len(values), 0, MOST_SPECIAL)
    for trend in trends.values():
        _choice("trends", trend, get_args(Asked))
    if influence is not None:
        _known("influence", influence, sorted(set(dimensions.values())))
        for share in influence.values():
            _between("influence", share, 0, 1)
    return Settings(
        asked.method,
        Limits(asked.min_share, max(asked.min_bads, 0.0), asked.max_attributes),
        Scale(
            float(asked.base_score),
            float(asked.base_odds),
            float(asked.points_to_double),
            (int(asked.score_range[0]), int(asked.score_range[1])),
        ),
        trends,
        {name: tuple(values) for name, values in by_name.items()},
        dimensions,
        None if influence is None else dict(influence),
        Selection(asked.least_information, asked.most_correlation, asked.most_vif, asked.most_psi),
        asked.unknown,
        asked.crosses,
        seed,
    )


def _check_figures(asked: Asking) -> None:
    """Raise BadInput for a figure out of bounds."""
    _choice("method", asked.method, get_args(Method))
    _choice("unknown", asked.unknown, get_args(Unknown))
    _between("min_share", asked.min_share, 0, 0.5)
    _between("min_bads", asked.min_bads, 0, np.inf)
    _whole("max_attributes", asked.max_attributes, 2, MOST_ATTRIBUTES)
    _whole("crosses", asked.crosses, 0, MOST_CROSSES)
    _between("base_score", asked.base_score, -np.inf, np.inf)
    _between("least_information", asked.least_information, 0, np.inf)
    for field, figure, least in (
        ("most_correlation", asked.most_correlation, 0),
        ("most_vif", asked.most_vif, 1),
        ("most_psi", asked.most_psi, 0),
    ):
        if figure is not None:
            _between(field, figure, least, np.inf)
    _between("points_to_double", asked.points_to_double, 1e-9, np.inf)
    _between("base_odds", asked.base_odds, 1e-9, np.inf)
    _check_range(asked.score_range)


def _several(field: str, found: Any, *, text: bool = False) -> None:  # noqa: ANN401
    """Raise BadInput unless it is a list or mapping, or text where that may stand for all."""
    several = text if isinstance(found, str) else isinstance(found, Mapping | Sequence | np.ndarray)
    if not several:
        raise BadInput(field, repr(found), tr("a list, or one for each name"), tr("Put it in brackets."))


def _check_range(found: Any) -> None:  # noqa: ANN401 - whatever was given
    bounds = list(found) if isinstance(found, tuple | list) else []
    if len(bounds) != 2 or not all(map(_is_whole, bounds)) or not bounds[0] < bounds[1]:  # noqa: PLR2004 - two ends
        raise BadInput(
            "score_range", repr(found), tr("two whole numbers, the lesser first"), tr("Give, for example, (350, 950).")
        )


def _is_whole(found: Any) -> bool:  # noqa: ANN401
    return isinstance(found, int | np.integer) and not isinstance(found, bool)


def weights_of(asked: object, n: int) -> NDArray[np.float64]:
    """Each row's weight, 1 if none are given. Raises BadInput unless they are n finite numbers from 0."""
    if asked is None:
        return np.ones(n)
    weight = np.asarray(asked, dtype=np.float64)
    if weight.ndim == 0:
        weight = np.full(n, float(weight))
    if weight.shape != (n,):
        raise BadInput(
            "sample_weight", str(weight.shape), tr("one number for each of {n} rows", n=n), tr("Give as many as rows.")
        )
    if not (np.isfinite(weight) & (weight >= 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))[0])
        raise BadInput(
            tr("sample_weight, row {row}", row=row), str(weight[row]), tr("a number from 0"), tr("Leave the row out.")
        )
    if not weight.sum() > 0:
        raise BadInput("sample_weight", tr("only zeros"), tr("some weight"), tr("Give at least one row a weight."))
    return weight


def check_lengths(columns: Mapping[str, NDArray[Any]], outcome: NDArray[np.bool_], periods: object) -> None:
    """Raise BadInput unless there is an outcome, and a period if there are any, for each row."""
    rows = len(next(iter(columns.values()), ()))
    if not columns or not rows:
        raise BadInput(
            "X",
            tr("{n} characteristics and {rows} rows", n=len(columns), rows=rows),
            tr("some"),
            tr("Give it a sample with outcomes."),
        )
    given = {"y": outcome} if periods is None else {"y": outcome, "periods": np.asarray(periods)}
    for name, values in given.items():
        if len(values) != rows:
            raise BadInput(
                name, str(len(values)), tr("as many as X has rows, {n}", n=rows), tr("Give one for each row.")
            )


def check_both(outcome: NDArray[np.bool_], found: Outcomes) -> None:
    """Raise BadInput unless there are goods and bads among the rows that have weight."""
    if outcome.all() or not outcome.any():
        labels: list[Any] = found.labels[found.bad_labels == outcome.any()].tolist()
        raise BadInput(
            "y",
            tr("one class only: {found}", found=", ".join(map(str, labels))),
            tr("goods and bads among the rows that have weight"),
            tr("Give it a sample with both."),
        )


def _whole(field: str, found: Any, least: int, most: int) -> None:  # noqa: ANN401
    if not _is_whole(found) or not least <= found <= most:
        expected = tr("a whole number from {least} to {most}", least=least, most=most)
        raise BadInput(field, repr(found), expected, tr("Choose one within."))


def _choice(field: str, found: object, known: Sequence[str]) -> None:
    if found not in known:
        raise BadInput(field, repr(found), tr("one of {names}", names=", ".join(known)), tr("Name one of these."))


def _between(field: str, found: Any, least: float, most: float) -> None:  # noqa: ANN401
    number = isinstance(found, int | float | np.number) and not isinstance(found, bool)
    if not number or not least <= found <= most or np.isinf(found):
        raise BadInput(
            field,
            str(found),
            tr("{least} to {most}", least=f"{least:g}", most=f"{most:g}"),
            tr("Choose one within."),
        )


def _known(field: str, named: Mapping[str, object], known: Sequence[str]) -> None:
    unknown = sorted(str(name) for name in set(named) - set(known))
    if unknown:
        raise BadInput(
            field, ", ".join(unknown), tr("one of {names}", names=", ".join(known)), tr("Name one of these.")
        )
