"""A workspace's catalogue against its history, and the history against the heads that the log has noted."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from goodstanding.errors import BadInput
from goodstanding.registry.verification.findings import Finding
from goodstanding.store import Catalogue, Workspace, is_workspace
from goodstanding.store.history import HISTORY, HistoryLine, folded, history_digest, history_lines, read_line

Noted: TypeAlias = Mapping[int, set[str]]
_CATALOGUE = Finding("file", "catalogue.json", "changed")
_GONE = Finding("file", "catalogue.json", "removed")
T = TypeVar("T")


@dataclass
class _Chain:
    """The history as far as it reads: its lines; by number the digest of each and where it begins.

    `whole` is False where lines are missing or do not read: then nothing is known of what the catalogue should be.
    """

    lines: list[HistoryLine] = field(default_factory=list[HistoryLine])
    digests: dict[int, str] = field(default_factory=dict[int, str])
    begins: dict[int, int] = field(default_factory=dict[int, int])
    last: int = 0
    whole: bool = True


def history_findings(workspace: Workspace, noted: Noted, found: list[Finding]) -> Catalogue:
    """Hold a workspace's catalogue and its history against each other and against what was noted.

    `noted` are digests of lines of the history by their numbers. Gives what the workspace holds: what the catalogue
    says, or its history where there is no catalogue that reads. Adds to what was found.
    """
    catalogue, chain = _catalogue(workspace, found), _Chain()
    found += _walk(workspace, chain)
    head = None if catalogue is None else catalogue.head
    heads = {number: set(digests) for number, digests in noted.items()}
    if head is not None:
        heads.setdefault(head.number, set()).add(head.sha256)
    found += _against_noted(workspace, chain, heads)
    if catalogue is None:
        return folded(chain.lines)
    reached = 0 if head is None else head.number
    # What a killed process left is one line. More, or one that was noted, are of a later catalogue.
    if chain.last > reached + 1 or any(number > reached for number in noted):
        if not is_workspace(workspace.root):
            found.append(_GONE)
            return folded(chain.lines)
        found.append(_CATALOGUE)
    elif head is not None and chain.begins.get(head.number, head.at) != head.at:
        found.append(_CATALOGUE)
    elif head is not None and chain.whole:
        # Without a head nothing was changed since there are histories.
        found += _apart(folded(line for line in chain.lines if line.number <= reached), catalogue)
    return catalogue


def _catalogue(workspace: Workspace, found: list[Finding]) -> Catalogue | None:
    try:
        return workspace.catalogue
    except BadInput:
        found.append(_CATALOGUE)
        return None


def _walk(workspace: Workspace, chain: _Chain) -> Generator[Finding]:
    """Read every line once: each has the number that is next, and the digest of the line before."""
    begins = 0
    try:
        for raw in history_lines(workspace.root):
            try:
                line = read_line(raw)
            except ValueError:
                line = None
            number = chain.last + 1 if line is None else line.number
            if number <= chain.last:
                yield Finding("history", str(number), "added")
            elif number > chain.last + 1:
                chain.whole = False
                yield Finding("history", _several(chain.last + 1, number - 1), "removed")
            elif line is not None and line.before != chain.digests.get(chain.last, ""):
                yield Finding("history", str(max(chain.last, 1)), "changed")
            if number > chain.last:
                chain.last, chain.digests[number], chain.begins[number] = number, history_digest(raw), begins
                if line is None:
                    chain.whole = False
                    yield Finding("history", str(number), "changed")
                else:
                    chain.lines.append(line)
            begins += len(raw) + 1
    except OSError:
        chain.whole = False
        yield Finding("file", HISTORY, "changed")


def _several(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _against_noted(workspace: Workspace, chain: _Chain, heads: Mapping[int, set[str]]) -> Generator[Finding]:
    """The lines that are named elsewhere, each with the digest that it has there."""
    if heads and not (workspace.root / HISTORY).exists():
        chain.whole = False
        yield Finding("file", HISTORY, "removed")
        return
    for number, digests in sorted(heads.items()):
        if number not in chain.digests:
            chain.whole = False
            yield Finding("history", str(number), "removed")
        elif digests != {chain.digests[number]}:
            yield Finding("history", str(number), "changed")


def _apart(expected: Catalogue, catalogue: Catalogue) -> Generator[Finding]:
    """Where the catalogue says other than its history: files by path, values by name."""
    yield from _differing(expected.files, catalogue.files)
    yield from _differing(expected.values, catalogue.values)


def _differing(expected: Mapping[str, T], found: Mapping[str, T]) -> Generator[Finding]:
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            yield Finding("catalogue", name, "removed")
        elif name not in expected:
            yield Finding("catalogue", name, "added")
        elif expected[name] != found[name]:
            yield Finding("catalogue", name, "changed")
