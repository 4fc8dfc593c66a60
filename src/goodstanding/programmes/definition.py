"""Loading a programme: a folder of data, read, checked as a whole, and asked of the law."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import msgspec

from goodstanding.errors import BadProgramme
from goodstanding.programmes.kinds import KINDS, AnyProgramme, checked_programme
from goodstanding.programmes.programme import (
    Band,
    Ceiling,
    Coverage,
    DeclaredCharacteristic,
    Dimension,
    ExpertCard,
    Perk,
    Programme,
)
from goodstanding.programmes.programme_checks import check_expert
from goodstanding.programmes.programme_folder import no_toml, programme_path, programme_texts
from goodstanding.wording import mismatch_of, one_of, tr


@dataclass(frozen=True)
class Definition:
    """A programme as loaded: what it says, its expert card if it has one, and the SHA-256 of its text.

    That is programme.toml, with the law packs beside it.
    """

    programme: Programme
    expert: ExpertCard | None
    digest: str


def load_programme(name: str) -> Definition:
    """A shipped programme by name, or the programme in a folder by its path.

    Raises NotFound, BadProgramme (naming file and field) or AgainstTheLaw.
    """
    text, expert = programme_texts(name)
    return read_definition(str(programme_path(name) / "programme.toml"), text.encode(), expert.encode())


def read_definition(where: str, text: bytes, expert_text: bytes = b"") -> Definition:
    """A programme from its texts, as `programme_texts` gives them; `where` names the first of them in errors.

    Raises BadProgramme (naming file and field) or AgainstTheLaw.
    """
    programme = checked_programme(where, _decode(where, text, AnyProgramme, Programme))
    expert_file = where.replace("programme.toml", "expert.toml")
    expert = _decode(expert_file, expert_text, ExpertCard, ExpertCard) if expert_text else None
    if expert:
        check_expert(expert_file, programme, expert)
    return Definition(programme, expert, hashlib.sha256(text).hexdigest())


def _decode(file: str, text: bytes, kind: Any, fields: type) -> Any:  # noqa: ANN401 - a union is no type to a checker
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.ValidationError as error:
        mismatch = mismatch_of(str(error))
        where = _part_at_fault(text) or ".".join(filter(None, ["$", mismatch.where]))
        found, expected = mismatch.found, mismatch.expected
        if (kinds := _KINDS.match(str(error))) is not None:
            # Who writes a programme knows kinds by their short names.
            expected, found = kinds.groups()
        elif where == "$.kind" and str(error).startswith("Invalid value"):
            expected = one_of(KINDS)
        elif str(error).startswith("Invalid enum value") and (values := _values(where, fields)):
            expected = one_of(values)
        raise BadProgramme(
            where=f"{file}, {where}", found=found, expected=expected, do=tr("Correct the field.")
        ) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        # ValueError: no UTF-8, or a number of thousands of digits.
        raise no_toml(file, text.decode(errors="replace"), error) from error


_KINDS = re.compile(r"Expected (`[^`]+`), got (`[^`]+`)")
_PARTS = {
    "bands": Band,
    "dimensions": Dimension,
    "perks": Perk,
    "coverage": Coverage,
    "ceilings": Ceiling,
    "characteristics": DeclaredCharacteristic,
}


def _values(where: str, kind: type) -> list[str]:
    """The values that a field may have, of the part or the whole that a place names; none where it takes any text."""
    part, _, name = where.replace("$.", "").rpartition(", ")
    hint = get_type_hints(_PARTS.get(part.partition(", ")[0], kind)).get(name)
    return [str(value) for value in get_args(hint)] if get_origin(hint) is Literal else []


def _part_at_fault(text: bytes) -> str | None:
    """The first part of a list that does not read, by name: the decoder says only that one of them does not."""
    data = cast("dict[str, Any]", msgspec.toml.decode(text))
    for key, kind in _PARTS.items():
        parts = cast("list[Any]", data[key]) if isinstance(data.get(key), list) else []
        for number, part in enumerate(parts, start=1):
            try:
                msgspec.convert(part, kind)
            except msgspec.ValidationError as error:
                named = cast("dict[str, Any]", part).get("name") if isinstance(part, dict) else None
                return ", ".join(filter(None, [key, str(named or number), mismatch_of(str(error)).where]))
    return None
