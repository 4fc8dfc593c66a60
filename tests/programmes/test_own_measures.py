"""A programme may measure what it likes: its own measures stand in statements of their own."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goodstanding.errors import AgainstTheLaw, BadProgramme, NotReady
from goodstanding.months import Month
from goodstanding.programmes import load_programme, programme_texts, read_definition
from goodstanding.records import folder_feeds, load
from goodstanding.scoring import people_not_computed, score_month, standing_of
from goodstanding.statements import STATEMENTS, build_statements
from goodstanding.store import Workspace

TODAY = date(2026, 6, 15)
AS_OF = Month(2024, 6)
MEASURES = """
[dues]
phone_bills = { sql = "count(case when kind = 'phone' and not paid_on is null then 1 end)", empty = 0 }
phone_bills_kept = { sql = "count(case when kind = 'phone' and paid_on <= happened_on then 1 end)", empty = 0 }
phone_open_on = { sql = "min(case when kind = 'phone' and paid_on is null then happened_on end)" }
phone_days_open = { read = "coalesce(days(phone_open_on, as_of_day), 0)" }
"""
PROGRAMME = """
name = "phone_alone"
version = "1.0.0"
kind = "scorecard"
subject = "person"
operator = "Ring"
title = { en = "Phone score" }
jurisdictions = ["in"]
day = 3
range = [0, 100]
[scale]
base_score = 50
base_odds = 10
points_to_double = 10
[[bands]]
name = "all"
from = 0
title = { en = "Everybody" }
[[dimensions]]
name = "phone"
greatest_influence = 100
title = { en = "Phone" }
[[characteristics]]
name = "kept"
dimension = "phone"
sql = "share(sum(within(12, phone_bills_kept)), sum(within(12, phone_bills)))"
better = "higher"
unit = "percent"
title = { en = "Kept" }
reason = { en = "{value} were kept." }
[[characteristics]]
name = "open"
dimension = "phone"
sql = "max(within(12, phone_days_open))"
better = "lower"
unit = "days"
title = { en = "Open" }
reason = { en = "Open for {value} days." }
"""
EXPERT = """
base = 50
[characteristics]
kept = { cuts = [0.5, 0.9], points = [-20, 0, 20] }
open = { cuts = [1, 30], points = [5, -5, -20] }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., str]:
    def put(measures: str = MEASURES, programme: str = PROGRAMME) -> str:
        made = tmp_path / "phone"
        made.mkdir(exist_ok=True)
        (made / "programme.toml").write_text(programme, encoding="utf-8")
        (made / "measures.toml").write_text(measures, encoding="utf-8")
        (made / "expert.toml").write_text(EXPERT, encoding="utf-8")
        return str(made)

    return put


@pytest.fixture
def room(write: Callable[[str, Sequence[dict[str, object]]], Path], workspace: Workspace) -> Workspace:
    """Ana paid her phone bills, Ben left one open; both have rent, which this programme does not look at."""

    def due(person: str, record: str, day: str, paid: str, kind: str = "phone") -> dict[str, Any]:
        known = {"happened_on": day, "known_on": paid or day, "source": "telco", "kind": kind, "paid_on": paid}
        money = {"amount_minor": 50, "paid_minor": 50 if paid else 0, "currency": "INR"}
        return {"person_id": person, "record_id": person + record} | known | money

    joined = {"happened_on": "2024-01-02", "known_on": "2024-01-02", "source": "app"}
    write("people", [{"person_id": p, "record_id": p} | joined for p in ("ana", "ben")])
    path = write(
        "dues",
        [
            *(due("ana", str(m), f"2024-{m:02d}-05", f"2024-{m:02d}-05") for m in range(1, 7)),
            *(due("ben", str(m), f"2024-{m:02d}-05", f"2024-{m:02d}-09" if m < 6 else "") for m in range(1, 7)),
            due("ana", "rent", "2024-03-01", "2024-05-30", "rent"),
        ],
    )
    load(workspace, folder_feeds(path.parent), TODAY)
    return workspace


