"""What is asked of characteristics by name, held against the columns there are: held or refused."""

# What is asked may be anything.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.binning import MOST_ORDERED, TrendConstraint
from goodstanding.scorecard.codes import Special
from goodstanding.scorecard.fitting import UNBOUND
from goodstanding.scorecard.frames import column_name
from goodstanding.scorecard.levels import level_text, number_in
from goodstanding.scorecard.parameter_checks import (
    check_between,
    check_choice,
    check_known,
    check_mapping,
    check_several,
)
from goodstanding.scorecard.table import Influence
from goodstanding.wording import tr

MOST_SPECIAL = 40
GREATEST = float(np.finfo(np.float64).max)
# Whole points meet a cap to a fraction of a percent.
PERCENT_OF_ROUNDING = 1.0


@dataclass(frozen=True)
class SampleColumns:
    """A sample's columns: the names of all, the n values of each that may be read, the levels of ordered categories."""

    names: Sequence[str]
    values: Mapping[str, NDArray[Any]]
    orders: Mapping[str, tuple[str, ...]]

    def where(self, rows: NDArray[np.bool_]) -> "SampleColumns":
        """Some of the rows."""
        return replace(self, values={name: values[rows] for name, values in self.values.items()})


def asked_forbidden(given: Any, names: Sequence[str]) -> frozenset[str]:  # noqa: ANN401 - whatever was given
    """The columns that must not be read. Raises BadInput for a name that is no column."""
    return _asked_names("forbidden", given, names)


def asked_leaks(given: Any, names: Sequence[str]) -> frozenset[str]:  # noqa: ANN401 - whatever was given
    """The columns that may be the outcome over again. Raises BadInput for a name that is no column."""
    return _asked_names("allowed_leaks", given, names)


def asked_trends(given: Any, columns: SampleColumns) -> tuple[dict[str, TrendConstraint], dict[str, tuple[str, ...]]]:  # noqa: ANN401
    """The trends by column, and the levels in order of the categories among those with one.

    Raises BadInput for a trend of text without an order, which none can hold.
    """
    check_several("trends", given, text=True)
    if not isinstance(given, str):
        check_mapping("trends", given)
    names = columns.names
    trends: dict[str, Any] = dict.fromkeys(names, given) if isinstance(given, str) else _by_name("trends", given, names)
    for trend in trends.values():
        check_choice("trends", trend, get_args(TrendConstraint))
    bound = [name for name, trend in trends.items() if trend not in UNBOUND and _is_text(columns, name)]
    for name in bound:
        levels = len(columns.orders.get(name, ()))
        if not 0 < levels <= MOST_ORDERED:
            raise BadInput(
                where=tr("trends, {name}", name=name),
                found=tr("{trend}, of text without an order", trend=trends[name])
                if not levels
                else tr("{trend}, of {n} levels", trend=trends[name], n=levels),
                expected=tr(
                    "a trend of numbers, or of a category with an order and at most {most} levels", most=MOST_ORDERED
                ),
                do=tr('Make it an ordered category, or ask "none" or "auto" of it.'),
            )
    return trends, {name: columns.orders[name] for name in bound}


def asked_special(given: Any, columns: SampleColumns) -> dict[str, tuple[Special, ...]]:  # noqa: ANN401 - whatever was given
    """The special values of each column, as it holds them: numbers of numbers, text of text.

    A number asked of text is the level that writes it, a text asked of numbers the number that it writes. Raises
    BadInput for a value that no column of those it is asked of can hold.
    """
    check_several("special_values", given)
    if isinstance(given, Mapping):
        asked = {
            name: _special_values(values) for name, values in _by_name("special_values", given, columns.names).items()
        }
        return {name: _among_values(columns, name, values) for name, values in asked.items() if name in columns.values}
    everywhere = _special_values(given)
    found = {
        name: [as_stored for value in everywhere if (as_stored := _for_all(columns, name, value)) is not None]
        for name in columns.values
    }
    for value in everywhere:
        if columns.values and not any(_as_stored(columns, name, value) is not None for name in columns.values):
            raise _not_among_values("special_values", value)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def asked_dimensions(given: Any, names: Sequence[str]) -> dict[str, str]:  # noqa: ANN401 - whatever was given
    """The dimension of each column that has one."""
    if given is None:
        return {}
    check_mapping("dimensions", given)
    found = _by_name("dimensions", given, names)
    for dimension in found.values():
        if not isinstance(dimension, str) or not dimension.strip():
            raise BadInput(
                where="dimensions", found=repr(dimension), expected=tr("a name as text"), do=tr("Name the dimension.")
            )
    return {name: str(dimension) for name, dimension in found.items()}


