"""Synthetic people only: towns whose truth is known."""

from goodstanding.lab.town import Town, build_town, populate, stamp_of

__all__ = ["Town", "build_town", "populate", "stamp_of"]
