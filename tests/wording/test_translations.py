"""The Chinese catalogue says all that the program says, and nothing else."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from goodstanding.wording import LANGUAGES

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="session")
def catalogues() -> list[Path]:
    import goodstanding.wording  # noqa: PLC0415 - only its folder is wanted

    return sorted(Path(goodstanding.wording.__file__).parent.glob("*.po"))


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_the_program_says_enough_for_the_search_to_be_working(english: Mapping[str, Path]) -> None:
    assert {"Not enough data", "nothing there", "a day not after known_on", "Month by month"} <= set(english)


def test_every_sentence_is_said_in_chinese(english: Mapping[str, Path], chinese: Mapping[str, str]) -> None:
    assert {sentence: path.name for sentence, path in english.items() if sentence not in chinese} == {}


def test_no_chinese_sentence_is_left_over(english: Mapping[str, Path], chinese: Mapping[str, str]) -> None:
    assert [sentence for sentence in chinese if sentence not in english] == []


def test_both_languages_fill_in_the_same_values(chinese: Mapping[str, str]) -> None:
    assert [en for en, zh in chinese.items() if _placeholders(en) != _placeholders(zh)] == []


def test_every_chinese_sentence_has_chinese_in_it(chinese: Mapping[str, str]) -> None:
    only_names = {en for en, zh in chinese.items() if not HAN.search(zh)}
    assert only_names == set()


def test_chinese_sentences_end_as_the_english_ones_do(chinese: Mapping[str, str]) -> None:
    assert [en for en, zh in chinese.items() if en.endswith(".") != zh.endswith(("。", "..."))] == []


def test_chinese_sentences_use_chinese_punctuation(chinese: Mapping[str, str]) -> None:
    western = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]")
    assert [zh for zh in chinese.values() if western.search(zh)] == []


def test_each_language_but_english_has_a_catalogue(catalogues: list[Path]) -> None:
    assert {path.stem for path in catalogues} == set(LANGUAGES) - {"en"}


def test_no_entry_is_fuzzy_or_given_twice(catalogues: list[Path]) -> None:
    for path in catalogues:
        text = path.read_text(encoding="utf-8")
        with path.open("rb") as stream:
            entries = [entry for entry in read_po(stream, abort_invalid=True) if entry.id]
        assert not [entry.id for entry in entries if entry.fuzzy]
        assert text.count("\nmsgid ") == len(entries)
