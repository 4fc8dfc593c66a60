"""What an answer says: no more than its scope, never a number to who asked for none, and why where it is adverse."""

from collections.abc import Generator, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.answers.consented import grant, uses_of, withdraw
from tests.registry.office import AS_OF, START, Office, Refusal, manifest, score_row

from goodstanding.law import load_pack
from goodstanding.programmes import programme_texts, read_definition
from goodstanding.registry.answers import Ask
from goodstanding.registry.clock import instant_text
from goodstanding.registry.consent import SCOPES, Period
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.rights import Item, block, dispute, set_words, take_back
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.scoring import ScoreRow

SHARED = {"id", "at", "consent", "programme", "scope", "context", "purpose", "keep_until", "outcome"}
SCORED = {"as_of", "version", "run"}
NUMBERS = {"score", "interval", "band"}
SAYS = {
    "admittance": {"threshold"},
    "band": {"band"},
    "score": NUMBERS | {"reasons"},
    "dimensions": NUMBERS | {"dimensions", "reasons"},
    "report": NUMBERS | {"dimensions", "reasons"},
}
WORDED = ("score", "dimensions", "report")
DUE = Item("dues", "water", "D1")


def asking(office: Office, person: UUID) -> dict[str, Ask]:
    """One question for each scope."""
    consent = grant(office, person)
    return {
        scope: office.question(consent=consent, scope=scope, threshold=650 if scope == "admittance" else None)
        for scope in SCOPES
    }


def numbers_in(value: object) -> Iterator[float]:
    """Every number in a value, however deep."""
    if isinstance(value, dict):
        yield from numbers_in(list(value.values()))
    elif isinstance(value, list):
        for one in value:
            yield from numbers_in(one)
    elif isinstance(value, int | float):
        yield value


def publish_row(office: Office, row: ScoreRow, as_of: str = AS_OF) -> None:
    publish_scores(office.registry, run_of(manifest(office.digest, as_of, "row")), [[row]])


def test_each_scope_is_told_exactly_what_it_names(office: Office) -> None:
    person = office.person()
    office.publish({person: 687}, run="R1")
    told = {scope: office.ask(question).disclosed for scope, question in asking(office, person).items()}
    assert {scope: set(answer) for scope, answer in told.items()} == {
        scope: SHARED | SCORED | SAYS[scope] for scope in SCOPES
    }
    report = told["report"]
    assert {name: report[name] for name in ("score", "interval", "band", "dimensions")} == {
        "score": 687,
        "interval": [667, 707],
        "band": "excellent",
        "dimensions": {"behaviour": 12, "identity": -3},
    }
    assert [told[scope]["outcome"] for scope in SCOPES] == ["yes", "given", "given", "given", "given"]
    for scope in SCOPES:
        assert {name: told[scope][name] for name in ("as_of", "version", "run")} == {
            "as_of": "2026-05",
            "version": "1.0.0",
            "run": "R1",
        }


def test_every_answer_names_who_may_use_it_for_what_and_until_when(office: Office) -> None:
    person = office.person()
    consent = grant(office, person, data_life=Period("MONTH", 1), purpose="book_room")
    found = office.ask(office.question(consent=consent, purpose="book_room"))
    (line,) = uses_of(office, person)
    assert found.disclosed == {
        "id": str(line.log_index),
        "at": instant_text(office.clock.now),
        "consent": str(consent),
        "programme": "sesame",
        "scope": "admittance",
        "context": "deposit_waiver",
        "purpose": "book_room",
        "threshold": 650,
        "keep_until": "2026-07-15T09:30:00.000000Z",
        "outcome": "not_enough_data",
    }
    assert msgspec.json.decode(line.answer) == found.disclosed


def test_who_asks_for_admittance_or_a_band_never_sees_a_number_of_the_score(office: Office) -> None:
    for score in (687, 612):
        person = office.person()
        row = ScoreRow(office.record_ids[person], score, score - 21, score + 22, "good", None, {"behaviour": 13}, [])
        publish_row(office, row)
        questions = asking(office, person)
        for scope in ("admittance", "band"):
            answer = office.ask(questions[scope]).disclosed
            assert set(numbers_in(answer)) <= {650}
            assert not {"score", "interval", "dimensions"} & set(answer)
        assert "band" not in office.ask(office.question(consent=questions["band"].consent)).disclosed


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), threshold=st.integers(351, 950))
def test_two_people_on_the_same_side_of_a_threshold_are_told_alike(
    office: Office, data: st.DataObject, threshold: int
) -> None:
    for below in (False, True):
        side = st.integers(350, threshold - 1) if below else st.integers(threshold, 950)
        told = []
        for score in (data.draw(side), data.draw(side)):
            person = office.person()
            office.publish({person: score})
            consent = grant(office, person)
            answer = office.ask(office.question(consent=consent, threshold=threshold)).disclosed
            told.append({name: value for name, value in answer.items() if name not in {"id", "consent"}})
        assert told[0] == told[1]
        assert told[0]["outcome"] == ("no" if below else "yes")


