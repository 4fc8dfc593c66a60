"""Outcomes, figures and labels of the same n people, read from lists, arrays and columns of any library.

Nothing is guessed: what is missing, of another kind or of another length is refused, and which of two words is the bad
one has to be said.
"""

# What is read may be anything.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.wording import tr

Bads = NDArray[np.bool_]
# So many labels are named in a message.
MOST_NAMED = 8


@dataclass(frozen=True)
class Outcomes:
    """Whether each of n people was bad; the distinct `labels` in rising order, and whether each of them is bad."""

    bad: Bads
    labels: NDArray[Any]
    bad_labels: Bads


def read_outcomes(values: object, bad: object = None) -> Outcomes:
    """Outcomes of n people: 1 or true is bad, 0 or false good; otherwise `bad` names the label, or labels, that is.

    Raises BadInput for a missing outcome, for other labels without `bad`, and for a label of `bad` that does not occur.
    """
    labels, code = _distinct("y", known_values("y", values))
    if bad is not None:
        among = _named_bad(bad, labels)
    elif are_0_and_1(labels):
        among = labels.astype(np.bool_)
    else:
        raise BadInput(
            where="y",
            found=_named(labels),
            expected=tr("0 and 1, 1 being bad, or a word on which of the labels is bad"),
            do=tr("Say which means bad: {options}.", options=_options(labels)),
        )
    return Outcomes(among[code], labels, among)


def read_bads(values: object, field: str = "bad") -> Bads:
    """Whether each of n people was bad: 1 or true is, 0 or false is not. Raises BadInput for anything else."""
    array = known_values(field, values)
    if array.dtype == np.bool_:
        return array
    labels, code = _distinct(field, array)
    if not are_0_and_1(labels):
        raise BadInput(
            where=field,
            found=_named(labels),
            expected=tr("0 and 1, 1 being bad"),
            do=tr("Compare the outcomes with the label that means bad, and give the answer."),
        )
    return labels.astype(np.bool_)[code]


def read_numbers(values: object, field: str) -> NDArray[Any]:
    """N finite numbers, int64 or float64. Raises BadInput for a missing one, or what is none."""
    return _numbers_within(values, field, -np.inf, np.inf, tr("a finite number"))


def read_amounts(values: object, field: str) -> NDArray[np.float64]:
    """N finite numbers from 0: weights, counts. Raises BadInput for another."""
    return _numbers_within(values, field, 0, np.inf, tr("a number from 0")).astype(np.float64)


def read_chances(values: object, field: str = "chance") -> NDArray[np.float64]:
    """N chances of bad, 0 to 1. Raises BadInput for another figure."""
    return _numbers_within(values, field, 0, 1, tr("a chance from 0 to 1")).astype(np.float64)


def _numbers_within(values: object, field: str, least: float, most: float, expected: str) -> NDArray[Any]:
    array = known_values(field, values, expected)
    if array.dtype.kind in "biu" and (array.dtype.kind != "u" or array.max(initial=0) <= np.iinfo(np.int64).max):
        numbers = array.astype(np.int64)
    elif array.dtype.kind in "uf" or not len(array):
        numbers = array.astype(np.float64)
    else:
        raise BadInput(where=field, found=_sort_of(array), expected=expected, do=tr("Give one number for each row."))
    odd = np.flatnonzero(~((numbers >= least) & (numbers <= most) & np.isfinite(numbers)))
    if len(odd):
        where = tr("{name}, row {row}", name=field, row=int(odd[0]))
        raise BadInput(
            where=where, found=str(numbers[odd[0]]), expected=expected, do=tr("Correct it or leave the row out.")
        )
    return numbers


def read_labels(values: object, field: str) -> tuple[list[str], NDArray[np.intp]]:
    """The distinct labels of n people in rising order, as text, and the number of each one's label among them.

    Raises BadInput for a missing label, and for two that differ but are written alike.
    """
    labels, number = _distinct(field, known_values(field, values))
    written = [str(label) for label in labels]
    alike = next((label for label in written if written.count(label) > 1), None)
    if alike is not None:
        raise BadInput(
            where=field,
            found=tr("labels of several kinds that are all written {label}", label=alike),
            expected=tr("labels of one kind"),
            do=tr("Give all as text or all as numbers."),
        )
    return written, number


def check_alike(**columns: NDArray[Any]) -> None:
    """Raise BadInput unless there are as many of each as of the first."""
    (first, given), *others = columns.items()
    for field, values in others:
        if len(values) != len(given):
            raise BadInput(
                where=field,
                found=str(len(values)),
                expected=tr("as many as {name}, {n}", name=first, n=len(given)),
                do=tr("Give one for each row."),
            )


def are_0_and_1(labels: NDArray[Any]) -> bool:
    """Whether labels are numbers, or true and false, of which none is anything but 0 and 1."""
    return not len(labels) or (labels.dtype.kind in "biuf" and bool(((labels == 0) | (labels == 1)).all()))


