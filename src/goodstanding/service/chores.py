"""What the service does of its own accord: it tells firms what waits for them, and ends what the clock ends."""

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Self

import structlog

from goodstanding.registry.changing import Changes
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.rights import close_overdue
from goodstanding.service.webhooks import Sender

EVERY_SECONDS = 2.0
CLOCK_SECONDS = 60.0


class Chores:
    """A thread that sends what is due every few seconds, and every minute ends what has run out."""

    def __init__(self, changes: Changes, *, private_webhooks: bool = False, every: float = EVERY_SECONDS) -> None:
        self.changes = changes
        self.sender = Sender(changes, private=private_webhooks)
        self.every = every
        self._stop = Event()
        self._thread = Thread(target=self._work, name="chores", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.sender.close()

    def _work(self) -> None:
        ends_at = monotonic()
        while not self._stop.wait(self.every):
            # By the clock, not by turns: a turn may take long.
            if monotonic() >= ends_at:
                ends_at = monotonic() + CLOCK_SECONDS
                _alone(lambda: self.changes.do(expire_consents))
                _alone(lambda: self.changes.do(close_overdue))
            _alone(lambda: self.sender.send_due(self._stop.is_set))


def _alone(work: Callable[[], object]) -> None:
    """Do a piece of work; what goes wrong in it does not keep the others from being done."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - it is told, and the next turn comes
        structlog.get_logger("standing").exception("chores", exc_info=error)
