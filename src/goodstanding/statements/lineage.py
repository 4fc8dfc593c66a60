"""What a month's statements are made of, as the catalogue has it: measures and record files, by their digests."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from goodstanding.statements.measures import RollUp
from goodstanding.store import Entry
from goodstanding.store.layout import short_digest


@dataclass(frozen=True)
class Lineage:
    """The digest of the measures' definitions, and the record files by the start of their digests."""

    definitions: str
    records: frozenset[str]

    @classmethod
    def of(cls, roll_up: RollUp, entries: Collection[Entry]) -> "Lineage":
        """Of statements that are made of these record files."""
        return cls(roll_up.digest, frozenset(short_digest(entry.sha256) for entry in entries))

    @classmethod
    def parse(cls, text: str) -> "Lineage":
        """As the catalogue has it: the definitions' digest, then the files', in order, a space between."""
        definitions, *records = text.split()
        return cls(definitions, frozenset(records))

    def __str__(self) -> str:
        return " ".join([self.definitions, *sorted(self.records)])

    def renamed(self, names: Mapping[str, str]) -> "Lineage":
        """The same, where files were written anew: `names` has the start of a digest before and after."""
        return Lineage(self.definitions, frozenset(names.get(one, one) for one in self.records))
