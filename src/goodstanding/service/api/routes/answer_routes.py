"""Answers: a merchant asks about one person, under the consent that the person gave them."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from goodstanding.registry.answers import Ask, Disclosure, check_ask
from goodstanding.registry.consent import Scope
from goodstanding.registry.people import identifier
from goodstanding.service.api.routes.person_routes import KnownBy
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.route import route
from goodstanding.wording import Language

Word = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_]+$")]


class Question(Struct, forbid_unknown_fields=True):
    """A question about a person, named by the consent they gave or by an identifier. `threshold`: with admittance only.

    `transaction_id` is the caller's name for the question: asked again within a day, it gets the same answer.
    """

    transaction_id: Word
    programme: Word
    scope: Scope
    context: Word
    purpose: Word
    consent: UUID | None = None
    identifier: KnownBy | None = None
    threshold: Annotated[int, Meta(ge=0, le=32_000)] | None = None
    language: Language = "en"


@route("POST", "/v1/answers", allowed={"merchant"}, raises={422}, body="json", checks_caller=True)
async def ask_question(request: ApiRequest, data: JSONBody[Question]) -> Response[Disclosure]:
    """Ask about a person: is it at least N, the band, the score, its dimensions, the report."""
    known_by = None if data.identifier is None else identifier(data.identifier.kind, data.identifier.value)
    ask = Ask(
        party=id_of(request),
        programme=data.programme,
        scope=data.scope,
        context=data.context,
        purpose=data.purpose,
        transaction_id=data.transaction_id,
        consent=data.consent,
        known_by=known_by,
        threshold=data.threshold,
        language=data.language,
    )
    check_ask(ask)
    answer = await desk_of(request).answer(ask)
    return Response(replace(answer.disclosure, repeated=answer.repeated))


ROUTES = (ask_question,)
