"""Payments and balances of the town."""

import numpy as np

from goodstanding.lab.town.chance import Chance, Stream
from goodstanding.lab.town.observation import Columns, Observed, days, joined_columns
from goodstanding.lab.town.truth import Floats, Months, People

CATEGORIES = (
    "wages",
    "pension",
    "income",
    "shopping",
    "cash_out",
    "household",
    "insurance",
    "penalty",
    "savings",
)
_CODE = {name: code for code, name in enumerate(CATEGORIES)}
BALANCES = ("current", "current_lowest", "savings", "card_used", "card_limit")
_SHOPS = 400


def payments(chance: Chance, people: People, months: Months, observed: Observed) -> Columns:
    """Every payment: what comes in, shopping, cash, household, insurance, penalties, savings."""
    rng = chance.draws(Stream.PAYMENTS)
    shape = months.shape
    inflow = np.where(people.pensioner, _CODE["pension"], np.where(people.regular, _CODE["wages"], _CODE["income"]))
    insurance = np.where(people.insured[:, None], people.income[:, None] * 0.02, 0.0) * np.ones(shape)
    household = months.spending * rng.uniform(0.08, 0.16, shape)
    cash = months.spending * rng.beta(1.2, 6, (len(people), 1))
    shopping = np.maximum(months.spending - household - cash - insurance, 0)
    moved = np.diff(months.savings, axis=1, prepend=0.0)
    penalty = np.where(months.balance < 0, 500.0, 0.0)
    parts = [
        _each(observed, rng, months.income, inflow[:, None] * np.ones(shape), sign=1),
        _split(observed, rng, shopping, _CODE["shopping"], mean=3.0),
        _split(observed, rng, cash, _CODE["cash_out"], mean=0.5),
        _split(observed, rng, household, _CODE["household"], mean=0.8),
        _each(observed, rng, insurance, _CODE["insurance"] * np.ones(shape), sign=-1),
        _each(observed, rng, penalty, _CODE["penalty"] * np.ones(shape), sign=-1),
        _each(observed, rng, np.abs(moved), _CODE["savings"] * np.ones(shape), sign=-np.sign(moved)),
    ]
    return observed.keep(joined_columns(parts), share=0.15)


def _each(
    observed: Observed, rng: np.random.Generator, amount: Floats, category: Floats, sign: Floats | float
) -> Columns:
    """One payment a month where there is an amount."""
    person, month = np.nonzero(np.rint(amount) > 0)
    signed = (np.rint(amount) * sign)[person, month]
    code = category[person, month].astype(np.int64)
    return {
        "person": person,
        "month": month,
        "happened": days(observed.start, month, rng.integers(0, 28, len(person))),
        "category": code,
        "amount": signed.astype(np.int64),
        "counterparty": code * 1000 + person % 40,
    }


def _split(observed: Observed, rng: np.random.Generator, amount: Floats, code: int, mean: float) -> Columns:
    """A month's amount as one and more payments."""
    count = np.where(amount > 0, 1 + rng.poisson(mean, amount.shape), 0)
    person, month = (np.repeat(axis, count.ravel()) for axis in np.indices(amount.shape).reshape(2, -1))
    n = len(person)
    paid = np.rint(amount[person, month] / count[person, month] * rng.uniform(0.5, 1.5, n)).astype(np.int64)
    columns: Columns = {
        "person": person,
        "month": month,
        "happened": days(observed.start, month, rng.integers(0, 28, n)),
        "category": np.full(n, code),
        "amount": -paid,
        "counterparty": code * 1000 + (person * 7 + rng.integers(0, 6, n) ** 2) % _SHOPS,
    }
    return {name: values[paid > 0] for name, values in columns.items()}


def balances(people: People, months: Months, observed: Observed) -> Columns:
    """Month-end balances by kind."""
    used = people.card[:, None] * people.income[:, None] * np.clip(0.35 + 0.4 * months.stress, 0.02, 0.99)
    limit = people.card[:, None] * people.income[:, None] * np.ones(months.shape)
    kinds = [months.balance, months.lowest, months.savings, used, limit]
    parts: list[Columns] = []
    for kind, amount in enumerate(kinds):
        has = people.card if kind >= BALANCES.index("card_used") else np.ones(len(people), dtype=np.bool_)
        person, month = np.nonzero(has[:, None] & np.ones(amount.shape, dtype=np.bool_))
        parts.append(
            {
                "person": person,
                "month": month,
                "happened": days(observed.start, month + 1, 0) - 1,
                "kind": np.full(len(person), kind),
                "amount": np.rint(amount[person, month]).astype(np.int64),
            }
        )
    return observed.keep(joined_columns(parts), share=0.3)
