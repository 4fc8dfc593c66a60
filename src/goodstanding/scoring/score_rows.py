"""A run's scores, person by person, as they are handed on to be answered from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodstanding.cards import Card, read_card
from goodstanding.engines import Duck, files, literal
from goodstanding.engines.duck import Row
from goodstanding.months import Month
from goodstanding.programmes import NOT_COMPUTED, Definition
from goodstanding.scoring.explanation import losses
from goodstanding.scoring.manifest import Manifest, check_scores, scores_files
from goodstanding.scoring.run import score_one
from goodstanding.scoring.standing import known_points, recorded_values
from goodstanding.store import Workspace


@dataclass(frozen=True)
class ScoreRow:
    """A person's score in a run; `reasons` are up to four characteristics with the person's value, the worst first."""

    person: str
    score: int | None
    low: int | None
    high: int | None
    band: str | None
    not_scored: str | None
    dimensions: dict[str, int]
    reasons: Sequence[tuple[str, float]]


def score_rows(workspace: Workspace, manifest: Manifest, size: int = 10_000) -> Iterator[list[ScoreRow]]:
    """The run's rows by person id, so many at a time.

    Raises BadInput if its files are not what they were: at once, before anything is done with the first row.
    """
    check_scores(workspace, manifest)
    basis = manifest.basis
    card = read_card(workspace, basis.programme, basis.card)
    relation = files(scores_files(workspace, basis.programme, Month.parse(basis.as_of), manifest.run))
    names = [c.name for c in card.characteristics]
    looked_at = [*(f'"value_{name}"' for name in card.looked_at), *(f'"points_{name}"' for name in names)]
    columns = ", ".join(looked_at)
    sql = f"SELECT person_id, score, low, high, band, not_scored, {columns} FROM {relation} ORDER BY person_id"
    return _rows(card, sql, size)


def _rows(card: Card, sql: str, size: int) -> Iterator[list[ScoreRow]]:
    with Duck() as duck:
        for rows in duck.chunks(sql, size):
            yield _score_rows(card, rows)


def rescored(
    workspace: Workspace, definition: Definition, manifest: Manifest, persons: Iterable[str], known_by: Month
) -> list[ScoreRow]:
    """The scores of some people as of a run's month, by the run's card, with what has become known since.

    Who had not joined by the end of the month has none.
    """
    card = read_card(workspace, manifest.basis.programme, manifest.basis.card)
    as_of = Month.parse(manifest.basis.as_of)
    rows = (score_one(workspace, definition, card, as_of, person, known_by) for person in persons)
    return _score_rows(card, [row for row in rows if row is not None])


def people_not_computed(workspace: Workspace, manifest: Manifest, most: int = 20) -> list[str]:
    """Of whom a run could not work out a score, by person id: so many at most. The manifest itself names nobody."""
    basis = manifest.basis
    relation = files(scores_files(workspace, basis.programme, Month.parse(basis.as_of), manifest.run))
    chosen = f"not_scored = {literal(NOT_COMPUTED)}"
    with Duck() as duck:
        found = duck.rows(f"SELECT person_id FROM {relation} WHERE {chosen} ORDER BY person_id LIMIT {most}")
    return [row["person_id"] for row in found]


def _score_rows(card: Card, rows: Sequence[Row]) -> list[ScoreRow]:
    people = [(recorded_values(card, row), known_points(card, row)) for row in rows]
    lost = losses(card, people)
    return [
        _score_row(card, row, values, points, [] if row["score"] is None else [name for name, _ in found])
        for row, (values, points), found in zip(rows, people, lost, strict=True)
    ]


def _score_row(
    card: Card, row: Row, values: Mapping[str, float], points: Mapping[str, int], reasons: Sequence[str]
) -> ScoreRow:
    dimensions: dict[str, int] = {}
    for on_card in card.characteristics:
        dimensions[on_card.dimension] = dimensions.get(on_card.dimension, 0) + points[on_card.name]
    return ScoreRow(
        person=row["person_id"],
        score=row["score"],
        low=row["low"],
        high=row["high"],
        band=row["band"],
        not_scored=row["not_scored"],
        dimensions=dimensions,
        reasons=[(name, values[name]) for name in reasons],
    )
