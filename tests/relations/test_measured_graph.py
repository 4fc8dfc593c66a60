"""A month's graph, measured and kept."""

from collections.abc import Callable
from datetime import date

import pytest

from goodstanding.engines import Duck, Engine, files
from goodstanding.engines.spark import Spark
from goodstanding.errors import BadInput, NotReady
from goodstanding.months import Month
from goodstanding.relations import measured_graph
from goodstanding.relations.measured_graph import Relations, measure_relations
from goodstanding.store import Workspace

Known = Callable[..., Workspace]
MONTH = Month.parse("2024-12")
TODAY = date(2025, 1, 1)


def tied(*pairs: str) -> list[dict[str, str]]:
    return [{"person_id": a, "other_person": b, "happened_on": "2024-03-05"} for a, b in map(str.split, pairs)]


def measured(workspace: Workspace, engine: Engine | None = None) -> Relations:
    if engine:
        return measure_relations(workspace, MONTH, TODAY, engine)
    with Duck() as duck:
        return measure_relations(workspace, MONTH, TODAY, duck)


def rows(workspace: Workspace, of: str) -> list[tuple[object, ...]]:
    paths = [workspace.path(entry) for entry in workspace.catalogue.under(f"relations/{MONTH}/{of}")]
    with Duck() as duck:
        return [tuple(row.values()) for row in duck.rows(f"SELECT * FROM {files(paths)} ORDER BY ALL")] if paths else []


def test_the_graph_is_counted_and_each_person_measured(known: Known) -> None:
    shared = [{"person_id": person, "value": "x", "happened_on": "2024-01-01"} for person in ("ann", "bo")]
    workspace = known(transfers=tied("ann bo", "bo ann", "bo cy", "ann cy"), details=shared)
    ties = {"transfers": 3, "address": 1}
    assert measured(workspace) == Relations(MONTH, people=3, ties=ties, components=1, largest=3, core=2, in_core=3)
    assert [row[:4] for row in rows(workspace, "people")] == [(person, 2, "ann", 2) for person in ("ann", "bo", "cy")]
    assert len(rows(workspace, "ties")) == 4


def test_the_same_is_found_again(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = known(transfers=tied("ann bo"))
    first, before = measured(workspace), workspace.catalogue

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(measured_graph, "_measure", fail)
    assert measured(workspace) == first
    assert workspace.catalogue == before
    monkeypatch.setattr(measured_graph, "code_digest", lambda: "another program")
    with pytest.raises(AssertionError):
        measured(workspace)


def test_what_changed_replaces_what_was_found(known: Known) -> None:
    workspace = known(transfers=tied("ann bo"))
    measured(workspace)
    known(transfers=[*tied("ann bo"), *tied("cy di")])
    assert measured(workspace).components == 2
    assert [row[0] for row in rows(workspace, "people")] == ["ann", "bo", "cy", "di"]
    assert len(list((workspace.root / "relations").rglob("*.parquet"))) == 2


def test_a_tie_that_was_withdrawn_does_not_stay_on_file(known: Known) -> None:
    first = tied("ann bo")[0] | {"state": "valid", "record_id": "t", "known_on": "2024-03-05"}
    workspace = known(transfers=[first])
    measured(workspace)
    known(transfers=[first, first | {"state": "withdrawn", "known_on": "2024-06-01"}])
    assert measured(workspace) == Relations(MONTH, people=0, ties={}, components=0, largest=0, core=0, in_core=0)
    assert list((workspace.root / "relations").rglob("*.parquet")) == []


def test_a_file_that_is_gone_is_made_anew_and_one_that_was_changed_is_refused(known: Known) -> None:
    workspace = known(transfers=tied("ann bo"))
    first = measured(workspace)
    (people,) = (workspace.root / "relations").rglob("people/*.parquet")
    held = people.read_bytes()
    people.unlink()
    assert measured(workspace) == first
    assert people.read_bytes() == held
    (ties,) = (workspace.root / "relations").rglob("ties/*.parquet")
    people.write_bytes(ties.read_bytes())
    with pytest.raises(BadInput, match="The file was changed"):
        measured(workspace)


def test_a_month_that_has_not_ended_is_not_measured(known: Known) -> None:
    workspace = known(transfers=tied("ann bo"))
    with Duck() as duck, pytest.raises(NotReady, match="2025-01: found today is 2025-01-01; expected a month that has"):
        measure_relations(workspace, MONTH.plus(1), TODAY, duck)


def test_statements_come_first(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match=r"`standing statements`"):
        measured(workspace)


def test_spark_keeps_the_same_rows(known: Known, spark: Spark) -> None:
    shared = [{"person_id": person, "value": "x", "happened_on": "2024-01-01"} for person in ("ann", "di")]
    workspace = known(transfers=tied("ann bo", "bo cy", "ann cy"), details=shared)
    first = measured(workspace, spark)
    by_spark = [rows(workspace, of) for of in ("ties", "people")]
    for path in (workspace.root / "relations").rglob("*.parquet"):
        path.unlink()
    assert measured(workspace) == first
    assert [rows(workspace, of) for of in ("ties", "people")] == by_spark
