"""The graph of a month's ties, measured and kept: for whoever looks for rings, and for studies of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from goodstanding.engines import Duck, Engine, Written
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.relations.graph import components, core_numbers, graph_measures, graph_of, ranks
from goodstanding.relations.ties import KINDS, both_ways, ties_sql
from goodstanding.statements import DEALINGS, PointInTime, need_statements
from goodstanding.store import Staging, Workspace, code_digest
from goodstanding.store.layout import numbered_file, records_folder, relations_folder
from goodstanding.wording import tr


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


def measure_relations(workspace: Workspace, as_of: Month, today: date, engine: Engine) -> Relations:
    """Find the ties known at the end of a month and measure their graph; what was found from the same is found again.

    On DuckDB the graph is held in arrays beside what DuckDB takes: at the peak some 20 bytes a tie and direction and
    60 a person. On Spark it is measured by queries. Raises NotReady where the month has not ended, or statements are
    missing or older than the records; BadInput if a file was changed.
    """
    if as_of >= Month.of(today):
        found, do = tr("today is {today}", today=today.isoformat()), tr("Name a month that has ended.")
        raise NotReady(where=str(as_of), found=found, expected=tr("a month that has ended"), do=do)
    need_statements(workspace)
    with workspace.stage() as staging:
        folder, made_of = relations_folder(as_of), _made_of(workspace, as_of)
        stored = staging.under(folder)
        if staging.value(folder) != made_of or not all(workspace.holds(entry) for entry in stored):
            for entry in stored:
                staging.remove(entry)
            _measure(workspace, staging, as_of, engine)
            staging.set(folder, made_of)
        return _summary(engine, staging, as_of)


def _made_of(workspace: Workspace, as_of: Month) -> str:
    """Of which files and by which program a month's relations are made, as a digest."""
    entries = [
        entry.sha256
        for of in (DEALINGS.folder, records_folder("details"), records_folder("people"))
        for entry in workspace.catalogue.under(of)
    ]
    return hashlib.sha256(" ".join([code_digest(), str(as_of), *sorted(entries)]).encode()).hexdigest()


def _measure(workspace: Workspace, staging: Staging, as_of: Month, engine: Engine) -> None:
    """Stage a month's files; none where no two people are tied."""
    sql = ties_sql(PointInTime(workspace, engine, as_of))
    ties = engine.write(sql, ["person_id", "other_person", "kind"], staging.scratch())
    if not ties.rows:
        return
    pairs = f"(SELECT DISTINCT person_id, other_person FROM {engine.files(ties.paths)} AS t)"
    if isinstance(engine, Duck):
        people = _in_arrays(engine, staging, pairs)
    else:
        edges = engine.files(engine.write(both_ways(pairs), ["person_id", "other_person"], staging.scratch()).paths)
        measured = graph_measures(engine, edges, staging.scratch)
        people = engine.write(f"SELECT * FROM {measured} AS m", ["person_id"], staging.scratch())
    for name, written in (("ties", ties), ("people", people)):
        for number, path in enumerate(written.paths):
            staging.add(relations_folder(as_of, name), path, numbered_file(number))


def _in_arrays(duck: Duck, staging: Staging, pairs: str) -> Written:
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
        staging.scratch(),
    )


def _summary(engine: Engine, staging: Staging, as_of: Month) -> Relations:
    paths = {of: staging.paths(staging.under(relations_folder(as_of, of))) for of in ("ties", "people")}
    if not paths["ties"]:
        return Relations(as_of, people=0, ties={}, components=0, largest=0, core=0, in_core=0)
    ties, people = engine.files(paths["ties"]), engine.files(paths["people"])
    kinds = engine.rows(f"SELECT kind, count(*) AS n FROM {ties} AS t GROUP BY kind")
    by_kind = {row["kind"]: int(row["n"]) for row in kinds}
    sizes = f"SELECT component, count(*) AS n FROM {people} AS p GROUP BY component"
    (size,) = engine.rows(f"SELECT count(*) AS components, max(n) AS largest, sum(n) AS people FROM ({sizes}) AS s")
    core = int(engine.value(f"SELECT max(core) FROM {people} AS p"))
    return Relations(
        as_of,
        people=int(size["people"]),
        ties={kind: by_kind[kind] for kind in KINDS if kind in by_kind},
        components=int(size["components"]),
        largest=int(size["largest"]),
        core=core,
        in_core=int(engine.value(f"SELECT count(*) FROM {people} AS p WHERE core = {core}")),
    )
