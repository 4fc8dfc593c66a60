"""Cards: points learned from a workspace's outcomes or written by hand, and the card in force.

Learning takes libraries that nothing else needs: it is asked for by its module, `cards.training`.
"""

from goodstanding.cards.card import Card, latest_card, read_card, save_card
from goodstanding.cards.development_sample import Sample, development_sample, why_left_out
from goodstanding.cards.expert_card import expert_card

__all__ = [
    "Card",
    "Sample",
    "development_sample",
    "expert_card",
    "latest_card",
    "read_card",
    "save_card",
    "why_left_out",
]
