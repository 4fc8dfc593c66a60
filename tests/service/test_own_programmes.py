"""Programmes of every shape, each taken from records to its page: nothing breaks, nothing is said that is not so."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from tests.programmes.varied import FORMULAS, Shape, write_programme

from goodstanding.errors import NotReady
from goodstanding.lab import Town, build_town
from goodstanding.months import today
from goodstanding.programmes import Definition, load_programme
from goodstanding.records import folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.scoring import Standing, run_to_show, score_month, score_rows, standing_of
from goodstanding.service.pages.local_site import local_site
from goodstanding.service.pages.person_page import person_page
from goodstanding.service.pages.tones import tones_css
from goodstanding.statements import build_statements
from goodstanding.store import Workspace
from goodstanding.wording import use_language

Parsed = Callable[[str], Any]
SESAME_ONLY = re.compile(
    r"\b(poor|fair|excellent|outstanding|credit.history|behaviour|fulfilment|relationships|sesame|visa)\b",
    re.IGNORECASE,
)
LONG = {name: f"{name.replace('_', ' ')} and whatever else it is called in a law" for name in FORMULAS}
SHAPES = {
    "one of everything": Shape(1, 1, on_card=1),
    "two dimensions on a range to 100": Shape(2, 2, (0, 100)),
    "three dimensions from 1 to 10": Shape(3, 3, (1, 10), ("zh-Hans",)),
    "four dimensions in Hindi": Shape(4, 4, (300, 900), ("hi",)),
    "five of a firm": Shape(5, 5, (0, 1000), subject="business", day=28),
    "six dimensions without advice or perks": Shape(6, 6, (300, 850), advice=False, perks=False),
    "seven dimensions without coverage": Shape(7, 7, (250, 900), coverage=False, declared=True, day=1),
    "eight dimensions in three languages": Shape(8, 8, (0, 800), ("sw", "zh-Hans", "en")),
    "twelve bands": Shape(12, 4, (100, 700)),
    "no law": Shape(3, 3, jurisdictions=("none",)),
    "no law in Chinese alone": Shape(4, 2, (0, 100), ("zh-Hans",), jurisdictions=("none",)),
    "some characteristics on the card": Shape(3, 5, on_card=2),
    "long titles": Shape(3, 6, titles=LONG),
    "two laws": Shape(3, 3, jurisdictions=("us", "in")),
}


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Workspace]:
    """Twenty synthetic people, rolled up; each programme's scores are made beside the others'."""
    folder = tmp_path_factory.mktemp("village")
    town = build_town(folder / "town", people=20, months=18)
    room = Workspace(folder / "standing")
    load(room, folder_feeds(town.folder), today(), strict=True, stamp=read_stamp(town.folder))
    build_statements(room)
    return town, room


@dataclass(frozen=True)
class Walked:
    """A programme that was taken all the way: its shape, and two people's standings and pages by reader's language."""

    shape: Shape
    definition: Definition
    room: Workspace
    standings: list[Standing]
    pages: dict[str, list[str]]


@pytest.fixture(scope="module")
def walk(village: tuple[Town, Workspace], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Walked]:
    """Take the programme of a shape all the way, once."""
    town, room = village

    @cache
    def take(title: str) -> Walked:
        name = f"own_{list(SHAPES).index(title)}"
        definition = load_programme(write_programme(tmp_path_factory.mktemp("own"), SHAPES[title], name))
        for month in (town.last.plus(-1), town.last):
            manifest = score_month(room, definition, month, today())
        people = [row.person for some in score_rows(room, manifest) for row in some]
        assert len(people) == 20
        found: dict[str, list[Standing]] = {}
        pages: dict[str, list[str]] = {}
        for reader in ("en", "zh-Hans"):
            with use_language(reader):
                found[reader] = [standing_of(room, definition, one) for one in people[:2]]
                pages[reader] = [person_page(one, definition.programme) for one in found[reader]]
        return Walked(SHAPES[title], definition, room, found["en"], pages)

    return take


@pytest.fixture(params=SHAPES)
def walked(request: pytest.FixtureRequest, walk: Callable[[str], Walked]) -> Walked:
    return walk(request.param)


@pytest.fixture(params=["en", "zh-Hans"])
def pages(request: pytest.FixtureRequest, walked: Walked) -> list[str]:
    """The people's pages, in a language of the reader's."""
    return walked.pages[request.param]


def test_a_score_lies_in_the_range_and_adds_up(walked: Walked) -> None:
    least, greatest = walked.shape.range
    for one in walked.standings:
        assert one.score is not None
        assert least <= one.score <= greatest
        total = one.base + sum(dimension.points for dimension in one.dimensions)
        assert one.score == min(max(total, least), greatest)
        json.dumps(one.to_json())


def test_the_page_says_what_the_programme_has_and_nothing_of_another(
    walked: Walked, pages: list[str], parsed: Parsed
) -> None:
    for text, standing in zip(pages, walked.standings, strict=True):
        page = parsed(text)
        assert page.wrong == []
        shown = page.all("body")[0].text
        assert SESAME_ONLY.findall(shown + " ".join(e.attributes.get("class", "") for e in page.elements)) == []
        for dimension in walked.definition.programme.dimensions:
            assert next(iter(dimension.title.values())) in shown
        assert str(standing.score) in page.texts("p")
        sections = 6 + walked.shape.advice + walked.shape.perks + bool(standing.not_known)
        assert len(page.all("section")) == sections


def test_only_what_is_on_the_card_is_said_not_to_be_known(walked: Walked) -> None:
    on_card = set(list(FORMULAS)[: walked.shape.on_card])
    for standing in walked.standings:
        assert {name for group in standing.not_known for name in group.characteristics} <= on_card


def test_each_band_has_a_colour_of_its_own_by_its_place(walked: Walked, pages: list[str], parsed: Parsed) -> None:
    bands = walked.definition.programme.bands
    style = tones_css(len(bands))
    colours = re.findall(r"--tone: (#[0-9a-f]{6})", style)
    assert len(set(colours)) == len(colours) == 2 * len(bands)
    for text, standing in zip(pages, walked.standings, strict=True):
        assert style in text
        page = parsed(text)
        assert standing.score is not None
        place = bands.index(walked.definition.programme.band(standing.score))
        stretches = [
            e.attributes["class"] for e in page.all("span") if e.attributes.get("style", "").startswith("flex")
        ]
        assert stretches == [f"tone-{i}" + " here" * (i == place) for i in range(len(bands))]
        (pill,) = [e for e in page.all("span") if e.attributes.get("class", "").startswith("band ")]
        assert pill.attributes["class"] == f"band tone-{place}"


def test_dimensions_are_a_radar_or_bars(walked: Walked, pages: list[str], parsed: Parsed) -> None:
    for text in pages:
        page = parsed(text)
        names = [e for e in page.all("text") if e.attributes.get("class") == "name"]
        bars = [e for e in page.all("i") if e.attributes.get("class") == "bar"]
        on_card = min(walked.shape.on_card or 0, walked.shape.dimensions)
        assert (len(names), len(bars)) in {(walked.shape.dimensions, 0), (0, on_card)}
        assert bool(names) == (walked.shape.dimensions >= 3 and walked.shape.titles is not LONG)


def test_where_no_law_was_checked_every_page_says_so_and_no_other_does(walked: Walked, pages: list[str]) -> None:
    none = walked.shape.jurisdictions == ("none",)
    for text in pages:
        assert ("No law was checked." in text or "未审核任何法律。" in text) == none
    assert all((one.to_json().get("law") == "No law was checked.") == none for one in walked.standings)
    with TestClient(local_site(walked.room, walked.definition), base_url="http://127.0.0.1:8350") as client:
        assert ("No law was checked." in client.get("/").text) == none
        assert ("No law was checked." in client.get("/person", params={"id": walked.standings[0].person}).text) == none


def test_the_list_names_every_band_by_its_place(walked: Walked, parsed: Parsed) -> None:
    with TestClient(local_site(walked.room, walked.definition), base_url="http://127.0.0.1:8350") as client:
        page = parsed(client.get("/").text)
    assert page.wrong == []
    places = [int(e.attributes["class"].removeprefix("tone-")) for e in page.all("section") if "class" in e.attributes]
    assert places
    assert all(a > b for a, b in pairwise(places))
    links = {e.attributes["href"] for e in page.all("a") if e.attributes["href"].startswith("#")}
    assert links == {f"#{e.attributes['id']}" for e in page.all("section") if "id" in e.attributes}


def test_perks_that_name_money_are_shown_to_people_with_such_money_only(
    scored_town: Workspace, sesame: Definition, parsed: Parsed
) -> None:
    people = (row for some in score_rows(scored_town, run_to_show(scored_town, "sesame")) for row in some)
    rich = next(row.person for row in people if row.score is not None and row.score >= 750)
    standing = standing_of(scored_town, sesame, rich)
    assert standing.currency == "CNY"
    offered = parsed(person_page(standing, sesame.programme)).all("body")[0].text
    assert "CNY 50,000" in offered
    assert "Singapore visa" in offered
    for currency in ("KES", None):
        elsewhere = parsed(person_page(replace(standing, currency=currency), sesame.programme)).all("body")[0].text
        assert "Rentals without deposit" in elsewhere
        assert not re.search("CNY|visa", elsewhere)


def test_a_programme_of_other_money_does_not_score_these_people(
    village: tuple[Town, Workspace], tmp_path: Path
) -> None:
    town, room = village
    folder = write_programme(tmp_path, Shape(), "own_kes")
    file = tmp_path / "programme.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("day = 12", 'day = 12\ncurrencies = ["KES"]'), "utf-8")
    with pytest.raises(NotReady, match="found money in CNY; expected money in KES, as own_kes says"):
        score_month(room, load_programme(folder), town.last, today())


def test_a_programme_without_a_card_says_that_it_has_none(village: tuple[Town, Workspace], tmp_path: Path) -> None:
    town, room = village
    definition = load_programme(write_programme(tmp_path, Shape(on_card=None), "own_cardless"))
    with pytest.raises(NotReady, match="own_cardless: found no card"):
        score_month(room, definition, town.last, today())
