"""The card written by hand, for where there are no outcomes."""

from collections.abc import Sequence
from itertools import pairwise

from goodstanding.cards.card import Card, card_ceilings
from goodstanding.errors import NotReady
from goodstanding.programmes import Definition, Programme
from goodstanding.programmes.programme import ExpertAttributes
from goodstanding.scorecard.table import Attribute, Characteristic, Decision
from goodstanding.wording import tr


def expert_card(definition: Definition) -> Card:
    """The programme's expert card. Raises NotReady if it has none.

    Its intervals carry what is not known of the person, and that points by hand are no surer than half a step to the
    next attribute: nothing was sampled.
    """
    programme, expert = definition.programme, definition.expert
    if expert is None:
        raise NotReady(
            where=programme.name,
            found=tr("no card"),
            expected=tr("a fitted or an expert card"),
            do=tr("Write an expert.toml beside the programme, or learn a card with `standing fit`."),
        )
    written = expert.characteristics
    return Card(
        programme=programme.name,
        programme_version=programme.version,
        programme_digest=definition.digest,
        method="expert",
        base=expert.base,
        range=programme.range,
        base_score=float(programme.scale.base_score),
        base_odds=programme.scale.base_odds,
        points_to_double=float(programme.scale.points_to_double),
        characteristics=tuple(_characteristic(programme, name, written[name]) for name in written),
        ceilings=card_ceilings(programme),
        decisions=tuple(Decision(c.name, "no_weight") for c in programme.characteristics if c.name not in written),
    )


def _characteristic(programme: Programme, name: str, written: ExpertAttributes) -> Characteristic:
    mean = sum(written.points) / len(written.points)
    spread = sum((points - mean) ** 2 for points in written.points) / len(written.points)
    bounds = (None, *written.cuts)
    return Characteristic(
        name=name,
        dimension=programme.characteristic(name).dimension,
        attributes=tuple(
            Attribute(least, points=points, variance=variance)
            for least, points, variance in zip(bounds, written.points, _variances(written.points), strict=True)
        ),
        missing=Attribute(variance=round(spread)),
    )


def _variances(points: Sequence[int]) -> list[int]:
    """The mean square of half a step to the attributes beside each, in points squared."""
    steps = [0, *(abs(b - a) for a, b in pairwise(points)), 0]
    return [round((before**2 + after**2) / 4 / ((before > 0) + (after > 0) or 1)) for before, after in pairwise(steps)]
