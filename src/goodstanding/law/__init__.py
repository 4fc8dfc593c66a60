"""What a jurisdiction allows, as data, asked when records come in and when a programme is loaded."""

from goodstanding.law.doors import check_collected, check_dimensions, check_looking_back, check_scored
from goodstanding.law.packs import Pack, load_pack, load_packs

__all__ = [
    "Pack",
    "check_collected",
    "check_dimensions",
    "check_looking_back",
    "check_scored",
    "load_pack",
    "load_packs",
]
