"""The town's randomness: one seed, and a stream for each purpose, so that one's draws leave the others' as they are."""

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


def draws(seed: int, stream: Stream) -> np.random.Generator:
    """The generator of a stream."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, int(stream)])))
