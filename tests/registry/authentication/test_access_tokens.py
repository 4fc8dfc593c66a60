"""Tokens: the registry's own, for one issuer and for minutes; and whoever was stopped since is stopped."""

from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.registry.authentication.assertions import ISSUER, KEYS, base64, by_hand, with_secret
from tests.registry.office import START, HandClock, Office

from goodstanding.registry.authentication import Caller, NotAuthenticated, check_caller, read_token, sign_token
from goodstanding.registry.authentication.access_tokens import KIND, TOKEN_LASTS
from goodstanding.registry.authentication.operators import admit_operator, set_operator_state
from goodstanding.registry.authentication.sessions import SESSION_LASTS, begin_session, end_sessions
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import operators, sessions
from goodstanding.registry.keys import Keyring, fresh_keyring, public_keys, sign
from goodstanding.registry.log.log_proofs import signed_head_now
from goodstanding.registry.parties import set_party_state
from goodstanding.registry.rights import leave

SECOND = timedelta(seconds=1)
PERSON = Caller("person", uuid4(), frozenset({"person"}), session=uuid4())
FIRM = Caller("party", uuid4(), frozenset({"merchant"}), "Bicycles of Beijing")
ANN = Caller("operator", uuid4(), frozenset({"admin", "auditor"}), "Ann")


def payload_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def refused(keyring: Keyring, token: str, at: Any = START, issuer: str = ISSUER) -> bool:
    try:
        read_token(keyring, issuer, token, at)
    except NotAuthenticated:
        return True
    return False


def test_a_token_says_who_it_was_signed_for_until_its_end(keyring: Keyring) -> None:
    for caller in (PERSON, FIRM, ANN):
        token = sign_token(keyring, ISSUER, caller, START)
        assert read_token(keyring, ISSUER, token, START) == (caller, START + TOKEN_LASTS)
        assert read_token(keyring, ISSUER, token, START + TOKEN_LASTS - SECOND)[0] == caller
        assert refused(keyring, token, START + TOKEN_LASTS)
        # Two computers' clocks may differ by a minute.
        assert not refused(keyring, token, START - timedelta(minutes=1))
        assert refused(keyring, token, START - timedelta(minutes=1) - SECOND)
    short = sign_token(keyring, ISSUER, FIRM, START, SECOND)
    assert not refused(keyring, short)
    assert refused(keyring, short, START + SECOND)


def test_a_token_is_good_for_its_issuer_alone(keyring: Keyring) -> None:
    token = sign_token(keyring, ISSUER, FIRM, START)
    claims = payload_of(token)
    assert not refused(keyring, sign(keyring, KIND, claims))
    for other in ("https://other.example", f"{ISSUER}/", ISSUER.upper(), ""):
        assert refused(keyring, token, issuer=other)
        for name in ("iss", "aud"):
            assert refused(keyring, sign(keyring, KIND, claims | {name: other})), (name, other)
    assert refused(keyring, sign(keyring, KIND, claims | {"aud": [ISSUER, "https://other.example"]}))


def test_a_token_that_lacks_a_claim_or_says_what_none_does_is_refused(keyring: Keyring) -> None:
    claims = payload_of(sign_token(keyring, ISSUER, PERSON, START))
    read = {"iss", "aud", "sub", "kind", "roles", "name", "iat", "exp"}
    for name in read:
        assert refused(keyring, sign(keyring, KIND, {one: value for one, value in claims.items() if one != name})), name
    wrong = {"kind": "registry", "sub": "ann", "sid": "session", "exp": "soon", "iat": "then", "roles": None}
    for name, value in wrong.items():
        assert refused(keyring, sign(keyring, KIND, claims | {name: value})), name
    for value in ([], "token", 1, None):
        assert refused(keyring, sign(keyring, KIND, value))


