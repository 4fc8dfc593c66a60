"""A card: integer points for each attribute of each characteristic, and how it came about."""

import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from goodstanding.store import Change, Workspace


class Attribute(Struct, frozen=True):
    """A characteristic from `least` (None: no lower end) up to the next attribute's.

    `weight` is the weight of evidence, ln(share of goods / share of bads), 0 for the average; `variance` is the
    sampling variance of the points, in points squared.
    """

    least: float | None
    points: int
    count: int = 0
    bads: int = 0
    weight: float = 0.0
    variance: int = 0


class CardCharacteristic(Struct, frozen=True):
    """A characteristic's attributes in rising order. Where it is not known the points are 0, the average's."""

    name: str
    dimension: str
    attributes: tuple[Attribute, ...]
    missing_variance: int
    information_value: float = 0.0
    missing: int = 0


class Decision(Struct, frozen=True):
    """Why a characteristic of the programme has no points."""

    characteristic: str
    why: Literal["no_data", "one_attribute", "low_information", "no_weight"]
    information_value: float = 0.0


class Influence(Struct, frozen=True):
    """A dimension's share of all influence in percent: as allowed, as first fitted, on the card.

    Influence is the mean absolute deviation of the dimension's points over the development sample.
    """

    dimension: str
    greatest: float
    free: float
    card: float


class Card(Struct, frozen=True):
    """Points for a programme: score = base + the points of each characteristic, held inside `range`."""

    programme: str
    programme_version: str
    programme_digest: str
    method: Literal["logistic", "expert"]
    base: int
    range: tuple[int, int]
    characteristics: tuple[CardCharacteristic, ...]
    decisions: tuple[Decision, ...] = ()
    influence: tuple[Influence, ...] = ()
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

    def to_json(self) -> bytes:
        """The card as a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"

    def of_dimension(self, dimension: str) -> list[CardCharacteristic]:
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
