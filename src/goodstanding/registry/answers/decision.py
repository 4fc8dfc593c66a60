"""The one place where it is decided whether a question is answered. A pure function of the question and the facts."""

from dataclasses import dataclass
from datetime import timedelta

from goodstanding.registry.answers.facts import ConsentOnFile, Earlier, Facts
from goodstanding.registry.answers.question import Ask
from goodstanding.registry.consent import state_at

REPEATED_WITHIN = timedelta(hours=24)
MOST_THRESHOLDS = 2


@dataclass(frozen=True)
class Allowed:
    """The question is to be answered, under this consent."""

    held: ConsentOnFile


@dataclass(frozen=True)
class Repeated:
    """The question was answered before."""

    held: ConsentOnFile
    earlier: Earlier


@dataclass(frozen=True)
class Denied:
    """The question is refused; `held` is the consent that came nearest, if the caller ever had one."""

    code: str
    held: ConsentOnFile | None = None


def decide(ask: Ask, facts: Facts) -> Allowed | Repeated | Denied:
    """Whether a question is answered now.

    The consent comes before anything else: also a repetition is answered only while the consent is in force. Who has
    no consent cannot tell whether the person is known, frozen or scored.
    """
    held = [one for one in facts.held(ask) if one.open and one.consent.terms.programme == ask.programme]
    if facts.parties.get(ask.party) != "active":
        return Denied("party_suspended", next(iter(held), None))
    if not held:
        return Denied("no_consent")
    refused = [(one, why_not(ask, one, facts)) for one in held]
    in_force = [one for one, why in refused if why is None]
    if not in_force:
        nearest, why = refused[0]
        return Denied(why or "no_consent", nearest)
    decided = [_under(ask, one, facts) for one in in_force]
    return next((one for one in decided if not isinstance(one, Denied)), decided[0])


def why_not(ask: Ask, held: ConsentOnFile, facts: Facts) -> str | None:
    """Why a consent does not cover a question; None if it does."""
    terms, now = held.consent.terms, facts.now
    state = state_at(held.consent.state, terms.expires_at, now)
    if state != "ACTIVE":
        return f"consent_{state.lower()}"
    # What began when it was asked for has begun, also by a clock that is behind the one which said so.
    if now < terms.starts_at and held.consent.asked_at < terms.starts_at:
        return "consent_not_started"
    if (ask.context, ask.purpose) != (terms.context, terms.purpose):
        return "purpose_not_covered"
    if ask.scope not in terms.scopes:
        return "scope_not_covered"
    if terms.threshold is not None and ask.scope == "admittance" and ask.threshold != terms.threshold:
        return "threshold_not_covered"
    return None


def _under(ask: Ask, held: ConsentOnFile, facts: Facts) -> Allowed | Repeated | Denied:
    """Whether a question that a consent covers is answered now."""
    if held.frozen:
        return Denied("frozen", held)
    if ask.programme not in facts.programmes:
        return Denied("programme_not_in_force", held)
    earlier = facts.earlier.get((ask.party, ask.transaction_id))
    if earlier is not None:
        if earlier.asked != ask.digest(held.consent.terms.person):
            return Denied("transaction_reused", held)
        if facts.now - earlier.at >= REPEATED_WITHIN:
            return Denied("transaction_expired", held)
        return Repeated(held, earlier)
    terms = held.consent.terms
    if ask.threshold is not None:
        pair = (terms.person, terms.party)
        tried = facts.thresholds.get(pair, set())
        if pair in facts.probed or len(tried | {ask.threshold}) > MOST_THRESHOLDS:
            return Denied("probing", held)
    most = 1 if terms.fetch == "ONETIME" else terms.frequency.value
    if facts.answered.get(held.consent.id, 0) >= most:
        return Denied("frequency_used_up", held)
    return Allowed(held)
