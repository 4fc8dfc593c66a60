"""What a decoder says of a value that does not fit, in our own words: its words are English, and may change.

The decoder is msgspec, whose messages end in " - at `$.place`". What is not known of them is told in general words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from goodstanding.wording.translations import mark, tr

LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Mismatch:
    """Where a value does not fit ("" for the whole), what was found, and what was expected."""

    where: str
    found: str
    expected: str


_KINDS = {
    "int": mark("a whole number"),
    "float": mark("a number"),
    "str": mark("text"),
    "bool": mark("true or false"),
    "array": mark("a list"),
    "object": mark("an object"),
    "null": mark("nothing"),
    "datetime": mark("a time as RFC 3339 has it"),
    "time": mark("a time of day as RFC 3339 has it"),
    "date": mark("a date as YYYY-MM-DD"),
    "uuid": mark("a UUID"),
    "UUID": mark("a UUID"),
    "bytes": mark("bytes in base64"),
}


def _kind(name: str) -> str:
    """A kind of value, or several: "int | null"."""
    return " | ".join(tr(_KINDS[one]) if one in _KINDS else ascii(one) for one in name.split(" | "))


def _other_kind(expected: str, found: str) -> Mismatch:
    return Mismatch("", _kind(found), _kind(expected))


def _bounded(kind: str, bound: str) -> Mismatch:
    return Mismatch("", tr("a value out of bounds"), f"{_kind(kind)} {bound}")


def _of_length(kind: str, bound: str) -> Mismatch:
    expected = tr("{kind} of length {bound}", kind=_kind(kind), bound=bound)
    return Mismatch("", tr("a value out of bounds"), expected)


def _of_length_in_words(kind: str, bound: str) -> Mismatch:
    signs = bound.replace("at least length ", ">= ").replace("at most length ", "<= ").replace("length ", "")
    return _of_length(kind, signs.replace(" to ", "-"))


def _multiple(kind: str, of: str) -> Mismatch:
    return Mismatch("", tr("a value out of bounds"), tr("{kind}, a multiple of {n}", kind=_kind(kind), n=of))


def _matching(kind: str, pattern: str) -> Mismatch:
    expected = tr("{kind} that matches {pattern}", kind=_kind(kind), pattern=pattern)
    return Mismatch("", tr("other characters"), expected)


def _missing(name: str) -> Mismatch:
    return Mismatch(name, tr("nothing there"), tr("a field that must be there"))


def _unknown(name: str) -> Mismatch:
    return Mismatch(name, tr("a field that is not known"), tr("the fields that the specification names"))


def _none_of_them(value: str) -> Mismatch:
    return Mismatch("", value[:LONGEST_SHOWN], tr("one of the values that the specification names"))


def _malformed(kind: str) -> Mismatch:
    return Mismatch("", tr("text that does not read"), _kind(kind))


def _without_offset(_kind_of: str) -> Mismatch:
    return Mismatch("", tr("a time without its offset from UTC"), tr("a time with its offset from UTC"))


def _out_of_range(_what: str) -> Mismatch:
    return Mismatch("", tr("a value out of bounds"), tr("a value that can be kept"))


def _no_json(_why: str) -> Mismatch:
    return Mismatch("", tr("JSON that does not read"), tr("a body that reads in one way"))


_FORMS: Sequence[tuple[re.Pattern[str], Callable[..., Mismatch]]] = [
    (re.compile(form, re.DOTALL), mismatch)
    for form, mismatch in (
        (r"Expected `([^`]+)`, got `([^`]+)`", _other_kind),
        (r"Expected `(array)` of ((?:at (?:least|most) )?length \d+(?: to \d+)?)(?:, got \d+)?", _of_length_in_words),
        (r"Expected `([^`]+)` of length ([<>]= \d+)", _of_length),
        (r"Expected `([^`]+)` ([<>]=? [-+.\de]+)", _bounded),
        (r"Expected `([^`]+)` that's a multiple of (\S+)", _multiple),
        (r"Expected `([^`]+)` matching regex (.*)", _matching),
        (r"Expected `([^`]+)` with a timezone component", _without_offset),
        (r"Object missing required field `([^`]+)`", _missing),
        (r"Missing required \w+ parameter '([^']+)' for path .*", _missing),
        (r"Object contains unknown field `(.+)`", _unknown),
        (r"Invalid (?:enum )?value (.*)", _none_of_them),
        (r"Invalid RFC3339 encoded (\w+)", _malformed),
        (r"Invalid (UUID)", _malformed),
        (r"(.*) out of range.*", _out_of_range),
        (r"(JSON is malformed|Input data was truncated).*", _no_json),
    )
]
_PLACE = re.compile(r"`(\$[^`]*|key)`")


def mismatch_of(message: str) -> Mismatch:
    """What a decoder's message says, in the language in force."""
    text, _, place = message.partition(" - at ")
    where = "".join(part.removeprefix("$") for part in _PLACE.findall(place) if part != "key").lstrip(".")
    for form, mismatch in _FORMS:
        if (match := form.fullmatch(text)) is not None:
            found = mismatch(*match.groups())
            return Mismatch(".".join(filter(None, [where, found.where])), found.found, found.expected)
    return Mismatch(where, tr("a value that does not fit"), tr("a value as the specification says"))
