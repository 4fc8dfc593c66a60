"""The kinds of messages that people get, and of deliveries that firms get: all of them.

`docs/events.md` says what each is.
"""

from typing import Literal, TypeAlias, get_args

MessageKind: TypeAlias = Literal[
    "block.lifted",
    "block.proven",
    "dispute.confirmed",
    "dispute.corrected",
    "dispute.deleted",
    "record.adverse",
    "record.corrected",
    "record.open",
    "record.reinserted",
    "record.taken_back",
    "record.waiting",
    "review.changed",
    "review.upheld",
]

DeliveryKind: TypeAlias = Literal[
    "block.lifted",
    "block.open",
    "block.proven",
    "block.taken_back",
    "dispute.confirmed",
    "dispute.corrected",
    "dispute.deleted",
    "dispute.open",
    "dispute.taken_back",
    "record.waiting",
    "review.changed",
    "review.open",
    "review.taken_back",
    "review.upheld",
    "score.corrected",
]
MESSAGE_KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
DELIVERY_KINDS: tuple[DeliveryKind, ...] = get_args(DeliveryKind)


def message_kind(name: str) -> MessageKind:
    """A kind of message by a name that was put together. Raises LookupError for one that there is not."""
    if name not in MESSAGE_KINDS:
        raise LookupError(name)
    return name


def delivery_kind(name: str) -> DeliveryKind:
    """A kind of delivery by a name that was put together. Raises LookupError for one that there is not."""
    if name not in DELIVERY_KINDS:
        raise LookupError(name)
    return name
