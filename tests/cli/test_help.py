"""What `standing --help` says."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cyclopts import App

from goodstanding import __version__
from goodstanding.cli import app

VERBS = [
    *("demo", "fit", "ingest", "operator", "page", "programme", "registry", "relations", "score", "serve", "show"),
    *("statements", "town", "verify", "witness"),
]
Run = Callable[..., Any]


def _leaves(above: App, name: str = "") -> Iterator[tuple[str, App]]:
    """Each verb that does something, by its whole name."""
    for word in above:
        if not word.startswith("-"):
            whole = f"{name} {word}".strip()
            if list(_words(above[word])):
                yield from _leaves(above[word], whole)
            else:
                yield whole, above[word]


def _words(verb: App) -> Iterator[str]:
    return (word for word in verb if not word.startswith("-"))


LEAVES = dict(_leaves(app))


def test_the_verbs_are_these() -> None:
    assert set(LEAVES) == {
        "demo",
        "fit",
        "ingest records",
        "ingest berka",
        "ingest feeds",
        "page",
        *(f"programme {step}" for step in ("draft", "review", "reject", "publish", "withdraw", "list")),
        *(f"registry {step}" for step in ("create", "publish", "collect", "rotate")),
        *(f"operator {step}" for step in ("key", "admit", "list")),
        "relations",
        "score",
        "serve",
        "show",
        "statements",
        "town",
        "verify",
        *(f"witness {step}" for step in ("add", "list", "remove", "ask")),
    }


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_one_line_for_each_verb(run: Run, verb: str) -> None:
    said = run("--help")
    assert said.code == 0
    assert re.search(rf"^│ {verb} +[A-Z][^│]+\. +│$", said.out, re.MULTILINE)


def test_help_lists_nothing_else(run: Run) -> None:
    listed = re.findall(r"^│ ([a-z]+) +[A-Z]", run("--help").out, re.MULTILINE)
    assert sorted(listed) == VERBS


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_verb_has_help_of_one_sentence(leaf: str) -> None:
    text = LEAVES[leaf].help
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 100


@pytest.mark.parametrize("leaf", sorted(set(LEAVES) - {"operator key"}))
def test_every_verb_takes_a_workspace(run: Run, leaf: str) -> None:
    assert "--workspace" in run(*leaf.split(), "--help").out


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_option_says_what_it_is_for(leaf: str) -> None:
    arguments = LEAVES[leaf].assemble_argument_collection()
    # `*` stands for a group of options, each of which is in the collection as well.
    options = [option for option in arguments if option.field_info.is_keyword_only and option.name != "*"]
    assert options
    if leaf in {"statements", "score", "relations"}:
        assert {"--engine", "--master", "--memory"} <= {option.name for option in options}
    assert [option.name for option in options if not option.parameter.help] == []


@pytest.mark.parametrize("leaf", sorted(set(LEAVES) - {"page", "demo", "town", "registry create", "serve"}))
def test_every_verb_with_an_answer_can_give_it_as_json(run: Run, leaf: str) -> None:
    assert "--json" in run(*leaf.split(), "--help").out


def test_the_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").out.strip() == __version__
