"""Receipts in the fields of ISO/IEC TS 27560, signed: one for each step of a consent, for the person to keep."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from goodstanding.registry.clock import instant_text
from goodstanding.registry.consent.lifecycle import State
from goodstanding.registry.consent.terms import ConsentTerms, Notice
from goodstanding.registry.keys import Keyring, sign

KIND = "standing-consent-receipt+jws"
SCHEMA = "ISO/IEC TS 27560:2023"


def receipt(  # noqa: PLR0913 - the fields of a receipt
    keyring: Keyring,
    *,
    consent: str,
    log_index: int,
    terms: ConsentTerms,
    party: Mapping[str, str],
    notice: Notice,
    jurisdiction: str,
    state: State,
    at: datetime,
) -> str:
    """A signed receipt: what stands now, since when, under which notice, and how to take it back."""
    value: dict[str, Any] = {
        "schema_version": SCHEMA,
        "record_id": consent,
        "receipt_id": str(log_index),
        "pii_principal_id": str(terms.person),
        "pii_controllers": [{"name": "Good Standing", "role": "controller"}],
        "privacy_notice": {"version": notice.version, "language": notice.language, "sha256": notice.sha256},
        "processing": {
            "purpose": terms.purpose,
            "context": terms.context,
            "pii_information": list(terms.scopes),
            "programme": terms.programme,
            "recipients": [dict(party)],
            "collection_method": terms.mode,
            "frequency": {"unit": terms.frequency.unit, "value": terms.frequency.value},
            "retention_period": {"unit": terms.data_life.unit, "value": terms.data_life.value},
            "starts_at": instant_text(terms.starts_at),
            "expires_at": instant_text(terms.expires_at),
        },
        "jurisdiction": jurisdiction,
        "withdrawal_method": f"POST /v1/me/consents/{consent}/revoke",
        "event": {"state": state, "at": instant_text(at), "log_index": log_index},
    }
    return sign(keyring, KIND, value)
