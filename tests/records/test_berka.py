"""The Czech bank: every line of its files is accounted for, and nothing enters that a lender could not know."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goodstanding.engines import Duck, files
from goodstanding.months import today
from goodstanding.records import Count, Loaded, load, record_files
from goodstanding.records.adapters import berka_feeds
from goodstanding.store import Workspace

READ = ("account", "client", "disp", "loan", "trans")


def lines(folder: Path, file: str) -> Iterator[dict[str, str]]:
    """A published file, read without any of our code."""
    with (folder / f"{file}.asc").open(newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream, delimiter=";")


def day(text: str) -> str:
    return f"19{text[:2]}-{text[2:4]}-{text[4:]}"


@pytest.fixture(scope="module")
def bank(berka: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Loaded]:
    """The bank in a workspace, from a folder without `order.asc`, which has no dates."""
    folder = tmp_path_factory.mktemp("berka") / "files"
    folder.mkdir()
    for file in READ:
        (folder / f"{file}.asc").symlink_to(berka / f"{file}.asc")
    room = Workspace(folder.parent / "standing")
    return room, load(room, berka_feeds(folder), today())


@pytest.fixture(scope="module")
def records(bank: tuple[Workspace, Loaded]) -> Callable[[str, str], list[dict[str, Any]]]:
    """Rows of SQL over a record table of the bank."""

    def query(columns: str, table: str) -> list[dict[str, Any]]:
        with Duck() as duck:
            return duck.rows(f"SELECT {columns} FROM {files(record_files(bank[0], table))}")

    return query


def test_every_transaction_is_accounted_for(bank: tuple[Workspace, Loaded]) -> None:
    count = bank[1].counts["payments"]
    assert count.read == 97_005
    assert (count.accepted + count.quarantined, count.unchanged) == (97_005, 0)


def test_all_loans_have_an_outcome_and_76_are_bad(records: Callable[..., Any]) -> None:
    assert Counter(row["bad"] for row in records("bad", "outcomes")) == {False: 606, True: 76}


def test_amounts_add_up_to_those_of_the_file_by_sign(berka: Path, records: Callable[..., Any]) -> None:
    paid_in = paid_out = 0
    for line in lines(berka, "trans"):
        crowns, hellers = line["amount"].split(".")
        amount = int(crowns) * 100 + int(hellers.ljust(2, "0"))
        if line["type"] == "PRIJEM":
            paid_in += amount
        else:
            paid_out -= amount
    amounts = [row["amount_minor"] for row in records("amount_minor", "payments")]
    assert sum(amount for amount in amounts if amount > 0) == paid_in
    assert sum(amount for amount in amounts if amount < 0) == paid_out


def test_every_payment_keeps_its_day_and_its_owner(berka: Path, records: Callable[..., Any]) -> None:
    owner = {line["account_id"]: line["client_id"] for line in lines(berka, "disp") if line["type"] == "OWNER"}
    published = {
        f"trans-{line['trans_id']}": (owner[line["account_id"]], day(line["date"])) for line in lines(berka, "trans")
    }
    kept = records(
        "record_id, person_id, CAST(happened_on AS VARCHAR) AS day, known_on = happened_on AS at_once", "payments"
    )
    assert {row["record_id"]: (row["person_id"], row["day"]) for row in kept} == published
    assert all(row["at_once"] for row in kept)


def test_no_balance_lies_in_the_month_of_a_loan_or_after_it(berka: Path, records: Callable[..., Any]) -> None:
    loans = {line["account_id"]: day(line["date"])[:7] for line in lines(berka, "loan")}
    balances = records("record_id, strftime(happened_on, '%Y-%m') AS month", "balances")
    with_loan = [(row["record_id"].split("-")[1], row["month"]) for row in balances]
    with_loan = [(account, month) for account, month in with_loan if account in loans]
    assert len({account for account, _ in with_loan}) > 600
    assert [(account, month) for account, month in with_loan if month >= max(loans[account], "1994-04")] == []


def test_no_payment_lies_after_its_accounts_loan(berka: Path, records: Callable[..., Any]) -> None:
    loans = {line["account_id"]: day(line["date"]) for line in lines(berka, "loan")}
    account = {f"trans-{line['trans_id']}": line["account_id"] for line in lines(berka, "trans")}
    for row in records("record_id, CAST(happened_on AS VARCHAR) AS day", "payments"):
        assert row["day"] < max(loans.get(account[row["record_id"]], ""), "1994-04-01")


def test_women_are_born_in_a_month_of_the_year(berka: Path, records: Callable[..., Any]) -> None:
    published = {}
    for line in lines(berka, "client"):
        number = line["birth_number"]
        woman = int(number[2:4]) > 12
        month = int(number[2:4]) - (50 if woman else 0)
        published[line["client_id"]] = ("female" if woman else "male", f"19{number[:2]}-{month:02d}-{number[4:]}")
    kept = records("person_id, sex, CAST(born_on AS VARCHAR) AS born_on", "people")
    assert {row["person_id"]: (row["sex"], row["born_on"]) for row in kept} == published
    assert {sex for sex, _ in published.values()} == {"female", "male"}


DAMAGED = {
    3: "not a transaction",
    5: '1;576;930231;"PRIJEM";"VKLAD";900.00;900.00;"";;',
    7: '2;576;930101;"DAR";"VKLAD";900.00;900.00;"";;',
    9: '3;0;930101;"PRIJEM";"VKLAD";900.00;900.00;"";;',
}


@pytest.fixture(scope="module")
def damaged(berka: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Loaded]:
    """The bank with four damaged transactions, an account too many that is cut off, and orders of no use."""
    folder = tmp_path_factory.mktemp("damaged") / "files"
    folder.mkdir()
    for file in set(READ) - {"trans", "account"}:
        (folder / f"{file}.asc").symlink_to(berka / f"{file}.asc")
    content = (berka / "trans.asc").read_text(encoding="utf-8").splitlines()
    for line, text in DAMAGED.items():
        content[line - 1] = text
    (folder / "trans.asc").write_bytes("\r\n".join([*content, ""]).encode())
    (folder / "account.asc").write_bytes((berka / "account.asc").read_bytes() + b"99999;55\r\n")
    (folder / "order.asc").write_bytes(b"\0 no orders at all")
    room = Workspace(folder.parent / "standing")
    return room, load(room, berka_feeds(folder), today())


def test_damaged_transactions_are_quarantined_and_accounted_for(
    damaged: tuple[Workspace, Loaded], quarantined: Callable[..., list[dict[str, str]]]
) -> None:
    assert damaged[1].counts["payments"] == Count(read=97_005, accepted=97_001, unchanged=0, quarantined=4)
    apart = quarantined(damaged[0], "payments")
    assert {row["file"] for row in apart} == {"trans.asc"}
    assert [row["line"] for row in apart] == ["3", "5", "7", "9"]
    assert [(row["field"], row["found"]) for row in apart[1:]] == [
        ("happened_on", "1993-02-31"),
        ("amount_minor", "DAR 90000"),
        ("person_id", "nothing"),
    ]


def test_a_damaged_account_is_told_with_its_file_and_line(
    damaged: tuple[Workspace, Loaded], quarantined: Callable[..., list[dict[str, str]]]
) -> None:
    told = [row for table in ("people", "details", "payments") for row in quarantined(damaged[0], table)]
    assert ("account.asc", "4502") in {(row["file"], row["line"]) for row in told}


def test_the_orders_are_not_read(damaged: tuple[Workspace, Loaded], bank: tuple[Workspace, Loaded]) -> None:
    # One bank has no file of orders, the other one that nothing can read: no outcome or person differs.
    for table in ("people", "outcomes"):
        entries = [list(room.catalogue.under(f"records/{table}")) for room, _ in (damaged, bank)]
        assert entries[0] == entries[1]


def test_a_folder_without_a_needed_file_is_refused(berka: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in set(READ) - {"loan"}:
        (folder / f"{name}.asc").symlink_to(berka / f"{name}.asc")
    said = refused(folder, tmp_path / "standing", verb="berka")
    assert "loan.asc: found nothing there; expected a file. Check the path." in said
