"""Each thing has one name, and a newcomer finds it by that."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "goodstanding"
FILES = [file for file in sorted(SOURCE.rglob("*.py")) if "migrations" not in file.parts]
# Gerunds that the field has.
OF_THE_FIELD = {
    "binning",
    "boosting",
    "fitting",
    "furnishing",
    "rescoring",
    "scoring",
    "sealing",
    "signing",
    "training",
}
# What ends so and is none: a ring, a standing, what goes out, what is worded.
NO_GERUND = {"keyring", "standing", "outgoing", "wording"}


def _names() -> Iterator[tuple[str, str]]:
    """Each public class and function, with the file that defines it."""
    for file in FILES:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                yield node.name, str(file.relative_to(SOURCE))


def _places(pairs: Iterator[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, place in pairs:
        found[name].append(place)
    return {name: places for name, places in found.items() if len(places) > 1}


def test_no_module_has_the_name_of_another() -> None:
    stems = ((file.parent.name if file.stem == "__init__" else file.stem, str(file.parent)) for file in FILES)
    assert _places(stems) == {}


def test_no_public_class_or_function_has_the_name_of_another() -> None:
    assert _places(_names()) == {}


def test_a_module_is_named_by_a_noun() -> None:
    gerunds = {file.stem for file in FILES if file.stem.endswith("ing")} - NO_GERUND
    assert gerunds <= OF_THE_FIELD


@pytest.mark.parametrize("name", ["utils", "helpers", "manager", "common", "misc"])
def test_no_module_is_named_for_nothing(name: str) -> None:
    assert not any(name in file.stem for file in FILES)


def test_every_place_that_the_glossary_names_is_there() -> None:
    text = (SOURCE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
    places = set(re.findall(r"`([a-z_]+(?:/[A-Za-z_.-]*)+)`", text))
    assert len(places) > 80
    assert [place for place in sorted(places) if not (SOURCE / place).exists()] == []


def test_the_glossary_has_each_word_once() -> None:
    text = (SOURCE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [
        word.strip()
        for line in text.splitlines()
        if line.startswith("| ") and not line.startswith("| word")
        for word in line.split("|")[1].split(",")
    ]
    assert len(words) == len(set(words))
