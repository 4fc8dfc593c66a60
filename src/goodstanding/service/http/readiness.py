"""Whether the service can do its work, found out by doing some: a small change, committed, that leaves no line."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic

from goodstanding.errors import BadInput, Busy, NotReady
from goodstanding.machine import in_words
from goodstanding.registry import Writer, WriteTransaction, each_alone
from goodstanding.registry.call_counts import NOBODY, tell_calls
from goodstanding.service.http.call_rates import minute_now
from goodstanding.store import Workspace
from goodstanding.wording import tr

# What was found is good for so long, however often it is asked.
FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 5.0
# A change of many at once, and what SQLite writes beside its file for it, finds room in so much.
LEAST_FREE_BYTES = 4 * 1024 * 1024


@dataclass
class Probe:
    """What the last look found, and the one that is under way: never more than one."""

    process: str
    _look: "asyncio.Future[int] | None" = None
    _until: float = 0.0

    async def lines(self, writer: Writer, workspace: Workspace) -> int:
        """How many lines the log has, if the service can do its work.

        Raises Unavailable where the database cannot be written or the writer has ended, Busy where it does not come to
        an end with it, NotReady for a workspace whose catalogue does not read.
        """
        if self._look is None or (self._look.done() and monotonic() >= self._until):
            self._look = asyncio.ensure_future(self._found(writer, workspace))
            self._look.add_done_callback(self._keep)
        done, _ = await asyncio.wait([self._look], timeout=PATIENCE_SECONDS)
        if not done:
            found, expected = tr("no answer in time"), tr("a database that answers")
            raise Busy(where=tr("database"), found=found, expected=expected, do=tr("Try again in a while."))
        return self._look.result()

    def _keep(self, transaction: "asyncio.Future[int]") -> None:
        self._until = monotonic() + FRESH_SECONDS
        with suppress(BaseException):
            transaction.result()  # somebody has to have looked at it

    async def _found(self, writer: Writer, workspace: Workspace) -> int:
        lines = await asyncio.wrap_future(writer.submit(each_alone, self._write))
        url = writer.registry.engine.url
        file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        await asyncio.get_running_loop().run_in_executor(None, _look_at_files, file, workspace)
        return lines

    def _write(self, transaction: WriteTransaction) -> int:
        tell_calls(transaction.connection, self.process, {minute_now(): {NOBODY: 0}})
        return transaction.before.size


def _look_at_files(database: Path | None, workspace: Workspace) -> None:
    """See that there is room beside the database's file, and that the workspace's catalogue reads."""
    if database is not None:
        # A small change may find a place in what is there already; the next one will not.
        with in_words(str(database)), TemporaryFile(dir=database.parent) as scratch:
            os.posix_fallocate(scratch.fileno(), 0, LEAST_FREE_BYTES)
    try:
        with in_words(str(workspace.root)):
            _ = workspace.catalogue
    except BadInput as error:
        found, expected = tr("a catalogue that does not read"), tr("a catalogue")
        raise NotReady(
            where=tr("workspace"), found=found, expected=expected, do=tr("Restore the file from a copy.")
        ) from error
