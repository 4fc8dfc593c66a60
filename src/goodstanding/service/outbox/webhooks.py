"""Webhooks: deliveries pushed to firms in the form of Standard Webhooks, signed (Ed25519), tried for three days."""

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Row, select

from goodstanding.registry.clock import instant_text
from goodstanding.registry.database.schema import deliveries, log, parties
from goodstanding.registry.delivery_bodies import opened_body
from goodstanding.registry.keys import Keyring, sign_bytes
from goodstanding.registry.rights.notices import SHOWN_WITHIN, WAITS
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.transactions import Registry, WriteTransaction
from goodstanding.registry.unopened import Unopened, in_turn, leaving_unopened, opened_rows
from goodstanding.registry.unreadable import Unread, read_rows
from goodstanding.service.outbox.outgoing import FAILED, NotOpen, pool_of
from goodstanding.wording import tr

SECONDS = 10.0
AT_ONCE = 20
# An answer that takes more than this share of the time that there is for one is slow.
_SLOW = 0.1
_GOOD = range(200, 300)


@dataclass(frozen=True)
class Push:
    """A delivery on its way: its number, whom to, where to, what, and how often it was tried before."""

    number: int
    party: UUID
    url: str
    body: bytes
    tries: int


class WebhookSender:
    """Sends deliveries that are due. `private`: also to addresses of this machine or network."""

    def __init__(self, registry: Registry, *, private: bool = False, seconds: float = SECONDS) -> None:
        self.registry = registry
        self._pool = pool_of(seconds, private=private)
        self._seconds = seconds
        self._unnoted: list[tuple[Push, bool]] = []

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
            self.registry.do(lambda transaction: _note(transaction, self._unnoted, left))
            self._unnoted.clear()

    def _due(self, silent: Collection[UUID], slow: Collection[UUID], left: list[Unopened] | None) -> list[Push]:
        with self.registry.read() as transaction:
            query = (
                select(deliveries, parties.c.webhook)
                .join(parties, parties.c.id == deliveries.c.party_id)
                .where(deliveries.c.next_at <= transaction.now, deliveries.c.done_at.is_(None))
                .where(parties.c.webhook.is_not(None), parties.c.state == "active")
                .where(parties.c.id.not_in(silent))
                # What a thousand cases of one person make puts off nobody else's, nor does a firm that answers slowly.
                .order_by(parties.c.id.in_(slow))
                .order_by(*in_turn(deliveries.c.person_id, deliveries.c.next_at, deliveries.c.log_index))
            )

            def read(row: Row[Any]) -> Push:
                return Push(row.log_index, row.party_id, row.webhook, body_of(transaction.keyring, row), row.tries)

            return opened_rows(transaction.connection, deliveries, query, read, left, most=AT_ONCE)

    def _send(self, push: Push) -> int | None:
        """Send a delivery; gives the status that was answered, None if there was no answer."""
        headers: Mapping[str | bytes, str | bytes] = signed_headers(self.registry.keyring, push, self.registry.clock())
        try:
            with self._pool.stream("POST", push.url, headers=headers, content=push.body) as response:
                # What it says is of no interest; nor is where it would lead us to.
                return response.status
        except NotOpen as error:
            # Whoever runs the service is to hear of it: it is not the firm that does not answer.
            problem = str(error.told(tr("address")))
            structlog.get_logger("standing").warning("webhook", party=str(push.party), problem=problem)
            return None
        except FAILED:
            return None


def body_of(keyring: Keyring, row: Row[Any]) -> bytes:
    """What a firm is sent: the delivery's number, its kind, when it was made, and what it says."""
    said = opened_body(keyring, row.log_index, row.body)
    return msgspec.json.encode(
        {"id": str(row.log_index), "type": row.kind, "timestamp": instant_text(row.at), "data": said}
    )


def signed_headers(keyring: Keyring, push: Push, now: datetime) -> dict[str | bytes, str | bytes]:
    """The headers of Standard Webhooks: the number, the time, and the signature over both and the body."""
    at = str(int(now.timestamp()))
    signature = sign_bytes(keyring, f"{push.number}.{at}.".encode() + push.body)
    return {
        "content-type": "application/json",
        "user-agent": "goodstanding",
        "webhook-id": str(push.number),
        "webhook-timestamp": at,
        "webhook-signature": f"v1a,{b64encode(signature).decode()}",
    }


def _note(transaction: WriteTransaction, tried: Sequence[tuple[Push, bool]], left: list[Unopened] | None) -> None:
    """Note how the tries of a turn went, but for deliveries that were asked for again meanwhile."""
    rows: list[LoggedRow] = []
    put_off = False
    for push, taken in tried:
        tries = push.tries + 1
        later = None if taken or push.tries >= len(WAITS) else transaction.now + WAITS[push.tries]
        own = (deliveries.c.log_index == push.number) & (deliveries.c.tries == push.tries)
        done_at = transaction.now if taken else None
        with leaving_unopened(transaction.keyring, left, (deliveries, {"log_index": push.number})), transaction.step():
            found = transaction.update(deliveries, own, tries=tries, next_at=later, done_at=done_at)
            # Of one that failed the log would be told nothing new.
            rows += found if taken else []
            put_off |= not taken and bool(found)
    if rows:
        transaction.add("deliveries.taken", "webhooks", rows)
    elif put_off and not _is_shown(transaction):
        transaction.add("deliveries.put_off", "webhooks", [])


def _is_shown(transaction: WriteTransaction) -> bool:
    """Whether the log shows already that a clock was at about now; lines that a failing firm leaves are few, then."""
    last = select(log.c.at, log.c.log_index).order_by(log.c.log_index.desc()).limit(1)
    return any(
        not isinstance(row, Unread) and row.at >= transaction.now - SHOWN_WITHIN
        for row in read_rows(transaction.connection, log, last)
    )
