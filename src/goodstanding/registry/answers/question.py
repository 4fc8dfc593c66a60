"""What a party asks, and what it is told."""

import re
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from goodstanding.errors import BadInput, StandingError
from goodstanding.registry.consent import SCOPES, Scope
from goodstanding.registry.log import line_hash
from goodstanding.registry.people import Identifier
from goodstanding.wording import LANGUAGES, Language, mark, one_of, tr

Outcome: TypeAlias = Literal["yes", "no", "given", "not_enough_data"]

REFUSALS = {
    "party_suspended": mark("the caller is suspended"),
    "no_consent": mark("no consent of this person for this"),
    "consent_pending": mark("a consent that the person has not answered yet"),
    "consent_rejected": mark("a consent that the person refused"),
    "consent_paused": mark("a consent that is paused"),
    "consent_revoked": mark("a consent that was taken back"),
    "consent_expired": mark("a consent that has run out"),
    "consent_not_started": mark("a consent that has not begun"),
    "purpose_not_covered": mark("a consent for another purpose"),
    "scope_not_covered": mark("a consent that does not cover this"),
    "threshold_not_covered": mark("a consent for another threshold"),
    "frequency_used_up": mark("as many answers as the consent allows for now"),
    "frozen": mark("a file that the person has frozen"),
    "probing": mark("too many thresholds tried on one person"),
    "programme_not_in_force": mark("a programme that is not published"),
    "transaction_reused": mark("this transaction id with other parameters"),
    "transaction_expired": mark("a transaction id older than 24 hours"),
}


class Refused(StandingError):
    """An answer is refused. `code` is one of REFUSALS; a refusal says nothing about the person's score."""

    kind = "refused"
    status = 403

    def __init__(self, code: str, use: int | None = None) -> None:
        self.code = code
        self.use = use
        super().__init__(
            tr("answer"),
            tr(REFUSALS[code]),
            tr("a consent in force that names caller, scope, purpose and time"),
            tr("This says nothing about the person; treat them as anybody else."),
        )


_WORD = re.compile(r"[A-Za-z0-9_]{1,64}")
# Of any programme that there could be; it has to fit its column.
HIGHEST = 32_000


Word: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_]+$")]


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """A question about a person, named by the consent they gave or by an identifier. `threshold`: with admittance only.

    `transaction_id` is the caller's name for the question: asked again within a day, it gets the same answer.
    """

    transaction_id: Word
    programme: Word
    scope: Scope
    context: Word
    purpose: Word
    consent: UUID | None = None
    identifier: Identifier | None = None
    threshold: Annotated[int, Meta(ge=0, le=HIGHEST)] | None = None
    language: Language = "en"


class Ask(Question, frozen=True, kw_only=True):
    """A question and which party asks it; the identifier in its one form (`people.identifier`)."""

    party: UUID

    def digest(self, person: UUID) -> str:
        """SHA-256 in hex of all that was asked, to tell a repetition from another question under the same id."""
        return line_hash(
            [
                self.programme,
                self.scope,
                self.context,
                self.purpose,
                None if self.consent is None else str(self.consent),
                str(person),
                self.threshold,
            ]
        )


def check_ask(ask: Ask) -> None:
    """Raise BadInput for a question that makes no sense, before anything is looked up."""
    correct = tr("Correct the field.")
    if ask.scope not in SCOPES:
        raise BadInput(where="scope", found=ask.scope, expected=one_of(SCOPES), do=correct)
    if (ask.threshold is None) is (ask.scope == "admittance"):
        expected = tr("a threshold with admittance, and only with it")
        raise BadInput(where="threshold", found=str(ask.threshold), expected=expected, do=correct)
    if (ask.consent is None) is (ask.identifier is None):
        raise BadInput(
            where="consent, identifier", found=tr("both or neither"), expected=tr("one of the two"), do=correct
        )
    if ask.threshold is not None and not 0 <= ask.threshold <= HIGHEST:
        raise BadInput(where="threshold", found=str(ask.threshold), expected=tr("a score"), do=correct)
    if ask.language not in LANGUAGES:
        raise BadInput(where="language", found=ascii(ask.language), expected=one_of(LANGUAGES), do=correct)
    for field in ("programme", "context", "purpose"):
        if not _WORD.fullmatch(getattr(ask, field)):
            raise BadInput(
                where=field, found=ascii(getattr(ask, field)), expected=tr("1 to 64 of A-Z a-z 0-9 _"), do=correct
            )
    if not _WORD.fullmatch(ask.transaction_id):
        raise BadInput(
            where="transaction_id", found=ascii(ask.transaction_id), expected=tr("1 to 64 of A-Z a-z 0-9 _"), do=correct
        )
