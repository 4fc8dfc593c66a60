"""Progress on long work, on standard error, and only where someone looks."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_LOOK_SECONDS = 0.5


@contextmanager
def progress(
    title: str, steps: int | None = None, within: Callable[[], float | None] = lambda: None
) -> Generator[Callable[..., None]]:
    """A bar of so many steps with the time it has taken and the time it will, moved on as each step begins.

    What this gives is called with the step's name, and with the number of steps where it is not known before.
    `within` is asked now and then how much of the step is done, 0 to 1.
    """
    console = Console(stderr=True)
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=steps)
        # Only the steps before the one that runs are done; the time left is reckoned from those.
        begun = 0

        def advance(step: str, steps: int | None = None) -> None:
            nonlocal begun
            begun += 1
            bar.update(task, total=steps, completed=begun - 1, description=f"{title}: {step}")

        with _looking(bar, task, lambda: begun, within):
            yield advance


@contextmanager
def _looking(
    bar: Progress, task: TaskID, begun: Callable[[], int], within: Callable[[], float | None]
) -> Generator[None]:
    """Move the bar on inside a step as well, as far as that is known."""
    ended = Event()

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            share = within()
            if share is not None and begun():
                bar.update(task, completed=begun() - 1 + share)

    thread = Thread(target=look, daemon=True)
    if not bar.disable:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if thread.ident:
            thread.join()