def test_phone_bills_alone_are_scored_and_shown(folder: Callable[..., str], room: Workspace) -> None:
    definition = load_programme(folder())
    build_statements(room, own=definition.programme.roll_up)
    score_month(room, definition, AS_OF, TODAY)
    ana, ben = (standing_of(room, definition, person, AS_OF) for person in ("ana", "ben"))
    assert (ana.score, ben.score) == (75, 25)
    assert [(reason.characteristic, reason.value) for reason in ben.reasons] == [("kept", 0.0), ("open", 25.0)]


def test_statements_of_its_own_are_made_again_with_new_records_by_the_plain_verb(
    folder: Callable[..., str], room: Workspace
) -> None:
    definition = load_programme(folder())
    build_statements(room, own=definition.programme.roll_up)
    again = build_statements(room)
    assert again.rebuilt == []
    assert any(room.catalogue.under("measures/phone_alone"))


def test_without_its_own_statements_nothing_is_scored(folder: Callable[..., str], room: Workspace) -> None:
    build_statements(room)
    with pytest.raises(NotReady, match="standing statements --programme FOLDER"):
        score_month(room, load_programme(folder()), AS_OF, TODAY)


def test_measures_travel_with_the_programme(folder: Callable[..., str]) -> None:
    loaded = load_programme(folder())
    text, expert = programme_texts(folder())
    again = read_definition("a registry", text.encode(), expert.encode())
    assert again == loaded
    assert again.programme.roll_up == loaded.programme.roll_up
    assert loaded.programme.roll_up is not STATEMENTS
    other = load_programme(folder(MEASURES.replace("'phone'", "'water'")))
    assert other.digest != loaded.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[dues]", "[due]", "measures, due: found due; expected one of people"),
        ("count(case", "count(cast", "dues.phone_bills"),
        ("paid_on is null then 1", "colour is null then 1", "colour"),
        ("phone_bills =", "age =", "found age"),
        ("phone_bills =", "long_ties =", "found long_ties"),
        ("phone_bills =", "Phone =", "small letters"),
        ("empty = 0 }\nphone_open_on", "empty = 1 }\nphone_open_on", "phone_bills_kept"),
        ('{ read = "', '{ sql = "count(*)", read = "', "`sql`, an aggregate over records, or `read`"),
        ("phone_open_on, as_of_day", "due_on, as_of_day", "due_on"),
    ],
)
def test_what_is_no_measure_is_refused_by_its_place(folder: Callable[..., str], old: str, new: str, said: str) -> None:
    assert old in MEASURES
    with pytest.raises(BadProgramme) as refusal:
        load_programme(folder(MEASURES.replace(old, new, 1)))
    assert said in str(refusal.value)
    assert "programme.toml" in refusal.value.where


def test_a_measure_that_reads_what_the_law_protects_is_refused(folder: Callable[..., str]) -> None:
    measures = MEASURES + "[people]\nwomen = { sql = \"count(case when sex = 'female' then 1 end)\", empty = 0 }\n"
    with pytest.raises(AgainstTheLaw, match="sex"):
        load_programme(folder(measures))


def test_a_measure_of_its_own_looks_back_no_longer_than_the_law_lets_it(folder: Callable[..., str]) -> None:
    with pytest.raises(AgainstTheLaw, match="phone_days_open"):
        load_programme(
            folder(programme=PROGRAMME.replace("within(12, phone_days_open)", "within(240, phone_days_open)"))
        )


@pytest.mark.parametrize("formula", ["sum(amount_minor)", "max(2 * amount_minor)", "min(-amount_minor)"])
def test_an_amount_beyond_a_measure_leaves_its_person_without_a_score_and_nobody_else(
    folder: Callable[..., str], room: Workspace, write: Callable[..., Path], formula: str
) -> None:
    measures = f"{MEASURES}turnover = {{ sql = '{formula}', empty = 0 }}\n"
    programme = PROGRAMME.replace("max(within(12, phone_days_open))", "max(within(12, turnover))")
    definition = load_programme(folder(measures, programme))
    day = {"happened_on": "2024-03-01", "known_on": "2024-03-01", "source": "telco", "kind": "rent", "currency": "INR"}
    huge = {"person_id": "ben", "record_id": "huge", "amount_minor": 3 * 10**9, "paid_minor": 0}
    load(room, folder_feeds(write("dues", [day | huge])), TODAY)
    build_statements(room, own=definition.programme.roll_up)
    run = score_month(room, definition, AS_OF, TODAY)
    assert people_not_computed(room, run) == ["ben"]
    assert standing_of(room, definition, "ana", AS_OF).score is not None


