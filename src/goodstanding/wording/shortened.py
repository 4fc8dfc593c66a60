"""Long lists of names, told short."""

from collections.abc import Sequence

from goodstanding.wording.translations import tr


def first_of(names: Sequence[str], most: int) -> str:
    """Names in a row; of more than `most` the first ones, and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return tr("{names} and {n} more", names=", ".join(names[:most]), n=len(names) - most)
