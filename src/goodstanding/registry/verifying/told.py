"""What the log tells of every row: the last digest of each."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from goodstanding.registry.log import Line
from goodstanding.registry.rights.notifying import AGAIN
from goodstanding.registry.rows import RowTold


class _Body(msgspec.Struct):
    rows: list[RowTold]


@dataclass
class Told:
    """The digests by table and key, as of the lines read so far; None for a row that was erased.

    `again` is when deliveries were last asked for again, by their key.
    """

    rows: dict[str, dict[str, str | None]] = field(default_factory=dict[str, dict[str, str | None]])
    again: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def sees(self, line: Line) -> None:
        """Take in the next line. A body that does not read tells of nothing."""
        if line.kind == AGAIN:
            self.again[line.object] = line.at
        with suppress(msgspec.DecodeError):
            for table, key, digest in msgspec.json.decode(line.body, type=_Body).rows:
                self.rows.setdefault(table, {})[key] = digest