def test_what_else_the_registry_signs_is_no_token(office: Office) -> None:
    keyring, token = office.registry.keyring, sign_token(office.registry.keyring, ISSUER, FIRM, START)
    person = office.person()
    given_ = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    with office.registry.engine.connect() as connection:
        head = signed_head_now(connection)
    assert given_.artefact is not None
    assert head is not None
    assert refused(keyring, given_.artefact)
    assert refused(keyring, head)
    # Neither is the same said under another name.
    for kind in ("JWT", "standing-consent+jws", "AT+JWT", "application/at+jwt", ""):
        assert refused(keyring, sign(keyring, kind, payload_of(token))), kind


def test_only_the_registrys_own_key_signs_tokens(keyring: Keyring) -> None:
    own = sign_token(keyring, ISSUER, FIRM, START)
    foreign = fresh_keyring()
    assert refused(keyring, sign_token(foreign, ISSUER, FIRM, START))
    (public,) = public_keys(keyring)
    header, claims = {"alg": "Ed25519", "typ": KIND, "kid": public["kid"]}, payload_of(own)
    stranger = KEYS["Ed25519"].private_key
    forged = {
        "by a stranger": by_hand(header, claims, stranger.sign),
        "by a stranger who sends the key along": by_hand(
            header | {"jwk": KEYS["Ed25519"].as_dict(private=False)}, claims, stranger.sign
        ),
        "none": by_hand(header | {"alg": "none"}, claims, lambda _: b""),
        "not at all": by_hand(header, claims, lambda _: b""),
        "with the public key": by_hand(
            header | {"alg": "HS256"}, claims, with_secret(urlsafe_b64decode(f"{public['x']}="))
        ),
        "by a key without a name": by_hand({"alg": "Ed25519", "typ": KIND}, claims, stranger.sign),
    }
    for what, token in forged.items():
        assert refused(keyring, token), what
    # A key that was in force before still verifies: tokens live for minutes.
    assert not refused(keyring.with_new("signing"), own)
    assert refused(keyring.with_new("signing").without_old("signing"), own)


def test_a_token_of_which_any_character_was_changed_is_refused(keyring: Keyring) -> None:
    token = sign_token(keyring, ISSUER, FIRM, START)
    for place, sign_ in enumerate(token[:-1]):
        changed = f"{token[:place]}{'A' if sign_ != 'A' else 'B'}{token[place + 1 :]}"
        assert refused(keyring, changed), place
    # Of the last character some bits stand for nothing.
    assert refused(keyring, token[:-1])
    assert refused(keyring, token.rsplit(".", 1)[0])


def test_a_header_that_is_none_is_refused(keyring: Keyring) -> None:
    claims = payload_of(sign_token(keyring, ISSUER, FIRM, START))
    for header in (b"", b"[]", b"null", b'["alg"]', b'"alg"', b'{"alg":{},"kid":[]}', b"\xff"):
        assert refused(keyring, by_hand(header, claims, KEYS["Ed25519"].private_key.sign)), header
    assert refused(keyring, by_hand(b'{"alg":' + b"[" * 5000, claims, KEYS["Ed25519"].private_key.sign))


pieces = st.text(max_size=20) | st.binary(max_size=30).map(base64) | st.sampled_from(["e30", "W10", "bnVsbA"])


@given(st.text(max_size=60) | st.lists(pieces, max_size=6).map(".".join))
def test_no_text_breaks_the_reading(keyring: Keyring, text: str) -> None:
    assert refused(keyring, text)


def stopped(office: Office, caller: Caller) -> bool:
    """Whether a caller whose token is good is stopped now."""
    with office.registry.read() as transaction:
        try:
            check_caller(transaction, caller)
        except NotAuthenticated:
            return True
    return False


