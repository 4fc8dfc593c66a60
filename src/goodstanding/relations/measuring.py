"""The graph of a month's ties, measured and kept: for whoever looks for rings, and for studies of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from goodstanding.engines import Duck, Engine, Written
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.relations.graph import components, core_numbers, graph_measures, graph_of, ranks
from goodstanding.relations.ties import KINDS, ties_sql
from goodstanding.statements import need_statements
from goodstanding.store import Change, Workspace
from goodstanding.wording import tr

# Both ways of measuring give the same rows; what they are made of may not be called the same.
METHOD = "relations 1"


@dataclass(frozen=True)
class Relations:
    """A month's graph: people with ties, ties by kind, components and the largest, the highest core and its size."""

    as_of: Month
    people: int
    ties: Mapping[str, int]
    components: int
    largest: int
    core: int
    in_core: int


def folder_of(as_of: Month) -> str:
    """Where a month's ties (ties-*.parquet) and the measures of its people (people-*.parquet) are in a workspace.

    The value of this name in the catalogue is what they are made of.
    """
    return f"relations/{as_of}"


def measure_relations(workspace: Workspace, as_of: Month, engine: Engine) -> Relations:
    """Find the ties known at the end of a month and measure their graph; what was found from the same is found again.

    On DuckDB the graph is held in arrays (8 bytes a tie and direction), on Spark it is measured by queries.
    Raises NotReady where statements are missing or older than the records, or no two people are tied.
    """
    need_statements(workspace)
    with workspace.change() as change:
        folder, made_of = folder_of(as_of), _made_of(workspace, as_of)
        if change.value(folder) != made_of:
            _measure(workspace, change, as_of, engine)
            change.set(folder, made_of)
        ties, people = (
            engine.files([change.path(e) for e in change.under(folder) if e.path.startswith(f"{folder}/{of}-")])
            for of in ("ties", "people")
        )
        return _summary(engine, as_of, ties, people)


def _made_of(workspace: Workspace, as_of: Month) -> str:
    """Of which files and by which method a month's relations are made, as a digest."""
    entries = [
        entry.sha256
        for of in ("dealings", "records/details", "records/people")
        for entry in workspace.catalogue.under(of)
    ]
    return hashlib.sha256(" ".join([METHOD, str(as_of), *sorted(entries)]).encode()).hexdigest()


def _measure(workspace: Workspace, change: Change, as_of: Month, engine: Engine) -> None:
    for entry in change.under(folder_of(as_of)):
        change.remove(entry)
    ties = engine.write(
        ties_sql(workspace, as_of, engine.files), ["person_id", "other_person", "kind"], change.scratch()
    )
    if not ties.rows:
        raise NotReady(
            str(as_of),
            tr("no two people are tied"),
            tr("transfers between people, or details that they share"),
            tr("Ingest transfers or details, or name a later month."),
        )
    pairs = f"(SELECT DISTINCT person_id, other_person FROM {engine.files(ties.paths)} AS t)"
    if isinstance(engine, Duck):
        people = _in_arrays(engine, change, pairs)
    else:
        both = (
            f"SELECT person_id, other_person FROM {pairs} AS p "
            f"UNION ALL SELECT other_person AS person_id, person_id AS other_person FROM {pairs} AS p"
        )
        edges = engine.files(engine.write(both, ["person_id", "other_person"], change.scratch()).paths)
        measured = graph_measures(engine, edges, change.scratch)
        people = engine.write(f"SELECT * FROM {measured} AS m", ["person_id"], change.scratch())
    for name, written in (("ties", ties), ("people", people)):
        for number, path in enumerate(written.paths):
            change.add(folder_of(as_of), path, f"{name}-{number:05d}-{{digest}}.parquet")


def _in_arrays(duck: Duck, change: Change, pairs: str) -> Written:
    """Number the people in order of their ids, measure the graph in arrays, and write it out by id."""
    duck.keep("pairs", f"SELECT * FROM {pairs}")
    duck.keep(
        "numbered",
        "SELECT person_id, row_number() OVER (ORDER BY person_id) - 1 AS node FROM "
        "(SELECT person_id FROM pairs UNION SELECT other_person FROM pairs)",
    )
    ends = duck.columns(
        "SELECT a.node AS one, b.node AS other FROM pairs AS p JOIN numbered AS a ON a.person_id = p.person_id "
        "JOIN numbered AS b ON b.person_id = p.other_person"
    )
    graph = graph_of(int(duck.value("SELECT count(*) FROM numbered")), ends["one"], ends["other"])
    duck.table(
        "measured",
        {
            "node": np.arange(len(graph)),
            "ties": graph.degrees,
            "component": components(graph),
            "core": core_numbers(graph),
            "rank": ranks(graph),
        },
    )
    return duck.write(
        "SELECT n.person_id, m.ties, c.person_id AS component, m.core, m.rank FROM numbered AS n "
        "JOIN measured AS m ON m.node = n.node JOIN numbered AS c ON c.node = m.component",
        ["person_id"],
        change.scratch(),
    )


def _summary(engine: Engine, as_of: Month, ties: str, people: str) -> Relations:
    by_kind = {
        row["kind"]: int(row["n"]) for row in engine.rows(f"SELECT kind, count(*) AS n FROM {ties} AS t GROUP BY kind")
    }
    sizes = f"SELECT component, count(*) AS n FROM {people} AS p GROUP BY component"
    (size,) = engine.rows(f"SELECT count(*) AS components, max(n) AS largest, sum(n) AS people FROM ({sizes}) AS s")
    core = int(engine.value(f"SELECT max(core) FROM {people} AS p"))
    return Relations(
        as_of,
        int(size["people"]),
        {kind: by_kind[kind] for kind in KINDS if kind in by_kind},
        int(size["components"]),
        int(size["largest"]),
        core,
        int(engine.value(f"SELECT count(*) FROM {people} AS p WHERE core = {core}")),
    )
