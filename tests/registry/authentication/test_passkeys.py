"""Passkeys: made for this site by a device that checked its user; each answer is good once and in time."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.registry.office import HandClock, Office
from tests.service.api.caller import ISSUER, Device, read_base64

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry import Registry
from goodstanding.registry.authentication import NotAuthenticated
from goodstanding.registry.authentication.passkeys import (
    CHALLENGE_LASTS,
    MOST_PASSKEYS,
    Passkey,
    Site,
    add_passkey,
    options_to_add,
    options_to_enter,
    passkeys_of,
    prove_entry,
    prove_new,
    remove_passkey,
    use_passkey,
)
from goodstanding.registry.database.schema import log, passkeys, spent
from goodstanding.registry.keys import Keys, fresh_keyring
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry

SITE = Site("localhost", [ISSUER])
SECOND = timedelta(seconds=1)
PRESENT, VERIFIED = 0x01, 0x04

Options = Mapping[str, Any]


@dataclass
class Door:
    """A site's door, and people with devices before it."""

    office: Office
    devices: dict[UUID, Device] = field(default_factory=dict)

    @property
    def registry(self) -> Registry:
        return self.office.registry

    def person(self) -> UUID:
        """Somebody with a device that has a passkey."""
        person = self.office.person()
        self.devices[person] = Device()
        self.add(person, self.devices[person].add(self.to_add(person)))
        return person

    def to_add(self, person: UUID) -> Options:
        with self.registry.read() as transaction:
            return options_to_add(transaction, person, SITE)

    def to_enter(self) -> Options:
        with self.registry.read() as transaction:
            return options_to_enter(transaction, SITE)

    def add(self, person: UUID, credential: Any, label: str = "My phone", site: Site = SITE) -> Passkey:
        with self.registry.read() as transaction:
            proven = prove_new(transaction, person, credential, site)
        return self.registry.do(lambda transaction: add_passkey(transaction, proven, label))

    def refuses_to_add(self, person: UUID, credential: Any) -> bool:
        before = self.held(person)
        try:
            self.add(person, credential)
        except BadInput as error:
            return "found no valid passkey" in str(error) and self.held(person) == before
        return False

    def entered(self, credential: Any, site: Site = SITE) -> UUID | None:
        """Who gets in."""
        try:
            with self.registry.read() as transaction:
                proven = prove_entry(transaction, credential, site)
            return self.registry.do(lambda transaction: use_passkey(transaction, proven))
        except NotAuthenticated:
            return None

    def held(self, person: UUID) -> list[Passkey]:
        with self.registry.read() as transaction:
            return list(passkeys_of(transaction.connection, transaction.keyring, person))


@pytest.fixture
def door(office: Office) -> Door:
    return Door(office)


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_response(credential: Options, **other: Any) -> dict[str, Any]:
    return {**credential, "response": {**credential["response"], **other}}


def said_instead(credential: Options, **other: Any) -> dict[str, Any]:
    """A credential whose browser says something else, under the signature that it has."""
    said = json.loads(read_base64(credential["response"]["clientDataJSON"])) | other
    return with_response(credential, clientDataJSON=encoded(said))


def test_a_passkey_lets_its_person_in_and_nobody_else(door: Door, clock: HandClock) -> None:
    ann, bob = door.person(), door.person()
    for person in (bob, ann, bob):
        clock.move(minutes=1)
        assert door.entered(door.devices[person].enter(door.to_enter())) == person
    (own,) = door.held(ann)
    assert (own.label, own.used_at) == ("My phone", clock.now - timedelta(minutes=1))
    assert verify_registry(door.registry).findings == []
    options = door.to_enter()
    assert options["rpId"] == SITE.domain
    assert options["userVerification"] == "required"
    # Nobody is named before they are in.
    assert not options.get("allowCredentials")


def test_the_options_to_add_ask_for_what_is_checked_and_name_nobody(door: Door) -> None:
    person = door.person()
    options = door.to_add(person)
    assert options["rp"]["id"] == SITE.domain
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert read_base64(options["user"]["id"]) == person.bytes
    # A device that has one already is told so.
    assert [read_base64(one["id"]) for one in options["excludeCredentials"]] == [one.id for one in door.held(person)]
    assert door.to_add(person)["challenge"] != options["challenge"]


