"""Webhooks: what a firm gets, what happens when it does not take it, and where nothing is ever sent."""

import json
import socket
import threading
import time
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpcore
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select, update
from stdnum.cn import uscc
from structlog.testing import capture_logs
from tests.service.answering import says
from tests.service.api.caller import LENDER, Api, wait_for

from goodstanding.registry.authentication import Caller
from goodstanding.registry.database.schema import cases, consents, deliveries, log
from goodstanding.registry.deliveries import SHOWN_WITHIN, WAITS, tell_party
from goodstanding.registry.parties import set_party_state, set_webhook
from goodstanding.registry.verification import verify_registry
from goodstanding.service.outbox.chores import Chores
from goodstanding.service.outbox.outgoing import OpenNet, is_open
from goodstanding.service.outbox.webhooks import AT_ONCE, WebhookSender

QUICK = 0.3


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: Message
    body: bytes


@dataclass
class Receiver:
    """A real server of firms on loopback: what it does with a request depends on the path."""

    port: int
    got: list[Got] = field(default_factory=list)
    does: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [one.path for one in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            here.got.append(Got(self.path, self.headers, body))
            here.does.get(self.path, answers(204))(self)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """The other side did not wait."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        here = Receiver(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield here
        server.shutdown()
        thread.join()


def answers(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()

    return answer


@dataclass
class Firms:
    """Firms that are told something, each under a path of its own."""

    api: Api
    receiver: Receiver
    callers: dict[str, Caller] = field(default_factory=dict)

    def admit(self, path: str, url: str | None = None) -> Caller:
        caller = self.api.firm(f"Firm of {path}", "furnisher", _code(len(self.callers)))
        self.callers[path] = caller
        self.api.registry.do(
            lambda transaction: set_webhook(transaction, caller.id, url or self.receiver.url(path), by=caller.name)
        )
        return caller

    def tell(self, path: str, case: str = "c1") -> int:
        party, person = self.callers[path].id, self.api.person().id
        return self.api.registry.do(
            lambda transaction: tell_party(transaction, party, person, "dispute.open", {"case": case})
        )

    def told(self, path: str) -> list[dict[str, Any]]:
        """What the firm can see of its deliveries."""
        return self.api.good("GET", "/v1/deliveries", self.callers[path])["items"]

    def replay(self, path: str, number: int) -> None:
        self.api.good("POST", f"/v1/deliveries/{number}/replay", self.callers[path])


def _code(place: int) -> str:
    """A firm's public number, with its check digit."""
    begun = f"91310000{place:09d}"
    return begun + uscc.calc_check_digit(begun)


@pytest.fixture
def firms(api: Api, receiver: Receiver) -> Firms:
    return Firms(api, receiver)


@pytest.fixture
def sender(api: Api) -> Iterator[WebhookSender]:
    made = WebhookSender(api.registry, private=True, seconds=QUICK)
    yield made
    made.close()


def key_of(api: Api) -> Ed25519PublicKey:
    """The public key as anybody gets it."""
    jwk = api.good("GET", "/v1/oauth/keys")["keys"][-1]
    assert (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519")
    return Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(jwk["x"] + "="))


def check(key: Ed25519PublicKey, got: Got) -> None:
    """Verify a delivery as Standard Webhooks says."""
    version, signature = got.headers["webhook-signature"].split(",")
    assert version == "v1a"
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key.verify(b64decode(signature), signed)


def test_a_delivery_is_signed_says_what_happened_and_is_pushed_once_and_again_only_when_asked(
    firms: Firms, sender: WebhookSender
) -> None:
    clock, key = firms.api.office.clock, key_of(firms.api)
    firms.admit("/a")
    firms.admit("/b")
    number = firms.tell("/a")
    assert sender.send_due() == 1
    (got,) = firms.receiver.got
    check(key, got)
    said = json.loads(got.body)
    (seen,) = firms.told("/a")
    assert said == {"id": str(number), "type": "dispute.open", "timestamp": said["timestamp"], "data": {"case": "c1"}}
    assert datetime.fromisoformat(said["timestamp"]) == datetime.fromisoformat(seen["at"]) == clock.now
    assert (got.headers["webhook-id"], got.headers["content-type"]) == (str(number), "application/json")
    assert int(got.headers["webhook-timestamp"]) == int(clock.now.timestamp())
    with pytest.raises(InvalidSignature):
        check(key, Got(got.path, got.headers, got.body.replace(b"c1", b"c2")))
    assert (seen["id"], seen["tries"]) == (str(number), 1)
    assert datetime.fromisoformat(seen["done_at"]) == clock.now

    clock.move(days=30)
    assert sender.send_due() == 0
    assert firms.api.call("POST", f"/v1/deliveries/{number}/replay", firms.callers["/b"]).status_code == 404
    assert sender.send_due() == 0
    firms.replay("/a", number)
    assert sender.send_due() == 1
    again = firms.receiver.got[-1]
    check(key, again)
    assert (len(firms.receiver.got), again.body) == (2, got.body)
    assert int(again.headers["webhook-timestamp"]) == int(clock.now.timestamp())
    assert not verify_registry(firms.api.registry).findings


def put_off(firms: Firms, sender: WebhookSender) -> None:
    """Every try but the last fails: what is left waits for a day."""
    firms.admit("/a")
    firms.receiver.does["/a"] = answers(500)
    for _ in range(2):
        firms.tell("/a")
    for wait in WAITS:
        firms.api.office.clock.now += wait
        sender.send_due()
    assert [one["tries"] for one in firms.told("/a")] == [len(WAITS)] * 2


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=3), timedelta(days=400)], ids=str)
def test_what_a_clock_put_off_that_was_ahead_for_a_while_is_as_it_may_be_and_what_somebody_put_off_is_not(
    firms: Firms, sender: WebhookSender, ahead: timedelta
) -> None:
    clock, engine_ = firms.api.office.clock, firms.api.registry.engine
    right = clock.now
    clock.now += ahead
    put_off(firms, sender)
    assert verify_registry(firms.api.registry).findings == []
    clock.now = right
    assert verify_registry(firms.api.registry).findings == []
    with engine_.begin() as connection:
        last = connection.scalar(select(func.max(deliveries.c.next_at)))
        later = last + SHOWN_WITHIN + timedelta(seconds=1)
        connection.execute(update(deliveries).where(deliveries.c.next_at == last).values(next_at=later))
    found = verify_registry(firms.api.registry).findings
    assert {(one.table, one.what) for one in found} == {("deliveries", "changed")}


