"""The card written by hand, for where there are no outcomes."""

from goodstanding.errors import NotReady
from goodstanding.programmes import Definition, Programme
from goodstanding.programmes.programme import ExpertAttributes
from goodstanding.scorecard.card import Card
from goodstanding.scorecard.table import Attribute, Characteristic, Decision
from goodstanding.wording import tr


def expert_card(definition: Definition) -> Card:
    """The programme's expert card. Raises NotReady if it has none.

    Its intervals carry only what is not known of the person: nothing was sampled.
    """
    programme, expert = definition.programme, definition.expert
    if expert is None:
        raise NotReady(
            programme.name,
            tr("no card"),
            tr("a fitted or an expert card"),
            tr("Run `standing fit {name}` first.", name=programme.name),
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
        decisions=tuple(Decision(c.name, "no_weight") for c in programme.characteristics if c.name not in written),
    )


def _characteristic(programme: Programme, name: str, written: ExpertAttributes) -> Characteristic:
    mean = sum(written.points) / len(written.points)
    spread = sum((points - mean) ** 2 for points in written.points) / len(written.points)
    bounds = (None, *written.cuts)
    return Characteristic(
        name=name,
        dimension=programme.characteristic(name).dimension,
        attributes=tuple(Attribute(least, points=points) for least, points in zip(bounds, written.points, strict=True)),
        missing=Attribute(variance=round(spread)),
    )
