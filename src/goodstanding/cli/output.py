"""How results look in a terminal, and as JSON."""

import json
import sys
from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.markup import escape
from rich.table import Table

console = Console(highlight=False, emoji=False)


def print_error(error: Exception) -> None:
    """An error on standard error, said in the language in force when it was raised; no more than our name is added."""
    with suppress(OSError):  # where not even this can be said the exit code has to do
        Console(stderr=True, highlight=False, emoji=False).print(
            f"[red]standing:[/] {escape(str(error))}", soft_wrap=True
        )


def print_json(value: object) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def print_list(title: str, lines: Sequence[str]) -> None:
    """A title and its lines, a dash where there are none."""
    console.print(f"[bold]{title}[/]")
    for line in lines or ["–"]:
        console.print(f"  {escape(line)}", soft_wrap=True)


def table_of(first: str, *others: str) -> Table:
    """An empty table: the first column to the left, the others to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table
