"""What `registry publish` and the daily `registry collect` say of months that are too old, and of what was stopped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.verbs import Said

from goodstanding.cli import registry_verbs
from goodstanding.errors import Unavailable
from goodstanding.registry import open_registry
from goodstanding.registry.people import NOTICE_VERSION, identifier, join

Run = Callable[..., Said]
TOO_OLD = "Scores of 2024-12 are too old to be answered from"


@pytest.fixture
def room(run: Run, own: Path) -> Path:
    """The scored town with a registry, the programme in force and one person of it."""
    steps = [
        ("registry", "create"),
        ("programme", "draft", "sesame", "--by", "ann"),
        ("programme", "review", "sesame", "1.0.0", "--by", "bob"),
        ("programme", "publish", "sesame", "1.0.0", "--by", "bob"),
    ]
    assert [run(*step, "--workspace", own).code for step in steps] == [0] * 4
    with open_registry(own) as registry:
        known_by = [identifier("record_id", "P000003")]
        registry.do(
            lambda transaction: join(
                transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
            )
        )
    return own


def test_a_month_that_is_too_old_is_told_when_it_is_published_and_every_day(
    run: Run, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDING_TODAY", "2026-06-15")
    first = run("registry", "publish", "sesame", "--workspace", room)
    assert "is published, for 1 people." in first.out
    assert TOO_OLD in first.out
    assert "The oldest month that is answered from is 2026-03." in first.out
    said = json.loads(run("registry", "publish", "sesame", "--json", "--workspace", room).out)
    assert (said["too_old"], said["oldest_month"]) == (True, "2026-03")
    assert f"sesame: {TOO_OLD}" in run("registry", "collect", "--workspace", room).out
    old = json.loads(run("registry", "collect", "--json", "--workspace", room).out)
    assert old["too_old"] == [{"programme": "sesame", "newest_month": "2024-12", "until": "2025-04-01"}]
    assert old["oldest_month"] == "2026-03"


def test_a_month_that_is_answered_from_is_told_before_it_no_longer_is(
    run: Run, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDING_TODAY", "2025-02-15")
    assert "is answered from, for 1 people." in run("registry", "publish", "sesame", "--workspace", room).out
    assert "not_enough_data" not in run("registry", "collect", "--workspace", room).out
    monkeypatch.setenv("STANDING_TODAY", "2025-03-15")
    assert "sesame: from 2025-04-01 on every answer is" in run("registry", "collect", "--workspace", room).out


def test_a_chore_that_was_stopped_says_nothing_of_what_it_did(
    run: Run, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_: object) -> None:
        raise Unavailable("room", "here")

    for name in ("collect", "expire_consents"):
        monkeypatch.setattr(registry_verbs, name, stops)
    monkeypatch.setattr(registry_verbs, "expire_consents", lambda *_, **__: stops())
    found = run("registry", "collect", "--workspace", room)
    assert found.code == 1
    assert "no room left" in found.err
    assert "Records taken over" not in found.out
    assert "Cases closed by the clock: 0." in found.out
    assert "onsents run out" not in found.out
    said = json.loads(run("registry", "collect", "--json", "--workspace", room).out)
    assert (said["items"], said["rescored"], said["consents_expired"], said["cases_closed"]) == (None, None, None, 0)
    assert (said["put_back"], said["in_notice"]) == (None, 0)
