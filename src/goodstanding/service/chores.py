"""What the service does of its own accord: it tells firms what waits for them, and ends what the clock ends."""

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Self

import structlog

from goodstanding.errors import Busy, Unavailable
from goodstanding.registry.changing import Changes
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.rights import close_overdue
from goodstanding.service.webhooks import Sender

EVERY_SECONDS = 2.0
CLOCK_SECONDS = 60.0
SECOND = 1.0


class Chores:
    """A thread that sends what is due every few seconds, and every minute ends what has run out.

    `each_second` is done in a thread of its own: a firm that does not answer holds up what else there is to do.
    """

    def __init__(
        self,
        changes: Changes,
        *,
        private_webhooks: bool = False,
        every: float = EVERY_SECONDS,
        each_second: Callable[[], object] | None = None,
    ) -> None:
        self.changes = changes
        self.sender = Sender(changes, private=private_webhooks)
        self.every = every
        self.each_second = each_second
        self._stop = Event()
        self._refused = set[str]()
        self._threads = [Thread(target=self._work, name="chores", daemon=True)]
        if each_second is not None:
            self._threads.append(Thread(target=self._each_second, name="each-second", daemon=True))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.sender.close()

    def _work(self) -> None:
        ends_at = monotonic()
        while not self._stop.wait(self.every):
            # By the clock, not by turns: a turn may take long.
            if monotonic() >= ends_at:
                ends_at = monotonic() + CLOCK_SECONDS
                self._alone("consents", lambda: self.changes.do(expire_consents))
                self._alone("cases", lambda: self.changes.do(close_overdue))
            self._alone("deliveries", lambda: self.sender.send_due(self._stop.is_set))

    def _each_second(self) -> None:
        while not self._stop.wait(SECOND):
            self._alone("each second", self.each_second or (lambda: None))

    def _alone(self, chore: str, work: Callable[[], object]) -> None:
        """Do a piece of work; what goes wrong in it does not keep the others from being done."""
        log = structlog.get_logger("standing")
        try:
            work()
        except (Unavailable, Busy) as error:
            # Said once, not every turn: a disk that is full is not to be filled with that.
            if chore not in self._refused:
                self._refused.add(chore)
                log.warning("chores", chore=chore, want=error.want if isinstance(error, Unavailable) else "answer")
        except Exception as error:  # it is told, and the next turn comes
            log.exception("chores", chore=chore, exc_info=error)
        else:
            if chore in self._refused:
                self._refused.discard(chore)
                log.info("chores", chore=chore, done_again=True)
