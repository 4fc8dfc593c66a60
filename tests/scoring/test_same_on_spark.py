"""The monthly run on Spark gives everybody the same statements, scores, points and reasons as DuckDB does."""

import pytest
from msgspec import structs

from goodstanding.cards import expert_card
from goodstanding.engines import Duck, files
from goodstanding.engines.spark import Spark
from goodstanding.lab import populate
from goodstanding.months import Month, today
from goodstanding.programmes import Definition
from goodstanding.scoring import Manifest, score_month, standing_of
from goodstanding.scoring.manifest import scores_files
from goodstanding.scoring.run import _outside
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PEOPLE, MONTHS = 60, 18
LAST = Month(2024, 6)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace]:
    """Two workspaces of the same town, one for each engine."""
    made = tuple(Workspace(tmp_path_factory.mktemp(engine) / "standing") for engine in ("duckdb", "spark"))
    for room in made:
        populate(room, PEOPLE, MONTHS, later=LAST)
    return made


@pytest.fixture(scope="module")
def runs(rooms: tuple[Workspace, Workspace], spark: Spark, sesame: Definition) -> list[Manifest]:
    """The last month, scored on each."""
    with Duck() as duck:
        for room, engine in zip(rooms, (duck, spark), strict=True):
            build_statements(room, engine)
        return [
            score_month(room, sesame, LAST, today(), engine) for room, engine in zip(rooms, (duck, spark), strict=True)
        ]


def differing(rooms: tuple[Workspace, Workspace], folder: str) -> tuple[int, int]:
    """How many rows the first workspace has, and how many rows only one of both has."""
    one, other = (
        files([room.path(entry) for entry in room.catalogue.under(folder) if entry.path.endswith(".parquet")])
        for room in rooms
    )
    apart = " UNION ALL ".join(
        f"(SELECT * FROM {a} EXCEPT ALL SELECT * FROM {b})" for a, b in ((one, other), (other, one))
    )
    with Duck() as duck:
        return duck.value(f"SELECT count(*) FROM {one}"), duck.value(f"SELECT count(*) FROM ({apart})")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(("folder", "least"), [("statements", PEOPLE * MONTHS // 2), ("scores", PEOPLE)])
def test_every_row_is_the_same_in_every_column(rooms: tuple[Workspace, Workspace], folder: str, least: int) -> None:
    rows, apart = differing(rooms, folder)
    assert rows >= least
    assert apart == 0


def test_the_manifests_say_the_same_but_for_engine_and_files(runs: list[Manifest]) -> None:
    one, other = runs
    assert (one.engine, other.engine) == ("duckdb", "spark")
    for count in ("people", "scored", "not_scored", "bands", "sql", "outside"):
        assert getattr(one, count) == getattr(other, count)
    assert one.basis.people_digest == other.basis.people_digest


@pytest.mark.usefixtures("runs")
def test_a_person_is_shown_the_same(rooms: tuple[Workspace, Workspace], sesame: Definition) -> None:
    for person in ("P000000", "P000031"):
        one, other = (standing_of(room, sesame, person, LAST) for room in rooms)
        assert one.reasons
        assert (one.score, one.interval, one.reasons, one.dimensions) == (
            other.score, other.interval, other.reasons, other.dimensions,
        )  # fmt: skip


def test_a_second_run_of_the_same_finds_the_first(
    rooms: tuple[Workspace, Workspace], runs: list[Manifest], spark: Spark, sesame: Definition
) -> None:
    assert score_month(rooms[1], sesame, LAST, today(), spark) == runs[1]


def test_as_many_are_outside_of_what_a_card_has_seen(
    rooms: tuple[Workspace, Workspace], runs: list[Manifest], spark: Spark, sesame: Definition
) -> None:
    """The ends are values of people, with all their digits: who has them is inside on either engine."""
    relations = [files(scores_files(room, "sesame", LAST, run.run)) for room, run in zip(rooms, runs, strict=True)]
    of = [c.name for c in sesame.programme.characteristics]
    ends = ", ".join(f"quantile_disc(value_{c}, [0.25, 0.75]) AS {c}" for c in of)
    card = expert_card(sesame)
    assert card is not None
    with Duck() as duck:
        seen = {c: found or (None, None) for c, found in duck.rows(f"SELECT {ends} FROM {relations[0]}")[0].items()}
        narrow = structs.replace(
            card,
            characteristics=tuple(
                structs.replace(c, least_seen=seen[c.name][0], greatest_seen=seen[c.name][1])
                for c in card.characteristics
            ),
        )
        one = _outside(duck, relations[0], narrow)
        digits = [len(repr(end)) for found in seen.values() for end in found]
    paths = scores_files(rooms[1], "sesame", LAST, runs[1].run)
    assert _outside(spark, spark.files(paths), narrow) == one
    assert len(one) > 10
    assert max(digits) > 17
