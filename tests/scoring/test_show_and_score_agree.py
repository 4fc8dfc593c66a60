"""`standing show` and `standing score` say the same of the same person, and so does a score computed now."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from goodstanding.cards import Card
from goodstanding.errors import NotFound, NotReady
from goodstanding.lab import Town
from goodstanding.months import Month
from goodstanding.programmes import Definition
from goodstanding.scoring import Standing, latest_run, runs_of, score_one, standing_of
from goodstanding.store import Workspace

Rows = Mapping[str, Mapping[str, Any]]
EVERY = 30
# Days unpaid from which the ceiling holds.
NINETY = 90


@pytest.fixture(scope="module")
def asked(town_rows: Rows) -> list[str]:
    """Everybody without a score, the lowest and the highest, every thirtieth of the others, some under a ceiling."""
    people = sorted(town_rows)
    scored = sorted((p for p in people if town_rows[p]["score"] is not None), key=lambda p: town_rows[p]["score"])
    late = [p for p in scored if (town_rows[p]["value_instalment_days_open_60m"] or 0) >= NINETY]
    chosen = [*(p for p in people if town_rows[p]["score"] is None), *scored[::EVERY], scored[-1], *late[::EVERY]]
    return [*dict.fromkeys(chosen)]


@pytest.fixture(scope="module")
def told(scored_town: Workspace, sesame: Definition, asked: Sequence[str]) -> dict[str, Standing]:
    """What each of them is told."""
    return {person: standing_of(scored_town, sesame, person) for person in asked}


def test_a_score_computed_now_is_the_stored_row_in_every_column(
    scored_town: Workspace, town: Town, sesame: Definition, card: Card, town_rows: Rows, asked: Sequence[str]
) -> None:
    for person in asked:
        assert score_one(scored_town, sesame, card, town.last, person) == town_rows[person]


def test_what_is_told_is_the_stored_row(town_rows: Rows, told: Mapping[str, Standing]) -> None:
    for person, standing in told.items():
        row = town_rows[person]
        said = (standing.score, standing.band, standing.not_scored, standing.base)
        assert said == (row["score"], row["band"], row["not_scored"], row["base"])
        assert standing.interval == (None if row["score"] is None else (row["low"], row["high"]))


def test_dimensions_are_the_sums_of_their_points_within_their_least_and_most(
    town_rows: Rows, told: Mapping[str, Standing], card: Card, sesame: Definition
) -> None:
    for person, standing in told.items():
        assert [d.name for d in standing.dimensions] == [d.name for d in sesame.programme.dimensions]
        for dimension in standing.dimensions:
            points = [town_rows[person][f"points_{c.name}"] for c in card.of_dimension(dimension.name)]
            assert dimension.least <= dimension.points == sum(points) <= dimension.most


def test_base_and_dimensions_add_up_to_the_score(told: Mapping[str, Standing], card: Card) -> None:
    for standing in told.values():
        if standing.score is not None:
            total = standing.base + sum(d.points for d in standing.dimensions)
            most = standing.ceiling.most if standing.ceiling else card.range[1]
            assert standing.score == min(max(total, card.range[0]), most)


def test_a_ceiling_is_told_to_those_it_is_in_force_over(told: Mapping[str, Standing], town_rows: Rows) -> None:
    under = {person for person, standing in told.items() if standing.ceiling is not None}
    days = {person: town_rows[person]["value_instalment_days_open_60m"] or 0 for person in told}
    assert under == {p for p in told if days[p] >= 90 and town_rows[p]["score"] is not None}
    assert under
    for person in under:
        said = told[person].to_json()["ceiling"]
        assert (said["name"], said["most"]) == ("default", 549)
        assert "unpaid for three months" in said["text"]


def test_all_of_the_card_that_is_not_known_and_nothing_else_is_told_as_such(
    told: Mapping[str, Standing], town_rows: Rows, card: Card
) -> None:
    for person, standing in told.items():
        row = town_rows[person]
        unknown = {c.name for c in card.characteristics if row[f"value_{c.name}"] is None}
        named = [name for group in standing.not_known for name in group.characteristics]
        assert sorted(named) == sorted(unknown)
        sources = {source.table for source in standing.sources}
        for group in standing.not_known:
            assert group.furnished == (set(group.tables) <= sources)
            assert len(group.titles) == len(group.characteristics)
            assert group.how.endswith(".")


def test_the_run_and_the_card_are_named(
    scored_town: Workspace, town: Town, told: Mapping[str, Standing], card: Card
) -> None:
    run = latest_run(scored_town, "sesame", town.last)
    assert run is not None
    assert {(s.run, s.card, s.as_of) for s in told.values()} == {(run.run, card.version, town.last)}


def test_who_has_no_score_is_not_told_of_points_lost_or_to_gain(told: Mapping[str, Standing]) -> None:
    left = [standing for standing in told.values() if standing.score is None]
    assert left
    assert all((list(s.reasons), list(s.recourse)) == ([], []) for s in left)


def test_the_history_is_the_score_of_every_month_scored_so_far(
    scored_town: Workspace,
    sesame: Definition,
    town: Town,
    asked: Sequence[str],
    rows_of: Any,
) -> None:
    person = asked[-1]
    months = list(runs_of(scored_town, "sesame"))
    scores = {month: rows_of(scored_town, month)[person]["score"] for month in months}
    assert len(months) == 3
    assert dict(standing_of(scored_town, sesame, person).history) == scores
    until = standing_of(scored_town, sesame, person, town.last.plus(-1))
    assert (until.as_of, dict(until.history)) == (months[1], {m: scores[m] for m in months[:2]})


def test_the_json_has_the_names_that_were_promised(told: Mapping[str, Standing]) -> None:
    promised = {"person", "as_of", "score", "interval", "band", "dimensions", "reasons", "recourse", "not_counted"}
    for standing in told.values():
        assert promised <= set(standing.to_json())


def test_a_person_who_is_not_there_is_named(scored_town: Workspace, sesame: Definition) -> None:
    with pytest.raises(NotFound, match="found P999999"):
        standing_of(scored_town, sesame, "P999999")


def test_a_quote_in_an_id_is_only_a_person_who_is_not_there(scored_town: Workspace, sesame: Definition) -> None:
    with pytest.raises(NotFound, match="OR"):
        standing_of(scored_town, sesame, "x' OR '1'='1")


def test_a_month_without_scores_is_refused_with_those_that_have(scored_town: Workspace, sesame: Definition) -> None:
    with pytest.raises(NotReady, match=r"no scores of sesame as of 2019-01; expected one of 2024-10, 2024-11, 2024-12"):
        standing_of(scored_town, sesame, "P000001", Month(2019, 1))
