"""What can go wrong, in one tree.

StandingError            anything its reader can put right; the command line prints it and exits with 1
├── BadInput             a file, row or field is not as it should be
├── BadProgramme         a programme file is not as it should be
├── AgainstTheLaw        a law pack refuses it
├── NotReady             a step that comes first has not been run
├── NotFound             no such person, programme, table, card or run
├── Conflict             it is not in the state that this needs, or is there already
├── Busy                 another command is writing to the workspace
├── Unavailable          the machine or the database does not give what is needed: room, a right, a connection
│   └── Damaged          the database's own files do not read
└── EngineFailed         the engine refused a query; carries its SQL
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, Self, TypeAlias

from goodstanding.wording import tr

Want: TypeAlias = Literal[
    "room",
    "size",
    "writable",
    "right",
    "disk",
    "files",
    "memory",
    "opened",
    "connection",
    "place",
    "writer",
    "whole",
]
"""What is wanting: room on the disk, a larger file, something that may be written, a right, a disk without errors, more
open files, memory, a file that opens, a connection, a place among the connections, the thread that writes, a database
that reads as it was written."""

Outcome: TypeAlias = Literal["taken back", "in doubt", "done"]
"""What became of what was being written; None where nothing is known of it or nothing was."""


class StandingError(Exception):
    """An error that names where it is, what was found, what was expected and what to do.

    The parts are finished sentences or phrases in the reader's language. Over HTTP (RFC 9457) it has a `kind`, the last
    part of the problem's type, and a `status`.
    """

    kind: ClassVar[str] = "fault"
    status: int = 500

    def __init__(self, where: str, found: str, expected: str, do: str) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.do = do
        super().__init__(
            tr(
                "{where}: found {found}; expected {expected}. {do}",
                where=where,
                found=found,
                expected=expected,
                do=do,
            )
        )


class BadInput(StandingError, ValueError):
    """A file, row or field is not as it should be; nothing was changed. A ValueError, as libraries raise."""

    kind = "bad-input"
    status = 422


class BadProgramme(StandingError):
    """A programme file is not as it should be."""

    kind = "bad-programme"
    status = 422


class AgainstTheLaw(StandingError):
    """A law pack refuses it; the message names the law."""

    kind = "against-the-law"
    status = 422


class NotReady(StandingError):
    """A step that comes first has not been run."""

    kind = "not-ready"
    status = 503


class NotFound(StandingError):
    """There is no such person, programme, table, card or run."""

    kind = "not-found"
    status = 404


class Conflict(StandingError):
    """What was asked does not fit the state that the thing is in."""

    kind = "conflict"
    status = 409


class Busy(StandingError):
    """Another command is writing to the workspace."""

    kind = "busy"
    status = 503


class Unavailable(StandingError):
    """The machine or the database does not give what is needed: `want` says what, `outcome` what became of the work."""

    kind = "unavailable"
    status = 503

    def __init__(self, want: Want, where: str, outcome: Outcome | None = None) -> None:
        self.want: Want = want
        self.outcome: Outcome | None = outcome
        found, expected, do = _WANTS[want]()
        super().__init__(where, found, expected, do if outcome is None else f"{do} {_OUTCOMES[outcome]()}")

    def reworded(self, where: str | None = None, outcome: Outcome | None = None) -> Self:
        """The same in the language now in force, with another place, or with what became of the work if not said."""
        return type(self)(self.want, where or self.where, self.outcome or outcome)


class Damaged(Unavailable):
    """The database's own files do not read: something else than the database wrote into them, or cut them off."""


_WANTS: Mapping[Want, Callable[[], tuple[str, str, str]]] = {
    "room": lambda: (
        tr("no room left on the disk"),
        tr("room to write"),
        tr("Make room on the disk, then run the same again."),
    ),
    "size": lambda: (
        tr("a file as large as one may be here"),
        tr("a higher limit on the size of files"),
        tr("Raise the limit (ulimit -f), then run the same again."),
    ),
    "writable": lambda: (
        tr("something that can only be read"),
        tr("something that can be written"),
        tr("Make it writable, or choose another place, then run the same again."),
    ),
    "right": lambda: (
        tr("no right to it"),
        tr("the right to read and write it"),
        tr("Give this user the right, or choose another place, then run the same again."),
    ),
    "disk": lambda: (
        tr("an error of the disk"),
        tr("a disk that can be read and written"),
        tr("Have the disk looked at, then run the same again."),
    ),
    "files": lambda: (
        tr("too many open files"),
        tr("a higher limit on open files"),
        tr("Raise the limit (ulimit -n), then run the same again."),
    ),
    "memory": lambda: (
        tr("not enough memory"),
        tr("more memory"),
        tr("Give it more memory, or less to do at once, then run the same again."),
    ),
    "opened": lambda: (
        tr("a file that cannot be opened"),
        tr("a file that can be read and written, and so its folder"),
        tr("Check that the folder is there and can be written, then run the same again."),
    ),
    "connection": lambda: (
        tr("no connection"),
        tr("a database that answers"),
        tr("Start the database, or wait until it is back, then run the same again."),
    ),
    "place": lambda: (
        tr("too many connections to it"),
        tr("a free place among its connections"),
        tr("Close other connections, or allow more, then run the same again."),
    ),
    "writer": lambda: (
        tr("no thread that writes"),
        tr("one that runs all the time"),
        tr("Start the service again."),
    ),
    "whole": lambda: (
        tr("a damaged database"),
        tr("a database as it was written"),
        tr("Restore it from a copy. `{verb}` says what else is damaged.", verb="standing verify"),
    ),
}
_OUTCOMES: Mapping[Outcome, Callable[[], str]] = {
    "taken back": lambda: tr("What was being written was taken back."),
    "in doubt": lambda: tr("Whether it was done is not known: look before you do it again."),
    "done": lambda: tr("It was done; only what it replaces is still there, and goes with the next change."),
}


class EngineFailed(StandingError):
    """The engine refused a query; `sql` is the text it refused."""

    def __init__(self, reason: str, sql: str) -> None:
        self.sql = sql
        super().__init__(
            where=tr("engine"),
            found=reason,
            expected=tr("a query that runs"),
            do=tr("This is a fault of the program; please report it with this SQL:\n{sql}", sql=sql),
        )
