"""What a firm is told: disputes, corrections, reviews. Pushed to its webhook, or fetched here."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct
from sqlalchemy import Row, select

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import deliveries
from goodstanding.registry.delivery_bodies import opened_body
from goodstanding.registry.parties import find_party, set_webhook
from goodstanding.registry.rights.notices import AGAIN
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.service.api.route import DEFAULT_LIMIT, Cursor, IfMatch, IfNoneMatch, Limit, route
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of, id_of
from goodstanding.service.http.cursors import LARGEST, check_match, key_of, next_of, tagged
from goodstanding.wording import tr

DeliveryId = Annotated[int, PathParameter(ge=0, le=LARGEST)]


class Webhook(Struct, forbid_unknown_fields=True):
    """Where deliveries are pushed to; null: they are fetched."""

    url: Annotated[str, Meta(min_length=1, max_length=2000)] | None


class DeliveryShape(Struct):
    """A delivery: its kind, what it says, the day it is due, how often it was tried and when it was taken."""

    id: str
    kind: str
    body: dict[str, Any]
    at: datetime
    due_at: datetime
    tries: int
    done_at: datetime | None


class DeliveryPage(Struct):
    """A page of deliveries, the first first."""

    items: list[DeliveryShape]
    next: str | None


@route("GET", "/v1/deliveries", allowed={"furnisher", "merchant"})
async def list_deliveries(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> DeliveryPage:
    """What I was told."""
    after, party = key_of(cursor, int), id_of(request)

    def work(transaction: ReadTransaction, left: list[Unopened]) -> list[DeliveryShape]:
        query = select(deliveries).where(deliveries.c.party_id == party).order_by(deliveries.c.log_index)
        if after is not None:
            query = query.where(deliveries.c.log_index > after)
        return opened_rows(
            transaction.connection, deliveries, query, lambda row: _shape(transaction, row), left, most=limit
        )

    found = await desk_of(request).list(work)
    return DeliveryPage(found, next_of(found, limit, lambda one: int(one.id)))


@route("POST", "/v1/deliveries/{number:int}/replay", allowed={"furnisher", "merchant"}, raises={404})
async def replay_delivery(request: ApiRequest, number: DeliveryId) -> DeliveryShape:
    """Have a delivery pushed again."""
    own = (deliveries.c.log_index == number) & (deliveries.c.party_id == id_of(request))

    def work(transaction: WriteTransaction) -> DeliveryShape:
        rows = transaction.update(deliveries, own, next_at=transaction.now, done_at=None, tries=0)
        if not rows:
            expected = tr("a delivery of yours")
            raise NotFound(tr("delivery"), str(number), expected, tr("Take its number from the list."))
        transaction.add(AGAIN, number, rows)
        return _shape(transaction, transaction.connection.execute(select(deliveries).where(own)).one())

    return await desk_of(request).write(work)


@route("GET", "/v1/webhook", allowed={"furnisher", "merchant"}, raises={404}, tagged=True)
async def get_webhook(request: ApiRequest, if_none_match: IfNoneMatch = None) -> Response[Webhook]:
    """Where deliveries to me are pushed."""
    return tagged(
        if_none_match,
        Webhook((await desk_of(request).read(lambda transaction: find_party(transaction, id_of(request)))).webhook),
    )


@route("PUT", "/v1/webhook", allowed={"furnisher", "merchant"}, raises={404, 412, 422}, body="json")
async def put_webhook(request: ApiRequest, data: JSONBody[Webhook], if_match: IfMatch = None) -> Webhook:
    """Say where deliveries to me are to be pushed."""
    caller = caller_of(request)

    def work(transaction: WriteTransaction) -> Webhook:
        check_match(if_match, Webhook(find_party(transaction, caller.id).webhook))
        return Webhook(set_webhook(transaction, caller.id, data.url, by=caller.name).webhook)

    return await desk_of(request).write(work)


def _shape(transaction: ReadTransaction, row: Row[Any]) -> DeliveryShape:
    body = opened_body(transaction.keyring, row.log_index, row.body)
    return DeliveryShape(str(row.log_index), row.kind, body, row.at, row.due_at, row.tries, row.done_at)


ROUTES = (list_deliveries, replay_delivery, get_webhook, put_webhook)
