"""A programme's folder: programme.toml, expert.toml, its own measures.toml, and its own law packs.

Packs are in law/NAME.toml or NAME.toml. What travels, and what the digest is of, is one text: programme.toml with the
others written into it as tables `[law.NAME]` and `[measures.TABLE]`, where they may also stand from the beginning.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

from goodstanding.errors import BadProgramme, NotFound
from goodstanding.law import NO_LAW, load_packs, read_pack
from goodstanding.wording import tr

# Files of a programme's folder that are something else.
_OTHERS = frozenset({"programme", "expert", "measures"})
# Where a decoder of TOML stopped.
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_LONGEST_SHOWN = 60
_TABLE = re.compile(r"^([ \t]*\[\[?)[ \t]*(?=[^\[\]\n]+\]\]?[ \t]*(?:#.*)?$)", re.MULTILINE)


def shipped_programmes() -> list[str]:
    """The names of the programmes that come with the product."""
    return sorted(
        entry.name for entry in (resources.files("goodstanding.programmes") / "shipped").iterdir() if entry.is_dir()
    )


def programme_path(name: str) -> Traversable:
    """The folder of a shipped programme by name, or the one at a path. Raises NotFound."""
    shipped = shipped_programmes()
    if name in shipped:
        return resources.files("goodstanding.programmes") / "shipped" / name
    if (Path(name) / "programme.toml").is_file():
        return Path(name)
    raise NotFound(
        where=tr("programme"),
        found=repr(name),
        expected=tr("one of {names}, or a folder with a programme.toml", names=", ".join(shipped)),
        do=tr("Check the name."),
    )


def programme_texts(name: str) -> tuple[str, str]:
    """The texts that are a programme: programme.toml with its packs, and the expert card or nothing.

    Raises NotFound; BadProgramme for what is no UTF-8, or for a pack that is not as it should be.
    """
    folder = programme_path(name)
    expert = folder / "expert.toml"
    text = _text(folder / "programme.toml")
    # What is wrong with it would else be put down to a file that is written into it.
    _tables_of(folder / "programme.toml", text)
    for pack in _pack_files(folder, text):
        text = _with_pack(text, pack)
    if (measures := folder / "measures.toml").is_file():
        text = _with_tables(text, "measures", measures, _tables_of(measures, _text(measures)))
    return text, _text(expert) if expert.is_file() else ""


def _text(file: Traversable) -> str:
    """As it is on disk: line ends are part of what was agreed to."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(file) from error


def _unreadable(file: Traversable) -> BadProgramme:
    return BadProgramme(
        where=str(file), found=tr("text that does not read"), expected=tr("TOML in UTF-8"), do=tr("Correct the file.")
    )


def _pack_files(folder: Traversable, text: str) -> Iterator[Traversable]:
    """The packs beside a programme: all in law/, and those that its jurisdictions name."""
    law = folder / "law"
    if law.is_dir():
        yield from sorted((entry for entry in law.iterdir() if entry.name.endswith(".toml")), key=lambda one: one.name)
    for jurisdiction in jurisdictions_in(text):
        beside = folder / f"{jurisdiction}.toml"
        if jurisdiction not in _OTHERS and beside.is_file():
            yield beside


def jurisdictions_in(text: str) -> list[str]:
    """Those that a programme names, if it can be read that far: what is wrong with it is said when it is loaded."""
    try:
        named = tomllib.loads(text).get("jurisdictions")
    except (ValueError, RecursionError):
        return []
    several = cast("list[Any]", named) if isinstance(named, list) else []
    return list(dict.fromkeys(one for one in several if isinstance(one, str) and re.fullmatch("[a-z0-9_]+", one)))


def _with_pack(text: str, file: Traversable) -> str:
    """The programme with a pack written into it, once it is one."""
    name, data = file.name.removesuffix(".toml"), _tables_of(file, _text(file))
    check_own_name(str(file), name)
    read_pack(str(file), name, data)
    return _with_tables(text, f"law.{name}", file, data)


def _tables_of(file: Traversable, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # ValueError: no TOML, or a number of thousands of digits.
        raise no_toml(str(file), text, error) from error


def no_toml(file: str, text: str, error: Exception) -> BadProgramme:
    """What a decoder of TOML says of a text, with the line at which it stopped; its other words are English."""
    place = _PLACE.search(str(error))
    if place is None and not str(error).endswith("(at end of document)"):
        return BadProgramme(
            where=file, found=tr("text that does not read"), expected=tr("TOML in UTF-8"), do=tr("Correct the file.")
        )
    lines = text.splitlines() or [""]
    number = int(place[1]) if place else len(lines)
    line = lines[number - 1].strip()[:_LONGEST_SHOWN]
    found = tr("{line}, which ends too soon", line=repr(line))
    if place is not None:
        found = tr("{line}, which does not read at column {column}", line=repr(line), column=place[2])
    where = tr("{path}, line {line}", path=file, line=number)
    return BadProgramme(where=where, found=found, expected=tr("TOML in UTF-8"), do=tr("Correct the file."))


def _with_tables(text: str, under: str, file: Traversable, data: Mapping[str, Any]) -> str:
    """The programme with a file written into it, as tables below a name, where it stands nowhere else."""
    tables = _TABLE.sub(rf"\g<1>{under}.", _text(file))
    whole = f"{text.rstrip()}\n\n[{under}]\n{tables}"
    try:
        written: Any = tomllib.loads(whole)
        for part in under.split("."):
            written = written.get(part, {})
    except tomllib.TOMLDecodeError:
        written = None
    if written != data:
        found, expected = tr("a file that cannot be written into programme.toml"), tr("one place for what it says")
        do = tr("Keep it in one place, with each [table] on a line of its own.")
        raise BadProgramme(where=str(file), found=found, expected=expected, do=do)
    return whole


def check_own_name(where: str, name: str) -> None:
    """Raise BadProgramme for a pack of a programme's own that would stand for one that is shipped."""
    if name == NO_LAW or name in load_packs():
        expected = tr("a name that no shipped pack has: {names}", names=", ".join([*load_packs(), NO_LAW]))
        raise BadProgramme(where=where, found=name, expected=expected, do=tr("Rename it, and the jurisdiction."))