def test_a_person_is_stopped_once_signed_out_or_gone(office: Office, clock: HandClock) -> None:
    registry, person, other = office.registry, office.person(), office.person()
    first, second, elsewhere = (
        registry.do(lambda transaction, who=who: begin_session(transaction, who)) for who in [person] * 3
    )
    theirs = registry.do(lambda transaction: begin_session(transaction, other))
    everybody = (first, second, elsewhere, theirs)
    assert not any(stopped(office, one) for one in everybody)
    # A session is one person's, and has to be named.
    assert stopped(office, replace(first, session=theirs.session))
    assert stopped(office, replace(first, session=None))
    assert stopped(office, replace(first, id=uuid4()))
    # Nobody signs another out.
    registry.do(lambda transaction: end_sessions(transaction, other, first.session))
    registry.do(lambda transaction: end_sessions(transaction, person, second.session))
    assert [stopped(office, one) for one in everybody] == [False, True, False, False]
    registry.do(lambda transaction: end_sessions(transaction, person))
    assert [stopped(office, one) for one in everybody] == [True, True, True, False]
    again = registry.do(lambda transaction: begin_session(transaction, person))
    assert not stopped(office, again)
    registry.do(lambda transaction: leave(transaction, person))
    assert [stopped(office, one) for one in (again, theirs)] == [True, False]
    clock.now += SESSION_LASTS - SECOND
    assert not stopped(office, theirs)
    clock.now += SECOND
    assert stopped(office, theirs)
    # Signing in forgets the sessions that have run out.
    fresh = registry.do(lambda transaction: begin_session(transaction, other))
    with registry.engine.connect() as connection:
        assert connection.scalars(select(sessions.c.id)).all() == [fresh.session]


def test_a_firm_is_stopped_once_suspended_and_in_another_role(office: Office) -> None:
    firm = Caller("party", office.merchant, frozenset({"merchant"}))
    assert not stopped(office, firm)
    for other in (replace(firm, id=uuid4()), replace(firm, roles=frozenset({"furnisher"}))):
        assert stopped(office, other)
    for roles in (frozenset[Any](), frozenset[Any]({"merchant", "admin"})):
        assert stopped(office, replace(firm, roles=roles))
    for state, out in (("suspended", True), ("active", False)):
        office.registry.do(
            lambda transaction, state=state: set_party_state(transaction, office.merchant, state, by="ann")
        )
        assert stopped(office, firm) == out


def test_an_operator_is_stopped_once_suspended_or_without_a_role_of_the_token(office: Office) -> None:
    keys = [KEYS["Ed25519"].as_dict(private=False)]
    with office.registry.write() as transaction:
        ann = admit_operator(transaction, "Ann", ["admin", "auditor"], keys, by="setup")
        admit_operator(transaction, "Bob", ["admin"], keys, by="setup")
    caller = Caller("operator", ann.id, frozenset(ann.roles))
    assert not stopped(office, caller)
    assert not stopped(office, replace(caller, roles=frozenset({"auditor"})))
    assert stopped(office, replace(caller, roles=frozenset({"auditor", "reviewer"})))
    assert stopped(office, replace(caller, id=uuid4()))
    for state, out in (("suspended", True), ("active", False)):
        office.registry.do(lambda transaction, state=state: set_operator_state(transaction, ann.id, state, by="Bob"))
        assert stopped(office, caller) == out
    with office.registry.write() as transaction:
        transaction.add(
            "operator.roles", ann.id, transaction.update(operators, operators.c.id == ann.id, roles=["auditor"])
        )
    assert stopped(office, caller)
    assert not stopped(office, replace(caller, roles=frozenset({"auditor"})))


def test_who_is_one_kind_of_caller_is_not_another(office: Office) -> None:
    who = office.person()
    person = office.registry.do(lambda transaction: begin_session(transaction, who))
    ids = {"person": person.id, "party": office.merchant}
    for kind in ("person", "party", "operator"):
        for own, id_ in ids.items():
            caller = Caller(kind, id_, frozenset({"person" if own == "person" else "merchant"}), session=person.session)
            assert stopped(office, caller) == (kind != own), (kind, own)


def test_a_token_does_not_say_more_than_is_needed(keyring: Keyring) -> None:
    said = payload_of(sign_token(keyring, ISSUER, PERSON, START))
    assert set(said) == {"iss", "aud", "sub", "client_id", "kind", "roles", "name", "iat", "exp", "jti", "sid"}
    assert payload_of(sign_token(keyring, ISSUER, PERSON, START))["jti"] != said["jti"]
