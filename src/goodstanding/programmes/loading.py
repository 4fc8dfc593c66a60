"""Loading a programme: a folder of data, read, checked as a whole, and asked of the law."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec

from goodstanding.engines import names_in
from goodstanding.errors import BadProgramme, NotFound
from goodstanding.law import check_dimensions, check_looking_back, check_scored, load_pack
from goodstanding.programmes.programme import ExpertCard, Programme, Text
from goodstanding.statements import MEASURES
from goodstanding.wording import LANGUAGES, tr

_Kind = TypeVar("_Kind")


@dataclass(frozen=True)
class Definition:
    """A programme as loaded: what it says, its expert card if it has one, and the SHA-256 of its files."""

    programme: Programme
    expert: ExpertCard | None
    digest: str


def shipped_programmes() -> list[str]:
    """The names of the programmes that come with the product."""
    return sorted(
        entry.name for entry in (resources.files("goodstanding.programmes") / "shipped").iterdir() if entry.is_dir()
    )


def load_programme(name: str) -> Definition:
    """A shipped programme by name, or the programme in a folder by its path.

    Raises NotFound, BadProgramme (naming file and field) or AgainstTheLaw.
    """
    folder = _folder(name)
    file = folder / "programme.toml"
    text = file.read_bytes()
    programme = _decode(str(file), text, Programme)
    _check_whole(str(file), programme)
    _check_law(str(file), programme)
    expert_file = folder / "expert.toml"
    expert_text = expert_file.read_bytes() if expert_file.is_file() else b""
    expert = _decode(str(expert_file), expert_text, ExpertCard) if expert_text else None
    if expert:
        _check_expert(str(expert_file), programme, expert)
    return Definition(programme, expert, hashlib.sha256(text + b"\0" + expert_text).hexdigest())


def _folder(name: str) -> Traversable:
    shipped = shipped_programmes()
    if name in shipped:
        return resources.files("goodstanding.programmes") / "shipped" / name
    if (Path(name) / "programme.toml").is_file():
        return Path(name)
    raise NotFound(
        tr("programme"),
        repr(name),
        tr("one of {names}, or a folder with a programme.toml", names=", ".join(shipped)),
        tr("Check the name."),
    )


def _decode(file: str, text: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at ")
        raise BadProgramme(
            f"{file}, {where.strip('`') or '$'}",
            said,
            tr("what docs/programmes.md says"),
            tr("Correct the field."),
        ) from error
    except msgspec.DecodeError as error:
        raise BadProgramme(file, str(error), tr("TOML"), tr("Correct the file.")) from error


def _check_whole(file: str, programme: Programme) -> None:
    """What no single field shows."""
    least, greatest = programme.range
    _check_rising(f"{file}, range", [least, greatest])
    _check_rising(f"{file}, bands", [band.least for band in programme.bands])
    if programme.bands[0].least != least:
        raise BadProgramme(
            f"{file}, bands",
            str(programme.bands[0].least),
            str(least),
            tr("Let the first band begin where the range does."),
        )
    dimensions = [dimension.name for dimension in programme.dimensions]
    for kind, names in (
        ("dimensions", dimensions),
        ("characteristics", [c.name for c in programme.characteristics]),
        ("coverage", [c.name for c in programme.coverage]),
    ):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise BadProgramme(f"{file}, {kind}", ", ".join(twice), tr("each name once"), tr("Rename one of them."))
    for characteristic in programme.characteristics:
        where = f"{file}, characteristic {characteristic.name}"
        if characteristic.dimension not in dimensions:
            raise BadProgramme(
                where,
                characteristic.dimension,
                tr("one of {names}", names=", ".join(dimensions)),
                tr("Correct its dimension."),
            )
        if (characteristic.advice is None) != (characteristic.months is None):
            raise BadProgramme(
                where,
                tr("advice or months alone"),
                tr("both or neither"),
                tr("Say how soon the advice takes effect."),
            )
    _check_texts(file, programme)


def _check_rising(where: str, values: Sequence[int]) -> None:
    if any(a >= b for a, b in pairwise(values)):
        raise BadProgramme(where, ", ".join(map(str, values)), tr("rising numbers"), tr("Put them in order."))


def _check_texts(file: str, programme: Programme) -> None:
    """Each text in each language."""
    texts: list[tuple[str, Text]] = [("title", programme.title)]
    parts = (*programme.bands, *programme.dimensions, *programme.perks)
    texts += [(f"{type(part).__name__} {getattr(part, 'name', '')}", part.title) for part in parts]
    texts += [(f"coverage {c.name}", c.text) for c in programme.coverage]
    for c in programme.characteristics:
        texts += [(f"characteristic {c.name}", text) for text in (c.title, c.reason, c.advice) if text is not None]
    for where, text in texts:
        if missing := [name for name in LANGUAGES if not text.get(name)]:
            raise BadProgramme(
                f"{file}, {where}",
                tr("no text in {names}", names=", ".join(missing)),
                ", ".join(LANGUAGES),
                tr("Add it."),
            )


def _check_law(file: str, programme: Programme) -> None:
    """Every door of the law that a programme passes through; then that its formulas compile."""
    for jurisdiction in programme.jurisdictions:
        load_pack(jurisdiction)
    check_dimensions(f"{file}, dimensions", [d.name for d in programme.dimensions], programme.jurisdictions)
    formulas = [(f"characteristic {c.name}", c.sql, c) for c in programme.characteristics]
    formulas += [(f"coverage {c.name}", c.requires, c) for c in programme.coverage]
    for where, text, part in formulas:
        check_scored(f"{file}, {where}", names_in(text) | {part.name}, programme.jurisdictions)
        read = part.formula.months
        for measure, months in read:
            check_scored(f"{file}, {where}", MEASURES[measure].reads, programme.jurisdictions)
            if MEASURES[measure].adverse:
                check_looking_back(f"{file}, {where}", measure, months, programme.jurisdictions)


def _check_expert(file: str, programme: Programme, expert: ExpertCard) -> None:
    better: Mapping[str, str] = {c.name: c.better for c in programme.characteristics}
    for name, attributes in expert.characteristics.items():
        where = f"{file}, {name}"
        if name not in better:
            raise BadProgramme(where, name, tr("a characteristic of the programme"), tr("Correct the name."))
        if len(attributes.points) != len(attributes.cuts) + 1:
            raise BadProgramme(
                where,
                tr("{n} points", n=len(attributes.points)),
                tr("one more than cuts"),
                tr("Correct the line."),
            )
        rising = attributes.points if better[name] == "higher" else attributes.points[::-1]
        if list(attributes.cuts) != sorted(set(attributes.cuts)) or list(rising) != sorted(rising):
            raise BadProgramme(
                where,
                str(attributes.points),
                tr("rising cuts, and points that follow `better`"),
                tr("Put them in order."),
            )
