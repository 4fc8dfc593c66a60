"""The log: its signed head and the proof that it only grew, for anybody; its lines, for an auditor."""

from typing import Annotated

from litestar import Response
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct

from goodstanding.registry import ReadTransaction
from goodstanding.registry.audit_lines import NumberedLine, included_line, lines_after
from goodstanding.registry.log import Inclusion, log_size, prove_consistency, prove_inclusion, signed_head_now
from goodstanding.service.http.context import ApiRequest, desk_of
from goodstanding.service.http.cursors import LARGEST, key_of, next_of, tagged
from goodstanding.service.http.guard import ANYBODY
from goodstanding.service.http.route import DEFAULT_LIMIT, Cursor, IfNoneMatch, Limit, route

Index = Annotated[int, PathParameter(ge=0, le=LARGEST)]


class HeadShape(Struct):
    """How long the log is, and its signed head (JWS), null while it is empty. Keep heads: the log goes on from them."""

    size: int
    head: str | None


class Consistency(Struct):
    """The hashes (RFC 9162, in hex) that show the first `first` lines to begin the first `second`."""

    first: int
    second: int
    path: list[str]


class LinePage(Struct):
    """A page of lines."""

    items: list[NumberedLine]
    next: str | None


class InclusionShape(Struct):
    """That a line stands in the log of the signed head: the hashes (RFC 9162, in hex) from it to the root."""

    line: NumberedLine
    path: list[str]
    head: str


@route("GET", "/v1/log/head", allowed=ANYBODY, tagged=True)
async def log_head(request: ApiRequest, if_none_match: IfNoneMatch = None) -> Response[HeadShape]:
    """The log's signed head."""

    def work(transaction: ReadTransaction) -> HeadShape:
        return HeadShape(log_size(transaction.connection), signed_head_now(transaction.connection))

    return tagged(if_none_match, await desk_of(request).read(work))


@route("GET", "/v1/log/consistency", allowed=ANYBODY, raises={404})
async def log_consistency(
    request: ApiRequest,
    first: Annotated[int, QueryParameter(name="first", ge=1, le=LARGEST)],
    second: Annotated[int, QueryParameter(name="second", ge=1, le=LARGEST)],
) -> Consistency:
    """The proof that the log only grew."""
    path = await desk_of(request).read(lambda transaction: prove_consistency(transaction.connection, first, second))
    return Consistency(first, second, [one.hex() for one in path])


@route("GET", "/v1/log/lines", allowed={"auditor"})
async def log_lines(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> LinePage:
    """The log's lines, the first first."""
    after = key_of(cursor, int)

    found = await desk_of(request).list(
        lambda transaction, left: lines_after(transaction, after, most=limit, left=left)
    )
    return LinePage(found, next_of(found, limit, lambda one: one.index))


@route("GET", "/v1/log/lines/{index:int}/proof", allowed={"auditor"}, raises={404})
async def log_proof(request: ApiRequest, index: Index) -> InclusionShape:
    """The proof that a line stands in the log."""
    return inclusion_shape(
        await desk_of(request).read(lambda transaction: prove_inclusion(transaction.connection, index))
    )


def inclusion_shape(found: Inclusion) -> InclusionShape:
    """A proof as it is told."""
    return InclusionShape(included_line(found), [one.hex() for one in found.path], found.head)


ROUTES = (log_head, log_consistency, log_lines, log_proof)
