"""What a fit is asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, TypeAlias

from goodstanding.scorecard.binning import ROUNDING, GroupLimits, TrendConstraint
from goodstanding.scorecard.codes import Special

Method: TypeAlias = Literal["boosted", "logistic"]
Unknown: TypeAlias = Literal["attribute", "average"]
# Where bads are rare an attribute's rate is chance with fewer than LEAST_BADS of them, or that part of all; where as
# many as RARE_BADS are bad, few bads say themselves that an attribute is good.
LEAST_BADS = 5.0
PART_OF_BADS = 0.1
RARE_BADS = 0.2
# What may be asked for a trend without binding it.
UNBOUND: tuple[TrendConstraint, ...] = ("auto", "none")


def floor_of_bads(bads: float, people: float) -> float:
    """The least number of bads in an attribute where none is asked for, of so many bads among so many people."""
    # People are whole; a hair less, for a part that should be whole itself.
    return float(min(LEAST_BADS, ceil(PART_OF_BADS * bads - ROUNDING))) if bads < RARE_BADS * people else 0.0


@dataclass(frozen=True)
class Scale:
    """`base_score` points mean `base_odds` goods for each bad; `points_to_double` more double them; held in `range`."""

    base_score: float
    base_odds: float
    points_to_double: float
    range: tuple[int, int]


@dataclass(frozen=True)
class Selection:
    """What a characteristic must keep to: None asks for nothing.

    `least_information` is of its information value; `most_correlation` (absolute, between weights of evidence) and
    `most_vif` (variance inflation factor) are with those that tell more; `most_psi` is between any slice of time and
    the whole.
    """

    least_information: float = 0.0
    most_correlation: float | None = None
    most_vif: float | None = None
    most_psi: float | None = None


@dataclass(frozen=True)
class Settings:
    """A fit's settings; `trends`, `special` and `dimensions` by characteristic, `influence` (0 to 1) by dimension.

    `orders` are the levels in order of the ordered categories that a trend is asked of.
    `allowed_leaks` are the characteristics that may be the outcome over again, None for all; `leaks_by` says what the
    reader allows them by: a parameter, or an option of the command line.
    `unknown`: "attribute" learns points for what is missing, "average" gives it 0, the average's.
    """

    method: Method
    limits: GroupLimits
    scale: Scale
    trends: Mapping[str, TrendConstraint] = field(default_factory=dict[str, TrendConstraint])
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    special: Mapping[str, tuple[Special, ...]] = field(default_factory=dict[str, tuple[Special, ...]])
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    influence: Mapping[str, float] | None = None
    selection: Selection = Selection()
    unknown: Unknown = "attribute"
    crosses: int = 0
    seed: int = 0
    allowed_leaks: Collection[str] | None = ()
    leaks_by: Literal["parameter", "option"] = "parameter"