def test_a_score_at_the_threshold_is_admitted(office: Office) -> None:
    person = office.person()
    office.publish({person: 650})
    consent = grant(office, person)
    outcomes = [office.ask(office.question(consent=consent, threshold=n)).disclosed["outcome"] for n in (650, 651)]
    assert outcomes == ["yes", "no"]


def test_of_several_scores_the_newest_is_told_whichever_was_published_last(office: Office) -> None:
    person = office.person()
    office.publish({person: 700}, as_of="2026-05", run="may")
    office.publish({person: 600}, as_of="2026-04", run="april")
    question = asking(office, person)["score"]
    assert office.ask(question).disclosed["score"] == 700
    office.publish({person: 720}, as_of="2026-05", run="may again")
    again = office.ask(office.question(consent=question.consent, scope="score", threshold=None)).disclosed
    assert (again["score"], again["run"]) == (720, "may again")


def no_score(office: Office, person: UUID) -> None:
    office.publish({office.person(): 700})
    assert person in office.record_ids


def not_scored(office: Office, person: UUID) -> None:
    office.publish({person: None})


def too_old(office: Office, person: UUID) -> None:
    office.publish({person: 700}, as_of="2026-02")


def not_scored_any_more(office: Office, person: UUID) -> None:
    office.publish({person: 700}, as_of="2026-04", run="april")
    office.publish({person: None}, as_of="2026-05", run="may")


def of_a_superseded_version(office: Office, person: UUID) -> None:
    office.publish({person: 700})
    put_in_force(office, "1.1.0")


def put_in_force(office: Office, version: str) -> None:
    text, expert = programme_texts("sesame")
    newer = text.replace('version = "1.0.0"', f'version = "{version}"')
    office.registry.do(lambda transaction: draft(transaction, newer, expert, by="ann"))
    office.registry.do(lambda transaction: take_programme_step(transaction, "sesame", version, "review", by="bob"))
    office.registry.do(lambda transaction: take_programme_step(transaction, "sesame", version, "publish", by="bob"))
    office.digest = read_definition("sesame", newer.encode(), expert.encode()).digest


NOT_ENOUGH = [no_score, not_scored, too_old, not_scored_any_more, of_a_superseded_version]


def is_not_enough(office: Office, person: UUID) -> None:
    """In no scope is there an answer with anything of the person's; and none is a refusal."""
    for scope, question in asking(office, person).items():
        answer = office.ask(question).disclosed
        assert answer["outcome"] == "not_enough_data"
        assert set(answer) == SHARED | ({"threshold"} if scope == "admittance" else set())
    assert [line.refusal for line in uses_of(office, person)] == [None] * len(SCOPES)


def test_without_a_score_in_force_the_answer_is_not_enough_data_and_no_refusal(
    office: Office, subtests: pytest.Subtests
) -> None:
    for how in NOT_ENOUGH:
        with subtests.test(how.__name__):
            person = office.person()
            how(office, person)
            is_not_enough(office, person)


def test_a_score_of_a_version_that_was_withdrawn_is_not_told_under_the_next(office: Office) -> None:
    person = office.person()
    office.publish({person: 700})
    withdraw(office)
    put_in_force(office, "1.1.0")
    is_not_enough(office, person)


def test_a_score_counts_for_three_months_after_its_own(office: Office) -> None:
    person = office.person()
    office.publish({person: 700}, as_of="2026-03")
    question = asking(office, person)["admittance"]
    office.clock.now = office.clock.now.replace(day=30, hour=23, minute=59)
    assert office.ask(question).disclosed["outcome"] == "yes"
    office.clock.move(minutes=1)
    assert office.clock.now.month == 7
    later = office.question(consent=question.consent)
    assert office.ask(later).disclosed["outcome"] == "not_enough_data"


def test_a_newer_version_is_answered_from_once_its_scores_are_published(office: Office) -> None:
    person = office.person()
    of_a_superseded_version(office, person)
    office.publish({person: 710}, run="newer")
    answer = office.ask(asking(office, person)["score"]).disclosed
    assert (answer["score"], answer["run"]) == (710, "newer")


