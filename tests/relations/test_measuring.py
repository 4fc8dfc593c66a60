"""A month's graph, measured and kept."""

from collections.abc import Callable

import pytest

from goodstanding.engines import Duck, files
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.relations.measuring import Relations, measure_relations
from goodstanding.store import Workspace

Known = Callable[..., Workspace]
MONTH = Month.parse("2024-12")


def tied(*pairs: str) -> list[dict[str, str]]:
    return [{"person_id": a, "other_person": b, "happened_on": "2024-03-05"} for a, b in map(str.split, pairs)]


def people(workspace: Workspace) -> list[tuple[object, ...]]:
    paths = [workspace.path(e) for e in workspace.catalogue.under("relations") if "people-" in e.path]
    with Duck() as duck:
        return [tuple(row.values()) for row in duck.rows(f"SELECT * EXCLUDE (rank) FROM {files(paths)}")]


def test_the_graph_is_counted_and_each_person_measured(known: Known) -> None:
    shared = [{"person_id": person, "value": "x", "happened_on": "2024-01-01"} for person in ("ann", "bo")]
    workspace = known(transfers=tied("ann bo", "bo ann", "bo cy", "ann cy"), details=shared)
    with Duck() as duck:
        found = measure_relations(workspace, MONTH, duck)
    ties = {"transfers": 3, "address": 1}
    assert found == Relations(MONTH, people=3, ties=ties, components=1, largest=3, core=2, in_core=3)
    assert people(workspace) == [("ann", 2, "ann", 2), ("bo", 2, "ann", 2), ("cy", 2, "ann", 2)]


def test_the_same_is_found_again_and_what_changed_replaces_it(known: Known) -> None:
    workspace = known(transfers=tied("ann bo"))
    with Duck() as duck:
        measure_relations(workspace, MONTH, duck)
        before = workspace.catalogue
        measure_relations(workspace, MONTH, duck)
        assert workspace.catalogue == before
        later = known(transfers=[*tied("ann bo"), *tied("cy di")])
        assert measure_relations(later, MONTH, duck).components == 2
    assert [row[0] for row in people(later)] == ["ann", "bo", "cy", "di"]
    assert len(list(later.catalogue.under("relations"))) == 2


def test_without_a_tie_there_is_nothing_to_measure_and_nothing_is_kept(known: Known) -> None:
    workspace = known()
    before = workspace.catalogue
    with Duck() as duck, pytest.raises(NotReady, match=r"2024-12: found no two people are tied; expected transfers"):
        measure_relations(workspace, MONTH, duck)
    assert workspace.catalogue == before


def test_statements_come_first(workspace: Workspace) -> None:
    with Duck() as duck, pytest.raises(NotReady, match=r"`standing statements`"):
        measure_relations(workspace, MONTH, duck)
