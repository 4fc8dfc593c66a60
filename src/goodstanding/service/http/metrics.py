"""What operators see of the service: numbers for Prometheus, and a line of JSON for each request. Nobody is named."""

import logging
import sys
import traceback
from time import perf_counter
from typing import Any, cast
from uuid import uuid4

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from structlog.typing import EventDict, Processor

from goodstanding.registry.authentication import Caller

# A word of the caller's is neither counted nor logged.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The service's numbers: requests by route and status, how long they took, and how many changes wait."""

    def __init__(self, waiting: Any) -> None:  # noqa: ANN401 - a function that gives a number
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self.requests = Counter("standing_requests", "Requests answered.", names, registry=self.registry)
        self.seconds = Histogram(
            "standing_request_seconds",
            "How long requests took.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._waiting = waiting
        self.registry.register(self)

    def collect(self) -> list[GaugeMetricFamily]:
        """What is measured only when it is asked for."""
        return [GaugeMetricFamily("standing_changes_waiting", "Changes that wait for the writer.", self._waiting())]


class MetricsMiddleware:
    """An application whose requests are counted, timed and logged, each under an id of its own."""

    def __init__(self, app: ASGIApp, observed: Metrics) -> None:
        self.app = app
        self.observed = observed
        self.log = structlog.get_logger("standing")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, request_id = perf_counter(), 0, uuid4().hex

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            # The route as it was declared: an address holds ids.
            route = str(scope.get("path_template") or "-")
            method = scope["method"] if scope["method"] in _METHODS else "-"
            took = perf_counter() - began
            self.observed.requests.labels(method, route, status).inc()
            self.observed.seconds.labels(method, route).observe(took)
            self.log.info(
                "request",
                id=request_id,
                method=method,
                route=route,
                status=status,
                ms=round(took * 1000, 1),
                caller=_caller_text(scope.get("user")),
            )


def _caller_text(caller: object) -> str | None:
    """A firm or an operator by id; of a person only that it was one."""
    if not isinstance(caller, Caller):
        return None
    return caller.kind if caller.kind == "person" else str(caller)


def trace(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Say of an error where it came from and of which kind it is, and not its words: they may name somebody."""
    given: object = event.pop("exc_info", None)
    if isinstance(given, tuple):
        given = cast("tuple[object, ...]", given)[1]
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    found: list[str] = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        found += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        found.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    if found:
        event["exception"] = found
    return event


def set_up_logs() -> None:
    """Log as one line of JSON each, on standard error, also what the server and the libraries have to say."""
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        trace,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    others = logging.StreamHandler(sys.stderr)
    rendered = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
    others.setFormatter(structlog.stdlib.ProcessorFormatter(processors=rendered, foreign_pre_chain=processors))
    logging.basicConfig(handlers=[others], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