def other_devices(device: Device) -> dict[str, Device]:
    keys = device.keys
    return {
        "another origin": Device(origin="https://evil.example", keys=keys),
        "another port": Device(origin=f"{ISSUER}0", keys=keys),
        "no encryption": Device(origin=ISSUER.replace("http", "https"), keys=keys),
        "another domain": Device(domain="evil.example", keys=keys),
        "a domain below": Device(domain="sub.localhost", keys=keys),
        "a user who was not checked": Device(flags=PRESENT, keys=keys),
        "a user who was not there": Device(flags=VERIFIED, keys=keys),
    }


def test_what_another_site_or_an_unchecked_user_answers_is_refused(door: Door) -> None:
    person = door.person()
    device = door.devices[person]
    device.count = 100
    known = dict(device.keys)
    for what, other in other_devices(device).items():
        other.count = 200
        assert door.refuses_to_add(person, other.add(door.to_add(person))), what
        assert door.entered(other.enter(door.to_enter(), next(iter(known)))) is None, what
    assert door.entered(device.enter(door.to_enter(), next(iter(known)))) == person


def foreign_challenges(door: Door, person: UUID, other: UUID) -> dict[str, str]:
    """Challenges that are not for this person to add with, nor to enter with."""
    own = read_base64(door.to_enter()["challenge"])
    stranger = replace(door.registry, keys=Keys(fresh_keyring()))
    with stranger.read() as transaction:
        forged = [
            options_to_add(transaction, person, SITE)["challenge"],
            options_to_enter(transaction, SITE)["challenge"],
        ]
    far = (2**63 - 1).to_bytes(8, "big")
    return {
        "nobody's": encoded(bytes(len(own))),
        "of a stranger to add": forged[0],
        "of a stranger to enter": forged[1],
        "for another person": door.to_add(other)["challenge"],
        "changed": encoded(bytes([own[0] ^ 1]) + own[1:]),
        "made to last": encoded(own[:16] + far + own[24:]),
        "made to last past all time": encoded(own[:16] + b"\xff" * 8 + own[24:]),
        "made to last to a year there is not": encoded(own[:16] + (2**40).to_bytes(8, "big") + own[24:]),
        "cut": encoded(own[:-1]),
        "longer": encoded(own + b"\0"),
        "short": encoded(own[:3]),
        "empty": "",
    }


def test_only_a_challenge_of_ours_for_the_same_thing_and_person_is_answered(door: Door) -> None:
    ann, bob = door.person(), door.person()
    device = door.devices[ann]
    own = next(iter(device.keys))
    for what, challenge in foreign_challenges(door, ann, bob).items():
        assert door.refuses_to_add(ann, device.add({"challenge": challenge})), what
        assert door.entered(device.enter({"challenge": challenge}, own)) is None, what
    # One for adding does not let in, and one for entering adds nothing.
    assert door.entered(device.enter(door.to_add(ann), own)) is None
    assert door.refuses_to_add(ann, device.add(door.to_enter()))
    assert door.entered(device.enter(door.to_enter(), own)) == ann


def test_a_challenge_runs_out(door: Door, clock: HandClock) -> None:
    person = door.person()
    device = door.devices[person]
    own = next(iter(device.keys))
    to_add, to_enter = [door.to_add(person) for _ in range(2)], [door.to_enter() for _ in range(2)]
    clock.now += CHALLENGE_LASTS - SECOND
    assert door.entered(device.enter(to_enter[0], own)) == person
    assert door.add(person, device.add(to_add[0])).label == "My phone"
    clock.now += SECOND
    assert door.entered(device.enter(to_enter[1], own)) is None
    assert door.refuses_to_add(person, device.add(to_add[1]))


def test_an_answer_is_good_once_for_as_long_as_it_could_be_used(door: Door, clock: HandClock) -> None:
    person = door.person()
    device = door.devices[person]
    options = door.to_enter()
    begin = clock.now
    credential = device.enter(options)
    assert door.entered(credential) == person
    device.count += 1
    for after in (timedelta(), SECOND, CHALLENGE_LASTS - SECOND, CHALLENGE_LASTS, CHALLENGE_LASTS + SECOND):
        clock.now = begin + after
        assert door.entered(credential) is None, after
        # Neither is another answer to the same challenge.
        assert door.entered(device.enter(options)) is None, after
    clock.now = begin
    other = Device()
    to_add = door.to_add(person)
    door.add(person, other.add(to_add))
    with pytest.raises(NotAuthenticated):
        door.add(person, other.add(to_add))
    clock.now = begin + 2 * CHALLENGE_LASTS
    assert door.entered(device.enter(door.to_enter())) == person
    with door.registry.engine.connect() as connection:
        assert len(connection.execute(select(spent)).all()) == 1


