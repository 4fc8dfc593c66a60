"""What the service does of its own accord: it tells firms what waits, ends what the clock ends, and asks witnesses."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic
from typing import Self

import structlog

from goodstanding.errors import Busy, Unavailable
from goodstanding.registry import Registry
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.rights import close_overdue
from goodstanding.registry.unopened import Unopened
from goodstanding.service.http.unopened_report import UnopenedReport
from goodstanding.service.outbox.webhooks import WebhookSender
from goodstanding.service.outbox.witness_requests import WitnessReply, WitnessRequests

EVERY_SECONDS = 2.0
CLOCK_SECONDS = 60.0
WITNESS_SECONDS = 180.0
SECOND = 1.0


class Chores:
    """A thread that sends what is due every few seconds and every minute ends what has run out, and one for witnesses.

    Witnesses have one of their own, since one that does not answer must not keep firms waiting, and so has what is done
    `each_second`. `private_webhooks`: firms and witnesses are also called at addresses of this machine or network.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        private_webhooks: bool = False,
        every: float = EVERY_SECONDS,
        witnesses_every: float = WITNESS_SECONDS,
        each_second: Callable[[], object] | None = None,
    ) -> None:
        self.registry = registry
        self.sender = WebhookSender(registry, private=private_webhooks)
        self.asker = WitnessRequests(registry, private=private_webhooks)
        self.every = every
        self.witnesses_every = witnesses_every
        self.each_second = each_second
        self._stop = Event()
        self._clock_at = monotonic()
        self._refused = set[str]()
        self._named = UnopenedReport()
        self._threads = [
            Thread(target=work, name=name, daemon=True)
            for name, work in (("chores", self._work), ("witnesses", self._ask))
        ]
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
        self.asker.close()

    def _work(self) -> None:
        while not self._stop.wait(self.every):
            # By the clock, not by turns: a turn may take long.
            if monotonic() >= self._clock_at:
                self._alone("consents", lambda: self._by_row(self._changing(expire_consents)))
                self._alone("cases", lambda: self._by_row(self._changing(close_overdue)))
                # From when they are done: however long they take, there is time to send something.
                self._clock_at = monotonic() + CLOCK_SECONDS
            self._alone("deliveries", lambda: self._by_row(self._send))

    def _ask(self) -> None:
        while True:
            self._alone("witnesses", lambda: self._by_row(self._ask_due))
            if self._stop.wait(self.witnesses_every):
                return

    def _each_second(self) -> None:
        while not self._stop.wait(SECOND):
            self._alone("each second", self.each_second or (lambda: None))

    def _send(self, left: list[Unopened]) -> None:
        # However much there is to send, what the clock ends comes in its time.
        self.sender.send_due(lambda: self._stop.is_set() or monotonic() >= self._clock_at, left)

    def _ask_due(self, left: list[Unopened]) -> None:
        _tell(self.asker.ask_due(self._stop.is_set, left))

    def _changing(self, chore: Callable[..., int]) -> Callable[[list[Unopened]], object]:
        return lambda left: self.registry.do(lambda transaction: chore(transaction, left=left))

    def _by_row(self, chore: Callable[[list[Unopened]], object]) -> None:
        """Do a chore that takes rows one by one, and log those that do not open, whatever becomes of the chore."""
        left: list[Unopened] = []
        try:
            chore(left)
        finally:
            self._named.name(left)

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


def _tell(asked: Sequence[WitnessReply]) -> None:
    """Log which witnesses did not cosign, and why."""
    for one in asked:
        if one.problem is not None:
            structlog.get_logger("standing").warning("witness", witness=one.witness, problem=str(one.problem))
