"""The log's lines: what happened, in bytes that are hashed."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from goodstanding.registry.clock import instant_text
from goodstanding.registry.keys.signing import canonical
from goodstanding.registry.log.merkle_tree import leaf_hash


@dataclass(frozen=True)
class LogLine:
    """A line of the log: when, what kind of event, of which object, and its body as canonical JSON.

    A body never holds what names a person or what is known of them, only digests and random ids: a line outlives
    the erasure of the person it is about.
    """

    at: datetime
    kind: str
    object: str
    body: str

    @cached_property
    def leaf(self) -> bytes:
        """The leaf's hash."""
        # The body goes in as text: what was written is hashed, not what a parser makes of it.
        return leaf_hash(canonical([instant_text(self.at), self.kind, self.object, self.body]))


def line_hash(value: object) -> str:
    """SHA-256 in hex of a value as canonical JSON: how a line names the content of a row."""
    return sha256(canonical(value)).hexdigest()
