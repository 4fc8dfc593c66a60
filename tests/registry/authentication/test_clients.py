"""Clients prove who they are by an assertion signed with their own key: once, now, to us and to nobody else."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey
from tests.registry.authentication.assertions import ISSUER, KEYS, Clients, base64, by_hand, with_secret
from tests.registry.office import HandClock, Office

from goodstanding.registry.authentication import Caller, NotAuthenticated, client_of, enter_client
from goodstanding.registry.authentication.clients import LEEWAY, LONGEST, LONGEST_ID, LONGEST_TEXT
from goodstanding.registry.authentication.operators import admit_operator, set_operator_state
from goodstanding.registry.database.schema import spent
from goodstanding.registry.keys.jwks import ALGORITHMS
from goodstanding.registry.parties import set_party_keys, set_party_state

AUDIENCE = (ISSUER, f"{ISSUER}/v1/oauth/token")
MINUTE = timedelta(minutes=1)


def entered(office: Office, assertion: str) -> Caller:
    """Who enters by an assertion. Raises NotAuthenticated."""
    with office.registry.read() as transaction:
        client = client_of(transaction, assertion, AUDIENCE)
    return office.registry.do(lambda transaction: enter_client(transaction, client))


def refused(office: Office, assertion: str) -> bool:
    try:
        entered(office, assertion)
    except NotAuthenticated as error:
        # Nothing is said of what was wrong.
        return str(error) == str(NotAuthenticated())
    return False


def test_a_client_enters_with_a_key_of_each_kind(clients: Clients) -> None:
    for algorithm, id_ in clients.ids.items():
        for audience in AUDIENCE:
            caller = entered(clients.office, clients.assertion(algorithm, aud=audience))
            assert (caller.kind, caller.id, caller.roles) == ("party", id_, {"merchant"})
        # `aud` may be a list of one; `iat`, `nbf` and `kid` may be absent.
        assert entered(clients.office, clients.assertion(algorithm, aud=[ISSUER], iat=None)).id == id_


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_the_older_name_of_ed25519_is_known(clients: Clients) -> None:
    assert entered(clients.office, clients.assertion(header={"alg": "EdDSA"})).id == clients.office.merchant


def test_an_operator_enters_with_their_roles(clients: Clients) -> None:
    office, key = clients.office, OKPKey.generate_key("Ed25519", private=True)
    jwk = key.as_dict(private=False)
    with office.registry.write() as transaction:
        ann = admit_operator(transaction, "Ann", ["auditor", "admin"], [jwk], by="setup")
        admit_operator(transaction, "Bob", ["admin"], [KEYS["ES256"].as_dict(private=False)], by="setup")
    clients.ids["Ed25519"] = ann.id
    assert entered(office, clients.assertion(key=key)) == Caller("operator", ann.id, frozenset(ann.roles), "Ann")
    office.registry.do(lambda transaction: set_operator_state(transaction, ann.id, "suspended", by="Bob"))
    assert refused(office, clients.assertion(key=key))
    office.registry.do(lambda transaction: set_operator_state(transaction, ann.id, "active", by="Bob"))
    assert not refused(office, clients.assertion(key=key))


def wrong_claims(clients: Clients) -> dict[str, dict[str, Any]]:
    now, other = clients.office.clock.now.timestamp(), str(clients.ids["ES256"])
    return {
        "run out": {"exp": now - LEEWAY.total_seconds()},
        "not good yet": {"nbf": now + LEEWAY.total_seconds() + 1},
        "from the future": {"iat": now + LEEWAY.total_seconds() + 1},
        "too long a life": {"exp": now + (LONGEST + LEEWAY).total_seconds() + 1},
        "for ever": {"exp": 1e300},
        "before all time": {"exp": -1e300},
        "past what a clock can say": {"exp": 2**63 - 1},
        "a time as a text": {"exp": str(now + 60)},
        "no end": {"exp": None},
        "another audience": {"aud": "https://other.example"},
        "a longer audience": {"aud": f"{ISSUER}/"},
        "an audience in capitals": {"aud": ISSUER.upper()},
        "several audiences": {"aud": [ISSUER, "https://other.example"]},
        "all of ours": {"aud": list(AUDIENCE)},
        "a list of none": {"aud": []},
        "an audience that is no text": {"aud": 1},
        "no audience": {"aud": None},
        "about another": {"sub": other},
        "about nobody": {"sub": None},
        "by another": {"iss": other},
        "by another about itself": {"iss": other, "sub": other},
        "by nobody": {"iss": None},
        "by who is no client": {"iss": str(uuid4()), "sub": str(uuid4())},
        "by no id": {"iss": "merchant", "sub": "merchant"},
        "no number": {"jti": None},
        "an empty number": {"jti": ""},
        "a long number": {"jti": "j" * (LONGEST_ID + 1)},
        "a number that is none": {"jti": 7},
        "too much": {"note": "n" * LONGEST_TEXT},
    }


def test_one_wrong_claim_is_enough_to_be_refused(clients: Clients) -> None:
    assert not refused(clients.office, clients.assertion())
    for what, other in wrong_claims(clients).items():
        assert refused(clients.office, clients.assertion(**other)), what


def wrong_signatures(clients: Clients) -> dict[str, str]:
    own, claims = KEYS["Ed25519"], clients.claims(clients.office.merchant)
    header = {"alg": "Ed25519", "kid": own.thumbprint()}
    good = clients.assertion()
    head, payload, signature = good.split(".")
    raw = bytearray(urlsafe_b64decode(f"{signature}=="))
    raw[0] ^= 1
    raw_key = own.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = own.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = str(own.as_dict(private=False)["x"]).encode()
    stranger = OKPKey.generate_key("Ed25519", private=True)
    hs = {"alg": "HS256", "kid": own.thumbprint()}
    longer = base64(payload_of(payload).replace(b"merchant", b"merchants") + b" ")
    return {
        "changed": f"{head}.{payload}.{base64(bytes(raw))}",
        "of other claims": f"{head}.{longer}.{signature}",
        "left out": f"{head}.{payload}.",
        "without its part": f"{head}.{payload}",
        "by a stranger": clients.assertion(key=stranger),
        "by a stranger in the client's name": clients.assertion(key=stranger, header={"kid": own.thumbprint()}),
        "by a stranger who sends the key along": clients.assertion(
            key=stranger, header={"kid": own.thumbprint(), "jwk": stranger.as_dict(private=False)}
        ),
        "under the key of another client": clients.assertion(header={"kid": KEYS["ES256"].thumbprint()}),
        "under a key that is no text": clients.assertion(header={"kid": ""}),
        "by another client": clients.assertion("ES256", iss=str(clients.office.merchant), sub=claims["sub"]),
        "none": by_hand({"alg": "none"}, claims, lambda _: b""),
        "none in capitals": by_hand({"alg": "NONE", "kid": own.thumbprint()}, claims, lambda _: b""),
        "by the public key": by_hand(hs, claims, with_secret(raw_key)),
        "by the public key as a file": by_hand(hs, claims, with_secret(pem)),
        "by the public key as a member": by_hand(hs, claims, with_secret(jwk)),
        "by the public key under the right algorithm": by_hand(header, claims, with_secret(raw_key)),
        "of an older kind": clients.assertion("PS256", header={"alg": "RS256"}),
        "of a kind that the key is not of": by_hand(header | {"alg": "ES256"}, claims, lambda _: bytes(64)),
        "with an order we do not know": by_hand(header | {"crit": ["exp"], "exp": 1}, claims, lambda _: bytes(64)),
    }


def payload_of(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_no_signature_but_the_clients_own_is_taken(clients: Clients) -> None:
    for what, assertion in wrong_signatures(clients).items():
        assert refused(clients.office, assertion), what


def test_an_order_that_is_critical_is_refused_although_it_is_signed(clients: Clients) -> None:
    own = KEYS["Ed25519"].private_key
    header = {"alg": "Ed25519", "kid": KEYS["Ed25519"].thumbprint()}
    claims = clients.claims(clients.office.merchant)
    for more in ({"crit": ["b64"], "b64": True}, {"crit": ["x"], "x": 1}, {"crit": []}, {"crit": None}):
        assert refused(clients.office, by_hand(header | more, claims, own.sign)), more
    assert not refused(clients.office, by_hand(header, claims, own.sign))


def test_a_header_that_is_none_is_refused(clients: Clients) -> None:
    claims, own = clients.claims(clients.office.merchant), KEYS["Ed25519"].private_key
    headers = (b"", b"{", b"[]", b"1", b"null", b'["alg"]', b'"alg"', b'{"alg":{}}', b'{"alg":["Ed25519"]}', b"\xff")
    for header in headers:
        assert refused(clients.office, by_hand(header, claims, own.sign)), header
    for payload in (b"", b"{", b"[]", b"1", b"null", b'["iss"]', b"\xff", b'{"iss":{}}', b'{"x":' + b"[" * 2000):
        assert refused(clients.office, by_hand({"alg": "Ed25519"}, payload, own.sign)), payload
    # All that is needed, and beside it what is too deep to be read.
    deep = json.dumps(claims)[:-1].encode() + b',"note":' + b"[" * 1200 + b"]" * 1200 + b"}"
    assert refused(clients.office, by_hand({"alg": "Ed25519"}, deep, own.sign))
    assert not refused(
        clients.office, by_hand({"alg": "Ed25519"}, deep.replace(b"[", b" ").replace(b"]", b"1"), own.sign)
    )


def test_an_assertion_is_good_once(clients: Clients) -> None:
    office, assertion = clients.office, clients.assertion(jti="one")
    assert not refused(office, assertion)
    assert refused(office, assertion)
    # Neither is another under the same number; to another client the number is free.
    assert refused(office, clients.assertion(jti="one", aud=AUDIENCE[1]))
    assert not refused(office, clients.assertion("ES256", jti="one"))
    assert not refused(office, clients.assertion(jti="two"))


def test_of_two_at_once_with_the_same_assertion_one_enters(clients: Clients) -> None:
    office, assertion = clients.office, clients.assertion()
    with office.registry.read() as transaction:
        both = [client_of(transaction, assertion, AUDIENCE) for _ in range(2)]
    assert office.registry.do(lambda transaction: enter_client(transaction, both[0])).id == office.merchant
    with pytest.raises(NotAuthenticated):
        office.registry.do(lambda transaction: enter_client(transaction, both[1]))


def test_it_is_not_good_again_at_any_moment_and_is_forgotten_when_it_could_not_be(
    clients: Clients, clock: HandClock
) -> None:
    office, begin = clients.office, clock.now
    end = begin + LONGEST + LEEWAY
    assertion = clients.assertion(exp=end.timestamp())
    assert not refused(office, assertion)
    for moment in (begin, begin + LONGEST, end, end + LEEWAY - timedelta(microseconds=1), end + LEEWAY, end + MINUTE):
        clock.now = moment
        assert refused(office, assertion), moment - begin
    assert not refused(office, clients.assertion())
    with office.registry.engine.connect() as connection:
        assert len(connection.execute(spent.select()).all()) == 1


def test_two_clocks_may_differ_by_so_much_and_no_more(clients: Clients) -> None:
    now, aside = clients.office.clock.now.timestamp(), LEEWAY.total_seconds()
    life = LONGEST.total_seconds()
    for other in ({"exp": now - aside + 1}, {"exp": now + life + aside}, {"iat": now + aside}, {"nbf": now + aside}):
        assert not refused(clients.office, clients.assertion(**other)), other


def test_who_is_suspended_enters_no_more_until_they_are_reinstated(clients: Clients) -> None:
    office = clients.office
    for state, out in (("suspended", True), ("active", False)):
        office.registry.do(
            lambda transaction, state=state: set_party_state(transaction, office.merchant, state, by="ann")
        )
        assert refused(office, clients.assertion()) == out


def test_a_key_that_was_put_away_opens_no_more_and_the_new_one_does(clients: Clients) -> None:
    office, fresh, second = clients.office, *(OKPKey.generate_key("Ed25519", private=True) for _ in range(2))
    several = [key.as_dict(private=False) for key in (fresh, second)]
    office.registry.do(lambda transaction: set_party_keys(transaction, office.merchant, several, by="ann"))
    assert refused(office, clients.assertion())
    assert not refused(office, clients.assertion(key=fresh))
    # Of two keys of a kind the header has to name one.
    claims = clients.claims(office.merchant)
    unnamed = [by_hand({"alg": "Ed25519"}, claims, key.private_key.sign) for key in (fresh, second)]
    named = by_hand({"alg": "Ed25519", "kid": second.thumbprint()}, claims, second.private_key.sign)
    assert all(refused(office, one) for one in unnamed)
    assert not refused(office, named)
    office.registry.do(lambda transaction: set_party_keys(transaction, office.merchant, several[1:], by="ann"))
    claims = clients.claims(office.merchant)
    assert not refused(office, by_hand({"alg": "Ed25519"}, claims, second.private_key.sign))


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_is_named_by_its_own_name_or_its_thumbprint_and_by_no_other(clients: Clients, algorithm: str) -> None:
    office, own, id_ = clients.office, KEYS[algorithm], clients.ids[algorithm]
    size = own.as_dict().get("crv", 2048)
    second = type(own).generate_key(size, private=True)  # type: ignore[arg-type] - a curve or a length
    several = [{**own.as_dict(private=False), "kid": "a"}, {**second.as_dict(private=False), "kid": "b"}]
    office.registry.do(lambda transaction: set_party_keys(transaction, id_, several, by="ann"))
    for kid, enters in (
        ("a", True),
        (own.thumbprint(), True),
        ("b", False),
        (second.thumbprint(), False),
        ("c", False),
    ):
        assert refused(office, clients.assertion(algorithm, header={"kid": kid})) is not enters, kid
    assert not refused(office, clients.assertion(algorithm, key=second, header={"kid": "b"}))


def test_a_firm_without_keys_does_not_enter(office: Office) -> None:
    clients = Clients(office, dict.fromkeys(KEYS, office.merchant))
    for algorithm in KEYS:
        assert refused(office, clients.assertion(algorithm))


def test_an_unknown_client_costs_the_work_of_a_known_one(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodstanding.registry.authentication import clients as module  # noqa: PLC0415

    checked: list[str] = []
    check = module.jws.deserialize_compact

    def counted(value: str, key: Any, algorithms: list[str]) -> Any:
        checked.append(type(key).__name__)
        return check(value, key, algorithms)

    monkeypatch.setattr(module.jws, "deserialize_compact", counted)
    nobody = {"iss": str(uuid4())}
    nobody["sub"] = nobody["iss"]
    for algorithm in KEYS:
        assert refused(clients.office, clients.assertion(algorithm, **nobody))
        assert refused(clients.office, clients.assertion(algorithm, header={"kid": "another"}))
    assert checked == [ALGORITHMS[algorithm].__name__ for algorithm in KEYS for _ in range(2)]


pieces = st.text(max_size=20) | st.binary(max_size=30).map(base64) | st.sampled_from(["e30", "W10", "bnVsbA", ""])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=60) | st.lists(pieces, max_size=6).map(".".join))
def test_no_text_breaks_the_reading(office: Office, text: str) -> None:
    with office.registry.read() as transaction, pytest.raises(NotAuthenticated):
        client_of(transaction, text, AUDIENCE)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
Sign = Callable[[bytes], bytes]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ", "b64", "zip"]), anything, min_size=1),
    st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "jti", "nbf", "iat"]), anything, max_size=3),
)
def test_whatever_is_signed_enters_only_as_its_signer(
    clients: Clients, header: dict[str, object], claims: dict[str, object]
) -> None:
    own, id_ = KEYS["Ed25519"], clients.office.merchant
    signed = by_hand({"alg": "Ed25519"} | header, clients.claims(id_) | claims, own.private_key.sign)
    with clients.office.registry.read() as transaction:
        try:
            found = client_of(transaction, signed, AUDIENCE)
        except NotAuthenticated:
            return
    assert found.caller.id == id_
    assert UUID(str((clients.claims(id_) | claims)["sub"])) == id_
