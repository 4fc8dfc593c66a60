"""The guard of every route: who calls, whether they may, and whether they have not called too often."""

from collections.abc import Collection, Sequence
from math import ceil
from time import time
from typing import Any, cast

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from litestar import HttpMethod
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from goodstanding.registry.authentication import Caller, NotAuthenticated, check_caller
from goodstanding.registry.authentication.callers import Role
from goodstanding.service.http.call_rates import MINUTE
from goodstanding.service.http.context import Desk
from goodstanding.service.http.credentials import BearerTokens
from goodstanding.service.http.problems import NotAllowed, NotTaken, TooMany
from goodstanding.service.http.request_checks import FORM, JSON
from goodstanding.wording import tr

ANYBODY = "anybody"
AllowedRoles = Collection[Role] | str


class Guard:
    """Holds a route's rule against who calls: `allowed` in its `opt`, the roles or "anybody"; `counted`, or not."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.tokens = BearerTokens(desk.registry, desk.issuer)
        self.counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        self.most = {kind: RateLimitItemPerMinute(n) for kind, n in desk.limits.of_kinds.items()}

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let a request through. Raises NotAuthenticated, NotAllowed, TooMany, NotTaken."""
        # The framework answers OPTIONS by itself, with the methods that there are.
        asks_methods = connection.scope.get("method") == HttpMethod.OPTIONS
        allowed = ANYBODY if asks_methods else cast("AllowedRoles", handler.opt["allowed"])
        header = connection.headers.get("authorization")
        try:
            caller = None if header is None or allowed == ANYBODY else self.tokens.caller(header)
        except NotAuthenticated:
            await self._count(None, connection)
            raise
        connection.scope["user"] = caller
        if asks_methods or handler.opt.get("counted", True):
            await self._count(caller, connection)
        if allowed != ANYBODY:
            if caller is None:
                raise NotAuthenticated
            if not caller.roles & set(allowed):
                raise NotAllowed(", ".join(sorted(caller.roles)), ", ".join(sorted(allowed)))
            if not handler.opt.get("checks_caller"):
                await self.desk.read(lambda transaction: check_caller(transaction, caller))
        _check_content_type(connection, cast("str | None", handler.opt.get("body")))

    async def _count(self, caller: Caller | None, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        client = connection.client
        kind, who = ("stranger", client.host if client else "") if caller is None else (caller.kind, str(caller.id))
        most = self.most[kind]
        if elsewhere := self.desk.calls.elsewhere(self.desk.registry.keyring, (kind, who)):
            left = (await self.counts.get_window_stats(most, kind, who)).remaining
            if left <= elsewhere:
                raise TooMany(most.amount, ceil(MINUTE - time() % MINUTE))
        if not await self.counts.hit(most, kind, who):
            reset = (await self.counts.get_window_stats(most, kind, who)).reset_time
            raise TooMany(most.amount, max(1, ceil(reset - time())))
        self.desk.calls.count((kind, who))


def _check_content_type(connection: ASGIConnection[Any, Any, Any, Any], body: str | None) -> None:
    """A body comes in the kind that its route reads: another would not have been looked at as this one is."""
    if body is None:
        return
    expected = JSON if body == "json" else FORM
    found = connection.headers.get("content-type", "").split(";")[0].strip().lower()
    if found != expected.decode():
        raise NotTaken(415, "Content-Type", ascii(found), expected.decode(), tr("Correct the header."))


def roles_of(handler: BaseRouteHandler) -> Sequence[str]:
    """The roles that may use a route, or "anybody". Raises KeyError for a route without a rule."""
    allowed = cast("AllowedRoles", handler.opt["allowed"])
    return [allowed] if isinstance(allowed, str) else sorted(allowed)
