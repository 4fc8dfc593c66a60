"""How often callers have called, in this process and in the others that share its database.

Each process counts by itself, and once a second tells the others its counts and hears theirs: no request waits for it.
So a caller who goes from process to process gets, beyond the limit, at most what the others let through before they
have heard of it (a second to be told, a second to be heard), and what each keeps to itself (LEAST of the limit).
"""

from collections.abc import Mapping
from itertools import islice
from time import time
from typing import TypeAlias
from uuid import uuid4

from goodstanding.registry import Registry
from goodstanding.registry.call_counts import NOBODY, Counts, counts_elsewhere, tell_counts
from goodstanding.registry.keys import Keyring, keyed_hash

Who: TypeAlias = tuple[str, str]
"""A kind of caller, and which: an id, or an address."""

MINUTE = 60
# Below this share of a limit a process keeps a count to itself: nearly all callers call now and then, and to tell of
# each of them would be a write a second for nothing. The price is that share for each further process.
LEAST = 1 / 20
# So many are told at a time, those nearest to their limit first; what is left is told in the seconds that follow.
MOST_EXCHANGED = 1000


def minute_now() -> int:
    """The minute of the clock, as a number."""
    return int(time() // MINUTE)


class Calls:
    """The counts of this process by minute and caller, what it told of them, and what the others told."""

    def __init__(self) -> None:
        self.process = uuid4().hex
        self._own: dict[int, dict[Who, int]] = {}
        self._exchanged: dict[tuple[int, Who], int] = {}
        self._others: Mapping[int, Counts] = {}
        self._present: int | None = None

    def count(self, who: Who) -> None:
        """Count a request that was let through."""
        minute = minute_now()
        own = self._own.get(minute)
        if own is None:
            # Also where the clock was set back or ahead: no other minute is of interest.
            self._own = {of_minute: counts for of_minute, counts in self._own.items() if of_minute == minute - 1} | {
                minute: {}
            }
            own = self._own[minute]
        own[who] = own.get(who, 0) + 1

    def elsewhere(self, keyring: Keyring, who: Who) -> int:
        """How many requests the others let through, as a window of a minute that slides has it: 0 if there are none."""
        others = self._others
        if not others:
            return 0
        minute, caller = minute_now(), _hash(keyring, who)
        left = 1 - time() % MINUTE / MINUTE
        before, now = (others.get(which, {}).get(caller, 0) for which in (minute - 1, minute))
        return int(before * left + now)

    def exchange(self, registry: Registry, limits: Mapping[str, int]) -> None:
        """Hear what the others counted and tell them what is new here, if there are any. Raises Unavailable, Busy."""
        minute = minute_now()
        others, shared = counts_elsewhere(registry, self.process, minute)
        self._others = {which: counts for which, counts in others.items() if counts}
        news = self._news(limits) if shared else {}
        present = self._present != minute
        if not news and not present:
            return
        counted: dict[int, dict[bytes, int]] = {minute: {NOBODY: 0}} if present else {}
        for (of, who), count in news.items():
            counted.setdefault(of, {})[_hash(registry.keyring, who)] = count
        tell_counts(registry, self.process, counted, sweep_at=minute if present else None)
        self._present = minute
        own = self._own
        self._exchanged = {key: count for key, count in self._exchanged.items() if key[0] in own} | news

    def _news(self, limits: Mapping[str, int]) -> dict[tuple[int, Who], int]:
        """The counts that matter and were not told as they are now, those nearest to their limit first."""
        found = {
            (minute, who): count
            for minute, counts in self._own.items()
            # Copied at one stroke: requests are counted meanwhile.
            for who, count in dict(counts).items()
            if count >= limits[who[0]] * LEAST and self._exchanged.get((minute, who)) != count
        }
        nearest = sorted(found, key=lambda key: found[key] / max(1, limits[key[1][0]]), reverse=True)
        return {key: found[key] for key in islice(nearest, MOST_EXCHANGED)}


def _hash(keyring: Keyring, who: Who) -> bytes:
    """A caller as the table has them: nobody reads there who called."""
    return keyed_hash(keyring, "lookup", "calls", *who)
