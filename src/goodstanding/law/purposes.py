"""Contexts and purposes: what an answer may be used for."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from goodstanding.errors import AgainstTheLaw
from goodstanding.wording import tr

LAW = "Regulation (EU) 2024/1689, article 5(1)(c); Regulation on the Credit Reporting Industry (2013), article 20"


@dataclass(frozen=True)
class Context:
    """A context in which answers may be used, and its purposes by code, in words."""

    name: str
    title: str
    purposes: Mapping[str, str]


@cache
def load_contexts() -> Mapping[str, Context]:
    """Every context, by name."""
    text = (resources.files("goodstanding.law") / "purposes.toml").read_text(encoding="utf-8")
    return {name: Context(name, **written) for name, written in tomllib.loads(text).items()}


def check_context(where: str, context: str) -> None:
    """Somebody is to ask in a context: only in one there is."""
    if context not in load_contexts():
        raise _none_such(where, context, load_contexts())


def check_purpose(where: str, context: str, purpose: str) -> None:
    """An answer is to be used: only in a context there is, and for a purpose of that context."""
    check_context(where, context)
    purposes = load_contexts()[context].purposes
    if purpose not in purposes:
        raise _none_such(where, f"{context}, {purpose}", purposes)


def _none_such(where: str, found: str, allowed: Iterable[str]) -> AgainstTheLaw:
    expected = tr("one of {names} ({law})", names=", ".join(allowed), law=LAW)
    return AgainstTheLaw(where=where, found=found, expected=expected, do=tr("Name one that exists."))