def test_scores_count_only_when_all_of_them_are_published(office: Office) -> None:
    first, second = office.person(), office.person()
    consent = grant(office, first)
    outcomes: list[str] = []

    def rows() -> Generator[Sequence[ScoreRow]]:
        for person in (first, second):
            yield [score_row(office.record_ids[person], 700)]
            outcomes.append(office.ask(office.question(consent=consent)).disclosed["outcome"])

    publish_scores(office.registry, run_of(manifest(office.digest, AS_OF, "run")), rows())
    outcomes.append(office.ask(office.question(consent=consent)).disclosed["outcome"])
    assert outcomes == ["not_enough_data", "not_enough_data", "yes"]


def test_a_withdrawn_programme_answers_nothing(office: Office, refusal: Refusal) -> None:
    person = office.person()
    office.publish({person: 700})
    withdraw(office)
    assert {refusal(question) for question in asking(office, person).values()} == {"programme_not_in_force"}


WORST = [
    ("dues_kept_12m", 0.75),
    ("inquiries_6m", 3.0),
    ("months_on_file", 5.0),
    ("penalties_12m", 2.0),
    ("card_used_6m", 0.9),
    ("judgments_60m", 1.0),
]
IN_WORDS = {
    "en": [
        "You paid 75% of what fell due in the last 12 months on time.",
        "Credit applications of the last 6 months: 3.",
        "Months on file: 5.",
        "Penalty charges of the last 12 months: 2.",
    ],
    "zh-Hans": [
        "最近12个月到期款项中，您按时支付了75%。",
        "最近6个月您申请信贷3次。",
        "您的档案已有5个月。",
        "最近12个月您被收取罚息2次。",
    ],
}


def test_an_adverse_answer_gives_as_many_reasons_as_the_law_asks_with_the_persons_own_values(office: Office) -> None:
    person = office.person()
    publish_row(office, ScoreRow(office.record_ids[person], 600, 580, 620, "good", None, {}, WORST))
    consent = grant(office, person)
    for language, texts in IN_WORDS.items():
        answer = office.ask(office.question(consent=consent, language=language)).disclosed
        assert answer["outcome"] == "no"
        assert len(answer["reasons"]) == load_pack("cn").on(START.date()).reasons_most == 4
        assert answer["reasons"] == [
            {"code": name, "text": text} for (name, _), text in zip(WORST, texts, strict=False)
        ]


def test_an_answer_that_admits_gives_no_reasons(office: Office) -> None:
    person = office.person()
    publish_row(office, ScoreRow(office.record_ids[person], 700, 680, 720, "good", None, {}, WORST))
    answer = office.ask(office.question(consent=grant(office, person))).disclosed
    assert answer["outcome"] == "yes"
    assert "reasons" not in answer


def test_the_persons_own_words_go_with_what_tells_more_than_a_band_and_with_nothing_else(office: Office) -> None:
    person = office.person()
    office.registry.do(lambda transaction: set_words(transaction, person, "I was in hospital in March."))
    for scored in (False, True):
        if scored:
            office.publish({person: 600})
        told = {scope: office.ask(question).disclosed for scope, question in asking(office, person).items()}
        words: dict[str, Any] = {scope: answer.get("words") for scope, answer in told.items()}
        assert words == {scope: "I was in hospital in March." if scope in WORDED else None for scope in SCOPES}


def test_while_a_record_is_contested_every_answer_says_so_and_still_tells_what_it_names(office: Office) -> None:
    person, neighbour = office.person(), office.person()
    office.publish({person: 700, neighbour: 700})
    case = office.registry.do(lambda transaction: dispute(transaction, person, DUE, "I paid it."))
    for scope, question in asking(office, person).items():
        answer = office.ask(question).disclosed
        assert set(answer) == SHARED | SCORED | SAYS[scope] | {"contested"}
        assert answer["contested"] is True
    assert "contested" not in office.ask(asking(office, neighbour)["report"]).disclosed
    office.registry.do(lambda transaction: take_back(transaction, case.id, person=person))
    assert "contested" not in office.ask(asking(office, person)["report"]).disclosed


def test_while_the_score_counts_what_a_fraud_left_the_answer_is_not_enough_data(office: Office) -> None:
    person = office.person()
    office.publish({person: 400})
    case = office.registry.do(lambda transaction: block(transaction, person, [DUE], "It was not me."))
    for scope, question in asking(office, person).items():
        answer = office.ask(question).disclosed
        assert answer["outcome"] == "not_enough_data"
        assert set(answer) == SHARED | {"contested"} | ({"threshold"} if scope == "admittance" else set())
    office.registry.do(lambda transaction: take_back(transaction, case.id, person=person))
    assert office.ask(asking(office, person)["score"]).disclosed["score"] == 400
