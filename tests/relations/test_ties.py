"""Who is tied to whom, by what and since when, as known at the end of a month."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from goodstanding.engines import Duck
from goodstanding.months import Month
from goodstanding.relations import ties_sql
from goodstanding.relations.ties import MOST_SHARERS
from goodstanding.statements import PointInTime
from goodstanding.store import Workspace

Known = Callable[..., Workspace]
Tie = tuple[str, str, str, date]


def ties(workspace: Workspace, as_of: str = "2024-12") -> list[Tie]:
    with Duck() as duck:
        rows = duck.rows(ties_sql(PointInTime(workspace, duck, Month.parse(as_of))))
    return sorted((r["person_id"], r["other_person"], r["kind"], r["born_on"]) for r in rows)


def sent(person: str, other: str, day: str, **more: str) -> dict[str, str]:
    return {"person_id": person, "other_person": other, "happened_on": day, **more}


def has(person: str, value: str, day: str, **more: Any) -> dict[str, Any]:
    return {"person_id": person, "value": value, "happened_on": day, **more}


def test_a_tie_of_transfers_is_born_with_the_first_whichever_side_says_so(known: Known) -> None:
    rows = [
        sent("bo", "ann", "2024-03-05"),
        sent("ann", "bo", "2024-02-07", direction="in"),
        sent("bo", "ann", "2024-02-09"),
    ]
    assert ties(known(transfers=rows)) == [("ann", "bo", "transfers", date(2024, 2, 7))]


def test_who_is_not_on_file_or_oneself_is_no_tie(known: Known) -> None:
    assert ties(known(transfers=[sent("ann", "stranger", "2024-03-05"), sent("ann", "ann", "2024-03-05")])) == []


def test_nothing_that_happened_or_became_known_later_makes_a_tie(known: Known) -> None:
    rows = [sent("ann", "bo", "2024-03-05", known_on="2024-05-01"), sent("ann", "cy", "2024-04-01")]
    workspace = known(transfers=rows, details=[has("bo", "x", "2024-05-01"), has("cy", "x", "2024-04-02")])
    assert ties(workspace, "2024-03") == []
    assert [tie[:2] for tie in ties(workspace, "2024-04")] == [("ann", "cy")]
    assert [tie[:3] for tie in ties(workspace, "2024-05")] == [
        ("ann", "bo", "transfers"),
        ("ann", "cy", "transfers"),
        ("bo", "cy", "address"),
    ]


def test_a_withdrawn_transfer_is_no_tie(known: Known) -> None:
    first = sent("ann", "bo", "2024-03-05", record_id="t", state="valid")
    assert ties(known(transfers=[first, first | {"known_on": "2024-06-01", "state": "withdrawn"}])) == []


def test_a_transfer_corrected_to_another_person_ties_only_that_one(known: Known) -> None:
    wrong = sent("ann", "bo", "2024-03-05", record_id="t")
    workspace = known(transfers=[wrong, wrong | {"known_on": "2024-06-01", "other_person": "cy"}])
    assert ties(workspace, "2024-05") == [("ann", "bo", "transfers", date(2024, 3, 5))]
    assert ties(workspace, "2024-06") == [("ann", "cy", "transfers", date(2024, 3, 5))]


@pytest.mark.parametrize("kind", ["address", "phone", "email", "account", "document"])
def test_a_shared_detail_ties_from_the_day_both_had_it(known: Known, kind: str) -> None:
    rows = [has("bo", "x", "2024-02-01", kind=kind), has("ann", "x", "2024-05-09", kind=kind)]
    assert ties(known(details=rows)) == [("ann", "bo", kind, date(2024, 5, 9))]


def test_those_who_had_a_detail_one_after_the_other_are_not_tied(known: Known) -> None:
    rows = [has("bo", "x", "2024-02-01", valid_to="2024-05-08"), has("ann", "x", "2024-05-09")]
    assert ties(known(details=rows)) == []


def test_those_who_had_it_together_for_a_day_are(known: Known) -> None:
    rows = [has("bo", "x", "2024-02-01", valid_to="2024-05-09"), has("ann", "x", "2024-05-09")]
    assert ties(known(details=rows)) == [("ann", "bo", "address", date(2024, 5, 9))]


def test_colleagues_are_not_tied_nor_are_those_with_the_same_text_for_another_kind(known: Known) -> None:
    rows = [
        has("ann", "mill", "2024-02-01", kind="employer"),
        has("bo", "mill", "2024-02-01", kind="employer"),
        has("cy", "5", "2024-02-01", kind="phone"),
        has("di", "5", "2024-02-01", kind="address"),
    ]
    assert ties(known(details=rows)) == []


@pytest.mark.parametrize(("sharers", "pairs"), [(MOST_SHARERS, 45), (MOST_SHARERS + 1, 0)])
def test_a_detail_of_very_many_says_nothing_of_any_two(known: Known, sharers: int, pairs: int) -> None:
    people = [f"p{n}" for n in range(sharers)]
    workspace = known(
        people=[{"person_id": person, "happened_on": "2023-01-01"} for person in people],
        details=[has(person, "dormitory", "2024-02-01") for person in people],
    )
    assert len(ties(workspace)) == pairs


def test_a_detail_that_became_known_later_makes_no_tie_before(known: Known) -> None:
    rows = [has("ann", "x", "2024-03-01"), has("bo", "x", "2024-03-01", known_on="2024-08-01")]
    workspace = known(details=rows)
    assert [len(ties(workspace, month)) for month in ("2024-07", "2024-08")] == [0, 1]


def test_nobody_is_tied_before_joining(known: Known) -> None:
    late = {"person_id": "zoe", "happened_on": "2024-08-01"}
    people = [{"person_id": "ann", "happened_on": "2023-01-01"}, late]
    workspace = known(people=people, transfers=[sent("ann", "zoe", "2024-03-05")])
    assert [len(ties(workspace, month)) for month in ("2024-07", "2024-08")] == [0, 1]


@pytest.mark.parametrize("state", ["withdrawn", "disputed"])
def test_a_detail_that_does_not_count_ties_nobody(known: Known, state: str) -> None:
    assert (
        ties(known(details=[has("ann", "x", "2024-03-01", state="valid"), has("bo", "x", "2024-03-01", state=state)]))
        == []
    )


@pytest.mark.parametrize(("mover", "next_one"), [("ann", "bo"), ("bo", "ann")])
def test_the_next_address_ends_the_one_before_and_the_next_phone_does_not(
    known: Known, mover: str, next_one: str
) -> None:
    moves = [(mover, "x", "2023-01-05"), (mover, "y", "2023-06-05"), (next_one, "x", "2024-01-05")]
    rows = [{**has(*move), "kind": kind} for kind in ("address", "phone") for move in moves]
    assert [tie[2] for tie in ties(known(details=rows))] == ["phone"]


def test_those_not_on_file_do_not_make_a_detail_one_of_very_many(known: Known) -> None:
    late = [f"p{n}" for n in range(MOST_SHARERS)]
    joined = {"ann": "2023-01-01", "bo": "2023-01-01"} | dict.fromkeys(late, "2024-08-01")
    workspace = known(
        people=[{"person_id": person, "happened_on": day} for person, day in joined.items()],
        details=[has(person, "house", "2024-02-01") for person in joined],
    )
    assert [len(ties(workspace, month)) for month in ("2024-07", "2024-08")] == [1, 0]
