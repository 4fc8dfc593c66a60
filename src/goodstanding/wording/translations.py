"""The language in force and its catalogue."""

import os
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias, get_args

from babel.messages.pofile import read_po

Language: TypeAlias = Literal["en", "zh-Hans"]
"""A language that is spoken. Another one is a word here, its catalogue beside this file, and the notice in it."""

LANGUAGES: tuple[Language, ...] = get_args(Language)
ENGLISH: Language = "en"


def spoken(tag: str) -> Language | None:
    """The language that is spoken for a tag such as zh-CN, zh_CN.UTF-8 or en-GB; None if there is none.

    >>> spoken("zh_CN.UTF-8"), spoken("en-GB"), spoken("fr")
    ('zh-Hans', 'en', None)
    """
    primary = re.split("[-_.@]", tag.strip().lower())[0]
    return next((one for one in LANGUAGES if one.partition("-")[0] == primary), None)


def _from_environment() -> Language:
    """The user's language by the usual variables, if we speak it, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return spoken(value) or ENGLISH
    return ENGLISH


_language: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language in force, one of LANGUAGES."""
    return _language.get() or _from_environment()


@contextmanager
def use_language(name: str | None) -> Generator[None]:
    """Speak this language inside the block (None: leave it as it is). Raises ValueError for one there is not."""
    if name is not None and name not in LANGUAGES:
        raise ValueError(f"{name!r} is none of the languages {', '.join(LANGUAGES)}")
    token = _language.set(name or language())
    try:
        yield
    finally:
        _language.reset(token)


@cache
def messages(name: str) -> Mapping[str, str]:
    """English sentence -> sentence in the named language; empty for English."""
    if name == ENGLISH:
        return {}
    file = resources.files("goodstanding.wording") / f"{name}.po"
    with file.open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string}


def tr(message: str, **values: object) -> str:
    """The sentence in the language in force, with its {names} filled in."""
    sentence = messages(language()).get(message, message)
    return sentence.format(**values) if values else sentence


def one_of(names: Iterable[str]) -> str:
    """What is expected where several are: "one of en, zh-Hans"."""
    return tr("one of {names}", names=", ".join(names))


def in_every_language(message: str) -> Mapping[str, str]:
    """A sentence by language: for what keeps its texts as a programme does."""
    return {one: messages(one).get(message, message) for one in LANGUAGES}


def mark(message: str) -> str:
    """The message itself, marked for translation: it is said with `tr` later, where the language is known."""
    return message
