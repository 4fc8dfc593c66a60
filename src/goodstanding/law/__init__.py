"""What a jurisdiction allows, as data, asked when records come in, a programme is loaded or the lab computes."""

from goodstanding.law.doors import (
    check_collected,
    check_dimensions,
    check_lab_only,
    check_looking_back,
    check_scored,
)
from goodstanding.law.legal_facts import FOR_EVER
from goodstanding.law.packs import (
    NO_LAW,
    LabOnly,
    LawInForce,
    Pack,
    load_lab_only,
    load_pack,
    load_packs,
    packs_on,
    read_pack,
)
from goodstanding.law.purposes import Context, check_context, check_purpose, load_contexts

__all__ = [
    "FOR_EVER",
    "NO_LAW",
    "Context",
    "LabOnly",
    "LawInForce",
    "Pack",
    "check_collected",
    "check_context",
    "check_dimensions",
    "check_lab_only",
    "check_looking_back",
    "check_purpose",
    "check_scored",
    "load_contexts",
    "load_lab_only",
    "load_pack",
    "load_packs",
    "packs_on",
    "read_pack",
]
