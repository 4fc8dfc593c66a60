"""Saying a sentence in the language in force."""

import threading

import pytest

from goodstanding.errors import BadInput
from goodstanding.months import Month
from goodstanding.wording import language, mark, messages, tr, use_language


def test_a_sentence_is_filled_with_values() -> None:
    assert tr("and {n} more", n=3) == "and 3 more"


def test_a_chinese_sentence_is_filled_with_values() -> None:
    with use_language("zh-Hans"):
        assert tr("and {n} more", n=3) == "还有3人"


def test_a_value_with_braces_is_left_as_it_is() -> None:
    assert tr("Check the {name}.", name="{n}") == "Check the {n}."


def test_a_sentence_without_values_may_hold_braces() -> None:
    assert tr("a {brace}") == "a {brace}"


def test_a_sentence_without_chinese_is_said_in_english() -> None:
    with use_language("zh-Hans"):
        assert tr("a sentence of a plug-in") == "a sentence of a plug-in"


def test_a_marked_sentence_is_said_later_in_the_language_then_in_force() -> None:
    sentence = mark("payments")
    assert sentence == "payments"
    with use_language("zh-Hans"):
        assert tr(sentence) == "收支"


def test_english_needs_no_catalogue() -> None:
    assert messages("en") == {}


def test_languages_nest_and_come_back() -> None:
    with use_language("zh-Hans"):
        with use_language("en"):
            assert language() == "en"
        assert language() == "zh-Hans"
    assert language() == "en"


def test_naming_no_language_leaves_the_one_in_force() -> None:
    with use_language("zh-Hans"), use_language(None):
        assert language() == "zh-Hans"


def test_the_language_comes_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), use_language("zh-Hans"):
        raise RuntimeError
    assert language() == "en"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"xx-Klingon.*zh-Hans"), use_language("xx-Klingon"):
        tr("payments")


def test_another_thread_keeps_its_own_language() -> None:
    heard: list[str] = []
    with use_language("zh-Hans"):
        thread = threading.Thread(target=lambda: heard.append(tr("payments")))
        thread.start()
        thread.join()
    assert heard == ["payments"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh-Hans"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "de_DE.UTF-8"}, "zh-Hans"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-Hans"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_machine_says_which_language(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_an_error_is_wholly_chinese() -> None:
    with use_language("zh-Hans"), pytest.raises(BadInput) as caught:
        Month.parse("2024-13")
    assert str(caught.value) == "月份：发现'2024-13'；应为YYYY-MM格式的月份。请写成2024-03这样。"
