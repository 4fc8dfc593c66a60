"""A synthetic town: people with a hidden truth, and the records that it leaves."""

from goodstanding.lab.town.build import Town, build_town, populate, stamp_of

__all__ = ["Town", "build_town", "populate", "stamp_of"]
