"""Variants of the shipped programme: its text with one thing changed, in a folder of their own."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

Variant = Callable[..., str]
SHIPPED = resources.files("goodstanding.programmes") / "shipped" / "sesame"


@pytest.fixture
def variant(tmp_path: Path) -> Variant:
    """A folder with the shipped programme in which each (old, new) is replaced once, and an expert card if given."""

    def make(*changes: tuple[str, str], expert: str | None = None) -> str:
        text = (SHIPPED / "programme.toml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
        if expert is not None:
            (tmp_path / "expert.toml").write_text(expert, encoding="utf-8")
        return str(tmp_path)

    return make


@pytest.fixture
def added(variant: Variant) -> Variant:
    """The shipped programme with one more characteristic, as SQL, under a name, for some jurisdictions."""

    def make(sql: str, name: str = "added", jurisdictions: str = '["cn"]') -> str:
        part = f"""[[characteristics]]
name = "{name}"
dimension = "behaviour"
sql = '''{sql}'''
better = "lower"
unit = "count"
title = {{ en = "Added", zh-Hans = "新增" }}
reason = {{ en = "It is {{value}}.", zh-Hans = "为{{value}}。" }}

[[characteristics]]"""
        return variant(("[[characteristics]]", part), ('jurisdictions = ["cn"]', f"jurisdictions = {jurisdictions}"))

    return make
