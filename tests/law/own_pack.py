"""A law pack of somebody's own, in the form without dates that packs had at first and may still have."""

from pathlib import Path


def own_pack() -> str:
    """Its text; its name is ng."""
    return (Path(__file__).parent / "own_pack.toml").read_text(encoding="utf-8")