def test_of_two_at_once_with_the_same_answer_one_gets_in(door: Door) -> None:
    person = door.person()
    credential = door.devices[person].enter(door.to_enter())
    with door.registry.read() as transaction:
        both = [prove_entry(transaction, credential, SITE) for _ in range(2)]
    assert door.registry.do(lambda transaction: use_passkey(transaction, both[0])) == person
    with pytest.raises(NotAuthenticated):
        door.registry.do(lambda transaction: use_passkey(transaction, both[1]))


def test_a_passkey_that_was_removed_lets_nobody_in_at_once(door: Door) -> None:
    ann, bob = door.person(), door.person()
    device = door.devices[ann]
    (own,) = door.held(ann)
    for stranger, id_ in ((bob, own.id), (ann, b"unknown")):
        with pytest.raises(NotFound, match="a passkey of yours"):
            door.registry.do(lambda transaction, who=stranger, id_=id_: remove_passkey(transaction, who, id_))
    with door.registry.read() as transaction:
        proven = prove_entry(transaction, device.enter(door.to_enter()), SITE)
    door.registry.do(lambda transaction: remove_passkey(transaction, ann, own.id))
    # Also if it was removed between the check and the change.
    with pytest.raises(NotAuthenticated):
        door.registry.do(lambda transaction: use_passkey(transaction, proven))
    assert door.entered(device.enter(door.to_enter())) is None
    assert (door.held(ann), len(door.held(bob))) == ([], 1)
    door.registry.do(lambda transaction: leave(transaction, bob))
    assert door.entered(door.devices[bob].enter(door.to_enter())) is None
    assert verify_registry(door.registry).findings == []


def test_a_device_whose_count_goes_back_may_be_a_copy_and_is_refused(door: Door) -> None:
    person = door.person()
    device = door.devices[person]
    device.count = 9
    assert door.entered(device.enter(door.to_enter())) == person
    for count in (9, 8, 0, -1):
        device.count = count
        assert door.entered(device.enter(door.to_enter())) is None, count
    device.count = 10
    assert door.entered(device.enter(door.to_enter())) == person
    # A device that counts nothing always says nought.
    other = door.person()
    for _ in range(2):
        door.devices[other].count = -1
        assert door.entered(door.devices[other].enter(door.to_enter())) == other


def test_an_answer_that_was_changed_or_is_another_passkeys_is_refused(door: Door) -> None:
    ann, bob = door.person(), door.person()
    device, other = door.devices[ann], door.devices[bob]
    (own,), (theirs,) = door.held(ann), door.held(bob)
    name = encoded(theirs.id)

    def answered() -> dict[str, Any]:
        return device.enter(door.to_enter())

    changed: dict[str, Callable[[], Any]] = {
        "under another's name": lambda: {**answered(), "id": name, "rawId": name},
        "under another's name beside its own": lambda: {**answered(), "id": name},
        "with another's signature": lambda: with_response(
            answered(), signature=other.enter(door.to_enter())["response"]["signature"]
        ),
        "for adding": lambda: said_instead(answered(), type="webauthn.create"),
        "with another challenge of ours": lambda: said_instead(answered(), challenge=door.to_enter()["challenge"]),
        "with another's data": lambda: with_response(
            answered(), authenticatorData=other.enter(door.to_enter())["response"]["authenticatorData"] + "AA"
        ),
        "without a signature": lambda: with_response(answered(), signature=""),
        "of an unknown passkey": lambda: {**answered(), "id": encoded(b"x" * 16), "rawId": encoded(b"x" * 16)},
    }
    for what, work in changed.items():
        device.count += 1
        other.count += 1
        assert door.entered(work()) is None, what
    assert door.entered(answered()) == ann
    assert own.id != theirs.id


def test_a_passkey_is_there_once_and_a_person_has_at_most_so_many(door: Door) -> None:
    ann, bob = door.person(), door.person()
    device = door.devices[ann]
    id_, key = next(iter(device.keys.items()))
    credential = device.add(door.to_add(bob))
    # As if a device chose an id that somebody has.
    fresh = list(device.keys)[-1]
    data = cbor2.loads(read_base64(credential["response"]["attestationObject"]))
    data["authData"] = data["authData"].replace(fresh, id_)
    renamed = {**credential, "id": encoded(id_), "rawId": encoded(id_)}
    taken = with_response(renamed, attestationObject=encoded(cbor2.dumps(data)))
    with pytest.raises(Conflict, match="one that is there already"):
        door.add(bob, taken)
    device.keys = {id_: key}
    assert door.entered(device.enter(door.to_enter())) == ann
    for number in range(1, MOST_PASSKEYS):
        door.add(ann, Device().add(door.to_add(ann)), f"Phone {number}")
    with pytest.raises(Conflict, match=f"expected at most {MOST_PASSKEYS}"):
        door.add(ann, Device().add(door.to_add(ann)))
    assert len(door.held(ann)) == MOST_PASSKEYS
    assert {one.label for one in door.held(ann)} == {"My phone", *(f"Phone {n}" for n in range(1, MOST_PASSKEYS))}
    door.registry.do(lambda transaction: remove_passkey(transaction, ann, id_))
    door.add(ann, Device().add(door.to_add(ann)))
    for label in ("", "a\u200bb", "x" * 121):
        with pytest.raises(BadInput, match="label"):
            door.add(bob, Device().add(door.to_add(bob)), label)
    assert verify_registry(door.registry).findings == []


