"""Columns out of anybody's frame, and frames made of columns: pandas, polars, Arrow."""

from collections.abc import Container, Mapping
from importlib.util import find_spec
from typing import Any, cast

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from goodstanding.errors import BadInput, NotReady
from goodstanding.scorecard.outcomes import plain_array
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


def columns_of(x: object, wanted: Container[str]) -> dict[str, NDArray[Any]]:
    """Each wanted column of a frame: float64 with NaN for missing, or objects of text with None for missing.

    Raises BadInput for a column of another kind, and for an infinite value. Columns not wanted are not read.
    """
    frame = nw.from_native(cast("Any", x), eager_only=True)
    return {
        str(series.name): _column(str(series.name), series)
        for series in frame.iter_columns()
        if str(series.name) in wanted
    }


def column_of(name: str, values: object) -> NDArray[Any]:
    """The values of one column, of a frame or an array or a list, as columns_of reads them."""
    series: Any = nw.from_native(cast("Any", values), series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return _column(name, cast("nw.Series[Any]", series))
    return _plain(name, plain_array(values))


def rows_of(x: object) -> int:
    """How many rows a frame has."""
    return len(nw.from_native(cast("Any", x), eager_only=True))


def of_kind(name: str, values: NDArray[Any], *, named: bool) -> NDArray[Any]:
    """A column as the card knows it, levels or numbers. Raises BadInput if it is the other.

    A column that is missing throughout is of either kind.
    """
    if named == (values.dtype == object):
        return values
    missing = np.array([value is None for value in values]) if values.dtype == object else np.isnan(values)
    if not missing.all():
        raise BadInput(
            tr("characteristic {name}", name=name),
            tr("numbers") if named else tr("text"),
            tr("text, as the card was fitted on") if named else tr("numbers, as the card was fitted on"),
            tr("Give it as it was when the card was fitted."),
        )
    return np.full(len(values), None, dtype=object) if named else np.full(len(values), np.nan)


def names_of(x: object) -> list[str]:
    """The column names of a frame."""
    return [str(name) for name in nw.from_native(cast("Any", x), eager_only=True).columns]


def only(x: object, names: list[str]) -> object:
    """Some columns of a frame."""
    return nw.from_native(cast("Any", x), eager_only=True).select(names).to_native()


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
            tr("a frame"),
            tr("none of {names} is installed", names=", ".join(BACKENDS)),
            tr("one of them"),
            tr("Install pandas, polars or pyarrow."),
        )
    frame: Any = nw.from_dict(dict(columns), backend=cast("Any", found)).to_native()
    if like is not None and hasattr(like, "index") and hasattr(frame, "set_axis"):
        frame = frame.reindex(range(len(like.index))).set_axis(like.index, axis=0)
    return frame


def _column(name: str, series: nw.Series[Any]) -> NDArray[Any]:
    dtype = series.dtype
    if isinstance(dtype, nw.Decimal):
        # Arrow multiplies by a power of ten, which may be the double beside the nearest one.
        return _plain(name, np.array([*series.to_list(), None], dtype=object)[:-1])
    if dtype.is_numeric() or dtype == nw.Boolean:
        if dtype == nw.Float64:
            return _finite(name, np.ascontiguousarray(series.to_numpy(), dtype=np.float64))
        # Arrow refuses to round whole numbers beyond 2^53; NumPy rounds them as it reads.
        doubles = series.cast(nw.Float64) if series.null_count() or not dtype.is_integer() else series
        return _finite(name, np.ascontiguousarray(doubles.to_numpy(), dtype=np.float64))
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum):
        series = series.cast(nw.String)
    elif dtype != nw.Object and not isinstance(dtype, nw.Unknown):
        raise _refused(name, str(dtype))
    return _plain(name, np.array([*series.to_list(), None], dtype=object)[:-1])


def _plain(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Numbers of any kind as float64, text as objects."""
    if values.dtype.kind in "biuf":
        return _finite(name, np.ascontiguousarray(values, dtype=np.float64))
    if values.dtype.kind in "US":
        return values.astype(object)
    if values.dtype.kind != "O":
        raise _refused(name, str(values.dtype))
    plain = [None if _is_missing(value) else value for value in values.tolist()]
    if any(isinstance(value, str) for value in plain):
        if all(value is None or isinstance(value, str) for value in plain):
            return np.array([*plain, None], dtype=object)[:-1]
        odd = next(value for value in plain if value is not None and not isinstance(value, str))
        raise _refused(name, tr("text and {kind} mixed", kind=type(odd).__name__))
    try:
        return _finite(name, np.array([np.nan if value is None else float(value) for value in plain]))
    except (TypeError, ValueError):
        odd = next(value for value in plain if value is not None)
        raise _refused(name, type(odd).__name__) from None


def _is_missing(value: object) -> bool:
    """None, a NaN of any library, pandas' own NA (which cannot even be compared with itself)."""
    return value is None or (not isinstance(value, str) and str(value) in {"nan", "<NA>", "NaT"})


def _finite(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    bad = np.flatnonzero(np.isinf(values))
    if len(bad):
        raise BadInput(
            tr("characteristic {name}, row {row}", name=name, row=int(bad[0])),
            tr("an infinite value (inf)"),
            tr("a number, or NaN for missing"),
            tr("Replace it by a number of your choice and name that in special_values, or by NaN."),
        )
    return values


def _refused(name: str, found: str) -> BadInput:
    return BadInput(
        tr("characteristic {name}", name=name),
        found,
        tr("numbers, true and false, or text"),
        tr("Turn it into a number (days since, an amount) or text first."),
    )
