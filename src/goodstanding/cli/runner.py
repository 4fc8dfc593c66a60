"""What runs a verb, and how far it is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from goodstanding.cli.options import Memory
from goodstanding.cli.progress import progress
from goodstanding.engines import Engine, EngineName, open_engine
from goodstanding.store import Workspace
from goodstanding.wording import tr


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunBy:
    """The options of a verb that either engine runs."""

    engine: Annotated[EngineName, Parameter(help=tr("What runs it: duckdb on this machine, or spark."))] = "duckdb"
    master: Annotated[str | None, Parameter(help=tr("The Spark master, such as local[2] or spark://HOST:7077."))] = None
    memory: Memory = None


BY_DUCKDB = RunBy()


@contextmanager
def running(
    by: RunBy, workspace: Workspace, title: str, steps: int | None = None
) -> Generator[tuple[Engine, Callable[..., None]]]:
    """The engine asked for, and what is told each step as it begins. Raises BadInput, NotReady."""
    with open_engine(by.engine, by.master, by.memory, workspace.spill) as engine:
        # A single step is one long query, whose own progress shows; many steps show theirs.
        within = {"within": engine.share_done} if steps == 1 else {}
        with progress(title, steps, **within) as advance:
            yield engine, advance
