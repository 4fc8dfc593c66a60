"""Progress on long work, on standard error, and only where someone looks."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


@contextmanager
def progress(title: str, steps: int | None = None) -> Generator[Callable[[str], None]]:
    """A bar of so many steps (None: not known), moved on by calling what this gives with the step's name."""
    console = Console(stderr=True)
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=steps)

        def advance(step: str) -> None:
            bar.update(task, advance=1, description=f"{title}: {step}")

        yield advance
