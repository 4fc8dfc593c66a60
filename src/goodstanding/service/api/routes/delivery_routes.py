"""What a firm is told: disputes, corrections, reviews. Pushed to its webhook, or fetched here."""

from typing import Annotated

from litestar import Response
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from goodstanding.registry import WriteTransaction
from goodstanding.registry.deliveries import Delivery, deliver_again, deliveries_to
from goodstanding.registry.parties import find_party, set_webhook
from goodstanding.service.http.context import ApiRequest, caller_of, desk_of, id_of
from goodstanding.service.http.cursors import LARGEST, check_match, key_of, next_of, tagged
from goodstanding.service.http.route import DEFAULT_LIMIT, Cursor, IfMatch, IfNoneMatch, Limit, route

DeliveryId = Annotated[int, PathParameter(ge=0, le=LARGEST)]


class Webhook(Struct, forbid_unknown_fields=True):
    """Where deliveries are pushed to; null: they are fetched."""

    url: Annotated[str, Meta(min_length=1, max_length=2000)] | None


class DeliveryPage(Struct):
    """A page of deliveries, the first first."""

    items: list[Delivery]
    next: str | None


@route("GET", "/v1/deliveries", allowed={"furnisher", "merchant"})
async def list_deliveries(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> DeliveryPage:
    """What I was told."""
    after, party = key_of(cursor, int), id_of(request)

    found = await desk_of(request).list(
        lambda transaction, left: deliveries_to(transaction, party, after=after, most=limit, left=left)
    )
    return DeliveryPage(found, next_of(found, limit, lambda one: int(one.id)))


@route("POST", "/v1/deliveries/{number:int}/replay", allowed={"furnisher", "merchant"}, raises={404})
async def replay_delivery(request: ApiRequest, number: DeliveryId) -> Delivery:
    """Have a delivery pushed again."""
    party = id_of(request)
    return await desk_of(request).write(lambda transaction: deliver_again(transaction, party, number))


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


ROUTES = (list_deliveries, replay_delivery, get_webhook, put_webhook)
