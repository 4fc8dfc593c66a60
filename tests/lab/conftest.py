"""A town large enough for its chances to show, and its tables as rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodstanding.engines import Duck, files
from goodstanding.lab import Town, build_town

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def large_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town of 2,000 people; only its files, not ingested."""
    return build_town(tmp_path_factory.mktemp("large"), people=2000, months=24, seed=6)


@pytest.fixture
def ask(large_town: Town) -> Rows:
    """Rows of a query over the large town; {dues} stands for its table of dues, and so on."""

    def answer(sql: str) -> list[dict[str, Any]]:
        named = {path.stem: files([path]) for path in large_town.folder.glob("*.parquet")}
        with Duck() as duck:
            return duck.rows(sql.format(**named))

    return answer


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Town]:
    """Build a small town in a folder of its own: small("a", seed=1)."""

    def build(name: str, people: int = 40, months: int = 18, seed: int = 6) -> Town:
        return build_town(tmp_path / name, people, months, seed)

    return build
