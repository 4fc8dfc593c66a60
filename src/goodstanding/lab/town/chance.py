"""The town's randomness: one seed, and a stream for each district and purpose, so that one leaves the others alone."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What chance is drawn for."""

    TRUTH = 1
    MONEY = 2
    PAYMENTS = 3
    DUES = 4
    TIES = 5
    PARTICULARS = 6
    ORDERS = 7
    OUTCOMES = 8
    RECORDED = 9
    INQUIRIES = 10
    JUDGMENTS = 11


@dataclass(frozen=True)
class Chance:
    """The randomness of one district of a town: what is drawn for one purpose does not move another's draws."""

    seed: int
    district: int = 0

    def draws(self, stream: Stream) -> np.random.Generator:
        """The generator of a stream."""
        key = [self.seed, int(stream), *([self.district] if self.district else [])]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
