"""A card: integer points for each attribute of each characteristic, and how it came about."""

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from goodstanding.programmes import Programme
from goodstanding.scorecard.table import Characteristic, Decision, Influence, PointsTable, Warned
from goodstanding.store import Staging, Workspace
from goodstanding.store.layout import card_file, card_path, cards_folder


class CardCeiling(Struct, frozen=True):
    """A ceiling of the programme: while the value compares so with `at`, the score is at most `most`."""

    name: str
    characteristic: str
    worse: Literal[">=", "<="]
    at: float
    most: int

    def over(self, values: Mapping[str, float]) -> bool:
        """Whether it is in force over a person of these values; what is not known is under no ceiling."""
        value = values.get(self.characteristic)
        return value is not None and (value >= self.at if self.worse == ">=" else value <= self.at)


def card_ceilings(programme: Programme) -> tuple[CardCeiling, ...]:
    """A programme's ceilings as its cards hold them."""
    return tuple(
        CardCeiling(c.name, c.characteristic, programme.characteristic(c.characteristic).worse, c.at, c.most)
        for c in programme.ceilings
    )


class Card(PointsTable, frozen=True, kw_only=True):
    """The points table of a programme, how it came about and how well it does.

    `rounding` is what whole points cost over the training sample; `limits` the least share of the sample and the least
    number of bads in an attribute, from which only rates that are off the average for sure are let off.
    """

    programme: str
    programme_version: str
    programme_digest: str
    method: Literal["boosted", "logistic", "expert"]
    decisions: tuple[Decision, ...] = ()
    warnings: tuple[Warned, ...] = ()
    limits: Mapping[str, float] = {}
    influence: tuple[Influence, ...] = ()
    rounding: Mapping[str, float] = {}
    train_until: str | None = None
    sample: Mapping[str, int] = {}
    validation: Mapping[str, Mapping[str, float | int]] = {}
    ceilings: tuple[CardCeiling, ...] = ()

    @property
    def looked_at(self) -> list[str]:
        """The characteristics whose values a score rests on: those with points, and those with a ceiling."""
        return list(
            dict.fromkeys([*(c.name for c in self.characteristics), *(c.characteristic for c in self.ceilings)])
        )

    def ceiling_over(self, values: Mapping[str, float]) -> CardCeiling | None:
        """The lowest ceiling in force over a person of these values, None if there is none."""
        return min((c for c in self.ceilings if c.over(values)), key=lambda ceiling: ceiling.most, default=None)

    def score(self, values: Mapping[str, float], total: int) -> int:
        """The score of a person of these values and of a sum of points: inside the range, and under the ceilings."""
        ceiling = self.ceiling_over(values)
        most = self.range[1] if ceiling is None else min(self.range[1], ceiling.most)
        return min(max(total, self.range[0]), most)

    @property
    def caps_hold(self) -> bool:
        """Whether every dimension's influence is within a point of its greatest or below.

        It cannot be where the dimensions that have points are allowed less than 100 % together.
        """
        return all(influence.card <= influence.greatest + 1 for influence in self.influence)

    @property
    def version(self) -> str:
        """The card's name: the first 12 hex digits of the SHA-256 of what it says."""
        return hashlib.sha256(self.to_json()).hexdigest()[:12]

    def of_dimension(self, dimension: str) -> list[Characteristic]:
        """The characteristics of a dimension."""
        return [characteristic for characteristic in self.characteristics if characteristic.dimension == dimension]


def save_card(staging: Staging, card: Card, *, latest: bool = True) -> str:
    """Stage a card, as the programme's latest or beside it; its version."""
    staged = staging.scratch()
    staged.write_bytes(card.to_json())
    staging.add(cards_folder(card.programme), staged, card_file(card.version))
    if latest:
        staging.set(cards_folder(card.programme), card.version)
    return card.version


def latest_card(workspace: Workspace, programme: str) -> Card | None:
    """The card last fitted for a programme, None if there is none."""
    version = workspace.catalogue.values.get(cards_folder(programme))
    return None if version is None else read_card(workspace, programme, version)


def read_card(workspace: Workspace, programme: str, version: str) -> Card:
    """A card of the workspace by version. Raises NotFound, or BadInput if it is not what it was."""
    text = workspace.path(workspace.entry(card_path(programme, version))).read_bytes()
    return msgspec.json.decode(text, type=Card)
