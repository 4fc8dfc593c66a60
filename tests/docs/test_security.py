"""Every test that the threat model names is there, and every threat names one."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^- `(tests/[\w/]+\.py)::(\w+)`$", SECURITY, flags=re.MULTILINE)


def named_in(path: str) -> set[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


def test_every_test_that_the_threat_model_names_is_there() -> None:
    assert NAMED
    assert len(NAMED) == SECURITY.count("::")
    assert [f"{path}::{name}" for path, name in NAMED if name not in named_in(path)] == []


def test_every_threat_names_a_test() -> None:
    threats = SECURITY.partition("## Getting in")[2].partition("## What is not covered")[0]
    told = re.split(r"^\*\*", threats, flags=re.MULTILINE)[1:]
    assert len(told) >= 20
    assert [threat for threat in told if "::" not in threat] == []


def test_every_test_of_attacks_on_the_api_is_named() -> None:
    named = set(NAMED)
    for file in ("matrix", "others", "attacks", "credentials", "wire"):
        path = f"tests/service/api/test_{file}.py"
        assert {name for name in named_in(path) if (path, name) not in named} <= SEEN_ELSEWHERE


# Of these the threat model has no need: they show that what is allowed works.
SEEN_ELSEWHERE = {
    "test_a_connection_goes_on_and_who_is_in_time_is_served",
    "test_head_over_a_socket_has_the_length_and_no_body",
}
