"""Answering: a batch of questions is decided, told and written down in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from goodstanding.errors import StandingError
from goodstanding.registry.answers.decision import Allowed, Denied, Repeated, decide
from goodstanding.registry.answers.disclosure import Disclosure, disclose
from goodstanding.registry.answers.facts import ConsentOnFile, Earlier, Facts, read_facts
from goodstanding.registry.answers.question import Ask, Refused
from goodstanding.registry.database import insert_rows
from goodstanding.registry.database.schema import uses
from goodstanding.registry.row_digests import logged_new
from goodstanding.registry.transactions import WriteTransaction, each_alone
from goodstanding.registry.unopened import DAMAGE

Use = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What was answered: what it discloses, and `repeated` if it had been given before."""

    use: int
    at: datetime
    disclosure: Disclosure
    repeated: bool = False

    @property
    def disclosed(self) -> dict[str, Any]:
        """What it discloses as plain values, without what it does not say."""
        return msgspec.to_builtins(self.disclosure)


def answer_all(transaction: WriteTransaction, asks: Sequence[Ask]) -> Sequence[Answer | Exception]:
    """Answer each question or refuse it; each answer and each refusal of a person known to the caller leaves a line.

    A question is answered in the light of those before it in the batch, as if each had come alone. So do they where a
    row does not open that one of them rests on: what that raises is the answer to that one.
    """
    before = len(transaction.lines)
    try:
        found, rows = _answer_together(transaction, asks)
    except DAMAGE:
        # No row is written yet: there is nothing to be taken back but lines.
        del transaction.lines[before:]
        if len(asks) == 1:
            raise
        # A refusal is given, not raised: its line stays.
        return each_alone(transaction, [lambda transaction, ask=ask: answer_all(transaction, [ask])[0] for ask in asks])
    insert_rows(transaction.connection, uses, rows)
    return found


def _answer_together(
    transaction: WriteTransaction, asks: Sequence[Ask]
) -> tuple[list[Answer | StandingError], list[Use]]:
    """The answers to questions, and the rows that are to be written of them."""
    facts = read_facts(transaction, asks)
    rows: list[Use] = []
    found: list[Answer | StandingError] = []
    for ask in asks:
        decided = decide(ask, facts)
        match decided:
            case Denied(code, on_file):
                use = (
                    None
                    if on_file is None
                    else _write(transaction, rows, facts, ask, on_file, refusal=code)["log_index"]
                )
                found.append(Refused(code, use))
            case Repeated(_, earlier):
                found.append(Answer(earlier.log_index, earlier.at, _read(earlier.answer), repeated=True))
            case Allowed(on_file):
                row = _write(transaction, rows, facts, ask, on_file, refusal=None)
                found.append(Answer(row["log_index"], transaction.now, _read(row["answer"])))
    return found, rows


def _write(
    transaction: WriteTransaction,
    rows: list[Use],
    facts: Facts,
    ask: Ask,
    on_file: ConsentOnFile,
    *,
    refusal: str | None,
) -> Use:
    """Write the use line of an answer or a refusal, and let the rest of the batch know of it."""
    terms, index = on_file.consent.terms, transaction.next_index
    answer = ""
    if refusal is None:
        disclosed = disclose(transaction, ask, on_file, facts.scores.get((ask.programme, terms.person)), index)
        answer = msgspec.json.encode(disclosed).decode()
    use: Use = {
        "log_index": index,
        "person_id": terms.person,
        "party_id": terms.party,
        "consent_id": on_file.consent.id,
        "transaction_id": ask.transaction_id if refusal is None else None,
        "asked": ask.digest(terms.person),
        "at": transaction.now,
        "scope": ask.scope,
        "threshold": ask.threshold,
        "refusal": refusal,
        "answer": answer,
    }
    transaction.add("answer" if refusal is None else "refusal", index, [logged_new(transaction.keyring, uses, use)])
    rows.append(use)
    _learn(facts, use)
    return use


def _read(answer: str) -> Disclosure:
    return msgspec.json.decode(answer, type=Disclosure)


def _learn(facts: Facts, use: Use) -> None:
    """What was just answered counts for the next question of the batch."""
    pair = (use["person_id"], use["party_id"])
    if use["refusal"] == "probing":
        facts.probed.add(pair)
    if use["refusal"] is not None:
        return
    facts.answered[use["consent_id"]] = facts.answered.get(use["consent_id"], 0) + 1
    facts.earlier[use["party_id"], use["transaction_id"]] = Earlier(
        use["log_index"], use["asked"], use["at"], use["answer"]
    )
    if use["threshold"] is not None:
        facts.thresholds.setdefault(pair, set()).add(use["threshold"])
