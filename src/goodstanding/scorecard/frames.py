"""Columns out of anybody's frame, and frames made of columns: pandas, polars, Arrow."""

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, cast

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput, NotReady
from goodstanding.scorecard.levels import is_number, is_number_text, level_text
from goodstanding.scorecard.outcomes import plain_array
from goodstanding.scorecard.table import Characteristic
from goodstanding.wording import tr

BACKENDS = ("pandas", "polars", "pyarrow")


def is_frame(x: object) -> bool:
    """Whether it is a frame of columns and not an array."""
    return isinstance(nw.from_native(cast("Any", x), eager_only=True, pass_through=True), nw.DataFrame)


def backend_of(x: object) -> str | None:
    """Which library a frame is of; None for an array."""
    if not is_frame(x):
        return None
    return str(nw.from_native(cast("Any", x), eager_only=True).implementation.value)


def column_name(name: Any) -> str:  # noqa: ANN401 - whatever a library lets a column be called
    """A column's name as text: the number n is xn, the name of that column in an array."""
    whole = is_number(name) and str(name) not in {"True", "False"} and float(name).is_integer()
    return f"x{int(name)}" if whole else str(name)


def names_of(x: object) -> list[str]:
    """The column names of a frame, as text. Raises BadInput where two columns would have one."""
    given = _given_names(x)
    names = [column_name(name) for name in given]
    _check_written("X", names)
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        found = ", ".join(repr(one) for one, name in zip(given, names, strict=True) if name == twice)
        raise BadInput(
            where=tr("column {name}", name=twice),
            found=found,
            expected=tr("one column of that name"),
            do=tr("Give each a name of its own."),
        )
    return names


def is_numbered(x: object) -> bool:
    """Whether a frame's columns are named 0, 1, ... as those of an array are."""
    return all(
        not isinstance(name, str) and column_name(name) == f"x{place}" for place, name in enumerate(_given_names(x))
    )


def with_names(x: Any, names: list[str]) -> Any:  # noqa: ANN401 - a frame of any library
    """A frame whose columns have these names."""
    return x if _given_names(x) == names else x.set_axis(names, axis=1)


def columns_of(
    x: object, names: Sequence[str], wanted: Container[str], numbers: Container[str] = ()
) -> dict[str, NDArray[Any]]:
    """Each wanted column of a frame: float64 with NaN for missing, or objects of text with None for missing.

    `names` are those of the columns in order. A category's levels are text, except in `numbers`, where they are read
    as plain values. Raises BadInput for a column of another kind, and for an infinite value. Columns not wanted are
    not read.
    """
    frame = nw.from_native(cast("Any", x), eager_only=True)
    return {
        name: _column(name, series, named=name not in numbers)
        for name, series in zip(names, frame.iter_columns(), strict=True)
        if name in wanted
    }


def orders_of(x: object, names: Sequence[str], wanted: Container[str]) -> dict[str, tuple[str, ...]]:
    """The levels in order of each wanted column that is an ordered category."""
    frame = nw.from_native(cast("Any", x), eager_only=True)
    of_all = {name: _order(series) for name, series in zip(names, frame.iter_columns(), strict=True) if name in wanted}
    return {name: order for name, order in of_all.items() if order}


