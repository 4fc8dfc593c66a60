"""Checks of a programme's texts: each in each language, and nothing to fill in but what will be filled in."""

from collections.abc import Iterator
from string import Formatter

from goodstanding.errors import BadProgramme
from goodstanding.programmes.programme import Programme, Text
from goodstanding.wording import LANGUAGES, tr


def check_texts(file: str, programme: Programme) -> None:
    """Raise BadProgramme for a missing language, or for anything in braces but {value} in a reason."""
    for where, text, fills in _texts(programme):
        for language in LANGUAGES:
            if not text.get(language):
                found = tr("no text in {names}", names=language)
                raise BadProgramme(f"{file}, {where}", found, ", ".join(LANGUAGES), tr("Add it."))
            if not _fills_in(text[language], fills):
                expected = tr("no braces but {fills}", fills="{value}") if fills else tr("no braces")
                raise BadProgramme(f"{file}, {where}", text[language], expected, tr("Correct the text."))


def _texts(programme: Programme) -> Iterator[tuple[str, Text, frozenset[str]]]:
    """Each text with where it is and what is filled in."""
    nothing: frozenset[str] = frozenset()
    yield "title", programme.title, nothing
    for band in programme.bands:
        yield f"band {band.name}", band.title, nothing
    for dimension in programme.dimensions:
        yield f"dimension {dimension.name}", dimension.title, nothing
    for perk in programme.perks:
        yield f"perk from {perk.least}", perk.title, nothing
    for ceiling in programme.ceilings:
        yield f"ceiling {ceiling.name}", ceiling.text, nothing
    for rule in programme.coverage:
        yield f"coverage {rule.name}", rule.text, nothing
    for characteristic in programme.characteristics:
        yield f"characteristic {characteristic.name}, title", characteristic.title, nothing
        yield f"characteristic {characteristic.name}, reason", characteristic.reason, frozenset({"value"})
        if characteristic.advice is not None:
            yield f"characteristic {characteristic.name}, advice", characteristic.advice, nothing


def _fills_in(text: str, allowed: frozenset[str]) -> bool:
    """Only the allowed names stand in braces, plainly: {value.x} or {value!r} would reach inside the program."""
    try:
        parts = [(name, form, way) for _, name, form, way in Formatter().parse(text) if name is not None]
    except ValueError:
        return False
    return all(name in allowed and not form and not way for name, form, way in parts)
