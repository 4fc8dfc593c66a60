"""What the log tells anybody who keeps its heads: its name, its keys, and its newest head as a checkpoint."""

import re
from collections.abc import Sequence
from contextlib import suppress

import msgspec
from sqlalchemy import Connection, select

from goodstanding.errors import BadInput, NotFound
from goodstanding.registry.database.schema import log
from goodstanding.registry.keys import Keyring, bare_public_keys, sign_bytes
from goodstanding.registry.log.checkpoints import Checkpoint
from goodstanding.registry.log.log_line import LogLine
from goodstanding.registry.log.log_proofs import prove_inclusion
from goodstanding.registry.log.log_writer import read_frontier
from goodstanding.registry.log.merkle_tree import Frontier, root_by_inclusion
from goodstanding.registry.log.signed_notes import ED25519, LONGEST_NAME, Note, Vkey, signature_over
from goodstanding.wording import tr

FAMILY = "goodstanding"
LEAF_DIGITS = 16
LONGEST_ORIGIN = 120
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9._-]+)*")


class _Body(msgspec.Struct):
    name: str | None = None


def check_origin(name: str) -> str:
    """A name for a log, as an address without its scheme. Raises BadInput for any other."""
    if len(name) > min(LONGEST_ORIGIN, LONGEST_NAME) or not _ORIGIN.fullmatch(name):
        expected = tr("a name such as standing.example/log, of at most {most} characters", most=LONGEST_ORIGIN)
        raise BadInput(
            where="--name", found=ascii(name[:LONGEST_NAME]), expected=expected, do=tr("Choose another name.")
        )
    return name


def origin_by(first: LogLine) -> str:
    """The log's name: the one in its first line, or one made of that line's leaf, so that every log has one."""
    with suppress(msgspec.DecodeError):
        if (name := msgspec.json.decode(first.body, type=_Body).name) is not None:
            return name
    return f"{FAMILY}/{first.leaf.hex()[:LEAF_DIGITS]}"


def origin_of(connection: Connection, frontier: Frontier) -> str:
    """The log's name, from the first line under its root.

    Raises NotFound while the log is empty, BadInput if the first line is not under the root.
    """
    first = prove_inclusion(connection, 0)
    if root_by_inclusion(first.line.leaf, 0, frontier.size, first.path) != frontier.root:
        raise BadInput(
            where=tr("log"),
            found=tr("another first line than the one that is signed"),
            expected=tr("the log as it was signed"),
            do=tr("Run `{verb}` first.", verb="standing verify"),
        )
    return origin_by(first.line)


def first_origin(connection: Connection) -> str | None:
    """The log's name by its first line as it stands there, which may not be what was signed; None without a line."""
    row = connection.execute(select(log).where(log.c.log_index == 0)).one_or_none()
    return None if row is None else origin_by(LogLine(row.at, row.kind, row.object, row.body))


def log_keys(keyring: Keyring, origin: str) -> Sequence[Vkey]:
    """The keys that sign the log's checkpoints or did, the one in force last."""
    return [Vkey(origin, ED25519, public) for public in bare_public_keys(keyring)]


def checkpoint_now(connection: Connection, keyring: Keyring) -> Note:
    """The log's newest head as a signed checkpoint.

    Raises NotFound while the log is empty, and what `read_frontier` raises: what was forged is not signed again.
    """
    frontier = read_frontier(connection, keyring)
    if not frontier.size:
        raise NotFound(
            where=tr("log"),
            found=tr("no line yet"),
            expected=tr("a log that was begun"),
            do=tr("Try again in a while."),
        )
    origin = origin_of(connection, frontier)
    text = Checkpoint(origin, frontier.size, frontier.root).text
    own = log_keys(keyring, origin)[-1]
    return Note(text, [signature_over(text, own, lambda data: sign_bytes(keyring, data))])
