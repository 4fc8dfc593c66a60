"""The desk that every route works at: it has the registry changed in batches, and read beside that."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from goodstanding.registry import ReadTransaction, Registry, Writer, WriteTransaction, each_alone
from goodstanding.registry.answers import Answer, Ask, Refused, answer_all
from goodstanding.registry.authentication import Caller
from goodstanding.registry.authentication.passkeys import Site
from goodstanding.registry.idempotency import StoredResponse, earlier_response, store_response
from goodstanding.registry.unopened import Unopened
from goodstanding.service.http.call_rates import Calls
from goodstanding.service.http.readiness import Probe
from goodstanding.service.http.unopened_report import UnopenedReport
from goodstanding.store import Workspace

T = TypeVar("T")

ApiRequest = Request[Caller | None, Any, State]
# Reports are long queries over files: two at a time leave the rest of the machine to the others.
REPORTS_AT_ONCE = 2
READERS = 8


@dataclass(frozen=True)
class RateLimits:
    """How many requests a minute: of a firm, of a person or operator, and of an address that has not said who it is."""

    party: int = 60_000
    person: int = 300
    stranger: int = 60

    @property
    def of_kinds(self) -> Mapping[str, int]:
        """By the kind of caller."""
        return {"party": self.party, "person": self.person, "operator": self.person, "stranger": self.stranger}


@dataclass(frozen=True)
class Desk:
    """The registry and its writer, the workspace for reports, the address that callers know, and the limits."""

    registry: Registry
    writer: Writer
    workspace: Workspace
    issuer: str
    limits: RateLimits = RateLimits()
    reports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REPORTS_AT_ONCE))
    readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS, "registry-reader"))

    calls: Calls = field(default_factory=Calls)
    """How often who called, here and in other processes."""
    named: UnopenedReport = field(default_factory=UnopenedReport)
    """The rows that do not open, of those that lists came to."""
    probe: Probe = field(default_factory=lambda: Probe(uuid4().hex))

    @property
    def site(self) -> Site:
        """The site that passkeys are for."""
        return Site(urlsplit(self.issuer).hostname or "", [self.issuer])

    async def write(self, work: Callable[[WriteTransaction], T]) -> T:
        """Have the registry changed; returns when the change is on disk. Raises what the work raises."""
        context = copy_context()  # the caller's language

        def speaking(transaction: WriteTransaction) -> T:
            return context.run(work, transaction)

        return await asyncio.wrap_future(self.writer.submit(each_alone, speaking))

    async def read(self, work: Callable[[ReadTransaction], T]) -> T:
        """Have the registry read. Raises what the work raises."""

        def reading() -> T:
            with self.registry.read() as transaction:
                return work(transaction)

        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self.readers, lambda: context.run(reading))

    async def list(self, work: Callable[[ReadTransaction, list[Unopened]], T]) -> T:
        """Have rows read that are several people's or firms': what does not open is named in the service's log.

        The work is given the list that learns of it. Raises what the work raises.
        """
        left: list[Unopened] = []
        try:
            return await self.read(lambda transaction: work(transaction, left))
        finally:
            self.named.name(left)

    async def answer(self, ask: Ask) -> Answer:
        """Have a question answered, together with others that wait. Raises Refused."""
        try:
            return await asyncio.wrap_future(self.writer.submit(answer_all, ask))
        except Refused as refused:
            # It was said where many callers' questions are answered together, in nobody's language.
            raise Refused(refused.code, refused.use) from None

    async def once(
        self, request: ApiRequest, key: str | None, status: int, work: Callable[[WriteTransaction], T]
    ) -> Response[T]:
        """Have the registry changed, and under a key only once: the same request again gets the same response."""
        if key is None:
            return Response(await self.write(work), status_code=status)
        caller = str(request.user)
        asked = sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).digest()

        def keeping(transaction: WriteTransaction) -> StoredResponse:
            if (earlier := earlier_response(transaction, caller, key, asked)) is not None:
                return earlier
            stored = StoredResponse(status, msgspec.json.encode(work(transaction)).decode())
            store_response(transaction, caller, key, asked, stored)
            return stored

        stored = await self.write(keeping)
        return Response(cast("T", msgspec.Raw(stored.body.encode())), status_code=stored.status)


def desk_of(request: ApiRequest) -> Desk:
    """The desk of a request."""
    return cast("Desk", request.app.state.desk)


def caller_of(request: ApiRequest) -> Caller:
    """Who calls; the guard has let them in."""
    return cast("Caller", request.user)


def id_of(request: ApiRequest) -> UUID:
    """The id of who calls."""
    return caller_of(request).id
