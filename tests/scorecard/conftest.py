"""Samples drawn from a seed, and SQL over a handful of values."""

from collections.abc import Iterator

import pytest
from tests.scorecard.drawn import draw  # noqa: F401 - a fixture

from goodstanding.engines import Duck


@pytest.fixture
def duck() -> Iterator[Duck]:
    """An engine of its own."""
    with Duck() as opened:
        yield opened
