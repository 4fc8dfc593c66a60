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

    on_file: ConsentOnFile


@dataclass(frozen=True)
class Repeated:
    """The question was answered before."""

    on_file: ConsentOnFile
    earlier: Earlier


@dataclass(frozen=True)
class Denied:
    """The question is refused; `on_file` is the consent that came nearest, if the caller ever had one."""

    code: str
    on_file: ConsentOnFile | None = None


def decide(ask: Ask, facts: Facts) -> Allowed | Repeated | Denied:
    """Whether a question is answered now.

    The consent comes before anything else: also a repetition is answered only while the consent is in force. Who has
    no consent cannot tell whether the person is known, frozen or scored.
    """
    on_file = [one for one in facts.on_file(ask) if one.open and one.consent.terms.programme == ask.programme]
    if facts.parties.get(ask.party) != "active":
        return Denied("party_suspended", next(iter(on_file), None))
    if not on_file:
        return Denied("no_consent")
    refused = [(one, why_not(ask, one, facts)) for one in on_file]
    in_force = [one for one, why in refused if why is None]
    if not in_force:
        nearest, why = refused[0]
        return Denied(why or "no_consent", nearest)
    decided = [_under(ask, one, facts) for one in in_force]
    return next((one for one in decided if not isinstance(one, Denied)), decided[0])


def why_not(ask: Ask, on_file: ConsentOnFile, facts: Facts) -> str | None:
    """Why a consent does not cover a question; None if it does."""
    terms, now = on_file.consent.terms, facts.now
    state = state_at(on_file.consent.state, terms.expires_at, now)
    if state != "ACTIVE":
        return f"consent_{state.lower()}"
    # What began when it was asked for has begun, also by a clock that is behind the one which said so.
    if now < terms.starts_at and on_file.consent.asked_at < terms.starts_at:
        return "consent_not_started"
    if (ask.context, ask.purpose) != (terms.context, terms.purpose):
        return "purpose_not_covered"
    if ask.scope not in terms.scopes:
        return "scope_not_covered"
    if terms.threshold is not None and ask.scope == "admittance" and ask.threshold != terms.threshold:
        return "threshold_not_covered"
    return None


def _under(ask: Ask, on_file: ConsentOnFile, facts: Facts) -> Allowed | Repeated | Denied:
    """Whether a question that a consent covers is answered now."""
    if on_file.frozen:
        return Denied("frozen", on_file)
    if ask.programme not in facts.programmes:
        return Denied("programme_not_in_force", on_file)
    earlier = facts.earlier.get((ask.party, ask.transaction_id))
    if earlier is not None:
        if earlier.asked != ask.digest(on_file.consent.terms.person):
            return Denied("transaction_reused", on_file)
        if facts.now - earlier.at >= REPEATED_WITHIN:
            return Denied("transaction_expired", on_file)
        return Repeated(on_file, earlier)
    terms = on_file.consent.terms
    if ask.threshold is not None:
        pair = (terms.person, terms.party)
        tried = facts.thresholds.get(pair, set())
        if pair in facts.probed or len(tried | {ask.threshold}) > MOST_THRESHOLDS:
            return Denied("probing", on_file)
    most = 1 if terms.fetch == "ONETIME" else terms.frequency.value
    if facts.answered.get(on_file.consent.id, 0) >= most:
        return Denied("frequency_used_up", on_file)
    return Allowed(on_file)