def column_of(name: str, values: object, *, named: bool) -> NDArray[Any]:
    """The values of one column, of a frame or an array or a list, as columns_of reads them; `named` if of levels."""
    series: Any = nw.from_native(cast("Any", values), series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return _column(name, cast("nw.Series[Any]", series), named=named)
    return _plain(name, plain_array(values))


def rows_of(x: object) -> int:
    """How many rows a frame has."""
    return len(nw.from_native(cast("Any", x), eager_only=True))


def of_kind(characteristic: Characteristic, values: NDArray[Any]) -> NDArray[Any]:
    """A column as the card knows it, levels or numbers. Raises BadInput if it is the other.

    A column that is missing throughout is of either kind; numbers are levels where every level of the card is one.
    """
    named = characteristic.named
    if named == (values.dtype == object):
        return values
    missing = np.array([value is None for value in values]) if values.dtype == object else np.isnan(values)
    if missing.all():
        return np.full(len(values), None, dtype=object) if named else np.full(len(values), np.nan)
    levels = [str(level) for attribute in characteristic.attributes for level in attribute.levels or ()]
    if named and levels and all(map(is_number_text, levels)):
        distinct, place = np.unique(values, return_inverse=True)
        texts = [None if math.isnan(value) else level_text(value) for value in distinct.tolist()]
        return _objects(texts)[place]
    raise BadInput(
        where=tr("characteristic {name}", name=characteristic.name),
        found=tr("numbers") if named else tr("text"),
        expected=tr("text, as the card was fitted on") if named else tr("numbers, as the card was fitted on"),
        do=tr("Give it as it was when the card was fitted."),
    )


def only(x: object, names: list[str]) -> object:
    """Some columns of a frame."""
    return nw.from_native(cast("Any", x), eager_only=True).select(names).to_native()


def array_in(x: Any) -> Any:  # noqa: ANN401 - whatever stands for an array
    """What was given as an array: masked cells are missing, and beside text nothing that is missing becomes a word."""
    given: Any = x
    if isinstance(x, np.ma.MaskedArray):
        cells, hidden = np.asarray(given.data), np.ma.getmaskarray(given)
        plain = cells.astype(np.float64 if cells.dtype.kind in "biuf" else object)
        plain[hidden] = np.nan if plain.dtype.kind == "f" else None
        return plain
    rows: list[list[Any]] = []
    if isinstance(x, list | tuple) and all(isinstance(row, list | tuple | np.ndarray) for row in given):
        rows = [array_in(row).tolist() if isinstance(row, np.ndarray) else list(row) for row in given]
    # NumPy would write NaN and None beside text as words, and pass over what is masked.
    masked = any(isinstance(row, np.ma.MaskedArray) for row in given) if rows else False
    if masked or any(isinstance(cell, str) or cell is np.ma.masked for row in rows for cell in row):
        return np.array([[None if cell is np.ma.masked else cell for cell in row] for row in rows], dtype=object)
    return given


def array_columns(x: NDArray[Any], names: list[str], wanted: Container[str]) -> dict[str, NDArray[Any]]:
    """Each wanted column of an n x p array of numbers or of objects."""
    return {name: _plain(name, x[:, j]) for j, name in enumerate(names) if name in wanted}


def frame_of(columns: Mapping[str, Any], backend: str | None, like: Any = None) -> Any:  # noqa: ANN401 - a frame of any library
    """A frame of the library asked for, or of the first that is installed; with the index of a pandas frame like it.

    Raises NotReady without any library.
    """
    found = backend or next((name for name in BACKENDS if find_spec(name)), None)
    if found is None:
        raise NotReady(
            where=tr("a frame"),
            found=tr("none of {names} is installed", names=", ".join(BACKENDS)),
            expected=tr("one of them"),
            do=tr("Install pandas, polars or pyarrow."),
        )
    frame: Any = nw.from_dict(dict(columns), backend=cast("Any", found)).to_native()
    if like is not None and hasattr(like, "index") and hasattr(frame, "set_axis"):
        frame = frame.reindex(range(len(like.index))).set_axis(like.index, axis=0)
    return frame


def is_missing(value: object) -> bool:
    """None, what is masked, a NaN of any library, pandas' own NA (which cannot even be compared with itself)."""
    if isinstance(value, str):
        return False
    return value is None or value is np.ma.masked or str(value) in {"nan", "NaN", "sNaN", "<NA>", "NaT"}


def _given_names(x: object) -> list[object]:
    return cast("list[object]", list(nw.from_native(cast("Any", x), eager_only=True).columns))


def _order(series: nw.Series[Any]) -> tuple[str, ...]:
    """The levels of an ordered category in order; none of any other column."""
    levels: list[Any] = []
    if isinstance(series.dtype, nw.Enum):
        levels = series.cat.get_categories().to_list()
    elif isinstance(series.dtype, nw.Categorical):
        # Arrow's dictionaries are of one type here, ordered or not, by themselves or inside pandas.
        native: Any = series.to_native()
        kind = getattr(getattr(native, "dtype", None), "pyarrow_dtype", getattr(native, "type", None))
        if getattr(kind, "ordered", False):
            levels = cast("Any", series.to_arrow()).dictionary.to_pylist()
    return tuple(level_text(level) or "" for level in levels)


def _column(name: str, series: nw.Series[Any], *, named: bool) -> NDArray[Any]:
    dtype = series.dtype
    # Casts of decimals may miss the nearest double, which can be a cut, by a last bit; Python's do not.
    if (dtype.is_numeric() and not isinstance(dtype, nw.Decimal)) or dtype == nw.Boolean:
        if dtype == nw.Float64:
            return _finite(name, np.ascontiguousarray(series.to_numpy(), dtype=np.float64))
        # Arrow refuses to round whole numbers beyond 2^53; NumPy rounds them as it reads.
        doubles = series.cast(nw.Float64) if series.null_count() or not dtype.is_integer() else series
        return _finite(name, np.ascontiguousarray(doubles.to_numpy(), dtype=np.float64))
    values = np.array([*series.to_list(), None], dtype=object)[:-1]
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return _levels(name, values) if named else _plain(name, values)
    if not isinstance(dtype, nw.String | nw.Decimal | nw.Object | nw.Unknown):
        raise _refused(name, str(dtype))
    return _plain(name, values)


def _levels(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """The levels of a category as text, None for missing."""
    known = [value for value in dict.fromkeys(values.tolist()) if not is_missing(value)]
    texts = {value: level_text(value) for value in known}
    odd = next((value for value in known if texts[value] is None), None)
    if odd is not None:
        raise _refused(name, type(odd).__name__)
    _check_unmixed(name, known)
    _check_written(tr("characteristic {name}", name=name), (text or "" for text in texts.values()))
    return _objects(texts.get(value) for value in values.tolist())


def _plain(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Numbers of any kind as float64, text as objects."""
    if values.dtype.kind in "biuf":
        return _finite(name, np.ascontiguousarray(values, dtype=np.float64))
    if values.dtype.kind not in "OTU":
        raise _refused(name, str(values.dtype))
    plain = [None if is_missing(value) else value for value in values.tolist()]
    known = [value for value in plain if value is not None]
    odd = next((value for value in known if not (isinstance(value, str) or is_number(value))), None)
    if odd is not None:
        raise _refused(name, type(odd).__name__)
    _check_unmixed(name, known)
    if known and isinstance(known[0], str):
        _check_written(tr("characteristic {name}", name=name), known)
        return _objects(None if value is None else str(value) for value in plain)
    return _finite(name, np.array([math.nan if value is None else _double(value) for value in plain]))


def _objects(values: Iterable[str | None]) -> NDArray[Any]:
    return np.array([*values, None], dtype=object)[:-1]


def _double(value: Any) -> float:  # noqa: ANN401 - a number of any library
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _check_unmixed(name: str, known: Sequence[object]) -> None:
    """Raise BadInput where text stands beside other values."""
    other = next((value for value in known if not isinstance(value, str)), None)
    if other is not None and any(isinstance(value, str) for value in known):
        raise _refused(name, tr("text and {kind} mixed", kind=type(other).__name__))


def _check_written(where: str, texts: Iterable[str]) -> None:
    """Raise BadInput for text that no card could be written with: halves of characters, from a wrong decoding."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as refused:
        raise BadInput(
            where=where,
            found=ascii(refused.object[refused.start]),
            expected=tr("text"),
            do=tr("Read it in the encoding that it is in."),
        ) from None


def _finite(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    bad = np.flatnonzero(np.isinf(values))
    if len(bad):
        raise BadInput(
            where=tr("characteristic {name}, row {row}", name=name, row=int(bad[0])),
            found=tr("an infinite value (inf)"),
            expected=tr("a number, or NaN for missing"),
            do=tr("Replace it by a number of your choice and name that in special_values, or by NaN."),
        )
    return values


def _refused(name: str, found: str) -> BadInput:
    return BadInput(
        where=tr("characteristic {name}", name=name),
        found=found,
        expected=tr("numbers, true and false, or text"),
        do=tr("Turn it into a number (days since, an amount) or text first."),
    )