def test_a_firm_that_takes_nothing_leaves_a_line_an_hour_at_most(firms: Firms, sender: WebhookSender) -> None:
    put_off(firms, sender)
    with firms.api.registry.engine.connect() as connection:
        kinds = connection.execute(select(log.c.kind, log.c.at).order_by(log.c.log_index)).all()
    at = [row.at for row in kinds if row.kind == "deliveries.put_off"]
    assert 0 < len(at) <= sum(wait > SHOWN_WITHIN for wait in WAITS)
    assert all(later - before > SHOWN_WITHIN for before, later in pairwise(at))


def test_a_thousand_deliveries_about_one_person_put_off_nobody_else_s(firms: Firms, sender: WebhookSender) -> None:
    firm, flooding = firms.admit("/a"), firms.api.person().id
    do = firms.api.registry.do
    flood = [
        do(lambda transaction: tell_party(transaction, firm.id, flooding, "dispute.open", {"case": "c"}))
        for _ in range(AT_ONCE)
    ]
    other = firms.tell("/a")
    assert sender.send_due() == AT_ONCE + 1
    got = [int(one.headers["webhook-id"]) for one in firms.receiver.got]
    assert got == [flood[0], other, *flood[1:]]


def test_however_much_there_is_to_send_what_the_clock_ends_comes_in_its_time(
    firms: Firms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.1)
        answers(204)(request)

    here, office = firms.api, firms.api.office
    firms.admit("/a")
    consent = here.give(here.person())
    firms.receiver.does["/a"] = slowly
    several = [firms.tell("/a") for _ in range(40)]
    monkeypatch.setattr("goodstanding.service.outbox.chores.CLOCK_SECONDS", 0.3)

    def state() -> str | None:
        with here.registry.engine.connect() as connection:
            return connection.scalar(select(consents.c.state).where(consents.c.id == UUID(consent)))

    with Chores(here.registry, private_webhooks=True, every=0.01):
        wait_for(lambda: firms.receiver.got)
        office.clock.move(days=400)
        wait_for(lambda: state() == "EXPIRED")
        sent = len(firms.receiver.got)
        assert sent < len(several)
        wait_for(lambda: len(firms.receiver.got) > sent)


