"""Whether one parameter is of the kind that it must be."""

# What is checked may be anything.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from goodstanding.errors import BadInput
from goodstanding.scorecard.levels import number_text
from goodstanding.wording import one_of, tr


def check_several(field: str, found: Any, *, text: bool = False) -> None:  # noqa: ANN401 - whatever was given
    """Raise BadInput unless it is a list or mapping, or text where that may stand for all."""
    several = text if isinstance(found, str) else isinstance(found, Mapping | Sequence | np.ndarray)
    if not several:
        raise BadInput(
            where=field, found=repr(found), expected=tr("a list, or one for each name"), do=tr("Put it in brackets.")
        )


def check_mapping(field: str, found: object) -> None:
    """Raise BadInput unless it is one for each name."""
    if not isinstance(found, Mapping):
        raise BadInput(where=field, found=repr(found), expected=tr("one for each name"), do=tr("Give a dictionary."))


def check_range(field: str, found: Any, most: int) -> None:  # noqa: ANN401 - whatever was given
    """Raise BadInput unless it is two whole numbers in order, from -most to most."""
    bounds = list(found) if isinstance(found, tuple | list) else []
    if len(bounds) != 2 or not all(map(_is_whole, bounds)) or not -most <= bounds[0] < bounds[1] <= most:  # noqa: PLR2004 - two ends
        raise BadInput(
            where=field,
            found=repr(found),
            expected=tr("two whole numbers, the lesser first"),
            do=tr("Give, for example, (350, 950)."),
        )


def check_whole(field: str, found: Any, least: int, most: int) -> None:  # noqa: ANN401 - whatever was given
    """Raise BadInput unless it is a whole number within."""
    if not _is_whole(found) or not least <= found <= most:
        expected = tr("a whole number from {least} to {most}", least=least, most=most)
        raise BadInput(where=field, found=repr(found), expected=expected, do=tr("Choose one within."))


def check_choice(field: str, found: object, known: Sequence[str]) -> None:
    """Raise BadInput unless it is one of these."""
    if found not in known:
        raise BadInput(where=field, found=repr(found), expected=one_of(known), do=tr("Name one of these."))


def check_between(field: str, found: Any, least: float, most: float) -> None:  # noqa: ANN401 - whatever was given
    """Raise BadInput unless it is a finite number within."""
    number = isinstance(found, int | float | np.number) and not isinstance(found, bool | np.timedelta64)
    if not number or not least <= found <= most or found in {np.inf, -np.inf}:
        expected = tr("{least} to {most}", least=number_text(least), most=number_text(most))
        raise BadInput(where=field, found=str(found), expected=expected, do=tr("Choose one within."))


def check_known(field: str, named: Mapping[str, object], known: Sequence[str]) -> None:
    """Raise BadInput if a name is none of these."""
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise BadInput(where=field, found=", ".join(unknown), expected=one_of(known), do=tr("Name one of these."))


def _is_whole(found: Any) -> bool:  # noqa: ANN401 - whatever was given
    return isinstance(found, int | np.integer) and not isinstance(found, bool | np.timedelta64)
