"""A small programme, and short ways to take it through its life."""

from goodstanding.registry import Registry
from goodstanding.registry.log import stored_frontier
from goodstanding.registry.programme_versions import ProgrammeStep, Version, draft, take_programme_step

EXPERT = "base = 500\n[characteristics.cash]\ncuts = [0.5]\npoints = [-10, 10]\n"


def text_of(name: str, version: str) -> str:
    """The least that a programme can be."""
    return f"""
name = "{name}"
version = "{version}"
kind = "scorecard"
subject = "person"
operator = "Good Standing"
title = {{ en = "Small", zh-Hans = "小" }}
jurisdictions = ["cn"]
day = 6
range = [350, 950]
[scale]
base_score = 650
base_odds = 20
points_to_double = 40
[[bands]]
name = "all"
from = 350
title = {{ en = "All", zh-Hans = "全部" }}
[[dimensions]]
name = "behaviour"
greatest_influence = 100
title = {{ en = "Behaviour", zh-Hans = "行为偏好" }}
[[characteristics]]
name = "cash"
dimension = "behaviour"
sql = "share(sum(within(12, dues_kept)), sum(within(12, dues)))"
better = "higher"
unit = "percent"
title = {{ en = "Cash", zh-Hans = "现金" }}
reason = {{ en = "It is {{value}}.", zh-Hans = "为{{value}}。" }}
"""


def drafted(registry: Registry, name: str, version: str = "1.0.0", by: str = "ann") -> Version:
    return registry.do(lambda transaction: draft(transaction, text_of(name, version), EXPERT, by=by))


def step(
    registry: Registry, name: str, version: str, step: ProgrammeStep, *, by: str = "bob", reason: str | None = None
) -> Version:
    return registry.do(lambda transaction: take_programme_step(transaction, name, version, step, by=by, reason=reason))


def size(registry: Registry) -> int:
    return registry.do(lambda transaction: stored_frontier(transaction.connection).size)
