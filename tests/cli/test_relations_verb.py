"""`standing relations`: what it prints, and in which language."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_the_graph_of_a_town_is_counted(run: Run, own: Path) -> None:
    said = run("relations", "--as-of", "2024-12", "--json", "--workspace", own)
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert set(found) == {"as_of", "people", "ties", "components", "largest", "core", "in_core", "seconds"}
    assert found["as_of"] == "2024-12"
    assert set(found["ties"]) == {"transfers", "address"}
    assert 0 < found["in_core"] <= found["largest"] <= found["people"] <= 300
    printed = run("relations", "--as-of", "2024-12", "--workspace", own)
    assert f"People with ties: {found['people']}. Groups: {found['components']}; " in printed.out
    assert f"{found['in_core']} people have {found['core']} ties or more among themselves." in printed.out
    assert "keep it as you keep the records" in " ".join(printed.out.split())


def test_a_month_without_ties_says_so(run: Run, own: Path) -> None:
    said = run("relations", "--as-of", "2020-01", "--workspace", own)
    assert (said.code, said.err) == (0, "")
    assert "No two people are tied" in said.out


def test_the_kinds_of_ties_are_said_in_chinese(standing: Run, own: Path) -> None:
    said = standing("relations", "--as-of", "2024-12", "--workspace", own, LC_ALL="zh_CN.UTF-8")
    assert said.code == 0
    assert "同一地址" in said.out
    assert "转账" in said.out


def test_a_month_to_come_is_refused(run: Run, own: Path) -> None:
    said = run("relations", "--as-of", "2999-01", "--workspace", own)
    assert said.code == 1
    assert "expected a month that has ended" in said.err
