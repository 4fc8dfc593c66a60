"""What the service does of its own accord: it tells firms what waits for them, and ends what the clock ends."""

from threading import Event, Thread
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
        log, waited = structlog.get_logger("standing"), CLOCK_SECONDS
        while not self._stop.wait(self.every):
            waited += self.every
            try:
                self.sender.send_due()
                if waited >= CLOCK_SECONDS:
                    waited = 0.0
                    self.changes.do(expire_consents)
                    self.changes.do(close_overdue)
            except Exception as error:
                log.exception("chores", exc_info=error)