def test_adding_and_removing_are_lines_and_entering_is_none(door: Door) -> None:
    person = door.person()
    assert door.entered(door.devices[person].enter(door.to_enter())) == person
    (own,) = door.held(person)
    door.registry.do(lambda transaction: remove_passkey(transaction, person, own.id))
    with door.registry.engine.connect() as connection:
        lines = connection.scalars(select(log.c.kind).where(log.c.object == str(person)).order_by(log.c.log_index))
        assert lines.all() == ["person.joined", "passkey.added", "passkey.removed"]
        assert connection.execute(select(passkeys)).all() == []


DEEP = b"[" * 3000
MALFORMED = {
    "nothing": {},
    "no response": {"id": "AAAA", "rawId": "AAAA", "type": "public-key"},
    "a response that is a text": {"response": "x"},
    "a response that is a list": {"response": []},
    "client data that is no text": {"response": {"clientDataJSON": 1}},
    "client data that is no JSON": {"response": {"clientDataJSON": encoded(b"{")}},
    "client data that is a list": {"response": {"clientDataJSON": encoded([])}},
    "client data that is deep": {"response": {"clientDataJSON": encoded(b'{"challenge":' + DEEP)}},
    "client data without a challenge": {"response": {"clientDataJSON": encoded({})}},
    "a challenge that is no text": {"response": {"clientDataJSON": encoded({"challenge": 1})}},
    "a challenge in other letters": {"response": {"clientDataJSON": encoded({"challenge": "\u00e9"})}},
    "half a character": {"response": {"clientDataJSON": "\ud800"}},
}


def test_what_is_no_credential_is_refused_in_words(door: Door) -> None:
    person = door.person()
    for what, credential in MALFORMED.items():
        assert door.entered(credential) is None, what
        assert door.refuses_to_add(person, credential), what
    device = Device()
    wrong = [b"", b"\xff", b"{", cbor2.dumps({}), cbor2.dumps([]), b"\x81" * 3000, b"\xbf" * 99]
    wrong += [cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}) for data in (b"", bytes(37), "x", 1, None)]
    for raw in wrong:
        credential = with_response(device.add(door.to_add(person)), attestationObject=encoded(raw))
        assert door.refuses_to_add(person, credential), raw
    own = door.devices[person]
    for name in ("authenticatorData", "signature", "clientDataJSON"):
        for value in ("", "A", encoded(b"\xff" * 40), None, 1, [], "\u00e9", "\ud800"):
            assert door.entered(with_response(own.enter(door.to_enter()), **{name: value})) is None, (name, value)
    for name in ("id", "rawId", "type"):
        for value in ("", None, 1, [], "\u00e9", "A"):
            assert door.entered({**own.enter(door.to_enter()), name: value}) is None, (name, value)


values = st.none() | st.integers() | st.text(max_size=9) | st.binary(max_size=30).map(encoded)
names = st.sampled_from(["id", "rawId", "type", "response", "authenticatorAttachment", "clientExtensionResults"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    st.dictionaries(names, values, max_size=3),
    st.dictionaries(
        st.sampled_from(["clientDataJSON", "authenticatorData", "signature", "attestationObject", "userHandle"]),
        values,
        min_size=1,
        max_size=3,
    ),
)
def test_whatever_a_browser_sends_lets_in_nobody_else(door: Door, outer: dict[str, Any], inner: dict[str, Any]) -> None:
    person = next(iter(door.devices), None) or door.person()
    credential = {**with_response(door.devices[person].enter(door.to_enter()), **inner), **outer}
    assert door.entered(credential) in (None, person)
    with door.registry.read() as transaction, pytest.raises(BadInput):
        prove_new(transaction, person, credential, SITE)
