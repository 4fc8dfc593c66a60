"""Law packs: one file a jurisdiction, each statement with its law."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from goodstanding.errors import NotFound
from goodstanding.wording import tr


@dataclass(frozen=True)
class Pack:
    """What one jurisdiction allows. Periods in months or days; each `..._law` names the source."""

    name: str
    title: Mapping[str, str]
    negatives_count_months: int
    negatives_count_law: str
    dispute_days: int
    dispute_law: str
    calendar: str
    furnisher_told_working_days: int
    furnisher_told_law: str
    notice_days: int
    notice_law: str
    statement_words: int
    statement_law: str
    reasons_most: int
    reasons_law: str
    kept_months: int
    kept_law: str
    forbidden_dimensions: Mapping[str, str]
    forbidden_fields: Mapping[str, str]
    never_collected: frozenset[str]
    never_collected_law: str
    never_scored: frozenset[str]
    never_scored_law: str


@dataclass(frozen=True)
class LabOnly:
    """What may be done to synthetic people only, the law that says so, and what to do instead."""

    name: str
    title: Mapping[str, str]
    law: str
    instead: Mapping[str, str]


@cache
def load_lab_only() -> Mapping[str, LabOnly]:
    """What only the lab may do, by name."""
    text = (resources.files("goodstanding.law") / "lab_only.toml").read_text(encoding="utf-8")
    return {name: LabOnly(name, **said) for name, said in tomllib.loads(text).items()}


@cache
def load_packs() -> Mapping[str, Pack]:
    """Every pack that is shipped, by name."""
    folder = resources.files("goodstanding.law") / "packs"
    found = [_read(entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {pack.name: pack for pack in sorted(found, key=lambda pack: pack.name)}


def load_pack(name: str, where: str = "") -> Pack:
    """The pack of a jurisdiction. Raises NotFound, naming `where` it is asked for."""
    packs = load_packs()
    if name not in packs:
        raise NotFound(
            where or tr("jurisdictions"),
            repr(name),
            tr("one of {names}", names=", ".join(packs)),
            tr("Name a law pack that exists."),
        )
    return packs[name]


def _read(text: str) -> Pack:
    data = tomllib.loads(text)
    collected, scored = data.pop("never_collected"), data.pop("never_scored")
    return Pack(
        **data,
        never_collected=frozenset(collected["fields"]),
        never_collected_law=collected["law"],
        never_scored=frozenset(scored["fields"]),
        never_scored_law=scored["law"],
    )
