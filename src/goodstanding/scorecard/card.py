"""A card: integer points for each attribute of each characteristic, and how it came about."""

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from goodstanding.scorecard.table import Characteristic, Decision, Influence, PointsTable
from goodstanding.store import Change, Workspace


class Card(PointsTable, frozen=True, kw_only=True):
    """The points table of a programme, how it came about and how well it does.

    `rounding` is what whole points cost over the training sample.
    """

    programme: str
    programme_version: str
    programme_digest: str
    method: Literal["boosted", "logistic", "expert"]
    decisions: tuple[Decision, ...] = ()
    influence: tuple[Influence, ...] = ()
    rounding: Mapping[str, float] = {}
    train_until: str | None = None
    sample: Mapping[str, int] = {}
    validation: Mapping[str, Mapping[str, float | int]] = {}

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


def keep_card(change: Change, card: Card, *, latest: bool = True) -> str:
    """Stage a card, as the programme's latest or beside it; its version."""
    staged = change.scratch()
    staged.write_bytes(card.to_json())
    change.add(f"cards/{card.programme}", staged, f"{card.version}.json")
    if latest:
        change.set(f"cards/{card.programme}", card.version)
    return card.version


def latest_card(workspace: Workspace, programme: str) -> Card | None:
    """The card last fitted for a programme, None if there is none."""
    version = workspace.catalogue.values.get(f"cards/{programme}")
    return None if version is None else read_card(workspace, programme, version)


def read_card(workspace: Workspace, programme: str, version: str) -> Card:
    """A card of the workspace by version. Raises NotFound, or BadInput if it is not what it was."""
    text = workspace.untouched(f"cards/{programme}/{version}.json").read_bytes()
    return msgspec.json.decode(text, type=Card)
