"""What an answer says: no more than the scope asked for, and with an adverse one its reasons."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Row, select

from goodstanding.programmes import Programme, in_language, read_definition
from goodstanding.registry.answers.facts import ConsentOnFile
from goodstanding.registry.answers.question import Ask
from goodstanding.registry.clock import instant_text
from goodstanding.registry.database.schema import programmes
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.people import opened_words
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.scoring import shown
from goodstanding.wording import use_language

# The scopes that tell more than a band.
TELLING = frozenset({"score", "dimensions", "report"})


def disclose(
    transaction: WriteTransaction, ask: Ask, held: ConsentOnFile, score: Row[Any] | None, use: int
) -> dict[str, Any]:
    """The answer to a question under a consent, from the person's newest score if there is one."""
    terms = held.consent.terms
    answer: dict[str, Any] = {
        "id": str(use),
        "at": instant_text(transaction.now),
        "consent": str(held.consent.id),
        "programme": ask.programme,
        "scope": ask.scope,
        "context": ask.context,
        "purpose": ask.purpose,
        "keep_until": instant_text(terms.data_life.after(transaction.now)),
    }
    if ask.threshold is not None:
        answer["threshold"] = ask.threshold
    if held.contested:
        answer["contested"] = True
    if ask.scope in TELLING and (words := opened_words(transaction.keyring, terms.person, held.words)) is not None:
        answer["words"] = words
    if score is not None and (law := _no_law(transaction, score.digest, ask.language)) is not None:
        answer["law"] = law
    if score is None or score.score is None or held.held:
        # Not enough data is not a low score: there is no number, and no reason of this person's to give. Neither is
        # there one while the score still counts what a fraud left.
        return answer | {"outcome": "not_enough_data"}
    answer |= {"as_of": score.as_of, "version": score.version, "run": score.run}
    outcome = "given"
    if ask.threshold is not None:
        outcome = "yes" if score.score >= ask.threshold else "no"
    answer |= {"outcome": outcome} | _of_scope(ask, score)
    if outcome == "no" or ask.scope in TELLING:
        most = law_of(transaction.connection, held.jurisdiction).reasons_most
        answer["reasons"] = _reasons(score.digest, score.reasons[:most], ask.language)
    return answer


def _of_scope(ask: Ask, score: Row[Any]) -> dict[str, Any]:
    match ask.scope:
        case "admittance":
            return {}
        case "band":
            return {"band": score.band}
        case "score":
            return {"score": score.score, "interval": [score.low, score.high], "band": score.band}
        case _:
            dimensions = {"dimensions": score.dimensions}
            return {"score": score.score, "interval": [score.low, score.high], "band": score.band} | dimensions


def _no_law(transaction: WriteTransaction, digest: str, language: str) -> str | None:
    """That no law was checked of the programme that made a score, where that is so."""
    _learn_programme(transaction, digest)
    with use_language(language):
        return _KNOWN[digest].no_law


def _reasons(digest: str, lost: list[list[Any]], language: str) -> list[dict[str, str]]:
    """The reasons by code, and in words with the person's own values."""
    return [{"code": name, "text": _in_words(digest, name, value, language)} for name, value in lost]


@lru_cache(maxsize=20_000)
def _in_words(digest: str, name: str, value: float, language: str) -> str:
    """A reason in words. The same few values come again and again, and writing numbers for people takes its time."""
    definition = _KNOWN[digest].characteristic(name)
    with use_language(language):
        return in_language(definition.reason).format(value=shown(definition, value))


_KNOWN: dict[str, Programme] = {}


def _learn_programme(transaction: WriteTransaction, digest: str) -> None:
    """Read the programme that made a score, once: its digest is of its text."""
    if digest not in _KNOWN:
        row = transaction.connection.execute(select(programmes).where(programmes.c.digest == digest)).first()
        if row is None:
            raise LookupError(digest)
        _KNOWN[digest] = read_definition(f"{row.name} {row.version}", row.text.encode(), row.expert.encode()).programme
