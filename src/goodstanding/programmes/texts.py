"""The texts of a programme: in which languages they are, what may be filled in, and which money they name."""

from collections.abc import Callable, Iterator, Sequence
from string import Formatter

import msgspec

from goodstanding.errors import BadProgramme
from goodstanding.programmes.amounts import currencies_named, names_money
from goodstanding.programmes.programme import Programme, Text
from goodstanding.records.row_checks import CURRENCIES
from goodstanding.wording import tr


def in_its_languages(programme: Programme) -> Programme:
    """The programme with its `languages` known, and each text in these and in their order.

    They are those it declares, else all that any of its texts is in, the title's first. The first of them is the one
    for who reads none.
    """
    found = dict.fromkeys(language for _, text, _ in _texts(programme) for language in text)
    languages = tuple(programme.languages or found)

    def ordered(text: Text) -> Text:
        return {language: text[language] for language in languages if language in text}

    return msgspec.structs.replace(_with_texts(programme, ordered), languages=languages)


def check_texts(file: str, programme: Programme) -> None:
    """Raise BadProgramme for a missing language, for anything in braces but {value} in a reason, or foreign money."""
    languages = ", ".join(programme.languages)
    for where, text, fills in _texts(programme):
        for language in programme.languages:
            if not text.get(language, "").strip():
                found = tr("no text in {names}", names=language)
                do = tr("Add it, or name in `languages` those that every text is in.")
                raise BadProgramme(where=f"{file}, {where}", found=found, expected=languages, do=do)
            if not _fills_in(text[language], fills):
                expected = tr("no braces but {fills}", fills="{value}") if fills else tr("no braces")
                raise BadProgramme(
                    where=f"{file}, {where}", found=text[language], expected=expected, do=tr("Correct the text.")
                )
    _check_money(file, programme)


def _check_money(file: str, programme: Programme) -> None:
    """A text that names an amount of money says of which currency's people it is true."""
    for currency in (*programme.currencies, *(one for perk in programme.perks for one in perk.currencies)):
        if currency not in CURRENCIES:
            expected = tr("an ISO 4217 code such as CNY")
            raise BadProgramme(
                where=f"{file}, currencies", found=currency, expected=expected, do=tr("Correct the field.")
            )
    perks = {f"perk from {perk.least}": perk.currencies for perk in programme.perks}
    for where, text, _ in _texts(programme):
        # Of several perks at a score each is asked for its own below.
        if where not in perks:
            _check_amounts(f"{file}, {where}", text, programme.currencies)
    for perk in programme.perks:
        _check_amounts(f"{file}, perk from {perk.least}", perk.title, perk.currencies or programme.currencies)


def _check_amounts(where: str, text: Text, currencies: Sequence[str]) -> None:
    for words in text.values():
        named = sorted(currencies_named(words) - set(currencies))
        if named or (names_money(words) and not currencies):
            expected = tr("no money but in its `currencies`: {names}", names=", ".join(currencies) or tr("none"))
            do = tr('Name it, such as currencies = ["{code}"], or the amount in no currency.', code=(*named, "CNY")[0])
            raise BadProgramme(where=where, found=words, expected=expected, do=do)


def _with_texts(programme: Programme, say: Callable[[Text], Text]) -> Programme:
    """The programme with each of its texts said otherwise."""
    replace = msgspec.structs.replace
    return replace(
        programme,
        title=say(programme.title),
        bands=tuple(replace(band, title=say(band.title)) for band in programme.bands),
        dimensions=tuple(replace(dimension, title=say(dimension.title)) for dimension in programme.dimensions),
        perks=tuple(replace(perk, title=say(perk.title)) for perk in programme.perks),
        coverage=tuple(replace(rule, text=say(rule.text)) for rule in programme.coverage),
        ceilings=tuple(replace(ceiling, text=say(ceiling.text)) for ceiling in programme.ceilings),
        characteristics=tuple(
            replace(
                part,
                title=say(part.title),
                reason=say(part.reason),
                advice=None if part.advice is None else say(part.advice),
            )
            for part in programme.characteristics
        ),
    )


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
