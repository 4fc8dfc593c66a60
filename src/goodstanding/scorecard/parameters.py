"""A scorecard's parameters and sample checked before anything is fitted."""

# What is checked may be anything.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from goodstanding.errors import BadInput
from goodstanding.scorecard.binning import ROUNDING, GroupLimits, TrendConstraint
from goodstanding.scorecard.constraints import (
    SampleColumns,
    asked_dimensions,
    asked_influence,
    asked_leaks,
    asked_special,
    asked_trends,
    check_cross_names,
    check_enough_for_crosses,
)
from goodstanding.scorecard.fitting import Method, Scale, Selection, Settings, Unknown
from goodstanding.scorecard.frames import is_missing
from goodstanding.scorecard.outcomes import Outcomes, are_0_and_1, plain_array
from goodstanding.scorecard.parameter_checks import check_between, check_choice, check_range, check_whole
from goodstanding.wording import tr

MOST_ATTRIBUTES = 100
MIN_SHARE = 0.01
MOST_CROSSES = 3
# More people than there are; beyond, sums of weights are no longer whole.
MOST_WEIGHT = 1e15
# Points beyond would not be told apart as doubles.
MOST_POINTS = 10**12


@dataclass(frozen=True)
class Parameters:
    """The parameters of a Scorecard."""

    method: Method
    trends: TrendConstraint | Mapping[str, TrendConstraint]
    min_share: float | Literal["auto"]
    min_bads: float | Literal["auto"]
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
    allowed_leaks: Sequence[str]


def validated(asked: Parameters, columns: SampleColumns, seed: int) -> Settings:
    """The settings that the parameters ask for, of these columns. Raises BadInput for one that cannot be held."""
    _check_figures(asked)
    trends, orders = asked_trends(asked.trends, columns)
    dimensions = asked_dimensions(asked.dimensions, columns.names)
    if asked.crosses:
        check_cross_names(columns.names)
        check_enough_for_crosses(asked.crosses, trends, [*columns.values])
    return Settings(
        method=asked.method,
        limits=GroupLimits(
            MIN_SHARE if asked.min_share == "auto" else asked.min_share,
            None if asked.min_bads == "auto" else max(asked.min_bads, 0.0),
            asked.max_attributes,
            rare=asked.min_share == asked.min_bads == "auto",
        ),
        scale=Scale(
            float(asked.base_score),
            float(asked.base_odds),
            float(asked.points_to_double),
            (int(asked.score_range[0]), int(asked.score_range[1])),
        ),
        trends=trends,
        orders=orders,
        special=asked_special(asked.special_values, columns),
        dimensions=dimensions,
        influence=asked_influence(asked.influence, dimensions),
        selection=Selection(asked.least_information, asked.most_correlation, asked.most_vif, asked.most_psi),
        unknown=asked.unknown,
        crosses=asked.crosses,
        seed=seed,
        allowed_leaks=asked_leaks(asked.allowed_leaks, columns.names),
    )


def _check_figures(asked: Parameters) -> None:
    """Raise BadInput for a figure out of bounds."""
    check_choice("method", asked.method, get_args(Method))
    check_choice("unknown", asked.unknown, get_args(Unknown))
    if asked.min_share != "auto":
        check_between("min_share", asked.min_share, 0, 0.5)
    if asked.min_bads != "auto":
        check_between("min_bads", asked.min_bads, 0, np.inf)
    check_whole("max_attributes", asked.max_attributes, 2, MOST_ATTRIBUTES)
    check_whole("crosses", asked.crosses, 0, MOST_CROSSES)
    check_between("base_score", asked.base_score, -MOST_POINTS, MOST_POINTS)
    check_between("least_information", asked.least_information, 0, np.inf)
    for field, figure, least in (
        ("most_correlation", asked.most_correlation, 0),
        ("most_vif", asked.most_vif, 1),
        ("most_psi", asked.most_psi, 0),
    ):
        if figure is not None:
            check_between(field, figure, least, np.inf)
    check_between("points_to_double", asked.points_to_double, 1e-9, MOST_POINTS)
    check_between("base_odds", asked.base_odds, 1e-9, np.inf)
    check_range("score_range", asked.score_range, MOST_POINTS)