def known_values(field: str, values: object, expected: str | None = None) -> NDArray[Any]:
    """N values as an array of bool, numbers or objects. Raises BadInput for one that is missing, or for a table."""
    array = plain_array(values)
    if array.ndim != 1:
        raise BadInput(
            where=field,
            found=tr("an array of shape {shape}", shape=str(array.shape)),
            expected=tr("one for each row"),
            do=tr("Give a column."),
        )
    gone = np.flatnonzero(_missing(array))
    if len(gone):
        raise BadInput(
            where=tr("{name}, row {row}", name=field, row=int(gone[0])),
            found=tr("{n} of {rows} missing (NaN or None)", n=len(gone), rows=len(array)),
            expected=expected or tr("one for each row"),
            do=tr("Fill them in, or leave these rows out and say so."),
        )
    if array.dtype.kind in "biuf" or not len(array):
        return array
    items: list[Any] = array.tolist()
    if array.dtype.kind == "O" and not any(isinstance(item, str) for item in items):
        try:
            return _numbers(items)
        except (TypeError, ValueError):
            return array
    return array


def plain_array(values: object) -> NDArray[Any]:
    """An array of what was given, objects where there is anything but numbers: text is never made of them."""
    if isinstance(values, list | tuple):
        # To NumPy what is masked is an array.
        items = [None if item is np.ma.masked else item for item in values]
        if not any(isinstance(item, list | tuple | np.ndarray) for item in items):
            # NumPy would write NaN or None beside text as words.
            array = np.empty(len(items), dtype=object)
            array[:] = items
            return array
    if isinstance(values, np.ma.MaskedArray):
        array = np.array(values.data, dtype=object)
        array[np.ma.getmaskarray(values)] = None
        return array
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind in "US" else array


def _numbers(items: list[Any]) -> NDArray[Any]:
    if all(isinstance(item, bool | np.bool_) for item in items):
        return np.array(items, dtype=np.bool_)
    if all(isinstance(item, int | np.integer) for item in items):
        return np.array([int(item) for item in items])
    return np.array([float(item) for item in items])


def _missing(array: NDArray[Any]) -> Bads:
    if array.dtype.kind == "f":
        return np.isnan(array)
    if array.dtype.kind in "mM":
        return np.isnat(array)
    if array.dtype.kind != "O":
        return np.zeros(len(array), dtype=np.bool_)
    return np.array([_is_missing(value) for value in array], dtype=np.bool_)


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    """None, NaN of any kind, NaT; pandas' NA, which cannot be compared even with itself."""
    return value is None or (not isinstance(value, str) and (type(value).__name__ == "NAType" or bool(value != value)))  # noqa: PLR0124 - NaN


def _distinct(field: str, array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The distinct values in rising order, and the number of each value among them."""
    if array.dtype.kind != "O":
        if are_0_and_1(array):
            # What most give needs no sorting.
            seen = [label for label in (0, 1) if (array == label).any()]
            return np.array(seen, dtype=array.dtype), (array > min(seen, default=0)).astype(np.intp)
        labels, code = np.unique(array, return_inverse=True)
        return labels, code
    items: list[Any] = array.tolist()
    try:
        ordered = sorted(dict.fromkeys(items), key=lambda item: (not isinstance(item, str), str(item)))
    except TypeError:
        raise BadInput(
            where=field, found=_sort_of(array), expected=tr("numbers, true and false, or text"), do=tr("Give a column.")
        ) from None
    place = {item: number for number, item in enumerate(ordered)}
    labels = np.empty(len(ordered), dtype=object)
    labels[:] = ordered
    if all(isinstance(item, str) for item in ordered):
        labels = labels.astype(np.str_)
    return labels, np.array([place[item] for item in items], dtype=np.intp)


def _named_bad(bad: object, labels: NDArray[Any]) -> Bads:
    """Which of the labels are named. Raises BadInput for one that does not occur, or none."""
    several = isinstance(bad, Collection | np.ndarray) and not isinstance(bad, str | bytes)
    asked: list[Any] = list(bad) if several else [bad]  # pyright: ignore[reportArgumentType]
    found: list[Any] = labels.tolist()
    for one in asked:
        if one not in found:
            raise BadInput(
                where="bad",
                found=repr(one),
                expected=tr("one of {names}", names=_named(labels)),
                do=tr("Name one of these."),
            )
    if not asked:
        raise BadInput(
            where="bad", found="[]", expected=tr("one of {names}", names=_named(labels)), do=tr("Name one of these.")
        )
    return np.array([label in asked for label in found], dtype=np.bool_)


def _named(labels: NDArray[Any]) -> str:
    """The labels for a message, the first of many."""
    found: list[Any] = labels.tolist()
    return ", ".join(map(repr, found[:MOST_NAMED])) + (", ..." if len(found) > MOST_NAMED else "")


def _options(labels: NDArray[Any]) -> str:
    """What may be written, for a message."""
    found: list[Any] = labels.tolist()
    if len(found) <= 2:  # noqa: PLR2004 - good and bad
        return tr("{one} or {other}", one=f"bad={found[0]!r}", other=f"bad={found[-1]!r}")
    return f"bad=[{found[0]!r}, ...]"


def _sort_of(array: NDArray[Any]) -> str:
    """What kind of values there are, for a message."""
    return type(array[0]).__name__ if array.dtype.kind == "O" and len(array) else str(array.dtype)
