"""The truth about the town's people: who they are and how likely they are to keep what they promise.

Incomes follow the five fifths of household income per head of 2023 (yuan a year). All else is a declared
assumption, meant to be varied.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goodstanding.lab.town.chance import Chance, Stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

YEARLY_INCOME_BY_FIFTH = (9_215, 20_442, 32_195, 50_220, 95_055)
# An earner's income feeds about this many heads.
HEADS_PER_EARNER = 2.0
THIN_SHARE = 0.1
LATE_JOINERS = 0.2


@dataclass(frozen=True)
class People:
    """n people: what is true of each all the time. Money in fen (minor units) a month."""

    income: Floats
    volatility: Floats
    thrift: Floats
    willingness: Floats
    regular: Flags
    pensioner: Flags
    renter: Flags
    insured: Flags
    card: Flags
    female: Flags
    born: Ints
    joined: Ints
    thin: Flags

    def __len__(self) -> int:
        return len(self.income)


@dataclass(frozen=True)
class Months:
    """n people by t months: money in fen; `stress` is 0 with a month's spending in hand, above it with less."""

    income: Floats
    spending: Floats
    balance: Floats
    savings: Floats
    lowest: Floats
    stress: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """How many people, how many months."""
        people, months = self.income.shape
        return int(people), int(months)


def make_people(chance: Chance, n: int, months: int) -> People:
    """Draw n people."""
    rng = chance.draws(Stream.TRUTH)
    fifth = rng.integers(0, 5, n)
    base = np.array(YEARLY_INCOME_BY_FIFTH)[fifth] / 12 * HEADS_PER_EARNER * 100
    late = rng.random(n) < LATE_JOINERS
    return People(
        income=base * rng.lognormal(0, 0.25, n),
        volatility=rng.beta(1.5, 6, n),
        thrift=np.clip(rng.normal(0.16, 0.11, n), -0.1, 0.45),
        willingness=rng.normal(0, 1, n),
        regular=rng.random(n) < 0.8,
        pensioner=rng.random(n) < 0.15,
        renter=rng.random(n) < 0.4,
        insured=rng.random(n) < 0.4,
        card=rng.random(n) < 0.25,
        female=rng.random(n) < 0.5,
        born=rng.integers(-14_600, 1_800, n),
        joined=np.where(late, rng.integers(1, months - 1, n), 0),
        thin=rng.random(n) < THIN_SHARE,
    )


def live(chance: Chance, people: People, months: int) -> Months:
    """Let the people earn and spend for so many months."""
    rng = chance.draws(Stream.MONEY)
    n = len(people)
    shape = (n, months)
    lost = _job_losses(rng, shape)
    income = (
        people.income[:, None]
        * np.exp(rng.normal(0, 1, shape) * people.volatility[:, None])
        * np.where(lost, 0.25, 1.0)
    )
    paid = rng.random(shape) < np.where(people.regular, 1.0, 0.7)[:, None]
    income = np.where(paid, income, 0.0)
    usual = people.income * (1 - people.thrift)
    spending = usual[:, None] * rng.lognormal(-0.03, 0.25, shape)
    dip = rng.random(shape) * 0.5
    start = usual * rng.lognormal(-0.5, 0.8, n)
    balance, savings, lowest = (np.zeros(shape) for _ in range(3))
    cash, saved = start, np.zeros(n)
    for month in range(months):
        # The poorer the account, the more is gone without: spending cannot run away from income for ever.
        spending[:, month] *= np.clip(0.65 + 0.35 * (cash + income[:, month]) / np.maximum(usual, 1), 0.5, 1.15)
        before = cash
        cash = cash + income[:, month] - spending[:, month]
        moved = np.where(cash > 2.5 * usual, cash - 2.5 * usual, 0.0) - np.where(
            cash < 0, np.minimum(saved, -cash), 0.0
        )
        cash, saved = cash - moved, saved + moved
        balance[:, month], savings[:, month] = cash, saved
        lowest[:, month] = np.minimum(before, cash) - dip[:, month] * np.maximum(np.minimum(before, cash), 0)
    stress = np.clip(1 - (balance + savings) / np.maximum(usual, 1)[:, None], -1.5, 1.5)
    return Months(income, spending, balance, savings, lowest, stress)


def _job_losses(rng: np.random.Generator, shape: tuple[int, int]) -> Flags:
    """Months without work: they begin at random and last one to six months."""
    begins = rng.random(shape) < 0.012
    lasts = rng.integers(1, 7, shape)
    lost = np.zeros(shape, dtype=np.bool_)
    for month in range(shape[1]):
        for back in range(min(6, month + 1)):
            lost[:, month] |= begins[:, month - back] & (lasts[:, month - back] > back)
    return lost


def _logistic(log_odds: Floats) -> Floats:
    """Log-odds as a chance."""
    return 0.5 * (1 + np.tanh(log_odds / 2))


def late_chance(people: People, months: Months) -> Floats:
    """The true chance (n by t) that something due in a month is not paid on time."""
    return _logistic(-3.3 - 0.9 * people.willingness[:, None] + 0.9 * months.stress)


def default_chance(people: People, months: Months) -> Floats:
    """The true chance (n by t) that a small loan decided in a month ends badly."""
    return _logistic(-3.2 - 0.9 * people.willingness[:, None] + 1.0 * months.stress + 1.2 * people.volatility[:, None])
