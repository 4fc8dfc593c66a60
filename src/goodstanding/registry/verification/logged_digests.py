"""What the log tells of every row: the last digest of each."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

from goodstanding.registry.deliveries import AGAIN
from goodstanding.registry.log import LogLine
from goodstanding.registry.verification.findings import Finding

# As `LoggedRow`, of which earlier versions told three parts.
_LoggedRow: TypeAlias = Annotated[list[str | None], msgspec.Meta(min_length=3, max_length=4)]


class _Body(msgspec.Struct):
    rows: list[_LoggedRow]


@dataclass
class LoggedDigests:
    """The digests by table and key, as of the lines read so far; None for a row that was erased.

    `again` is when deliveries were last asked for again, by their key. `rested_on` are the rows that were not what the
    log said of them when the registry itself changed them.
    """

    rows: dict[str, dict[str, str | None]] = field(default_factory=dict[str, dict[str, str | None]])
    again: dict[str, datetime] = field(default_factory=dict[str, datetime])
    rested_on: list[Finding] = field(default_factory=list[Finding])

    def sees(self, line: LogLine) -> None:
        """Take in the next line. A body that does not read tells of nothing."""
        if line.kind == AGAIN:
            self.again[line.object] = line.at
        with suppress(msgspec.DecodeError):
            for table, key, digest, *before in msgspec.json.decode(line.body, type=_Body).rows:
                self._takes(str(table), str(key), digest, before)

    def _takes(self, table: str, key: str, digest: str | None, before: Sequence[str | None]) -> None:
        of_table = self.rows.setdefault(table, {})
        if before and before[0] != of_table.get(key):
            self.rested_on.append(Finding(table, key, "changed before"))
        of_table[key] = digest
