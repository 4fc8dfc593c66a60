"""Codes on paper: ten, each good once, typed as people type, and nowhere to be read in the database."""

import re
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.registry.office import Office

from goodstanding.errors import NotFound
from goodstanding.registry.authentication import NotAuthenticated
from goodstanding.registry.authentication.printed_codes import ALPHABET, CODES, GROUP, SIGNS, print_codes, use_code
from goodstanding.registry.database.schema import log, printed_codes
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry


def printed(office: Office, person: UUID) -> Sequence[str]:
    return office.registry.do(lambda transaction: print_codes(transaction, person))


def opened(office: Office, code: str) -> UUID | None:
    """Whom a code lets in."""
    try:
        return office.registry.do(lambda transaction: use_code(transaction, code))
    except NotAuthenticated:
        return None


def test_a_sheet_has_ten_codes_in_groups_and_each_opens_once(office: Office) -> None:
    person, other = office.person(), office.person()
    codes, others = printed(office, person), printed(office, other)
    assert len({*codes, *others}) == 2 * CODES
    group = f"[{ALPHABET}]{{{GROUP}}}"
    assert all(re.fullmatch("-".join([group] * (SIGNS // GROUP)), code) for code in codes)
    # As good as a key of 80 bits.
    assert len(set(ALPHABET)) ** SIGNS == 2**80
    assert [opened(office, code) for code in codes] == [person] * CODES
    assert [opened(office, code) for code in codes] == [None] * CODES
    assert opened(office, others[0]) == other
    assert verify_registry(office.registry).findings == []


def test_a_new_sheet_ends_the_old_one_and_nobody_elses(office: Office) -> None:
    person, other = office.person(), office.person()
    theirs, old = printed(office, other), printed(office, person)
    assert opened(office, old[0]) == person
    new = printed(office, person)
    assert [opened(office, code) for code in old] == [None] * CODES
    assert [opened(office, code) for code in (new[0], theirs[0])] == [person, other]
    assert verify_registry(office.registry).findings == []


def test_a_code_is_read_as_people_type_it(office: Office) -> None:
    person = office.person()
    likes = {"0": "O", "1": "I"}

    def typed(code: str) -> list[str]:
        look_alike = "".join(likes.get(sign, sign) for sign in code)
        small_l = "".join({"0": "o", "1": "l"}.get(sign, sign) for sign in code.lower())
        plain = code.replace("-", "")
        return [
            code.lower(),
            plain,
            code.replace("-", " "),
            f"  {code}\n",
            " ".join(plain),
            look_alike,
            look_alike.lower(),
            small_l,
        ]

    seen = ""
    # Sheets until the signs that are mistaken for others were typed.
    while not {"0", "1"} <= set(seen):
        codes = printed(office, person)
        for code, as_typed in zip(codes, (typed(code)[way] for way, code in enumerate(codes[:8])), strict=False):
            assert opened(office, as_typed) == person, (code, as_typed)
            assert opened(office, code) is None
        seen = "".join(codes[5:8])
    assert not set("OIL") & set(ALPHABET)


def test_what_is_no_code_opens_nothing(office: Office) -> None:
    person = office.person()
    code = printed(office, person)[0]
    other = "0" if code[-1] != "0" else "2"
    wrong = ["", "-", code[:-1], f"{code}0", code[:-1] + other, code * 2, "0" * SIGNS, code.replace("-", "_")]
    # Signs that only look or are counted like digits and letters.
    wrong += [code[:-1] + sign for sign in ("\uff10", "\u0660", "\u00df", "U", "\0", "\ud800", "'")]
    assert [opened(office, one) for one in wrong] == [None] * len(wrong)
    assert opened(office, code) == person


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(max_size=30) | st.text(ALPHABET, min_size=SIGNS, max_size=SIGNS))
def test_no_text_breaks_the_reading_and_none_is_guessed(office: Office, text: str) -> None:
    assert opened(office, text) is None


def test_who_has_left_has_no_codes_and_gets_none(office: Office) -> None:
    person = office.person()
    code = printed(office, person)[0]
    office.registry.do(lambda transaction: leave(transaction, person))
    assert opened(office, code) is None
    for who in (person, uuid4()):
        with pytest.raises(NotFound, match="a person who has joined"):
            printed(office, who)


def test_who_has_the_database_has_no_code_and_the_log_says_only_that_one_was_used(office: Office) -> None:
    person = office.person()
    codes = printed(office, person)
    assert opened(office, codes[0]) == person
    with office.registry.engine.connect() as connection:
        rows = connection.execute(select(printed_codes)).all()
        lines = connection.execute(select(log.c.kind, log.c.object, log.c.body).order_by(log.c.log_index)).all()
    assert [line[:2] for line in lines[-2:]] == [("codes.printed", str(person)), ("code.used", str(person))]
    held = repr(rows) + repr(lines)
    for code in codes:
        assert code not in held
        assert code.replace("-", "") not in held
    assert [row.used_at for row in rows if row.used_at] == [office.clock.now]
