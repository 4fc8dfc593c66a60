"""Advice carried out in records brings no less than was worked out, and a file that goes on is as was worked out."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from tests.scoring.scored import Now, now_of

from goodstanding.cards import Card, expert_card
from goodstanding.months import Month, months_between
from goodstanding.programmes import Definition
from goodstanding.scorecard import Attribute, Characteristic
from goodstanding.scoring import score_one
from goodstanding.scoring.explanation import reasons
from goodstanding.scoring.projection import Projected, project, recourse
from goodstanding.store import Workspace

Row = dict[str, Any]
DEFAULT = "instalment_days_open_60m"
# --- carried out: a file made by hand, from January 2022 to June 2023, of people who go on in different ways -------

FIRST, AS_OF = Month(2022, 1), Month(2023, 6)
PAID_ON = date(2023, 7, 30)
JUDGMENT = {"kind": "court_judgment", "legal_basis": "case 1"}
# What following each advice changes of a file that else goes on as it went: what is put right, what comes.
CARRIED_OUT: Mapping[str, set[str]] = {
    "dues_kept_12m": {"pays open instalments", "pays open bills", "keeps instalments", "keeps bills"},
    "months_since_late": {"pays open instalments", "pays open bills", "keeps instalments", "keeps bills"},
    "instalments_kept_24m": {"pays open instalments", "keeps instalments"},
    "unpaid_dues_24m": {"pays open instalments", "pays open bills"},
    "instalment_days_open_60m": {"pays open instalments"},
    "bills_kept_12m": {"pays open bills", "keeps bills"},
    "judgments_60m": {"settles"},
    "cash_share_12m": {"takes no cash"},
    "orders_kept_24m": {"returns in time"},
}
LEFT = "nothing"


def record(table: str, name: str, happened: date, known: date | None = None, **own: Any) -> Row:
    return {"table": table, "record_id": name, "happened_on": happened, "known_on": known or happened} | own


def payment(name: str, happened: date, amount: int, category: str) -> Row:
    return record("payments", name, happened, category=category, amount_minor=amount, currency="CNY")


def dues(name: str, happened: date, paid: date | None, kind: str = "loan") -> list[Row]:
    """A due of 100, known the day after as unpaid, and as paid on the day of that."""
    common = {"kind": kind, "amount_minor": 100, "currency": "CNY"}
    after = happened + timedelta(1)
    versions = [] if paid and paid <= after else [record("dues", name, happened, after, **common, paid_minor=0)]
    if paid:
        known = max(paid, happened)
        versions.append(record("dues", name, happened, known, **common, paid_minor=100, paid_on=paid))
    return versions


def month_of(month: Month, done: Collection[str]) -> list[Row]:
    """A month as it goes: wages, half taken out in cash, an instalment kept, a bill and a rental late."""
    first, late = month.first_day, timedelta(0 if "keeps bills" in done else 3)
    back = first + timedelta(20 if "returns in time" in done else 21)
    own = {"kind": "bicycle", "promised_on": first + timedelta(20), "deposit_minor": 1, "currency": "CNY"}
    return [
        payment(f"wages {month}", first + timedelta(4), 1000, "wages"),
        payment(f"cash {month}", first + timedelta(5), -500, "shopping" if "takes no cash" in done else "cash_out"),
        *dues(f"loan {month}", first + timedelta(9), first + timedelta(9)),
        *dues(f"bill {month}", first + timedelta(14), first + timedelta(14) + late, kind="gas"),
        record("orders", f"rental {month}", first + timedelta(19), back, returned_on=back, **own),
    ]


def left_open(month: Month, done: Collection[str]) -> list[Row]:
    """In January an instalment is left open, in May a bill, each year again."""
    day = month.first_day + timedelta(19)
    on_file = month <= AS_OF
    if month.month == 1:
        kept = day if "keeps instalments" in done and not on_file else None
        return dues(f"open {month}", day, PAID_ON if on_file and "pays open instalments" in done else kept)
    if month.month == 5:
        kept = day if "keeps bills" in done and not on_file else None
        return dues(f"open {month}", day, PAID_ON if on_file and "pays open bills" in done else kept, kind="gas")
    return []


def life(person: str, months: int, done: Collection[str]) -> list[Row]:
    """All records of a person, so many months on after June 2023."""
    rows = [record("people", "joins", FIRST.first_day), record("public_records", "j", date(2023, 3, 3), **JUDGMENT)]
    for month in months_between(FIRST, AS_OF):
        rows += month_of(month, ())
    for month in months_between(Month(2023, 1), AS_OF.plus(months)):
        rows += left_open(month, done) + (month_of(month, done) if month > AS_OF else [])
    if "settles" in done:
        rows.append(record("public_records", "j", date(2023, 3, 3), PAID_ON, settled_on=PAID_ON, **JUDGMENT))
    named = {"person_id": person, "source": "example"}
    return [row | named | {"record_id": f"{person} {row['record_id']}"} for row in rows]


@pytest.fixture(scope="module")
def expert(sesame: Definition) -> Card:
    """The card written by hand."""
    return expert_card(sesame)


@pytest.fixture(scope="module")
def lives(room_of: Callable[..., Workspace]) -> Workspace:
    """For each advice one who follows it, and one who follows none. As of June 2023 they are all the same."""
    followed = [row for name, done in CARRIED_OUT.items() for row in life(name, 24, done)]
    return room_of([*followed, *life(LEFT, 24, ())])


def scored(room: Workspace, sesame: Definition, card: Card, month: Month, person: str = LEFT) -> Now:
    row = score_one(room, sesame, card, month, person)
    assert row is not None
    return now_of(row, card, sesame)


@pytest.fixture(scope="module")
def worked_out(lives: Workspace, sesame: Definition, expert: Card) -> Mapping[str, Mapping[tuple[str, int], Projected]]:
    """What comes of every advice, and of none, for each of them."""
    followed = [sesame.programme.characteristic(name) for name in CARRIED_OUT]
    return project(lives, sesame.programme, expert, AS_OF, followed)


def test_every_advice_that_says_what_it_gains_is_carried_out_here(sesame: Definition) -> None:
    said = {c.name for c in sesame.programme.characteristics if c.followed is not None}
    assert said == CARRIED_OUT.keys()


@pytest.mark.parametrize("name", CARRIED_OUT)
def test_an_advice_carried_out_brings_no_less_than_was_worked_out_for_it(
    name: str,
    lives: Workspace,
    sesame: Definition,
    expert: Card,
    worked_out: Mapping[str, Mapping[tuple[str, int], Projected]],
) -> None:
    months = sesame.programme.characteristic(name).months or 0
    expected = worked_out[name][name, months]
    score, values, _ = scored(lives, sesame, expert, AS_OF.plus(months), name)
    assert expected.score is not None
    assert score >= expected.score
    assert values[name] == pytest.approx(expected.values[name])


@pytest.mark.parametrize("months", [1, 12, 24])
def test_a_file_that_goes_on_as_it_went_is_scored_as_was_worked_out(
    months: int,
    lives: Workspace,
    sesame: Definition,
    expert: Card,
    worked_out: Mapping[str, Mapping[tuple[str, int], Projected]],
) -> None:
    expected = worked_out[LEFT]["", months]
    score, values, _ = scored(lives, sesame, expert, AS_OF.plus(months))
    assert values == pytest.approx(dict(expected.values))
    assert score == expected.score


def test_the_gain_is_the_lesser_of_that_over_now_and_that_over_doing_nothing(
    lives: Workspace,
    sesame: Definition,
    expert: Card,
    worked_out: Mapping[str, Mapping[tuple[str, int], Projected]],
) -> None:
    now = scored(lives, sesame, expert, AS_OF)
    found = [step for step in recourse(lives, sesame.programme, expert, AS_OF, LEFT, now) if step.gain is not None]
    assert found
    for step in found:
        done, left = (worked_out[LEFT][name, step.months].score or 0 for name in (step.characteristic, ""))
        assert step.gain == min(done - now[0], done - left)


def test_a_default_is_a_reason_with_all_that_it_costs_and_paying_it_is_advised(
    lives: Workspace, sesame: Definition, expert: Card
) -> None:
    score, values, points = now = scored(lives, sesame, expert, AS_OF)
    assert values[DEFAULT] == 161  # 20 January to 30 June 2023
    total = expert.base + sum(points.values())
    assert score == min(total, 549)
    (said,) = [
        r for r in reasons(sesame.programme, expert, values, points, date(2026, 12, 1)) if r.characteristic == DEFAULT
    ]
    assert (said.value, said.lost) == (161, 3 + 21 + max(total - 549, 0))
    assert "161" in said.text
    advised = {step.characteristic for step in recourse(lives, sesame.programme, expert, AS_OF, LEFT, now)}
    assert advised & {"dues_kept_12m", "months_since_late", "unpaid_dues_24m", "instalments_kept_24m", DEFAULT}


def _card(base: int, sesame: Definition, *characteristics: Characteristic) -> Card:
    """A card of the shipped programme written here, on its scale, without ceilings."""
    scale = sesame.programme.scale
    return Card(
        base=base,
        range=(350, 950),
        base_score=scale.base_score,
        base_odds=scale.base_odds,
        points_to_double=scale.points_to_double,
        characteristics=characteristics,
        programme="sesame",
        programme_version="1.0.0",
        programme_digest="",
        method="expert",
    )


def test_months_since_a_late_payment_are_gained_only_as_they_pass(lives: Workspace, sesame: Definition) -> None:
    # The last bill was late in June 2023. After 12 months without another it was so 12 months ago, which is not yet 24.
    steps = (Attribute(None, points=-20), Attribute(6.0, points=5), Attribute(24.0, points=40))
    by_hand = _card(600, sesame, Characteristic("months_since_late", "credit_history", steps))
    (step,) = recourse(lives, sesame.programme, by_hand, AS_OF, LEFT, scored(lives, sesame, by_hand, AS_OF))
    assert (step.characteristic, step.gain, step.months) == ("months_since_late", 25, 12)


def test_a_gain_beyond_the_end_of_the_range_is_not_promised(lives: Workspace, sesame: Definition) -> None:
    steps = (Attribute(None, points=-20), Attribute(1.0, points=80))
    by_hand = _card(940, sesame, Characteristic("dues_kept_12m", "credit_history", steps))
    (step,) = recourse(lives, sesame.programme, by_hand, AS_OF, LEFT, scored(lives, sesame, by_hand, AS_OF))
    assert (step.gain, step.months) == (30, 12)


def test_an_advice_that_would_bring_nothing_by_then_is_not_given(lives: Workspace, sesame: Definition) -> None:
    # Nobody pays more than all in time.
    steps = (Attribute(None, points=0), Attribute(1.01, points=80))
    by_hand = _card(600, sesame, Characteristic("dues_kept_12m", "credit_history", steps))
    assert recourse(lives, sesame.programme, by_hand, AS_OF, LEFT, scored(lives, sesame, by_hand, AS_OF)) == []


# --- who pays when the next month has begun: the last bill is always open ---------------------------------------


def paid_later(until: Month, *, forgotten: bool) -> list[Row]:
    """Records of who pays each bill of the 20th on the 10th of the next month; one of February was forgotten."""
    rows = [record("people", "joins", FIRST.first_day)]
    for month in months_between(FIRST, until):
        day, paid = month.first_day + timedelta(19), month.plus(1).first_day + timedelta(9)
        rows += dues(f"bill {month}", day, paid if paid <= until.last_day else None, kind="phone")
    day = Month(2023, 2).first_day + timedelta(19)
    rows += dues("forgotten", day, None if forgotten else AS_OF.plus(1).first_day + timedelta(1), kind="phone")
    named = {"person_id": "late", "source": "example"}
    return [row | named for row in rows]


def test_what_is_always_paid_after_the_month_is_open_then_as_it_is_now(
    room_of: Callable[..., Workspace], sesame: Definition, expert: Card
) -> None:
    advised = sesame.programme.characteristic("unpaid_dues_24m")
    then = project(room_of(paid_later(AS_OF, forgotten=True)), sesame.programme, expert, AS_OF, [advised])["late"]
    july = AS_OF.plus(1)
    done = scored(room_of(paid_later(july, forgotten=False)), sesame, expert, july, "late")
    assert then[advised.name, 1].values[advised.name] == done[1][advised.name] == 1
    assert then[advised.name, 1].score == done[0]


# --- give and take: transfers with one person are few, and longer ago there were others --------------------------


def give_and_take(until: Month) -> list[Row]:
    """Records of who gives and takes each November and December, and had given to another four years ago."""
    rows = [record("people", "ann", date(2019, 1, 1)), record("people", "ben", date(2019, 1, 1))]
    rows.append(record("transfers", "old", date(2019, 2, 1), other_person="ben", direction="out"))
    for month in months_between(Month(2022, 11), until):
        if month.month in {11, 12}:
            way = "out" if month.month == 11 else "in"
            rows.append(record("transfers", f"with ben {month}", month.first_day, other_person="ben", direction=way))
    own = [row | ({"amount_minor": 5, "currency": "CNY"} if row["table"] == "transfers" else {}) for row in rows]
    return [
        row | {"source": "bank", "person_id": row["record_id"] if row["table"] == "people" else "ann"} for row in own
    ]


def test_transfers_are_carried_on_for_as_long_as_they_are_furnished_not_as_ties_are_seen(
    room_of: Callable[..., Workspace], sesame: Definition, expert: Card
) -> None:
    advised = sesame.programme.characteristic("cash_share_12m")
    then = project(room_of(give_and_take(AS_OF)), sesame.programme, expert, AS_OF, [advised])["ann"]
    later = AS_OF.plus(12)
    _, values, _ = scored(room_of(give_and_take(later)), sesame, expert, later, "ann")
    assert values["steadiness_12m"] == pytest.approx(2 / 12)
    assert dict(then["", 12].values) == pytest.approx(values)


# --- what is sent late: a bill only once it is paid, or all bills of the past at once ---------------------------


def sent_once_paid(until: Month) -> list[Row]:
    """Records of who pays each bill of the 20th on the 10th of the next month; it is sent then, and not before."""
    rows = [record("people", "joins", FIRST.first_day)]
    for month in months_between(FIRST, until.plus(-1)):
        rows += dues(f"bill {month}", month.first_day + timedelta(19), month.plus(1).first_day + timedelta(9))[1:]
    return [row | {"person_id": "late", "source": "example"} for row in rows]


def test_what_is_sent_once_it_is_paid_is_not_known_before(
    room_of: Callable[..., Workspace], sesame: Definition, expert: Card
) -> None:
    advised, july = sesame.programme.characteristic("unpaid_dues_24m"), AS_OF.plus(1)
    then = project(room_of(sent_once_paid(AS_OF)), sesame.programme, expert, AS_OF, [advised])["late"]
    _, values, _ = scored(room_of(sent_once_paid(july)), sesame, expert, july, "late")
    # That the bill of June will have been paid late is not foreseen (decision 0023).
    assert (then["", 1].values["months_since_late"], values["months_since_late"]) == (2, 1)
    others = {name: value for name, value in then["", 1].values.items() if name != "months_since_late"}
    assert others == pytest.approx({name: values[name] for name in others})
    assert len(others) == len(values) - 1


def test_a_table_that_was_furnished_at_once_goes_on_as_it_is_known_now(
    room_of: Callable[..., Workspace], sesame: Definition, expert: Card
) -> None:
    rows = [record("people", "joins", FIRST.first_day)]
    for month in months_between(FIRST, AS_OF):
        day = month.first_day + timedelta(9)
        rows.append(payment(f"wages {month}", day, 1000, "wages"))
        paid = {"paid_on": day + timedelta(30 if month.month == 7 else 0), "paid_minor": 100}
        own = {"kind": "phone", "amount_minor": 100, "currency": "CNY"} | paid
        rows.append(record("dues", f"bill {month}", day, AS_OF.last_day, **own))
    room = room_of([row | {"person_id": "ann", "source": "example"} for row in rows])
    advised = sesame.programme.characteristic("unpaid_dues_24m")
    then = project(room, sesame.programme, expert, AS_OF, [advised])["ann"]
    # Each July's is late, the next one's too.
    assert then["", 1].values["dues_kept_12m"] == pytest.approx(11 / 12)