def test_what_is_not_taken_is_tried_again_after_longer_and_longer_then_given_up_until_it_is_asked_for(
    firms: Firms, sender: WebhookSender
) -> None:
    clock = firms.api.office.clock
    firms.admit("/a")
    firms.receiver.does["/a"] = answers(500)
    number = firms.tell("/a")
    assert sorted(set(WAITS[:-1])) == WAITS[:-1] <= WAITS[1:]
    for tries, wait in enumerate(WAITS, 1):
        assert (sender.send_due(), len(firms.receiver.got)) == (0, tries)
        assert [(one["tries"], one["done_at"]) for one in firms.told("/a")] == [(tries, None)]
        clock.now += wait - timedelta(seconds=1)
        assert (sender.send_due(), len(firms.receiver.got)) == (0, tries)
        clock.move(seconds=1)
    sender.send_due()
    assert len(firms.receiver.got) == len(WAITS) + 1
    assert {one.headers["webhook-id"] for one in firms.receiver.got} == {str(number)}
    clock.move(days=365)
    sender.send_due()
    assert len(firms.receiver.got) == len(WAITS) + 1

    firms.replay("/a", number)
    # Asked for again: so many tries take their time from then on.
    tampered = update(deliveries).where(deliveries.c.log_index == number)
    for tries in (0, len(WAITS), len(WAITS) + 1):
        with firms.api.registry.engine.begin() as connection:
            connection.execute(tampered.values(tries=tries, next_at=None if tries > len(WAITS) else clock.now))
        assert bool(verify_registry(firms.api.registry).findings) == bool(tries)
    with firms.api.registry.engine.begin() as connection:
        connection.execute(tampered.values(tries=0, next_at=clock.now))
    sender.send_due()
    clock.now += WAITS[0]
    firms.receiver.does["/a"] = answers(200)
    assert sender.send_due() == 1
    assert [(one["tries"], bool(one["done_at"])) for one in firms.told("/a")] == [(2, True)]
    assert not verify_registry(firms.api.registry).findings


def test_who_does_not_answer_is_left_alone_for_the_time_and_holds_up_nobody(
    firms: Firms, sender: WebhookSender
) -> None:
    bad = {
        "/hangs-up": says(b""),
        "/talks-nonsense": says(b"no HTTP at all\r\n\r\n"),
        "/dribbles": says(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100, every=QUICK / 3),
        "/is-slow": lambda _: time.sleep(3 * QUICK),
    }
    for path, does in bad.items():
        firms.receiver.does[path] = does
        firms.admit(path)
    firms.admit("/good")
    for path in (*bad, *bad, "/good", *bad, "/good"):
        firms.tell(path)
    began = time.monotonic()
    assert sender.send_due() == 2
    assert time.monotonic() - began < len(bad) * QUICK + 1
    assert sorted(firms.receiver.paths()) == sorted([*bad, "/good", "/good"])
    assert [[one["tries"] for one in firms.told(path)] for path in bad] == [[1, 0, 0]] * len(bad)
    sender.send_due()
    assert [[one["tries"] for one in firms.told(path)] for path in bad] == [[1, 1, 0]] * len(bad)

    for _ in range(3):
        firms.tell("/good")
    before = len(firms.receiver.got)
    assert sender.send_due(lambda: firms.receiver.paths()[before:].count("/good") == 2) == 2


def test_who_answers_slowly_holds_up_others_no_longer_than_who_does_not_answer(
    firms: Firms, sender: WebhookSender
) -> None:
    def late(_: object) -> bytes:
        time.sleep(QUICK / 2)
        return answers(500)(_)

    firms.receiver.does["/late"] = late
    for path in ("/late", "/good"):
        firms.admit(path)
    for _ in range(12):
        firms.tell("/late")
    firms.tell("/good")
    assert sender.send_due() == 1
    # Until then they took as long together as there is for one.
    assert firms.receiver.paths().index("/good") <= 3
    assert firms.receiver.paths().count("/late") == 12


def test_nothing_is_sent_where_a_firm_leads_on_to_nor_to_who_is_suspended_or_gone(
    firms: Firms, sender: WebhookSender
) -> None:
    registry, office = firms.api.registry, firms.api.office
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    firms.admit("/gone", closed)
    firms.admit("/leads")
    barred = firms.admit("/barred")
    fetching = firms.admit("/fetches")
    registry.do(lambda transaction: set_webhook(transaction, fetching.id, None, by="test"))
    registry.do(lambda transaction: set_party_state(transaction, barred.id, "suspended", by="test"))
    for path in firms.callers:
        firms.tell(path)
    statuses = (301, 302, 303, 307, 308)
    for tries, status in enumerate(statuses, 1):
        firms.receiver.does["/leads"] = answers(status, Location=firms.receiver.url("/elsewhere"))
        assert (sender.send_due(), firms.receiver.paths()) == (0, ["/leads"] * tries)
        office.clock.now += WAITS[tries]
    assert [one["tries"] for one in firms.told("/leads")] == [len(statuses)]
    assert [one["tries"] for one in firms.told("/gone")] == [len(statuses)]
    firms.receiver.does["/leads"] = answers(204)
    registry.do(lambda transaction: set_party_state(transaction, barred.id, "active", by="test"))
    assert (sender.send_due(), sorted(firms.receiver.paths()[len(statuses) :])) == (2, ["/barred", "/leads"])
    assert [one["tries"] for one in firms.told("/fetches")] == [0]


