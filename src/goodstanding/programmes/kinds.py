"""The kinds of programmes: each with its own shape, and what loads and checks it.

Only scorecards are computed yet. The others are known by name, so that what is refused is the kind and not a spelling.
"""

from typing import TypeAlias, assert_never

from msgspec import Struct

from goodstanding.errors import BadProgramme
from goodstanding.programmes.programme import Programme
from goodstanding.programmes.programme_checks import check_law, check_programme
from goodstanding.programmes.texts import in_its_languages
from goodstanding.wording import tr


class PointsProgramme(Struct, frozen=True, tag_field="kind", tag="points"):
    """Points that rules give and take, from a start that all have (Rongcheng, Suining)."""


class ListsProgramme(Struct, frozen=True, tag_field="kind", tag="lists"):
    """Lists that people are put on and taken off (court defaulters, red lists)."""


class RatingsProgramme(Struct, frozen=True, tag_field="kind", tag="ratings"):
    """Stars or colours that others give."""


AnyProgramme: TypeAlias = Programme | PointsProgramme | ListsProgramme | RatingsProgramme
KINDS = ("scorecard", "points", "lists", "ratings")
COMPUTED = KINDS[0]


def checked_programme(where: str, read: AnyProgramme) -> Programme:
    """A programme of any kind as it was read, checked as its kind wants. `where` names the file in errors.

    Raises BadProgramme, AgainstTheLaw; BadProgramme for a kind that is not computed yet.
    """
    match read:
        case Programme():
            programme = in_its_languages(read)
            check_law(where, programme)
            check_programme(where, programme)
            return programme
        case PointsProgramme() | ListsProgramme() | RatingsProgramme():
            kind = str(read.__struct_config__.tag)
            do = tr("Programmes of this kind are not computed yet; write a scorecard.")
            raise BadProgramme(where=f"{where}, $.kind", found=kind, expected=COMPUTED, do=do)
        case _:
            assert_never(read)
