"""The command in Chinese, in a process of its own, as the machine's language says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_a_chinese_machine_is_told_in_chinese(standing: Run, scored: Path) -> None:
    said = standing("show", "P000003", "--workspace", scored, LC_ALL="zh_CN.UTF-8")
    assert (said.code, said.err) == (0, "")
    for heading in ("信用历史", "失分最多的地方", "怎样可以提高", "哪些记录没有计入", "依据哪些记录"):
        assert heading in said.out


def test_help_is_chinese_on_a_chinese_machine(standing: Run) -> None:
    said = standing("--help", LC_ALL="", LANG="zh_CN.UTF-8")
    assert "显示某人的信用分及原因。" in said.out
    assert not re.search(r"[A-Za-z]+ a person's", said.out)


def test_an_error_is_chinese_on_a_chinese_machine(standing: Run, scored: Path) -> None:
    said = standing("show", "nobody", "--workspace", scored, LC_ALL="zh_CN.UTF-8")
    assert said.code == 1
    assert said.err.startswith("standing: sesame截至2024-12的评分：发现nobody；应为该批次中的人。")


def test_the_option_speaks_chinese_on_an_english_machine(run: Run, scored: Path) -> None:
    said = run("show", "P000003", "--language", "zh-Hans", "--workspace", scored)
    assert "每个人的起始分" in said.out


def test_the_option_speaks_english_on_a_chinese_machine(
    run: Run, scored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "Everybody starts with" in run("show", "P000003", "--language", "en", "--workspace", scored).out


def test_the_option_makes_the_whole_error_chinese(run: Run, scored: Path) -> None:
    said = run("show", "nobody", "--language", "zh-Hans", "--workspace", scored)
    assert said.err.startswith("standing: sesame截至2024-12的评分：发现nobody；")


def test_no_english_sentence_is_left_in_a_chinese_standing(run: Run, scored: Path) -> None:
    out = run("show", "P000003", "--language", "zh-Hans", "--workspace", scored).out
    told = [line for line in out.splitlines() if not re.match(r"\s*\w+: [\d,]+ \(", line)]
    assert [line for line in told if re.search(r"[A-Za-z]+ [A-Za-z]+", line)] == []


def test_a_terminal_that_cannot_write_chinese_still_gets_an_answer(standing: Run, scored: Path) -> None:
    options = ["--language", "zh-Hans", "--workspace", scored]
    said = standing("show", "P000003", *options, PYTHONIOENCODING="ascii")
    assert "Traceback" not in said.err
    assert (said.code, said.out[:7]) == (0, "P000003")
