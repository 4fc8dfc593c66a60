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


def test_every_name_that_the_glossary_gives_stands_in_its_place() -> None:
    text = (SOURCE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
    given = [
        (place, name)
        for place, names in re.findall(r"`([a-z_]+/[A-Za-z_./-]+\.py)` \(((?:`\w+`(?:, )?)+)\)", text)
        for name in re.findall(r"\w+", names)
    ]
    assert len(given) > 5
    words = {place: set(re.findall(r"\w+", (SOURCE / place).read_text(encoding="utf-8"))) for place, _ in given}
    assert [(place, name) for place, name in given if name not in words[place]] == []


def test_the_glossary_has_each_word_once() -> None:
    text = (SOURCE.parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [
        word.strip()
        for line in text.splitlines()
        if line.startswith("| ") and not line.startswith("| word")
        for word in line.split("|")[1].split(",")
    ]
    assert len(words) == len(set(words))


# Each of these meant several things at once; what is left of them has one meaning, and a reason.
VAGUE = {"held", "told", "said", "kept", "settled", "room"}
MEANT = {
    "held": "people.held: how many blocks a published score still counts (a column), and what is on file of it",
    "held_out_totals": "of those people",
    "HELD_OUT_PULL": "of those people",
    "kept": "what leaving keeps, as the API says it",
    "kept_months": "a fact of law packs",
    "kept_law": "a fact of law packs",
    "furnisher_told_working_days": "a fact of law packs",
    "furnisher_told_law": "a fact of law packs",
    "told_on": "a field of furnished records",
}


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name that a module gives or uses, but for what an import brings."""
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                yield node.id
            case ast.arg() | ast.keyword() if node.arg is not None:
                yield node.arg
            case ast.Attribute():
                yield node.attr
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case _:
                continue


def vague(tree: ast.AST) -> set[str]:
    return {name for name in identifiers(tree) if VAGUE.intersection(name.lower().strip("_").split("_"))}


def test_no_name_is_one_of_the_words_that_meant_everything() -> None:
    found = {str(file.relative_to(SOURCE)): vague(ast.parse(file.read_text(encoding="utf-8"))) for file in FILES}
    assert {file: names - MEANT.keys() for file, names in found.items() if names - MEANT.keys()} == {}
    # Whoever gives one of these up takes it from the list.
    assert set[str]().union(*found.values()) == MEANT.keys()


def test_a_vague_name_is_found_wherever_it_stands() -> None:
    code = "def told(said, *, kept=1):\n    f'{held}'\n    return one.settled(room=2)\nclass _Kept_: ...\n"
    assert vague(ast.parse(code)) == {"told", "said", "kept", "held", "settled", "room", "_Kept_"}
