"""Joining: a registrar, who has seen a person's papers, lets them in, under the notice that they were shown."""

from typing import Annotated
from uuid import UUID

from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct

from goodstanding.registry import WriteTransaction
from goodstanding.registry.authentication.printed_codes import print_codes
from goodstanding.registry.authentication.sessions import end_sessions
from goodstanding.registry.people import NOTICE_VERSION, Identifier, identifier, join, look_up_person, notice_text
from goodstanding.service.api.routes.passkey_routes import Codes
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import route
from goodstanding.wording import Language

PersonId = Annotated[UUID, PathParameter()]
# That of a shipped law pack, or of one that a programme in force brought with it.
Jurisdiction = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,7}$")]


class Joining(Struct, forbid_unknown_fields=True):
    """Who joins: what they are known by, the notice they were shown and in which language, and whose law holds."""

    identifiers: Annotated[list[Identifier], Meta(min_length=1, max_length=20)]
    notice_version: Annotated[str, Meta(max_length=32)]
    language: Language
    jurisdiction: Jurisdiction


class Joined(Struct):
    """Who joined, and their sheet of one-time codes: told this once, to be printed and handed over."""

    person: UUID
    codes: list[str]


class Found(Struct):
    """Who was found."""

    person: UUID


class NoticeText(Struct):
    """The notice to be shown before joining."""

    version: str
    language: str
    text: str


@route("GET", "/v1/notice", allowed=ANYBODY)
async def notice(language: Annotated[Language, QueryParameter(name="language")] = "en") -> NoticeText:
    """The notice in force, to be shown before joining."""
    return NoticeText(NOTICE_VERSION, language, notice_text(NOTICE_VERSION, language))


@route("POST", "/v1/people", allowed={"registrar"}, raises={404, 409, 422}, status=201, body="json")
async def join_person(request: ApiRequest, data: JSONBody[Joining]) -> Joined:
    """Let a person join; gives their sheet of one-time codes."""
    known_by = [identifier(one.kind, one.value) for one in data.identifiers]

    def work(transaction: WriteTransaction) -> Joined:
        person = join(
            transaction,
            known_by,
            notice_version=data.notice_version,
            language=data.language,
            jurisdiction=data.jurisdiction,
        )
        return Joined(person, list(print_codes(transaction, person)))

    return await desk_of(request).write(work)


@route("POST", "/v1/people/find", allowed={"registrar"}, raises={404, 422}, body="json")
async def find_a_person(request: ApiRequest, data: JSONBody[Identifier]) -> Found:
    """Find a person who has joined, by an identifier."""
    known_by = identifier(data.kind, data.value)
    by = caller_of(request).name

    return Found(await desk_of(request).write(lambda transaction: look_up_person(transaction, known_by, by=by)))


@route("POST", "/v1/people/{person:uuid}/codes", allowed={"registrar"}, raises={404}, status=201)
async def print_codes_for(request: ApiRequest, person: PersonId) -> Codes:
    """A fresh sheet for a person who lost everything and has shown their papers: whoever is signed in is signed out."""

    def work(transaction: WriteTransaction) -> Codes:
        codes = Codes(list(print_codes(transaction, person)))
        end_sessions(transaction, person)
        return codes

    return await desk_of(request).write(work)


ROUTES = (notice, join_person, find_a_person, print_codes_for)
