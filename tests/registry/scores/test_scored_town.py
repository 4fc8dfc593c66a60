"""A scored town's run, published: everybody who joined is answered from what they are told themselves."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.registry.office import HandClock, Office

from goodstanding.lab import Town
from goodstanding.programmes import Definition
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import scores
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import Manifest, ScoreRow, Standing, run_to_show, score_rows, standing_of
from goodstanding.store import Workspace

SAMPLE = 9
NOT_JOINED = 7


@pytest.fixture
def clock(town: Town) -> HandClock:
    """It is the month after the town's last: its scores are not too old to answer from."""
    last = town.last.plus(1)
    return HandClock(datetime(last.year, last.month, 6, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def run(scored_town: Workspace) -> Manifest:
    return run_to_show(scored_town, "sesame")


@pytest.fixture(scope="module")
def rows(scored_town: Workspace, run: Manifest) -> Mapping[str, ScoreRow]:
    """The run's rows by person."""
    return {row.person: row for some in score_rows(scored_town, run) for row in some}


@pytest.fixture(scope="module")
def standings(scored_town: Workspace, sesame: Definition, rows: Mapping[str, ScoreRow]) -> Sequence[Standing]:
    """What some people are told, scored and not."""
    scored = (person for person, row in rows.items() if row.score is not None)
    without = (person for person, row in rows.items() if row.score is None)
    chosen = [*islice(scored, SAMPLE), *islice(without, SAMPLE // 3)]
    return [standing_of(scored_town, sesame, person) for person in chosen]


def test_the_rows_are_everybody_of_the_run(run: Manifest, rows: Mapping[str, ScoreRow]) -> None:
    assert list(rows) == sorted(rows)
    assert len(rows) == run.people
    assert sum(row.score is not None for row in rows.values()) == run.scored
    why_not = [row.not_scored for row in rows.values() if row.score is None]
    assert {reason: why_not.count(reason) for reason in set(why_not)} == dict(run.not_scored)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_rows_come_so_many_at_a_time(
    scored_town: Workspace, run: Manifest, rows: Mapping[str, ScoreRow], size: int
) -> None:
    chunks = list(score_rows(scored_town, run, size))
    assert [row for some in chunks for row in some] == list(rows.values())
    assert {len(some) for some in chunks[:-1]} <= {size}
    assert 1 <= len(chunks[-1]) <= size


def test_a_row_is_what_its_person_is_told(standings: Sequence[Standing], rows: Mapping[str, ScoreRow]) -> None:
    assert {one.score is None for one in standings} == {True, False}
    for one in standings:
        row = rows[one.person]
        assert (row.score, row.band, row.not_scored) == (one.score, one.band, one.not_scored)
        assert (None if row.low is None else (row.low, row.high)) == one.interval
        assert row.dimensions == {dimension.name: dimension.points for dimension in one.dimensions}
        assert list(row.reasons) == [(reason.characteristic, reason.value) for reason in one.reasons]
        assert len(row.reasons) <= 4


def test_the_dimensions_and_the_base_make_the_score(
    standings: Sequence[Standing], rows: Mapping[str, ScoreRow], sesame: Definition
) -> None:
    least, most = sesame.programme.range
    for one in standings:
        if one.score is not None:
            total = one.base + sum(rows[one.person].dimensions.values())
            held = most if one.ceiling is None else one.ceiling.most
            assert rows[one.person].score == min(max(total, least), held)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_town_is_published_and_answered_from(
    office: Office,
    scored_town: Workspace,
    run: Manifest,
    rows: Mapping[str, ScoreRow],
    standings: Sequence[Standing],
    town: Town,
) -> None:
    assert str(town.last) == run.basis.as_of
    joining = list(rows)[NOT_JOINED:]
    known: dict[str, UUID] = {}
    with office.registry.write() as transaction:
        for person in joining:
            known_by = [identifier("record_id", person)]
            known[person] = join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    done = publish_scores(office.registry, run_of(run), score_rows(scored_town, run, 50))
    assert done is not None
    assert done.people == len(joining)
    with office.registry.engine.connect() as connection:
        kept = {row.person_id: row for row in connection.execute(select(scores))}
    assert len(kept) == len(joining)
    for person in joining:
        row, published = rows[person], kept[known[person]]
        assert (published.score, published.low, published.high) == (row.score, row.low, row.high)
        assert (published.band, published.not_scored, published.dimensions) == (
            row.band,
            row.not_scored,
            row.dimensions,
        )
        assert [tuple(reason) for reason in published.reasons] == list(row.reasons)
    for one in standings:
        if one.person in known:
            check_answer(office, known[one.person], one)
    assert verify_registry(office.registry).findings == []


def check_answer(office: Office, person: UUID, one: Standing) -> None:
    """An answer to the widest question says what the person is told, reasons in the same words."""
    terms = office.terms(person)
    under = office.registry.do(lambda transaction: grant_consent(transaction, terms))
    told = office.ask(office.question(consent=under.id, scope="report", threshold=None)).disclosed
    if one.score is None:
        assert told["outcome"] == "not_enough_data"
        return
    assert (told["score"], told["interval"], told["band"]) == (one.score, list(one.interval or ()), one.band)
    assert told["dimensions"] == {dimension.name: dimension.points for dimension in one.dimensions}
    assert [(reason["code"], reason["text"]) for reason in told["reasons"]] == [
        (reason.characteristic, reason.text) for reason in one.reasons
    ]
