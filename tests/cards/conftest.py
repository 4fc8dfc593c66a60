"""Samples of the shipped programme."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from tests.scorecard.drawn import Bad, Values, draw  # noqa: F401 - a fixture

from goodstanding.cards import Sample
from goodstanding.programmes import Definition

MakeSample = Callable[[Mapping[str, Values], Bad], Sample]


@pytest.fixture(scope="session")
def make_sample(sesame: Definition) -> MakeSample:
    """A sample of the shipped programme: the values given, all others unknown, all decided in one month."""

    def make(values: Mapping[str, Values], bad: Bad) -> Sample:
        unknown = {c.name: np.full(len(bad), np.nan) for c in sesame.programme.characteristics}
        return Sample(np.full(len(bad), "2024-01"), bad, unknown | dict(values), {})

    return make
