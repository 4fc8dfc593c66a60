"""A query in named steps: each reads those before it, and who reads the query reads them one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import indent

_INDENT = "    "


@dataclass(frozen=True)
class Steps:
    """Named steps of a query, in their order. `step` adds one, `query` ends it."""

    named: tuple[tuple[str, str], ...] = ()

    def step(self, name: str, sql: str) -> "Steps":
        """These steps and one more: later ones read it by its name, which no relation that they read may have."""
        return Steps((*self.named, (name, sql)))

    @property
    def last(self) -> str:
        """The name of the last step."""
        return self.named[-1][0]

    def query(self, sql: str) -> str:
        """The whole query, a step below the other.

        >>> print(Steps().step("known", "SELECT 1 AS n").query("SELECT n FROM known"))
        WITH known AS (
            SELECT 1 AS n
        )
        SELECT n FROM known
        """
        if not self.named:
            return sql
        steps = (f"{name} AS (\n{indent(text, _INDENT)}\n)" for name, text in self.named)
        return f"WITH {', '.join(steps)}\n{sql}"


def in_lines(columns: Iterable[str]) -> str:
    """Columns of a SELECT, one a line below it."""
    return ",".join(f"\n{_INDENT}{column}" for column in columns)
