"""What a row of a run holds: points that add up, an interval, a band; or none of them and why."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import pytest

from goodstanding.cards import Card, expert_card
from goodstanding.engines import Duck, name
from goodstanding.lab import Town
from goodstanding.programmes import Definition
from goodstanding.scorecard import half_width_sql
from goodstanding.scoring import latest_run
from goodstanding.store import Workspace

Rows = Mapping[str, Mapping[str, Any]]


def in_default(row: Mapping[str, Any]) -> bool:
    return (row["value_instalment_days_open_60m"] or 0) >= 90


def test_base_and_points_are_the_score_held_inside_the_range_and_under_the_ceiling(town_rows: Rows, card: Card) -> None:
    least, greatest = card.range
    inside = under = 0
    for row in town_rows.values():
        if row["not_scored"] is None:
            total = row["base"] + sum(row[f"points_{c.name}"] for c in card.characteristics)
            most = 549 if in_default(row) else greatest
            assert row["score"] == min(max(total, least), most)
            inside += least < total < most
            under += total > most
    assert inside > 100
    assert under > 0


def test_who_has_an_instalment_open_for_90_days_is_in_the_lowest_band(town_rows: Rows) -> None:
    found = {row["band"] for row in town_rows.values() if row["score"] is not None and in_default(row)}
    assert found == {"poor"}


def test_points_are_those_of_the_values_and_nothing_known_is_0(town_rows: Rows, card: Card) -> None:
    for row in town_rows.values():
        for c in card.characteristics:
            value = row[f"value_{c.name}"]
            cuts = [attribute.least for attribute in c.attributes[1:]]
            expected = 0 if value is None else c.attributes[bisect_right(cuts, value)].points
            assert row[f"points_{c.name}"] == expected, (row["person_id"], c.name, value)


def test_the_interval_holds_the_score_and_stays_in_the_range(town_rows: Rows, card: Card) -> None:
    for row in town_rows.values():
        if row["score"] is not None:
            most = 549 if in_default(row) else card.range[1]
            assert card.range[0] <= row["low"] <= row["score"] <= row["high"] <= most


def test_the_band_is_the_programmes(town_rows: Rows, sesame: Definition) -> None:
    for row in town_rows.values():
        if row["score"] is not None:
            assert row["band"] == sesame.programme.band(row["score"]).name


def test_without_a_score_there_is_no_interval_and_no_band_but_a_reason(town_rows: Rows, sesame: Definition) -> None:
    left = [row for row in town_rows.values() if row["score"] is None]
    assert left
    rules = {rule.name for rule in sesame.programme.coverage} | {"no_statement"}
    for row in left:
        assert (row["low"], row["high"], row["band"]) == (None, None, None)
        assert row["not_scored"] in rules
    assert all(row["not_scored"] is None for row in town_rows.values() if row["score"] is not None)


def test_short_files_are_not_scored_and_longer_ones_are(town_rows: Rows) -> None:
    for row in town_rows.values():
        months = row["value_months_on_file"]
        assert (row["not_scored"] == "file_too_short") == (months is not None and months < 3)


def test_the_manifest_counts_what_the_rows_hold(
    scored_town: Workspace, town: Town, town_rows: Rows, sesame: Definition
) -> None:
    manifest = latest_run(scored_town, "sesame", town.last)
    assert manifest is not None
    rows = list(town_rows.values())
    assert manifest.people == len(rows) == manifest.scored + sum(manifest.not_scored.values())
    assert manifest.scored == sum(row["score"] is not None for row in rows)
    assert manifest.bands == {
        band.name: sum(row["band"] == band.name for row in rows) for band in sesame.programme.bands
    }


@pytest.mark.parametrize("which", ["fitted", "expert"])
def test_knowing_one_thing_less_never_narrows_the_interval(
    which: str, scored_town: Workspace, town: Town, card: Card, sesame: Definition
) -> None:
    of = card if which == "fitted" else expert_card(sesame)
    run = latest_run(scored_town, "sesame", town.last)
    assert run is not None
    path = scored_town.root / "scores" / "sesame" / str(town.last) / run.run / "scores.parquet"
    names = [c.name for c in of.characteristics]
    narrower: dict[str, int] = {}
    with Duck() as duck:
        columns = ", ".join(f"{name('value_' + n)} AS {name(n)}" for n in names)
        duck.run(f"CREATE TABLE known AS SELECT {columns} FROM read_parquet('{path}')")
        duck.run(f"CREATE TABLE widths AS SELECT rowid AS n, {half_width_sql(of)} AS whole FROM known")
        for unknown in names:
            less = f"SELECT rowid AS n, * REPLACE (CAST(NULL AS DOUBLE) AS {name(unknown)}) FROM known"
            asked = f"SELECT n, {half_width_sql(of)} AS less FROM ({less})"
            if found := duck.value(f"SELECT count(*) FROM widths JOIN ({asked}) USING (n) WHERE less < whole"):
                narrower[unknown] = int(found)
    assert narrower == {}
