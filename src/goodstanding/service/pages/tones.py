"""The colours of bands, by their place from the lowest to the highest, whatever they are called and however many."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

# From the lowest band to the highest, on light ground and on dark.
_LIGHT = ("#b3403a", "#c27a1a", "#7f9420", "#2f8f5b", "#0b6e6e")
_DARK = ("#e5837d", "#e0a653", "#b4c653", "#63c28d", "#4cc3b8")


@cache
def tones_css(bands: int) -> str:
    """The style of so many bands: .tone-0 is the lowest."""
    light, dark = (_rules(anchors, bands) for anchors in (_LIGHT, _DARK))
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}"


def tone(anchors: Sequence[str], place: int, of: int) -> str:
    """The colour of a place among so many; the only one has that of the highest."""
    along = (len(anchors) - 1) * (place / (of - 1) if of > 1 else 1.0)
    low, high = list(pairwise(anchors))[min(int(along), len(anchors) - 2)]
    share = along - min(int(along), len(anchors) - 2)
    mixed = (round(a + (b - a) * share) for a, b in zip(_parts(low), _parts(high), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _rules(anchors: Sequence[str], bands: int) -> str:
    return " ".join(f".tone-{place} {{ --tone: {tone(anchors, place, bands)}; }}" for place in range(bands))


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