def test_what_is_worked_out_of_a_table_that_nobody_furnished_is_not_known(
    folder: Callable[..., str], room: Workspace, write: Callable[..., Path]
) -> None:
    day = {"happened_on": "2024-01-02", "known_on": "2024-01-02", "source": "app"}
    path = write("people", [{"person_id": "eve", "record_id": "eve"} | day])
    load(room, folder_feeds(path), TODAY)
    definition = load_programme(folder())
    build_statements(room, own=definition.programme.roll_up)
    score_month(room, definition, AS_OF, TODAY)
    eve = standing_of(room, definition, "eve", AS_OF)
    assert (eve.score, list(eve.reasons)) == (50, [])


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ('dues_records = { sql = "count(*)", empty = 0 }', "dues_records"),
        ("half = { sql = \"sum(case when kind = 'phone' then 0.5 else 1 end)\", empty = 0 }", "whole number"),
        ('last = { sql = "max(happened_on)" }', "_on"),
        ('first_on = { sql = "sum(amount_minor)", empty = 0 }', "_on"),
        ('square_minor = { sql = "sum(amount_minor * amount_minor)", empty = 0 }', "up to"),
        ('more_minor = { sql = "sum(10000 * amount_minor)", empty = 0 }', "up to"),
        ('more_minor = { sql = "sum(amount_minor) * 10000", empty = 0 }', "up to"),
    ],
)
def test_a_measure_that_a_statement_has_no_room_for_is_refused(
    folder: Callable[..., str], measure: str, words: str
) -> None:
    with pytest.raises(BadProgramme, match=words):
        load_programme(folder(f"{MEASURES}{measure}\n"))


def test_before_its_own_statements_are_made_that_is_what_is_said(folder: Callable[..., str], room: Workspace) -> None:
    definition = load_programme(folder())
    with pytest.raises(NotReady, match="--programme FOLDER"):
        score_month(room, definition, AS_OF, TODAY)
    build_statements(room)
    with pytest.raises(NotReady, match="no statements of the measures of phone_alone"):
        score_month(room, definition, AS_OF, TODAY)


def test_what_is_wrong_with_the_programme_itself_is_said_of_it(folder: Callable[..., str]) -> None:
    with pytest.raises(BadProgramme) as refused:
        load_programme(folder(programme=PROGRAMME.replace("range = [0, 100]", "range = [0, 100")))
    assert "programme.toml" in refused.value.where
    assert "measures.toml" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("programme.toml", r"programme\.toml, line \d+: found 'broken =', which does not read at column 10"),
        ("measures.toml", r"measures\.toml, line \d+: found 'broken =', which does not read at column 10"),
    ],
)
def test_broken_toml_is_said_of_the_file_and_line_where_it_is(folder: Callable[..., str], name: str, said: str) -> None:
    made = folder()
    with (Path(made) / name).open("a", encoding="utf-8") as stream:
        stream.write("\nbroken = \n# the end\n")
    with pytest.raises(BadProgramme, match=said):
        load_programme(made)


def test_toml_that_ends_too_soon_is_said_of_its_last_line(folder: Callable[..., str]) -> None:
    made = folder()
    with (Path(made) / "programme.toml").open("a", encoding="utf-8") as stream:
        stream.write("\nbroken = [1,")
    with pytest.raises(BadProgramme, match=r"programme\.toml, line \d+: found 'broken = \[1,', which ends too soon"):
        load_programme(made)


@pytest.mark.parametrize("much", ["[" * 5_000 + "]" * 5_000, "9" * 5_000], ids=["brackets", "digits"])
@pytest.mark.parametrize("name", ["programme.toml", "measures.toml", "expert.toml"])
def test_toml_with_thousands_of_brackets_or_digits_is_refused_in_words(
    folder: Callable[..., str], name: str, much: str
) -> None:
    made = folder()
    with (Path(made) / name).open("a", encoding="utf-8") as stream:
        stream.write(f"\nbeyond = {much}\n")
    with pytest.raises(BadProgramme, match=rf"{name}: found text that does not read; expected TOML"):
        load_programme(made)
