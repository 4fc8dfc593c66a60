"""Consents: what they allow, their states, their signed artefacts and receipts."""

from goodstanding.registry.consent.consents import (
    Consent,
    ask_consent,
    consents_of,
    expire_consents,
    find_consent,
    grant_consent,
    read_consent,
    receipts_of,
    revoke_all,
    take_step,
)
from goodstanding.registry.consent.lifecycle import CONSENT_LIFECYCLE, ENDED, State, Step, state_at
from goodstanding.registry.consent.terms import SCOPES, ConsentTerms, Frequency, Notice, Period, Scope, check_terms

__all__ = [
    "CONSENT_LIFECYCLE",
    "ENDED",
    "SCOPES",
    "Consent",
    "ConsentTerms",
    "Frequency",
    "Notice",
    "Period",
    "Scope",
    "State",
    "Step",
    "ask_consent",
    "check_terms",
    "consents_of",
    "expire_consents",
    "find_consent",
    "grant_consent",
    "read_consent",
    "receipts_of",
    "revoke_all",
    "state_at",
    "take_step",
]
