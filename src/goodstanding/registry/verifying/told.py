"""What the log tells of every row: the last digest of each."""

from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from goodstanding.registry.log import Line
from goodstanding.registry.rows import RowTold


class _Body(msgspec.Struct):
    rows: list[RowTold]


@dataclass
class Told:
    """The digests by table and key, as of the lines read so far; None for a row that was erased."""

    rows: dict[str, dict[str, str | None]] = field(default_factory=dict[str, dict[str, str | None]])

    def sees(self, line: Line) -> None:
        """Take in the next line. A body that does not read tells of nothing."""
        with suppress(msgspec.DecodeError):
            for table, key, digest in msgspec.json.decode(line.body, type=_Body).rows:
                self.rows.setdefault(table, {})[key] = digest
