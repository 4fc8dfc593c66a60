"""Naming rows that do not open in the service's own log: once each, not every time that somebody comes to them."""

from collections.abc import Iterable

import structlog

from goodstanding.registry.unopened import Unopened


class UnopenedReport:
    """The rows that were named so far."""

    def __init__(self) -> None:
        self._named = set[Unopened]()

    def name(self, left: Iterable[Unopened]) -> None:
        """Log the rows that were not named before, with their tables and keys."""
        for one in left:
            if one not in self._named:
                self._named.add(one)
                structlog.get_logger("standing").error("unopened", table=one.table, key=one.key, why=one.why)
