"""Answers: a merchant asks about one person, under the consent that the person gave them."""

from litestar import Response
from litestar.params import JSONBody
from msgspec.structs import asdict, replace

from goodstanding.registry.answers import Ask, Disclosure, Question, check_ask
from goodstanding.registry.people import identifier
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.route import route


@route("POST", "/v1/answers", allowed={"merchant"}, raises={422}, body="json", checks_caller=True)
async def ask_question(request: ApiRequest, data: JSONBody[Question]) -> Response[Disclosure]:
    """Ask about a person: is it at least N, the band, the score, its dimensions, the report."""
    named = None if data.identifier is None else identifier(data.identifier.kind, data.identifier.value)
    ask = Ask(**asdict(replace(data, identifier=named)), party=id_of(request))
    check_ask(ask)
    answer = await desk_of(request).answer(ask)
    return Response(replace(answer.disclosure, repeated=answer.repeated))


ROUTES = (ask_question,)
