"""A person's own file: what it says, who asked, what they were told, and how to take it along or leave."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from goodstanding.registry import ReadTransaction, WriteTransaction
from goodstanding.registry.joined import joined
from goodstanding.registry.people import opened_words
from goodstanding.registry.portability import export
from goodstanding.registry.rights import Access, Left, access_log, freeze, leave, set_words, thaw
from goodstanding.registry.rights.messages import Message, messages_to, note_read
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.cursors import LARGEST, check_match, key_of, next_of, tagged
from goodstanding.service.http.route import DEFAULT_LIMIT, Cursor, IfMatch, IfNoneMatch, Limit, route

Number = Annotated[int, PathParameter(ge=0, le=LARGEST)]


class Me(Struct):
    """A person's file: whether it is frozen or contested, and their own words."""

    id: UUID
    language: str
    jurisdiction: str
    joined_at: datetime
    frozen_at: datetime | None
    contested: bool
    words: str | None


class Words(Struct, forbid_unknown_fields=True):
    """A person's own words; an empty text takes them off."""

    words: Annotated[str, Meta(max_length=4000)]


class AccessPage(Struct):
    """A page of the access log, the latest first."""

    items: list[Access]
    next: str | None


class MessagePage(Struct):
    """A page of messages, the latest first."""

    items: list[Message]
    next: str | None


@route("GET", "/v1/me", allowed={"person"}, raises={404}, tagged=True)
async def me(request: ApiRequest, if_none_match: IfNoneMatch = None) -> Response[Me]:
    """My file."""
    return tagged(if_none_match, await desk_of(request).read(lambda transaction: _me(transaction, id_of(request))))


@route("DELETE", "/v1/me", allowed={"person"}, raises={404})
async def leave_for_good(request: ApiRequest) -> Left:
    """Leave: consents end, what is known of me is erased, and what the law keeps is told."""
    return await desk_of(request).write(lambda transaction: leave(transaction, id_of(request)))


@route("PUT", "/v1/me/words", allowed={"person"}, raises={404, 412, 422}, body="json")
async def put_words(request: ApiRequest, data: JSONBody[Words], if_match: IfMatch = None) -> Me:
    """Put words of my own on my file; they go with every answer that tells more than a band."""

    def work(transaction: WriteTransaction) -> Me:
        check_match(if_match, _me(transaction, id_of(request)))
        set_words(transaction, id_of(request), data.words)
        return _me(transaction, id_of(request))

    return await desk_of(request).write(work)


@route("POST", "/v1/me/freeze", allowed={"person"}, raises={404})
async def freeze_me(request: ApiRequest) -> Me:
    """Freeze my file: nobody is answered until I thaw it."""

    def work(transaction: WriteTransaction) -> Me:
        freeze(transaction, id_of(request))
        return _me(transaction, id_of(request))

    return await desk_of(request).write(work)


@route("POST", "/v1/me/thaw", allowed={"person"}, raises={404})
async def thaw_me(request: ApiRequest) -> Me:
    """Thaw my file."""

    def work(transaction: WriteTransaction) -> Me:
        thaw(transaction, id_of(request))
        return _me(transaction, id_of(request))

    return await desk_of(request).write(work)


@route("GET", "/v1/me/export", allowed={"person"}, raises={404})
async def export_me(request: ApiRequest) -> dict[str, Any]:
    """All that is held of me, to take along."""
    desk, person = desk_of(request), id_of(request)
    async with desk.reports:
        return await desk.read(
            lambda transaction: export(transaction.connection, transaction.keyring, person, desk.workspace)
        )


@route("GET", "/v1/me/accesses", allowed={"person"})
async def accesses(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> AccessPage:
    """Everybody who asked about me, the latest first."""
    before = key_of(cursor, int)
    found = await desk_of(request).list(
        lambda transaction, left: access_log(
            transaction.connection, id_of(request), before=before, most=limit, left=left
        )
    )
    return AccessPage(list(found), next_of(found, limit, lambda one: int(one.id)))


@route("GET", "/v1/me/messages", allowed={"person"})
async def list_messages(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> MessagePage:
    """What I was told: records against me, how my cases ended."""
    before, person = key_of(cursor, int), id_of(request)
    found = await desk_of(request).list(
        lambda transaction, left: messages_to(transaction, person, before=before, most=limit, left=left)
    )
    return MessagePage(found, next_of(found, limit, lambda one: int(one.id)))


@route("POST", "/v1/me/messages/{number:int}/read", allowed={"person"}, raises={404}, status=204)
async def read_message(request: ApiRequest, number: Number) -> None:
    """Note that I have read a message."""
    person = id_of(request)
    await desk_of(request).write(lambda transaction: note_read(transaction, person, number))


def _me(transaction: ReadTransaction, person: UUID) -> Me:
    row = joined(transaction.connection, person)
    frozen_at = None if row.frozen_at is None else row.frozen_at.astimezone(UTC)
    words = opened_words(transaction.keyring, person, row.words)
    return Me(
        id=person,
        language=row.language,
        jurisdiction=row.jurisdiction,
        joined_at=row.joined_at,
        frozen_at=frozen_at,
        contested=row.contested > 0,
        words=words,
    )


ROUTES = (
    me,
    leave_for_good,
    put_words,
    freeze_me,
    thaw_me,
    export_me,
    accesses,
    list_messages,
    read_message,
)