def weights_of(asked: object, n: int) -> NDArray[np.float64]:
    """Each row's weight, 1 if none are given. Raises BadInput unless they are n finite numbers from 0."""
    if asked is None:
        return np.ones(n)
    try:
        # What is masked is missing, and refused below as NaN is.
        weight = plain_array(asked).astype(np.float64)
    except (TypeError, ValueError) as refused:
        raise BadInput(
            where="sample_weight",
            found=str(refused),
            expected=tr("one number for each of {n} rows", n=n),
            do=tr("Give as many as rows."),
        ) from None
    if weight.ndim == 0:
        weight = np.full(n, float(weight))
    if weight.shape != (n,):
        raise BadInput(
            where="sample_weight",
            found=str(weight.shape),
            expected=tr("one number for each of {n} rows", n=n),
            do=tr("Give as many as rows."),
        )
    if not (np.isfinite(weight) & (weight >= 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))[0])
        raise BadInput(
            where=tr("sample_weight, row {row}", row=row),
            found=str(weight[row]),
            expected=tr("a number from 0"),
            do=tr("Leave the row out."),
        )
    # One by one first: the sum may not be a number any more.
    if (weight > MOST_WEIGHT).any() or weight.sum() > MOST_WEIGHT:
        raise BadInput(
            where="sample_weight",
            found=tr("a weight of {n}", n=f"{weight.max():g}"),
            expected=tr("at most {most} in all", most=f"{MOST_WEIGHT:g}"),
            do=tr("A weight is a number of people: divide all by one number."),
        )
    if not weight.sum() > 0:
        raise BadInput(
            where="sample_weight",
            found=tr("only zeros"),
            expected=tr("some weight"),
            do=tr("Give at least one row a weight."),
        )
    return weight


def check_lengths(columns: Mapping[str, NDArray[Any]], outcome: NDArray[np.bool_], periods: object) -> None:
    """Raise BadInput unless there is an outcome, and a period if there are any, for each row."""
    rows = len(next(iter(columns.values()), ()))
    if not columns or not rows:
        raise BadInput(
            where="X",
            found=tr("{n} characteristics and {rows} rows", n=len(columns), rows=rows),
            expected=tr("some"),
            do=tr("Give it a sample with outcomes."),
        )
    given = {"y": outcome} if periods is None else {"y": outcome, "periods": np.asarray(periods)}
    for name, values in given.items():
        if values.shape != (rows,):
            found = str(len(values)) if values.ndim == 1 else str(values.shape)
            raise BadInput(
                where=name,
                found=found,
                expected=tr("as many as X has rows, {n}", n=rows),
                do=tr("Give one for each row."),
            )


def slices_of(periods: NDArray[Any] | None, most_psi: float | None) -> NDArray[np.int64] | None:
    """The number of each row's slice of time. Raises BadInput for slices that nothing is asked of, and for none.

    Slices may be of any kind that can be told apart.
    """
    if periods is None and most_psi is None:
        return None
    if periods is None:
        raise BadInput(
            where="most_psi",
            found=str(most_psi),
            expected=tr("periods beside it, a slice of time for each row"),
            do=tr("Give fit periods=..., or leave most_psi out."),
        )
    if most_psi is None:
        raise BadInput(
            where="periods",
            found=tr("{n} rows", n=len(periods)),
            expected=tr("most_psi beside them, which is all that they are for"),
            do=tr("Set most_psi, or leave periods out."),
        )
    plain: list[Any] = list(periods) if periods.dtype.kind in "mM" else periods.tolist()
    numbers = {period: number for number, period in enumerate(dict.fromkeys(plain))}
    if any(map(is_missing, numbers)) or len(numbers) < 2:  # noqa: PLR2004 - takes two to compare
        raise BadInput(
            where="periods",
            found=", ".join(str(period) for period in list(numbers)[:3]),
            expected=tr("two slices of time or more, one named for each row"),
            do=tr("Give each row the slice that it is of."),
        )
    return np.array([numbers[period] for period in plain], dtype=np.int64)


def check_both(outcome: NDArray[np.bool_], weight: NDArray[np.float64], found: Outcomes) -> None:
    """Raise BadInput unless there are goods and bads among the rows, and the weight of neither is lost in rounding."""
    bads, goods = float(weight[outcome].sum()), float(weight[~outcome].sum())
    if min(bads, goods) > ROUNDING * (bads + goods):
        return
    named = ", ".join(map(str, cast("list[Any]", found.labels[found.bad_labels == (bads > goods)].tolist())))
    lost = min(bads, goods) / (bads + goods)
    raise BadInput(
        where="y",
        found=tr("all but {share} of the weight on {found}", share=f"{lost:.0e}", found=named)
        if lost
        else tr("one class only: {found}", found=named),
        expected=tr("goods and bads among the rows that have weight"),
        do=tr("Give it a sample with both."),
    )


def check_binary(values: NDArray[Any]) -> None:
    """Refuse numbers that are no two classes in the words that scikit-learn looks for."""
    if values.dtype.kind not in "iuf" or are_0_and_1(values):
        return
    labels = np.unique(values)
    kind = type_of_target(labels)
    if kind != "binary":
        check_classification_targets(values)
        raise BadInput(
            where="y",
            found=tr("Only binary classification is supported. The type of the target is {kind}", kind=kind),
            expected=tr("two classes, or a word on which of them are bad"),
            do=tr("Say which mean bad: {options}.", options=f"bad=[{labels.tolist()[-1]!r}]"),
        )
