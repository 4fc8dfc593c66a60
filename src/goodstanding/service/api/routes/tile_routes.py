"""The log in the formats of C2SP, for whoever keeps its heads: checkpoints, tiles of hashes, and keys."""

from typing import Annotated

from litestar import Response
from litestar.params import PathParameter
from msgspec import Struct

from goodstanding.registry import ReadTransaction
from goodstanding.registry.log import read_frontier
from goodstanding.registry.log.checkpoints import read_checkpoint
from goodstanding.registry.log.origin import checkpoint_now, log_keys, origin_of
from goodstanding.registry.log.tiles import read_tile_name, tile_of
from goodstanding.registry.unopened import Unopened
from goodstanding.registry.witnesses import all_witnesses, checkpoint_cosigned, cosignatures_of, with_cosignatures
from goodstanding.service.http.context import ApiRequest, desk_of
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import described, route

NOTE = "text/plain"
BYTES = "application/octet-stream"
# What a tile says never changes: only lines that were added make more tiles.
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
_AS_NOTE = {200: described(str, "A signed note (C2SP tlog-checkpoint).", NOTE)}
_AS_BYTES = {200: described(bytes, "Hashes of 32 bytes, one after the other.", BYTES)}


class LogKeys(Struct):
    """The log's name, the keys that sign its checkpoints or did (the one in force last), and its witnesses' keys.

    Keys are written as `name+id+key` (C2SP signed-note).
    """

    origin: str
    keys: list[str]
    witnesses: list[str]


@route("GET", "/v1/log/keys", allowed=ANYBODY, raises={404, 422})
async def log_vkeys(request: ApiRequest) -> LogKeys:
    """Whose log it is, and the keys of those who sign its heads."""

    def work(transaction: ReadTransaction, left: list[Unopened]) -> LogKeys:
        origin = origin_of(transaction.connection, read_frontier(transaction.connection, transaction.keyring))
        witnesses = [str(one.key) for one in all_witnesses(transaction.connection, left)]
        return LogKeys(origin, [str(key) for key in log_keys(transaction.keyring, origin)], witnesses)

    return await desk_of(request).list(work)


@route("GET", "/v1/log/checkpoint", allowed=ANYBODY, raises={404, 422}, media_type=NOTE, others=_AS_NOTE)
async def log_checkpoint(request: ApiRequest) -> Response[str]:
    """The log's newest head as a checkpoint, with the cosignatures that are over it."""

    def work(transaction: ReadTransaction, left: list[Unopened]) -> str:
        note = checkpoint_now(transaction.connection, transaction.keyring)
        cosignatures = cosignatures_of(transaction.connection, read_checkpoint(note).size, left)
        return str(with_cosignatures(note, cosignatures))

    return Response(await desk_of(request).list(work), media_type=NOTE)


@route("GET", "/v1/log/checkpoint/cosigned", allowed=ANYBODY, raises={404, 422}, media_type=NOTE, others=_AS_NOTE)
async def log_checkpoint_cosigned(request: ApiRequest) -> Response[str]:
    """The newest checkpoint that a witness cosigned, with all cosignatures that are kept of it."""
    found = await desk_of(request).list(lambda transaction, left: str(checkpoint_cosigned(transaction, left)))
    return Response(found, media_type=NOTE)


@route(
    "GET", "/v1/log/tile/{level:str}/{place:path}", allowed=ANYBODY, raises={404}, media_type=BYTES, others=_AS_BYTES
)
async def log_tile(
    request: ApiRequest,
    level: Annotated[str, PathParameter(min_length=1, max_length=2, description="0 is over lines.")],
    place: Annotated[str, PathParameter(min_length=3, max_length=64, description="Such as x001/x234/067.p/12.")],
) -> Response[bytes]:
    """Hashes of the log's tree (C2SP tlog-tiles): of lines, or of full tiles of the level below."""
    name = read_tile_name(level, place.removeprefix("/"))
    found = await desk_of(request).read(lambda transaction: tile_of(transaction.connection, name))
    return Response(found, media_type=BYTES, headers=_FOR_GOOD)


ROUTES = (log_vkeys, log_checkpoint, log_checkpoint_cosigned, log_tile)