@pytest.mark.usefixtures("all_logged")
def test_unless_allowed_nothing_is_sent_to_this_machine_however_it_is_called(firms: Firms) -> None:
    firms.admit("/a")
    firms.admit("/b", firms.receiver.url("/b", "localhost"))
    for path in firms.callers:
        firms.tell(path)
    sender = WebhookSender(firms.api.registry)
    with capture_logs() as logs:
        assert (sender.send_due(), firms.receiver.got) == (0, [])
    assert [firms.told(path)[0]["tries"] for path in firms.callers] == [1, 1]
    # It is not the firms that do not answer: whoever runs the service hears of it.
    assert [(one["event"], "--private-webhooks" in one["problem"]) for one in logs] == [("webhook", True)] * 2
    sender.close()
    ways = ("127.0.0.1", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "0", "::1", "::ffff:127.0.0.1")
    for host in ways:
        with pytest.raises(httpcore.ConnectError, match="not an address of the open net"):
            OpenNet(QUICK).connect_tcp(host, firms.receiver.port)


def test_addresses_of_the_open_net_are_told_from_all_others() -> None:
    others = """
        0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 192.0.2.1 192.168.0.1 198.18.0.1 224.0.1.1
        240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:10.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001:0:7f00:1::
        2001:db8::1 2002:a00:1:: 5f00::1 fc00::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1
    """
    assert [one for one in others.split() if is_open(one)] == []
    ours = "8.8.8.8 193.0.6.139 2606:4700::1 2a00:1450:4001::5 ::ffff:8.8.8.8"
    assert [one for one in ours.split() if not is_open(one)] == []
    assert OpenNet(QUICK).looked_at("8.8.8.8", 443) == "8.8.8.8"


def test_chores_tell_firms_and_end_what_is_overdue_whatever_goes_wrong_beside_it(firms: Firms) -> None:
    here, office = firms.api, firms.api.office
    firms.admit("/a")
    person = here.person()
    consent = here.give(person)
    item = {"table": "dues", "source": LENDER, "record_id": "d1"}
    case = here.good("POST", "/v1/me/disputes", person, {"item": item, "words": "Not mine."})
    office.clock.now = datetime.fromisoformat(case["due_at"]) + timedelta(days=30)
    person = here.person(person.id)
    assert here.good("GET", f"/v1/me/consents/{consent}/receipts", person)["items"][1:] == []
    firms.tell("/a")
    with Chores(here.registry, private_webhooks=True, every=0.01):
        wait_for(lambda: firms.told("/a")[0]["done_at"])
        receipts = wait_for(lambda: here.good("GET", f"/v1/me/consents/{consent}/receipts", person)["items"][1:])
        ended = wait_for(lambda: here.good("GET", "/v1/me/cases", person)["items"][0]["closed_at"])
    assert len(receipts) == 1
    assert datetime.fromisoformat(ended) == office.clock.now
    assert here.good("GET", f"/v1/me/cases/{case['id']}", person)["state"] == "deleted"
    assert not verify_registry(here.registry).findings

    # A case that cannot be read is due: all else is done.
    other = here.good("POST", "/v1/me/disputes", person, {"item": item | {"record_id": "d2"}, "words": "Nor this."})
    consent, number = here.give(person), firms.tell("/a")
    office.clock.now = datetime.fromisoformat(other["due_at"]) + timedelta(days=30)
    person = here.person(person.id)
    own = cases.c.id == UUID(other["id"])
    here.registry.do(lambda transaction: transaction.connection.execute(update(cases).where(own).values(sealed=b"x")))
    with Chores(here.registry, private_webhooks=True, every=0.01):
        wait_for(lambda: str(number) in {one.headers["webhook-id"] for one in firms.receiver.got})
        wait_for(lambda: here.good("GET", f"/v1/me/consents/{consent}/receipts", person)["items"][1:])
    assert [(one.table, one.what) for one in verify_registry(here.registry).findings] == [("cases", "changed")]
