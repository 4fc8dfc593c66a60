"""Webhooks: deliveries pushed to firms in the form of Standard Webhooks, signed (Ed25519), tried for three days."""

from base64 import b64encode
from collections.abc import Callable, Collection
from datetime import datetime
from time import monotonic
from uuid import UUID

import msgspec
import structlog

from goodstanding.registry import Registry
from goodstanding.registry.clock import instant_text
from goodstanding.registry.deliveries import DueDelivery, deliveries_due, note_tries
from goodstanding.registry.keys import Keyring, sign_bytes
from goodstanding.registry.unopened import Unopened
from goodstanding.service.outbox.outgoing import FAILED, NotOpen, pool_of
from goodstanding.wording import tr

SECONDS = 10.0
AT_ONCE = 20
# An answer that takes more than this share of the time that there is for one is slow.
_SLOW = 0.1
_GOOD = range(200, 300)


class WebhookSender:
    """Sends deliveries that are due. `private`: also to addresses of this machine or network."""

    def __init__(self, registry: Registry, *, private: bool = False, seconds: float = SECONDS) -> None:
        self.registry = registry
        self._pool = pool_of(seconds, private=private)
        self._seconds = seconds
        self._unnoted: list[tuple[DueDelivery, bool]] = []

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def send_due(self, stopped: Callable[[], bool] = lambda: False, left: list[Unopened] | None = None) -> int:
        """Try every delivery that is due once; gives how many were taken.

        A firm that does not answer at all is left alone until the next time, so that others do not wait for it. Where
        slow answers of one took as long together, all others come before it. `left` learns which deliveries do not
        open; without it BadInput is raised for one.
        """
        done, silent, slow = 0, set[UUID](), dict[UUID, float]()
        self._note_all(left)
        while (found := self._due(silent, slow, left)) and not stopped():
            try:
                for push in found:
                    if stopped():
                        break
                    if push.party in silent:
                        continue
                    began = monotonic()
                    status = self._send(push)
                    done += status in _GOOD
                    if status is None:
                        silent.add(push.party)
                    self._unnoted.append((push, status in _GOOD))
                    if self._is_enough(slow, push.party, monotonic() - began):
                        break
            finally:
                # All of a turn in one line, and also of one that was broken off: what was taken is not sent again.
                self._note_all(left)
        return done

    def _is_enough(self, slow: dict[UUID, float], party: UUID, took: float) -> bool:
        """Whether a firm's slow answers took as long by now as there is for one: then it is others' turn."""
        if took > _SLOW * self._seconds:
            slow[party] = slow.get(party, 0.0) + took
            if slow[party] >= self._seconds:
                slow[party] = 0.0
                return True
        return False

    def _note_all(self, left: list[Unopened] | None) -> None:
        """Note how tries went. What cannot be noted now is noted before anything is sent again: it was sent."""
        if self._unnoted:
            self.registry.do(lambda transaction: note_tries(transaction, self._unnoted, left))
            self._unnoted.clear()

    def _due(self, silent: Collection[UUID], slow: Collection[UUID], left: list[Unopened] | None) -> list[DueDelivery]:
        with self.registry.read() as transaction:
            return deliveries_due(transaction, besides=silent, last=slow, most=AT_ONCE, left=left)

    def _send(self, push: DueDelivery) -> int | None:
        """Send a delivery; gives the status that was answered, None if there was no answer."""
        body = body_of(push)
        headers = signed_headers(self.registry.keyring, push.number, body, self.registry.clock())
        try:
            with self._pool.stream("POST", push.url, headers=headers, content=body) as response:
                # What it says is of no interest; nor is where it would lead us to.
                return response.status
        except NotOpen as error:
            # Whoever runs the service is to hear of it: it is not the firm that does not answer.
            problem = str(error.worded(tr("address")))
            structlog.get_logger("standing").warning("webhook", party=str(push.party), problem=problem)
            return None
        except FAILED:
            return None


def body_of(push: DueDelivery) -> bytes:
    """What a firm is sent: the delivery's number, its kind, when it was made, and what it says."""
    at = instant_text(push.at)
    return msgspec.json.encode({"id": str(push.number), "type": push.kind, "timestamp": at, "data": push.body})


def signed_headers(keyring: Keyring, number: int, body: bytes, now: datetime) -> dict[str | bytes, str | bytes]:
    """The headers of Standard Webhooks: the number, the time, and the signature over both and the body."""
    at = str(int(now.timestamp()))
    signature = sign_bytes(keyring, f"{number}.{at}.".encode() + body)
    return {
        "content-type": "application/json",
        "user-agent": "goodstanding",
        "webhook-id": str(number),
        "webhook-timestamp": at,
        "webhook-signature": f"v1a,{b64encode(signature).decode()}",
    }
