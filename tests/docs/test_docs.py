"""The guides name what there is: a table, column, word or verb without a line in them is found."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest

from goodstanding.cli import app
from goodstanding.engines import vocabulary
from goodstanding.law.legal_facts import BANS, FACTS
from goodstanding.programmes import (
    Band,
    Ceiling,
    Coverage,
    DeclaredCharacteristic,
    DeclaredScale,
    Dimension,
    Perk,
    Programme,
    load_programme,
)
from goodstanding.programmes.programme import ExpertCard
from goodstanding.records import TABLES
from goodstanding.records.tables import COMMON
from goodstanding.scoring import shown

ROOT = Path(__file__).parents[2]
RECORDS = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
PROGRAMMES = (ROOT / "docs" / "programmes.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _section(text: str, title: str) -> str:
    return text.split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]


@pytest.mark.parametrize("table", TABLES)
def test_records_guide_names_every_column_and_choice(table: str) -> None:
    section = _section(RECORDS, table)
    for field in TABLES[table].own:
        row = next(line for line in section.splitlines() if line.startswith(f"| `{field.name}`"))
        assert ("(optional)" in row) is not field.required, field.name
        assert all(f"`{choice}`" in row for choice in field.choices), field.name


def test_records_guide_names_every_common_column() -> None:
    assert all(f"| `{field.name}`" in RECORDS for field in COMMON)


def test_records_guide_names_no_column_that_is_gone() -> None:
    known = {field.name for table in TABLES.values() for field in table.fields}
    assert set(re.findall(r"^\| `(\w+)`", RECORDS, flags=re.MULTILINE)) <= known


def test_programme_guide_names_every_word_of_the_vocabulary() -> None:
    named = set(re.findall(r"`(\w+)(?:\(|`)", PROGRAMMES))
    words = re.findall(r"^    ([a-z_]+)\(", vocabulary.__doc__ or "", flags=re.MULTILINE)
    assert len(words) >= 8
    assert set(words) <= named


KEYS = {
    info.encode_name
    for kind in (Programme, DeclaredScale, Band, Dimension, Perk, Coverage, Ceiling, DeclaredCharacteristic)
    for info in msgspec.structs.fields(kind)
} - {"law", "measures"} | {Programme.__struct_config__.tag_field}
UNITS = get_args(get_type_hints(DeclaredCharacteristic)["unit"])


def test_programme_guide_names_every_key_and_no_other() -> None:
    rows = re.findall(
        r"^\| (.*?) \|", PROGRAMMES.split("## The file", 1)[1].split("### Units", 1)[0], flags=re.MULTILINE
    )
    assert {name for row in rows for name in re.findall(r"`\[*(\w+)\]*`", row)} == KEYS


def test_programme_guide_says_how_each_unit_is_shown() -> None:
    section = _section(PROGRAMMES, "Units")
    assert set(re.findall(r"^\| `(\w+)` \| ", section, flags=re.MULTILINE)) - {"unit"} == set(UNITS)
    any_characteristic = load_programme("sesame").programme.characteristics[0]
    for unit in UNITS:
        row = next(line for line in section.splitlines() if line.startswith(f"| `{unit}`"))
        value = 0.7532 if unit == "percent" else 12.34
        assert row.endswith(f"| {shown(msgspec.structs.replace(any_characteristic, unit=unit), value)} |")


def test_programme_guide_names_every_key_of_a_law_pack() -> None:
    section = _section(PROGRAMMES, "Law").split("\n## ")[0]
    rows = re.findall(r"^\| (.*?) \|", section, flags=re.MULTILINE)
    fields = {"name", "title", "calendar", *FACTS, *BANS}
    assert {name for row in rows for name in re.findall(r"`(?:\[\[)?(\w+)(?:\]\])?`", row)} == fields


def test_readme_names_every_verb() -> None:
    verbs = [name for name in app if not name.startswith("-")]
    assert len(verbs) >= 12
    assert all(f"standing {verb}" in README or f"make {verb}" in README for verb in verbs)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", README)
    assert links
    assert all((ROOT / (a or b)).exists() for a, b in links)


def test_every_decision_says_what_and_why() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        assert "**Decision.**" in text, page.name
        assert re.search(r"\*\*Why\b[^*]*\*\*", text), page.name


def test_programme_guide_shows_an_expert_card_that_reads() -> None:
    section = PROGRAMMES.split("## The expert card\n", 1)[1]
    example = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    card = msgspec.toml.decode(example, type=ExpertCard)
    assert card.base == 50
    assert [len(one.points) - len(one.cuts) for one in card.characteristics.values()] == [1, 1]


def test_no_sentence_of_the_programme_guide_is_said_twice() -> None:
    assert PROGRAMMES.count("is a whole number of months") == 1
