"""A person's page: everything they are owed, in one file that needs nothing else."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from goodstanding.programmes import Definition
from goodstanding.records import TABLES
from goodstanding.scoring import NotCounted, SourceCount, Standing, standing_of, table_title
from goodstanding.service.pages.person_page import person_page
from goodstanding.store import Workspace
from goodstanding.wording import use_language

Parsed = Callable[[str], Any]
HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(1)> {{ 7*7 }} a\u200bb"


def _shows(items: list[str], *parts: str) -> bool:
    """Whether one item has these parts, one after the other, from its beginning to its end."""
    form = re.compile(r"\s*".join(map(re.escape, parts)))
    return any(form.fullmatch(item) for item in items)


@pytest.fixture(scope="module")
def standings(hamlet: Workspace, sesame: Definition) -> list[Standing]:
    return [standing_of(hamlet, sesame, f"P{i:06d}") for i in range(12)]


@pytest.fixture
def scored(standings: list[Standing]) -> Standing:
    """One with all that a page can show."""
    found = next(s for s in standings if s.score is not None and s.reasons and s.recourse)
    left_out = NotCounted("dues", "due-9", "billers", date(2018, 3, 5), "too_old", "Regulation, article 16")
    contested = NotCounted("payments", "pay-7", "wallet", date(2024, 3, 5), "disputed", "Regulation, article 25")
    return replace(found, not_counted=[left_out, contested])


@pytest.fixture
def unscored(hamlet: Workspace, sesame: Definition, odd_ids: list[str]) -> Standing:
    return standing_of(hamlet, sesame, odd_ids[0])


def test_the_page_needs_nothing_from_elsewhere(standings: list[Standing], sesame: Definition, parsed: Parsed) -> None:
    for standing in standings:
        text = person_page(standing, sesame.programme)
        page = parsed(text)
        assert page.all("script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use") == []
        assert not re.search(r"//|url\(|@import|javascript:|data:", text)
        assert [
            e.attributes for e in page.elements if {"src", "href", "style-src", "srcset"} & e.attributes.keys()
        ] == []
        assert [name for e in page.elements for name in e.attributes if name.startswith("on")] == []


def test_the_page_is_well_formed(
    standings: list[Standing], scored: Standing, sesame: Definition, parsed: Parsed
) -> None:
    for standing in [*standings, scored]:
        text = person_page(standing, sesame.programme)
        assert text.startswith("<!doctype html>")
        assert parsed(text).wrong == []


def test_the_only_way_out_is_back_to_the_list_where_there_is_one(
    scored: Standing, sesame: Definition, parsed: Parsed
) -> None:
    page = parsed(person_page(scored, sesame.programme, home="/"))
    assert [e.attributes["href"] for e in page.elements if "href" in e.attributes] == ["/"]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_page_says_its_language(scored: Standing, sesame: Definition, parsed: Parsed, language: str) -> None:
    with use_language(language):
        assert parsed(person_page(scored, sesame.programme)).all("html")[0].attributes["lang"] == language


def test_the_page_shows_score_interval_band_and_person(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    page = parsed(person_page(scored, sesame.programme))
    said = page.texts("p")
    assert scored.interval is not None
    assert scored.score is not None
    assert page.texts("h1") == [scored.person]
    assert str(scored.score) in said
    assert sesame.programme.band(scored.score).title["en"] in said
    low, high = scored.interval
    assert any(f"between {low} and {high}" in text for text in said)


def test_the_page_shows_all_five_dimensions_with_signed_points(
    scored: Standing, sesame: Definition, parsed: Parsed
) -> None:
    items = parsed(person_page(scored, sesame.programme)).texts("li")
    assert len(scored.dimensions) == 5
    assert _shows(items, "Everybody starts with", str(scored.base))
    for dimension, title in zip(scored.dimensions, sesame.programme.dimensions, strict=True):
        signed = f"{dimension.points:+d}".replace("-", "−")
        assert _shows(items, title.title["en"], signed) or _shows(
            items, title.title["en"], "no points on this card", signed
        )


def test_the_chart_has_five_corners_with_the_same_points(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    page = parsed(person_page(scored, sesame.programme))
    corners = [e.text for e in page.all("text") if e.attributes.get("class") == "name"]
    expected = [
        dimension.title["en"] + f"{points.points:+d}".replace("-", "−")
        for dimension, points in zip(sesame.programme.dimensions, scored.dimensions, strict=True)
    ]
    assert corners == expected


def test_the_page_shows_each_reason_with_the_points_lost(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    items = parsed(person_page(scored, sesame.programme)).texts("li")
    for reason in scored.reasons:
        assert _shows(items, reason.text, f"−{reason.lost}")


def test_the_page_shows_each_step_with_its_gain_where_it_is_said_and_how_soon(
    scored: Standing, sesame: Definition, parsed: Parsed
) -> None:
    items = parsed(person_page(scored, sesame.programme)).texts("li")
    for step in scored.recourse:
        gain = [] if step.gain is None else [f"+{step.gain}"]
        assert _shows(items, step.text, f"Months until it counts in full: {step.months}", *gain)


def test_the_page_shows_what_was_not_counted_and_why(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    items = parsed(person_page(scored, sesame.programme)).texts("li")
    assert _shows(
        items, "bills and instalments", "due-9", "(billers),", "March 5, 2018", "Regulation, article 16", "too old"
    )
    assert _shows(items, "payments", "pay-7", "(wallet),", "March 5, 2024", "Regulation, article 25", "disputed")


def test_the_page_shows_which_records_it_came_from(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    items = parsed(person_page(scored, sesame.programme)).texts("li")
    assert scored.sources
    for source in scored.sources:
        dates = f"{source.source}, {source.first} – {source.last}"
        assert _shows(items, table_title(source.table), dates, str(source.records))


def test_every_table_that_counts_has_a_name_on_the_page() -> None:
    assert all(table_title(table) for table in set(TABLES) - {"outcomes"})


def test_the_page_names_the_next_renewal(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    # Scores as of June 2024 are made on 6 July; the next ones, as of July, on 6 August.
    assert str(scored.as_of) == "2024-06"
    assert any(
        "Next renewal: August 6, 2024." in text for text in parsed(person_page(scored, sesame.programme)).texts("p")
    )


def test_too_little_data_is_said_not_to_be_a_low_score(unscored: Standing, sesame: Definition, parsed: Parsed) -> None:
    page = parsed(person_page(unscored, sesame.programme))
    assert "Not enough data" in page.texts("p")
    assert "This is not a low score. Nobody may treat it as one." in page.texts("p")
    assert page.all("svg") == []
    assert [e for e in page.elements if "band" in e.attributes.get("class", "").split()] == []


def test_too_little_data_has_a_reason_in_words(unscored: Standing, sesame: Definition, parsed: Parsed) -> None:
    texts = [rule.text["en"] for rule in sesame.programme.coverage]
    assert unscored.not_scored is not None
    assert set(texts) & set(parsed(person_page(unscored, sesame.programme)).texts("p"))


def test_hostile_texts_stay_texts(scored: Standing, sesame: Definition, parsed: Parsed) -> None:
    hostile = replace(
        scored,
        person=HOSTILE,
        run=HOSTILE,
        card=HOSTILE,
        reasons=[replace(scored.reasons[0], text=HOSTILE)],
        recourse=[replace(scored.recourse[0], text=HOSTILE)],
        not_counted=[NotCounted("dues", HOSTILE, HOSTILE, date(2018, 1, 1), "too_old", HOSTILE)],
        sources=[SourceCount("dues", HOSTILE, 1, date(2018, 1, 1), date(2018, 1, 1))],
    )
    usual = parsed(person_page(scored, sesame.programme))
    page = parsed(person_page(hostile, sesame.programme))
    assert page.wrong == []
    assert {e.tag for e in page.elements} <= {e.tag for e in usual.elements}
    assert {name for e in page.elements for name in e.attributes} <= {
        name for e in usual.elements for name in e.attributes
    }
    assert page.texts("h1") == [HOSTILE]
    assert page.all("body")[0].text.count(HOSTILE) == 9
