"""What the code and the templates say, and what the Chinese catalogue says."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

import goodstanding
from goodstanding.wording import messages

ROOT = Path(goodstanding.__file__).parent
TEMPLATES = ROOT / "service"


def _in_code(path: Path) -> Iterator[str]:
    """The literal first argument of each tr(...) and mark(...); read as a tree, so those inside f-strings count too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="tr" | "mark"), args=[ast.Constant(value=str(message)), *_]):
                yield message


def _in_template(path: Path) -> Iterator[str]:
    for _, message, _, _ in extract_from_file("jinja2", path, keywords={"tr": None}):
        yield message if isinstance(message, str) else message[0]


def _in_data(path: Path) -> Iterator[str]:
    """The texts of a shipped file that are sentences of ours: whatever is a title, a purpose, or what to do instead."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    for part in (data, *(value for value in data.values() if isinstance(value, dict))):
        texts = [part.get("title"), part.get("instead"), *part.get("purposes", {}).values()]
        yield from (text for text in texts if isinstance(text, str))


@pytest.fixture(scope="session")
def english() -> Mapping[str, Path]:
    """Each sentence that the program can say, and a file that says it."""
    found: dict[str, Path] = {}
    for path in sorted(ROOT.rglob("*.py")):
        found |= dict.fromkeys(_in_code(path), path)
    for path in [*sorted((ROOT / "law").rglob("*.toml")), ROOT / "registry" / "people" / "kinds.toml"]:
        found |= dict.fromkeys(_in_data(path), path)
    for path in sorted(TEMPLATES.rglob("*.html")):
        found |= dict.fromkeys(_in_template(path), path)
    return found


@pytest.fixture(scope="session")
def chinese() -> Mapping[str, str]:
    """English sentence -> Chinese sentence."""
    return messages("zh-Hans")
