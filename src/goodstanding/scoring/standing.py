"""A person's standing: all that they are told, in one immutable value."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from goodstanding.cards import Card, read_card
from goodstanding.engines import Duck, files, literal
from goodstanding.engines.duck import Row
from goodstanding.errors import NotFound, NotReady
from goodstanding.months import Month
from goodstanding.programmes import Ceiling, Definition, Programme, in_language
from goodstanding.records import declared_feeds
from goodstanding.scorecard import Plan
from goodstanding.scoring.explanation import ReasonInWords, plan_to, reasons
from goodstanding.scoring.manifest import Manifest, check_scores, run_to_show, runs_of, scores_files
from goodstanding.scoring.projection import Recourse, recourse
from goodstanding.scoring.provenance import NotCounted, SourceCount, trail_of
from goodstanding.scoring.unknown_values import NotKnown, not_known
from goodstanding.store import Workspace
from goodstanding.wording import tr


@dataclass(frozen=True)
class DimensionPoints:
    """A dimension's points, between the least and the most that the card gives."""

    name: str
    points: int
    least: int
    most: int


@dataclass(frozen=True)
class Standing:
    """A person's score as of a month. `score`, `interval` and `band` are None where `not_scored` says why.

    base + the points of all dimensions = the score, unless the sum lies outside the programme's range or above the
    `ceiling` in force. `currency` is that of the person's money, None where nothing tells it; `no_law` says that no law
    was checked, where that is so.
    """

    person: str
    programme: str
    as_of: Month
    run: str
    card: str
    score: int | None
    interval: tuple[int, int] | None
    band: str | None
    not_scored: str | None
    base: int
    ceiling: Ceiling | None
    dimensions: Sequence[DimensionPoints]
    reasons: Sequence[ReasonInWords]
    recourse: Sequence[Recourse]
    target: int | None
    plan: Plan | None
    not_known: Sequence[NotKnown]
    not_counted: Sequence[NotCounted]
    sources: Sequence[SourceCount]
    history: Sequence[tuple[Month, int | None]]
    currency: str | None = None
    no_law: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The standing as plain values, as `standing show --json` prints it."""
        return {
            "person": self.person,
            "programme": self.programme,
            "as_of": str(self.as_of),
            "run": self.run,
            "card": self.card,
            "score": self.score,
            "interval": list(self.interval) if self.interval else None,
            "band": self.band,
            "not_scored": self.not_scored,
            "base": self.base,
            "ceiling": None
            if self.ceiling is None
            else {"name": self.ceiling.name, "most": self.ceiling.most, "text": in_language(self.ceiling.text)},
            "dimensions": {dimension.name: dimension.points for dimension in self.dimensions},
            "reasons": [asdict(reason) for reason in self.reasons],
            "recourse": [asdict(step) for step in self.recourse],
            "target": self.target,
            "plan": None if self.plan is None else asdict(self.plan),
            "not_known": [asdict(group) for group in self.not_known],
            "not_counted": [asdict(item) | {"happened_on": item.happened_on.isoformat()} for item in self.not_counted],
            "sources": [asdict(s) | {"first": s.first.isoformat(), "last": s.last.isoformat()} for s in self.sources],
            "history": {str(month): score for month, score in self.history},
            "currency": self.currency,
        } | ({} if self.no_law is None else {"law": self.no_law})


def standing_of(
    workspace: Workspace, definition: Definition, person: str, as_of: Month | None = None, target: int | None = None
) -> Standing:
    """A person's standing in the month's latest run (the last month scored, if none is named).

    With a target score it holds the cheapest plan to reach it.

    Raises NotReady if nothing was scored or the programme's files have changed since, NotFound if the person is
    not in the run, BadInput if the run's files are not what they were.
    """
    programme = definition.programme
    manifest = run_to_show(workspace, programme.name, as_of)
    month = Month.parse(manifest.basis.as_of)
    _check_same(definition, manifest)
    check_scores(workspace, manifest)
    card = read_card(workspace, programme.name, manifest.basis.card)
    history = _history(workspace, programme, person, month)
    row = history.get(month)
    if row is None:
        raise NotFound(
            where=tr("scores of {programme} as of {month}", programme=programme.name, month=month),
            found=person,
            expected=tr("a person of the run"),
            do=tr("Check the id; a person must have joined by the end of the month."),
        )
    values, points = recorded_values(card, row), known_points(card, row)
    sources, left_out = trail_of(workspace, programme, person, month)
    score, ceiling = row["score"], card.ceiling_over(values)
    return Standing(
        person=person,
        programme=programme.name,
        as_of=month,
        run=manifest.run,
        card=card.version,
        score=row["score"],
        interval=None if row["score"] is None else (row["low"], row["high"]),
        band=row["band"],
        not_scored=row["not_scored"],
        base=row["base"],
        ceiling=None if ceiling is None or score is None else programme.ceiling(ceiling.name),
        dimensions=_dimensions(programme, card, points),
        reasons=[] if row["score"] is None else reasons(programme, card, values, points, month.last_day),
        recourse=[] if score is None else recourse(workspace, programme, card, month, person, (score, values, points)),
        target=target,
        plan=None if target is None or row["score"] is None else plan_to(programme, card, values, target),
        not_known=not_known(
            programme, card, values, {source.table for source in sources} | _declared(workspace, person, month)
        ),
        not_counted=left_out,
        sources=sources,
        history=[(then, found["score"]) for then, found in sorted(history.items())],
        currency=workspace.catalogue.values.get("currency"),
        no_law=programme.no_law,
    )


def _declared(workspace: Workspace, person: str, as_of: Month) -> set[str]:
    """The tables that were declared to be furnished of a person."""
    feeds = declared_feeds(workspace, as_of.last_day)
    return {feed.table for feed, later in feeds if later is None and feed.person in {"", person}}


def recorded_values(card: Card, row: Row) -> dict[str, float]:
    """The values of a row of scores that are known, by characteristic: of those on the card, and under a ceiling."""
    found = {name: row[f"value_{name}"] for name in card.looked_at}
    return {name: value for name, value in found.items() if value is not None and not math.isnan(value)}


def known_points(card: Card, row: Row) -> dict[str, int]:
    """The points of a row of scores, by characteristic."""
    return {c.name: int(row[f"points_{c.name}"]) for c in card.characteristics}


def _check_same(definition: Definition, manifest: Manifest) -> None:
    """A run is explained by the programme that made it: another's texts and characteristics may not fit."""
    if manifest.basis.programme_digest != definition.digest:
        raise NotReady(
            where=tr("run {run}", run=manifest.run),
            found=tr(
                "{name} {version} with other files",
                name=manifest.basis.programme,
                version=manifest.basis.programme_version,
            ),
            expected=tr("the programme that made it"),
            do=tr("Name the folder of that programme, or fit and score again."),
        )


def _history(workspace: Workspace, programme: Programme, person: str, until: Month) -> dict[Month, Row]:
    """The person's row in each scored month up to this one."""
    found: dict[Month, Row] = {}
    with Duck() as duck:
        for month, run in runs_of(workspace, programme.name).items():
            if month <= until:
                scores = files(scores_files(workspace, programme.name, month, run))
                for row in duck.rows(f"SELECT * FROM {scores} WHERE person_id = {literal(person)}"):
                    found[month] = row
    return found


def _dimensions(programme: Programme, card: Card, points: Mapping[str, int]) -> list[DimensionPoints]:
    found: list[DimensionPoints] = []
    for dimension in programme.dimensions:
        on_card = card.of_dimension(dimension.name)
        # Nothing known is 0 points, so 0 is always within reach.
        least = sum(min(0, *(a.points for a in c.attributes)) for c in on_card)
        most = sum(max(0, *(a.points for a in c.attributes)) for c in on_card)
        found.append(DimensionPoints(dimension.name, sum(points[c.name] for c in on_card), least, most))
    return found
