"""A run counts whose values lie outside of what its card was developed on."""

import json
from collections.abc import Mapping

import msgspec
import pytest
from msgspec.structs import replace

from goodstanding.cards import Card
from goodstanding.engines import Duck, files
from goodstanding.lab import Town
from goodstanding.months import Month
from goodstanding.scoring import Manifest
from goodstanding.scoring.manifest import latest_run, scores_files
from goodstanding.scoring.run import _outside
from goodstanding.store import Workspace

Rows = Mapping[str, Mapping[str, object]]


@pytest.fixture(scope="module")
def manifest(scored_town: Workspace, town: Town) -> Manifest:
    """The town's last run."""
    found = latest_run(scored_town, "sesame", town.last)
    assert found is not None
    return found


def test_it_counts_people_with_a_score_by_characteristic(manifest: Manifest, town_rows: Rows, card: Card) -> None:
    expected: dict[str, int] = {}
    for c in card.characteristics:
        values = [row[f"value_{c.name}"] for row in town_rows.values() if row["score"] is not None]
        assert isinstance(c.least_seen, float)
        assert isinstance(c.greatest_seen, float)
        outside = sum(isinstance(v, float) and not c.least_seen <= v <= c.greatest_seen for v in values)
        if outside:
            expected[c.name] = outside
    assert manifest.outside == expected
    # The town grew older since its card was learned.
    assert "address_months" in expected


def test_the_ends_are_inside_and_who_has_no_score_is_not_counted(
    scored_town: Workspace, manifest: Manifest, town: Town, town_rows: Rows, card: Card
) -> None:
    """A card that has seen one value only, to the last bit: all who have another are outside, if they have a score."""
    scores = files(scores_files(scored_town, "sesame", town.last, manifest.run))
    column = {c.name: [row[f"value_{c.name}"] for row in town_rows.values()] for c in card.characteristics}
    seen = {of: next(v for v in values if isinstance(v, float)) for of, values in column.items()}
    narrow = replace(
        card,
        characteristics=tuple(
            replace(c, least_seen=seen[c.name], greatest_seen=seen[c.name]) for c in card.characteristics
        ),
    )
    scored = [row["score"] is not None for row in town_rows.values()]
    expected = {
        of: sum(has and v not in {None, seen[of]} for has, v in zip(scored, values, strict=True))
        for of, values in column.items()
    }
    with Duck() as duck:
        # Half of them lose their score, whose values are still there.
        half = f"(SELECT * REPLACE (CASE WHEN person_id < 'P000150' THEN score END AS score) FROM {scores})"
        assert _outside(duck, scores, narrow) == {of: n for of, n in expected.items() if n}
        assert sum(_outside(duck, half, narrow).values()) < sum(expected.values())


def test_a_manifest_of_before_it_was_counted_reads(manifest: Manifest) -> None:
    said = json.loads(manifest.to_json())
    assert said.pop("outside") == dict(manifest.outside)
    old = msgspec.json.decode(json.dumps(said).encode(), type=Manifest)
    assert old == replace(manifest, outside={})
    assert old.basis.digest == manifest.basis.digest


def test_a_card_by_hand_has_seen_nothing_and_nobody_is_outside(pristine_village: tuple[Workspace, Month]) -> None:
    room, last = pristine_village
    found = latest_run(room, "sesame", last)
    assert found is not None
    assert found.scored > 0
    assert found.outside == {}
