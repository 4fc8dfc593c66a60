"""Where somebody's id stands in a text: beside whatever it may, escaped as it may be, or cut off."""

import html
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment

from goodstanding.records.characters import one_form
from goodstanding.scoring.written_pages import quoting

IDS = st.text(min_size=1, max_size=70).filter(lambda text: one_form(text) == text)
BESIDE = st.text("由担保é_- .,:;/<>&'\"()\t\n\u3000", max_size=5)


@pytest.mark.parametrize(
    "text",
    [
        *("P000002", "由P000002担保", "P000002_old", "_P000002", "dues_P000002.csv", "P000002-3", "张三P000002"),
        *("P000002号", "éP000002é", "x P000002.", "P000\ufffd002 (U+200B)", "P000002P000001 P000002"),
    ],
)
def test_an_id_is_found_beside_whatever_is_no_letter_or_digit_of_ascii(text: str) -> None:
    found = quoting(["P000002"])
    assert found.line(text)
    assert found.page(text)


@pytest.mark.parametrize("text", ["P0000021", "XP000002", "1P000002", "P000002st", "P00002", "p000002", ""])
def test_an_id_within_another_is_another(text: str) -> None:
    found = quoting(["P000002"])
    assert not found.line(text)
    assert not found.page(text)


@given(IDS, BESIDE, BESIDE)
@example("O'Brien", "", "")
@example('Q"uote', "由", "_")
@example("A&amp;B", "", "")
@example("张三", "", "")
def test_an_id_is_found_in_any_page_however_it_is_escaped(person: str, before: str, after: str) -> None:
    found, said = quoting([person]), f"{before}{person}{after}"
    page = Environment(autoescape=True).from_string("<h1>{{ said }}</h1>").render(said=said)
    for text in (said, page, html.escape(said), f'<a href="/person?id={quote_plus(person)}">'):
        assert found.page(text)
    assert found.line(said)


@given(IDS, IDS.filter(lambda text: "\ufffd" not in text and len(text) < 60))
def test_nobody_is_found_in_what_does_not_name_them(person: str, other: str) -> None:
    assert person in other or not quoting([person]).line(other)
    assert not quoting([]).page(other)


@pytest.mark.parametrize("length", [100, 55, 20])
def test_an_id_that_quarantine_cut_off_is_found_if_it_can_be_known(length: int) -> None:
    person = "LONGSECRET" + "x" * (length - 10)
    found = quoting([person])
    for kept in range(13, min(length, 60)):
        cut = ("nobody " * 20)[: 60 - kept - 1] + " " + person[:kept]
        assert len(cut) == 60
        assert found.line(cut)
    assert not found.line(("nobody " * 20)[: 60 - len("LONG") - 1] + " LONG")
    assert not found.line("x" * (60 - 15) + person[:15])
    assert not found.line(f"nobody {person[:15]}")
