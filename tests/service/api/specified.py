"""Requests made from the specification, sent to a filled registry, and what is wrong with the answers."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from tests.service.api.caller import ISSUER, Api
from tests.service.api.working import Parts, Working

from goodstanding.registry.authentication import Caller
from goodstanding.registry.authentication.operators import ROLES
from goodstanding.service.application import ROUTES, specification
from goodstanding.service.http.guard import ANYBODY

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
# Shares of the cases: as drawn, without a caller, with one who may not.
AS_DRAWN, NOBODY, WRONG = 0.25, 0.05, 0.05
EVERYBODY = {"person", "merchant", "furnisher", *ROLES}
HALF = 0.5
# How often a part is replaced by one of another kind.
NASTY_KIND = 0.2
# Of the methods that an address does not have.
OTHER_METHODS = 1
SHOWN = 3000
# What breaks databases, calendars and parsers, by what is there otherwise.
TIMES = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2026-07-01T00:00:00", "2026-02-30T00:00:00Z"),
    *("1969-12-31T23:59:59Z", "2031-06-15T09:30:00Z", "2026-07-01T24:00:00Z", "0001-01-01", "9999-12-31", "2026-06-31"),
)
TEXTS = (
    *(str(2**63), "1e400", "NaN", "-0", "\u0000", "\ud800", "\u202e", "𐀀", "x" * 256, "é" * 4000, "{0.__class__}"),
    *("'; --", "../..", " ", "", "a=" + "[" * 3000, "a=" + "9" * 5000),
)
NUMBERS = (2**63, 2**63 - 1, -(2**63) - 1, 2**31, 1e308, 0.5, -1, 0)
OTHERS: Sequence[Any] = (None, [], {}, True, [None], {"": None})


@dataclass
class Found:
    """What came back: how often each status by operation, and each kind of failure once, with the request."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    failures: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        return self.statuses.total()

    def share(self, operation: str) -> float:
        """Which share of an operation's cases worked."""
        own = {status: n for (name, status), n in self.statuses.items() if name == operation}
        return sum(n for status, n in own.items() if works(status)) / max(1, sum(own.values()))


def works(status: int) -> bool:
    """Whether a status says that it was done: 303 leads back to the merchant."""
    return 200 <= status < 300 or status == 303


