"""The language in force and its catalogue."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh-Hans")


def _from_environment() -> str:
    """The user's language by the usual variables: Chinese if they say so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh-Hans" if value.lower().startswith("zh") else "en"
    return "en"


_language: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """The language in force: "en" or "zh-Hans"."""
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
    if name == "en":
        return {}
    file = resources.files("goodstanding.wording") / f"{name}.po"
    with file.open("rb") as stream:
        return {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id and entry.string}


def tr(message: str, **values: object) -> str:
    """The sentence in the language in force, with its {names} filled in."""
    sentence = messages(language()).get(message, message)
    return sentence.format(**values) if values else sentence


def mark(message: str) -> str:
    """The message itself, marked for translation: it is said with `tr` later, where the language is known."""
    return message
