"""The programmes that the registry answers from, and how each came to be in force."""

from goodstanding.registry.programmes.life_cycle import (
    PROGRAMME_STEPS,
    ProgrammeState,
    ProgrammeStep,
    Version,
    draft,
    find_version,
    no_law_by_digest,
    no_law_of,
    published,
    take_programme_step,
    versions,
)

__all__ = [
    "PROGRAMME_STEPS",
    "ProgrammeState",
    "ProgrammeStep",
    "Version",
    "draft",
    "find_version",
    "no_law_by_digest",
    "no_law_of",
    "published",
    "take_programme_step",
    "versions",
]