class Specified:
    """The specification of an API, and what its operations answer to requests drawn from it."""

    def __init__(self, api: Api, seed: int) -> None:
        self.api = api
        self.working = Working(api)
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - which cases are made
        self.found = Found()
        self.schema = schemathesis.openapi.from_dict(_without_callers(specification(api.desk)))
        self.operations = {
            operation.definition.raw["operationId"]: operation
            for operation in (one.ok() for one in self.schema.get_all_operations())
        }
        self.allowed = {handler.operation_id: handler.opt["allowed"] for handler in ROUTES}
        # Too large a body is refused unread.
        rejecting = self.schema.config.checks.negative_data_rejection
        rejecting.expected_statuses = [*rejecting.expected_statuses, "413"]
        load_all_checks()
        self.checks = [CHECKS.get_one(name) for name in CHECKED]

    def run(self, cases: int, each: int, at_limits: int) -> Found:
        """Send so many cases at least: of each operation what works and some at the limits, then drawn ones."""
        began = time.perf_counter()
        for name in self.operations:
            self._right(name)
            for case in self._at_limits(name, at_limits):
                self._try(name, case)
        turn = 0
        while self.found.cases < cases:
            turn += 1
            self.working.renew()
            for name in self.operations:
                for mode in GenerationMode:
                    for case in self._drawn(name, mode, each, f"{self.seed} {turn}"):
                        self._try(name, case)
        self.found.seconds = time.perf_counter() - began
        return self.found

    def _right(self, name: str) -> None:
        parts, operation = self.working.of(name), self.operations[name]
        case = operation.Case(path_parameters=dict(parts.path), query=dict(parts.query))
        if media_types := operation.get_request_payload_content_types():
            case.media_type, case.body = media_types[0], parts.body
        self._send(name, case, parts.caller or self._one_who_may(name))

    def _at_limits(self, name: str, most: int) -> list[Case]:
        """Cases at the limits that the specification names, on either side."""
        found = list(
            self.schema.iter_coverage_cases(
                self.operations[name],
                generation_modes=list(GenerationMode),
                generation_config=self.schema.config.generation,
            )
        )
        method = self.operations[name].method.upper()
        own = [case for case in found if case.method == method]
        others = [case for case in found if case.method != method]
        return [
            *self.random.sample(own, min(most, len(own))),
            *self.random.sample(others, min(OTHER_METHODS, len(others))),
        ]

    def _drawn(self, name: str, mode: GenerationMode, most: int, seed: str) -> list[Case]:
        found: list[Case] = []
        settings = hypothesis.settings(
            max_examples=most,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @hypothesis.seed(f"{name} {seed}")
        @settings
        @hypothesis.given(self.operations[name].as_strategy(mode))
        def collect(case: Case) -> None:
            found.append(case)

        try:
            collect()
        except Unsatisfiable:
            return []  # there is nothing that could be wrong with it
        return found

    def _try(self, name: str, case: Case) -> None:
        """Send a case as it was drawn, or with parts that work in place of some of its own."""
        whose, parts = self.random.random(), self.working.of(name)
        if self.random.random() >= AS_DRAWN and case.method == self.operations[name].method.upper():
            self._mix(case, parts)
        if whose < NOBODY:
            self._send(name, case, None)
        elif whose < NOBODY + WRONG and (wrong := sorted(EVERYBODY - set(self.allowed[name]))):
            self._send(name, case, self._caller(self.random.choice(wrong)), may=False)
        else:
            self._send(name, case, parts.caller or self._one_who_may(name))

    def _mix(self, case: Case, parts: Parts) -> None:
        """Put parts that work in; where a place was drawn to be wrong it stays so, and all else is right."""
        meta = case.meta
        wrong = {one for one in ParameterLocation if meta is not None and meta.is_negative_at(one)}
        if parts.path and ParameterLocation.PATH not in wrong:
            case.path_parameters = {**case.path_parameters, **parts.path}
        if ParameterLocation.QUERY not in wrong:
            case.query = {**(case.query if self.random.random() < HALF else {}), **parts.query}
        if ParameterLocation.HEADER not in wrong and self.random.random() < HALF:
            case.headers = type(case.headers)()
        if case.media_type is not None and ParameterLocation.BODY not in wrong:
            case.body = parts.body if self.random.random() < HALF else self._changed(parts.body, case.body)

    def _changed(self, right: Any, drawn: Any) -> Any:
        """Something that works, but for one part of it: that is as it was drawn, or nasty."""
        if isinstance(right, dict) and right:
            names = [*right, *(drawn if isinstance(drawn, dict) else ())]
            name = self.random.choice(names)
            other = drawn[name] if isinstance(drawn, dict) and name in drawn else None
            return {**right, name: self._changed(right.get(name), other)}
        if isinstance(right, list) and right and self.random.random() < HALF:
            return [self._changed(right[0], drawn[0] if isinstance(drawn, list) and drawn else None), *right[1:]]
        return drawn if drawn is not None and self.random.random() < HALF else self._nasty(right)

    def _nasty(self, right: Any) -> Any:
        of_kind: Sequence[Any] = OTHERS
        if isinstance(right, int):
            of_kind = NUMBERS
        elif isinstance(right, str):
            of_kind = TIMES if right[:4].isdigit() and "-" in right else TEXTS
        return self.random.choice(of_kind if self.random.random() > NASTY_KIND else (*TIMES, *TEXTS, *NUMBERS, *OTHERS))

    def _one_who_may(self, name: str) -> Caller | None:
        allowed = self.allowed[name]
        return None if allowed == ANYBODY else self._caller(self.random.choice(sorted(allowed)))

    def _caller(self, role: str) -> Caller:
        return self.working.person() if role == "person" else self.api.caller(role)

    def _send(self, name: str, case: Case, caller: Caller | None, *, may: bool = True) -> None:
        try:
            asked = requests.Request(**case.as_transport_kwargs(base_url=ISSUER)).prepare()
            sent = {
                header: value if isinstance(value, bytes) else value.encode("latin-1")
                for header, value in asked.headers.items()
            }
        except (UnicodeError, requests.exceptions.InvalidHeader):
            return  # nobody could send this
        content = asked.body.encode() if isinstance(asked.body, str) else asked.body
        got = self.api.call(str(asked.method), str(asked.url), caller, headers=sent, content=content)
        own = asked.method == self.operations[name].method.upper()
        self.found.statuses[name if own else f"another method of {name}", got.status_code] += 1
        headers = {key: [value] for key, value in got.headers.items()}
        response = Response(got.status_code, headers, got.content, asked, 0.0, verify=True)
        wrong: list[tuple[str, str]] = []
        try:
            case.validate_response(response, checks=self.checks)
        except FailureGroup as group:
            wrong = [(f"{one.title}, {got.status_code}", one.message) for one in group.exceptions]
        let_in = own and works(got.status_code) and self.allowed[name] != ANYBODY
        if let_in and (caller is None or not may):
            wrong.append(("Let in who may not", ""))
        for what, why in wrong:
            shown = f"{why}\n{asked.method} {asked.url} {dict(asked.headers)} {content!r} as {caller}\n -> {got.text}"
            self.found.failures.setdefault(f"{name}: {what}", shown[:SHOWN])


def _without_callers(specified: dict[str, Any]) -> dict[str, Any]:
    """The specification without what says who may call: callers are chosen here."""
    for operations in specified["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    return specified
