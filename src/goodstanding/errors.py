"""What can go wrong, in one tree.

StandingError            anything its reader can put right; the command line prints it and exits with 1
├── BadInput             a file, row or field is not as it should be
├── BadProgramme         a programme file is not as it should be
├── AgainstTheLaw        a law pack refuses it
├── NotReady             a step that comes first has not been run
├── NotFound             no such person, programme, table, card or run
├── Conflict             it is not in the state that this needs, or is there already
├── Busy                 another command is writing to the workspace
└── EngineFailed         the engine refused a query; carries its SQL
"""

from goodstanding.wording import tr


class StandingError(Exception):
    """An error that names where it is, what was found, what was expected and what to do.

    The parts are finished sentences or phrases in the reader's language.
    """

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


class BadProgramme(StandingError):
    """A programme file is not as it should be."""


class AgainstTheLaw(StandingError):
    """A law pack refuses it; the message names the law."""


class NotReady(StandingError):
    """A step that comes first has not been run."""


class NotFound(StandingError):
    """There is no such person, programme, table, card or run."""


class Conflict(StandingError):
    """What was asked does not fit the state that the thing is in."""


class Busy(StandingError):
    """Another command is writing to the workspace."""


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
