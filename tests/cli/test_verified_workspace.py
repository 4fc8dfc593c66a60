"""`publish` and `collect` note where the workspace's history stands; `verify` names what was changed since."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from goodstanding.store import Workspace

Run = Callable[..., Any]


def test_a_workspace_is_noted_when_it_is_published_and_collected_and_what_was_changed_is_named(
    run: Run, own: Path
) -> None:
    room, workspace = ("--workspace", own), Workspace(own)
    steps = [
        ("registry", "create"),
        ("programme", "draft", "sesame", "--by", "ann"),
        ("programme", "review", "sesame", "1.0.0", "--by", "bob"),
        ("programme", "publish", "sesame", "1.0.0", "--by", "bob"),
    ]
    assert [run(*step, *room).code for step in steps] == [0] * 4

    def lines() -> int:
        said = run("verify", "--json", *room)
        assert (said.code, json.loads(said.out)["findings"]) == (0, [])
        return json.loads(said.out)["lines"]

    before = lines()
    assert run("registry", "publish", "sesame", *room).code == 0
    # The publication's beginning, that it is of nobody, and the note.
    assert lines() == before + 3
    assert run("registry", "collect", *room).code == 0
    assert lines() == before + 3
    with workspace.stage() as staging:
        staging.set("note", "next")
    assert run("registry", "collect", *room).code == 0
    assert lines() == before + 4
    assert "Pages in reports/" not in run("verify", *room).out
    assert run("page", "P000003", *room).code == 0
    assert (lines(), json.loads(run("verify", "--json", *room).out)["pages_not_checked"]) == (before + 4, 1)
    assert "Pages in reports/ are not checked, 1: anybody may change one." in run("verify", *room).out
    (own / "history.jsonl").write_text("")
    catalogue = own / "catalogue.json"
    catalogue.write_text(catalogue.read_text().replace('"currency": "CNY"', '"currency": "EUR"'))
    entry = next(workspace.catalogue.under("statements"))
    (own / entry.path).write_bytes(b"")
    said = run("verify", *room)
    assert said.code == 1
    number = workspace.catalogue.head.number if workspace.catalogue.head else 0
    assert f"history {number}: removed." in said.out
    assert f"file {entry.path}: changed." in said.out
    for refused in (("score", "sesame", "--as-of", "2024-12"), ("statements",)):
        assert "The file was changed after it was written" in run(*refused, *room).err