def asked_influence(given: Any, dimensions: Mapping[str, str]) -> dict[str, float] | None:  # noqa: ANN401
    """The greatest share of each dimension that has one, 0 to 1; None where none is asked."""
    if given is None:
        return None
    check_mapping("influence", given)
    found = {str(name): share for name, share in given.items()}
    check_known("influence", found, sorted(set(dimensions.values())))
    for share in found.values():
        check_between("influence", share, 0, 1)
    return found


def check_cross_names(names: Sequence[str]) -> None:
    """Raise BadInput if a column is named as a cross of two others would be."""
    for name in names:
        parts = name.split(" x ")
        for at in range(1, len(parts)):
            if {" x ".join(parts[:at]), " x ".join(parts[at:])} <= {*names}:
                raise BadInput(
                    where=tr("column {name}", name=name),
                    found=tr("a name that a cross of two columns would have"),
                    expected=tr("one column of that name"),
                    do=tr("Give each a name of its own."),
                )


def check_enough_for_crosses(most: int, trends: Mapping[str, TrendConstraint], names: Sequence[str]) -> None:
    """Raise BadInput if trends leave fewer than two columns for the crosses that are asked for."""
    free = [name for name in names if trends.get(name, "auto") in UNBOUND]
    if len(free) < 2 <= len(names):  # noqa: PLR2004 - a cross is of two
        raise BadInput(
            where="crosses",
            found=tr("{most}, and {n} columns without a trend asked", most=most, n=len(free)),
            expected=tr("two or more columns without a trend: a cross would turn one"),
            do=tr("Ask a trend of fewer columns, or crosses=0."),
        )


def check_caps(influence: Sequence[Influence]) -> None:
    """Raise BadInput if a dimension has more influence on the card than it may: the others cannot make up for it."""
    for one in influence:
        if one.card > one.greatest + PERCENT_OF_ROUNDING:
            raise BadInput(
                where=tr("influence, dimension {name}", name=one.dimension),
                found=f"{one.card:g} %",
                expected=tr("at most {share} %", share=f"{one.greatest:g}"),
                do=tr("Raise the shares until they leave no rest, or give other dimensions characteristics that tell."),
            )


def _asked_names(field: str, given: Any, names: Sequence[str]) -> frozenset[str]:  # noqa: ANN401 - whatever was given
    """Columns by name or, of an array, by number. Raises BadInput for what is no column."""
    check_several(field, given)
    return frozenset(_by_name(field, dict.fromkeys(map(column_name, given)), names))


def _by_name(field: str, given: Mapping[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is asked by column; a column of an array may be named by its number. Raises BadInput for no column."""
    found: dict[str, Any] = {}
    for key, asked in given.items():
        name = column_name(key)
        if name in found:
            raise BadInput(
                where=field,
                found=tr("{name} twice", name=name),
                expected=tr("one for each name"),
                do=tr("Leave one of the two out."),
            )
        found[name] = asked
    check_known(field, found, names)
    return found


def _is_text(columns: SampleColumns, name: str) -> bool:
    return name in columns.values and columns.values[name].dtype == object


def _special_values(given: Any) -> list[Special]:  # noqa: ANN401 - whatever was given
    """Special values as text or doubles."""
    check_several("special_values", given)
    found: list[Special] = []
    for value in given:
        if isinstance(value, str):
            found.append(str(value))
            continue
        number = float(value) if isinstance(value, Decimal) else value
        check_between("special_values", number, -GREATEST, GREATEST)
        found.append(float(number))
    check_between("special_values", len(found), 0, MOST_SPECIAL)
    return found


def _among_values(columns: SampleColumns, name: str, values: Iterable[Special]) -> tuple[Special, ...]:
    """Special values as the column holds them."""
    found: dict[Special, None] = {}
    for value in values:
        as_stored = _as_stored(columns, name, value)
        if as_stored is None:
            raise _not_among_values(tr("special_values, {name}", name=name), value)
        found[as_stored] = None
    return tuple(found)


def _as_stored(columns: SampleColumns, name: str, value: Special) -> Special | None:
    """The one value of the column that is meant; None if it can hold none. A column of gaps is of either kind."""
    if _is_text(columns, name):
        return value if isinstance(value, str) else level_text(value)
    number = number_in(value) if isinstance(value, str) else value
    return value if number is None and np.isnan(columns.values[name]).all() else number


def _for_all(columns: SampleColumns, name: str, value: Special) -> Special | None:
    """The same of what is asked of all columns: of text, a number is meant only where some row holds it."""
    as_stored = _as_stored(columns, name, value)
    absent = _is_text(columns, name) and not isinstance(value, str) and not (columns.values[name] == as_stored).any()
    return None if absent else as_stored


def _not_among_values(where: str, value: Special) -> BadInput:
    return BadInput(
        where=where,
        found=repr(value),
        expected=tr("a number, as the column holds"),
        do=tr("Ask it of a column of text, or leave it out."),
    )
