"""The pages in Chinese."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from goodstanding.programmes import Definition
from goodstanding.scoring import Standing, standing_of
from goodstanding.service.pages.local_site import local_site
from goodstanding.service.pages.person_page import person_page
from goodstanding.store import Workspace
from goodstanding.wording import use_language

LATIN = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    with use_language("zh-Hans"):
        yield


@pytest.fixture
def standing(hamlet: Workspace, sesame: Definition) -> Standing:
    found = (standing_of(hamlet, sesame, f"P{i:06d}") for i in range(20))
    return next(s for s in found if s.score is not None and s.reasons and s.recourse)


def test_headings_and_labels_are_chinese(standing: Standing, sesame: Definition, parsed: Callable[[str], Any]) -> None:
    page = parsed(person_page(standing, sesame.programme, home="/"))
    labels = [e.attributes["aria-label"] for e in page.elements if "aria-label" in e.attributes]
    said = [*page.texts("h2", "summary", "a"), *labels]
    assert len(said) > 7
    assert [text for text in said if LATIN.search(text)] == []


def test_band_dimensions_reasons_and_advice_are_chinese(
    standing: Standing, sesame: Definition, parsed: Callable[[str], Any]
) -> None:
    page = parsed(person_page(standing, sesame.programme))
    told = [text for text in page.texts("li") if "wallet" not in text]
    own = [reason.text for reason in standing.reasons] + [step.text for step in standing.recourse]
    assert own
    assert [text for text in own if LATIN.search(text)] == []
    assert any("信用历史" in text for text in told)


def test_months_and_days_are_written_the_chinese_way(
    standing: Standing, sesame: Definition, parsed: Callable[[str], Any]
) -> None:
    body = parsed(person_page(standing, sesame.programme)).texts("body")[0]
    assert "截至2024年6月底" in body
    assert "下次更新：2024年8月6日。" in body


def test_too_little_data_is_said_in_chinese(
    hamlet: Workspace, sesame: Definition, odd_ids: list[str], parsed: Callable[[str], Any]
) -> None:
    said = parsed(person_page(standing_of(hamlet, sesame, odd_ids[0]), sesame.programme)).texts("p")
    assert "数据不足" in said
    assert "这不是低分，任何人都不得当作低分对待。" in said


def test_the_site_speaks_the_language_in_which_it_was_made(
    hamlet: Workspace, sesame: Definition, parsed: Callable[[str], Any]
) -> None:
    site = local_site(hamlet, sesame)
    with use_language("en"), TestClient(site, base_url="http://127.0.0.1:8350") as client:
        page = parsed(client.get("/").text)
    assert page.all("html")[0].attributes["lang"] == "zh-Hans"
    assert [text for text in page.texts("h1", "h2") if LATIN.search(text)] == []
