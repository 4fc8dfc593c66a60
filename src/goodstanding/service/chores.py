"""What the service does of its own accord: it tells firms what waits, ends what the clock ends, and asks witnesses."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic
from typing import Self

import structlog

from goodstanding.registry.changing import Changes
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.rights import close_overdue
from goodstanding.service.webhooks import Sender
from goodstanding.service.witnessing import Asked, Asker

EVERY_SECONDS = 2.0
CLOCK_SECONDS = 60.0
WITNESS_SECONDS = 180.0


class Chores:
    """A thread that sends what is due every few seconds and every minute ends what has run out, and one for witnesses.

    Witnesses have one of their own, since one that does not answer must not keep firms waiting. `private_webhooks`:
    both also call addresses of this machine or network.
    """

    def __init__(
        self,
        changes: Changes,
        *,
        private_webhooks: bool = False,
        every: float = EVERY_SECONDS,
        witnesses_every: float = WITNESS_SECONDS,
    ) -> None:
        self.changes = changes
        self.sender = Sender(changes, private=private_webhooks)
        self.asker = Asker(changes, private=private_webhooks)
        self.every = every
        self.witnesses_every = witnesses_every
        self._stop = Event()
        self._threads = [
            Thread(target=work, name=name, daemon=True)
            for name, work in (("chores", self._work), ("witnesses", self._ask))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.sender.close()
        self.asker.close()

    def _work(self) -> None:
        ends_at = monotonic()
        while not self._stop.wait(self.every):
            # By the clock, not by turns: a turn may take long.
            if monotonic() >= ends_at:
                ends_at = monotonic() + CLOCK_SECONDS
                _alone(lambda: self.changes.do(expire_consents))
                _alone(lambda: self.changes.do(close_overdue))
            _alone(lambda: self.sender.send_due(self._stop.is_set))

    def _ask(self) -> None:
        while True:
            _alone(lambda: _tell(self.asker.ask_due(self._stop.is_set)))
            if self._stop.wait(self.witnesses_every):
                return


def _tell(asked: Sequence[Asked]) -> None:
    """Log which witnesses did not cosign, and why."""
    for one in asked:
        if one.problem is not None:
            structlog.get_logger("standing").warning("witness", witness=one.witness, problem=str(one.problem))


def _alone(work: Callable[[], object]) -> None:
    """Do a piece of work; what goes wrong in it does not keep the others from being done."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - it is told, and the next turn comes
        structlog.get_logger("standing").exception("chores", exc_info=error)
