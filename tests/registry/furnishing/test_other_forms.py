"""What is sent in another form than the records keep it in is one record all the same."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.furnishing.branch import BANK, Branch
from tests.registry.furnishing.test_unopened import SQLITE

from goodstanding.engines import Duck, literal
from goodstanding.errors import BadInput
from goodstanding.records import stored_row
from goodstanding.registry.rights import Item, dispute, end_case


@settings(deadline=None, max_examples=20)
@given(
    number=st.from_regex(r"\A-?[0-9]{1,15}\Z"),
    flag=st.sampled_from(["true", "TRUE", "True", "1", "false", "FALSE", "0", ""]),
)
def test_numbers_and_flags_are_kept_as_the_records_write_them(number: str, flag: str) -> None:
    with Duck() as duck:
        cast = duck.rows(f"SELECT CAST(CAST({literal(number)} AS BIGINT) AS VARCHAR) AS number")[0]["number"]
    kept = stored_row("balances", {"amount_minor": number, "source": " e\u0301 "})
    assert kept == {"amount_minor": cast, "source": "\u00e9"}
    verified = stored_row("details", {"verified": flag})["verified"]
    assert verified == {"true": "true", "1": "true", "false": "false", "0": "false", "": ""}[flag.lower()]


@SQLITE
def test_what_was_deleted_and_is_certified_in_another_form_counts_and_goes_on_counting(branch: Branch) -> None:
    plain = branch.due("n1", amount_minor="10000", paid_minor="10000")
    other = replace(branch.due("n1", amount_minor="010000", paid_minor="0010000"), certified=True)
    branch.send(plain)
    branch.collect()
    item = Item("dues", BANK, "n1")
    case = branch.office.registry.do(lambda transaction: dispute(transaction, branch.person, item, "never mine"))
    branch.office.registry.do(
        lambda transaction: end_case(transaction, case.id, "deleted", words="right", by="officer")
    )
    branch.collect()
    branch.send(other)
    for _ in range(3):
        assert branch.collect(days=9).excluded == 0
        assert [(row["amount_minor"], row["state"]) for row in branch.held()] == [(10000, "valid")]


@SQLITE
def test_the_same_in_another_form_is_the_same(branch: Branch) -> None:
    (first,) = branch.send(branch.due("n1", amount_minor="7", paid_minor="7"))
    (again,) = branch.send(branch.due("n1", amount_minor="007", paid_minor="07"))
    assert first == again


@SQLITE
@pytest.mark.parametrize("text", ["a\U00010efd\u0301", "x\U0001e4ec\u0302y\u0301"])
def test_an_id_in_characters_newer_than_pythons_tables_is_found_again(branch: Branch, text: str) -> None:
    with Duck() as duck:
        composed = str(duck.rows(f"SELECT nfc_normalize({literal(text)}) AS t")[0]["t"])
    with pytest.raises(BadInput, match="composed form"):
        branch.send(branch.due(text))
    branch.send(branch.due(composed))
    branch.collect()
    item = Item("dues", BANK, composed)
    case = branch.office.registry.do(lambda transaction: dispute(transaction, branch.person, item, "never mine"))
    branch.office.registry.do(
        lambda transaction: end_case(transaction, case.id, "deleted", words="right", by="officer")
    )
    branch.collect()
    assert [(row["record_id"], row["state"]) for row in branch.held()] == [(composed, "withdrawn")]
