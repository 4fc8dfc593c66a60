"""What an answer says: no more than the scope asked for, and with an adverse one its reasons."""

from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
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


class Disclosure(Struct, omit_defaults=True, frozen=True, kw_only=True):
    """What was answered. `outcome` is yes, no, given, or not_enough_data, which is not a low score.

    What is told depends on the scope; a no comes with its reasons. `repeated`: it had been answered before. `law` says
    that no law was checked for the programme, where that is so.
    """

    id: str
    at: str
    outcome: str
    consent: str
    programme: str
    scope: str
    context: str
    purpose: str
    keep_until: str
    repeated: bool = False
    threshold: int | None = None
    contested: bool | None = None
    words: str | None = None
    law: str | None = None
    as_of: str | None = None
    version: str | None = None
    run: str | None = None
    score: int | None = None
    interval: list[int] | None = None
    band: str | None = None
    dimensions: dict[str, int] | None = None
    reasons: list[dict[str, str]] | None = None


def disclose(
    transaction: WriteTransaction, ask: Ask, on_file: ConsentOnFile, score: Row[Any] | None, use: int
) -> Disclosure:
    """The answer to a question under a consent, from the person's newest score if there is one."""
    terms = on_file.consent.terms
    words = opened_words(transaction.keyring, terms.person, on_file.words) if ask.scope in TELLING else None
    nothing = Disclosure(
        id=str(use),
        at=instant_text(transaction.now),
        outcome="not_enough_data",
        consent=str(on_file.consent.id),
        programme=ask.programme,
        scope=ask.scope,
        context=ask.context,
        purpose=ask.purpose,
        keep_until=instant_text(terms.data_life.after(transaction.now)),
        threshold=ask.threshold,
        contested=True if on_file.contested else None,
        words=words,
        law=None if score is None else _no_law(transaction, score.digest, ask.language),
    )
    if score is None or score.score is None or on_file.held:
        # Not enough data is not a low score: there is no number, and no reason of this person's to give. Neither is
        # there one while the score still counts what a fraud left.
        return nothing
    outcome = "given"
    if ask.threshold is not None:
        outcome = "yes" if score.score >= ask.threshold else "no"
    reasons = None
    if outcome == "no" or ask.scope in TELLING:
        most = law_of(transaction.connection, on_file.jurisdiction, transaction.now).reasons_most
        reasons = _reasons(score.digest, score.reasons[:most], ask.language)
    whole = ask.scope in TELLING
    return replace(
        nothing,
        outcome=outcome,
        as_of=score.as_of,
        version=score.version,
        run=score.run,
        score=score.score if whole else None,
        interval=[score.low, score.high] if whole else None,
        band=None if ask.scope == "admittance" else score.band,
        dimensions=score.dimensions if whole and ask.scope != "score" else None,
        reasons=reasons,
    )


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
