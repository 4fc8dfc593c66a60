"""Records that furnishers send about people."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta, Struct

from goodstanding.months import day_of
from goodstanding.registry import WriteTransaction
from goodstanding.registry.furnishing import Sent, Submission, check_submissions, furnish, withdraw_record
from goodstanding.registry.people import Identifier, identifier
from goodstanding.service.http.context import ApiRequest, desk_of, id_of
from goodstanding.service.http.route import IdempotencyKey, route

RecordId = Annotated[str, Meta(min_length=1, max_length=256)]
TableName = Annotated[str, Meta(min_length=1, max_length=32)]


class Record(Struct, forbid_unknown_fields=True):
    """A record of a person: its table, the furnisher's own id, and its other columns as text.

    `told_on`: the day on which the person was told, needed where it speaks against them. `certified`: that a record
    which was deleted after a dispute is right after all, or that it is said anew though it says what was sent before.
    """

    identifier: Identifier
    table: TableName
    record_id: RecordId
    values: Annotated[dict[str, Annotated[str, Meta(max_length=1000)]], Meta(max_length=50)]
    told_on: date | None = None
    certified: bool = False


class Records(Struct, forbid_unknown_fields=True):
    """Records to be taken, all or none. The same record again is a correction."""

    records: Annotated[list[Record], Meta(min_length=1, max_length=500)]


class SentShape(Struct):
    """A record that was taken: its number, whether it speaks against the person, and from when on it counts."""

    number: str
    record_id: str
    adverse: bool
    counts_from: datetime


class SentShapes(Struct):
    """The records that were taken, in their order."""

    items: list[SentShape]


class Withdrawing(Struct, forbid_unknown_fields=True):
    """A record of the caller's that is to count no longer."""

    table: TableName
    record_id: RecordId


@route("POST", "/v1/records", allowed={"furnisher"}, raises={404, 409, 422}, status=201, body="json")
async def send_records(
    request: ApiRequest, data: JSONBody[Records], key: IdempotencyKey = None
) -> Response[SentShapes]:
    """Send records about people, all or none."""
    desk, party = desk_of(request), id_of(request)
    sent = [
        Submission(
            identifier(one.identifier.kind, one.identifier.value),
            one.table,
            one.record_id,
            one.values,
            one.told_on,
            one.certified,
        )
        for one in data.records
    ]
    today = day_of(desk.registry.clock())
    adverse = await desk.read(lambda _: check_submissions(sent, today, desk.workspace.catalogue.values.get("currency")))

    def work(transaction: WriteTransaction) -> SentShapes:
        return SentShapes([_shape(one) for one in furnish(transaction, party, list(zip(sent, adverse, strict=True)))])

    return await desk.once(request, key, 201, work)


@route("POST", "/v1/records/withdraw", allowed={"furnisher"}, raises={404, 409, 422}, body="json")
async def withdraw_a_record(request: ApiRequest, data: JSONBody[Withdrawing]) -> SentShape:
    """Take back a record that I sent: it no longer counts."""
    party: UUID = id_of(request)
    return _shape(
        await desk_of(request).write(
            lambda transaction: withdraw_record(transaction, party, data.table, data.record_id)
        )
    )


def _shape(one: Sent) -> SentShape:
    return SentShape(str(one.number), one.record_id, one.adverse, one.counts_from)


ROUTES = (send_records, withdraw_a_record)
