"""`standing`: the verbs by name. A verb's module is imported only when the verb runs, so that help is quick."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout, suppress
from io import TextIOWrapper
from typing import Any, TextIO, cast

from cyclopts import App

from goodstanding import __version__
from goodstanding.cli.output import print_error
from goodstanding.errors import StandingError
from goodstanding.machine import refusal_of
from goodstanding.wording import tr

app = App(
    name="standing",
    version=__version__,
    help=tr("An open, opt-in credit score that a person can read, carry, contest and take back."),
)
_PACKAGE = "goodstanding.cli"
app.command(f"{_PACKAGE}.ingest:ingest", name="ingest", help=tr("Take in records."))
app.command(f"{_PACKAGE}.ingest:statements", name="statements", help=tr("Roll records up into monthly statements."))
app.command(f"{_PACKAGE}.fit:fit", name="fit", help=tr("Learn a programme's points from outcomes."))
app.command(f"{_PACKAGE}.score:score", name="score", help=tr("Score everybody as of a closed month."))
app.command(
    f"{_PACKAGE}.relations_verb:relations", name="relations", help=tr("Measure the graph of ties between people.")
)
app.command(f"{_PACKAGE}.show:show", name="show", help=tr("Show a person's score and why."))
app.command(f"{_PACKAGE}.show:page", name="page", help=tr("Write a person's score and why as one HTML file."))
app.command(
    f"{_PACKAGE}.programme_verbs:programme", name="programme", help=tr("Review, publish and withdraw programmes.")
)
app.command(f"{_PACKAGE}.registry_verbs:registry", name="registry", help=tr("Keep people, consents and answers."))
app.command(f"{_PACKAGE}.operator_verbs:operator", name="operator", help=tr("Admit those who run the registry."))
app.command(f"{_PACKAGE}.serve:serve", name="serve", help=tr("Serve the API to merchants, people and operators."))
app.command(
    f"{_PACKAGE}.verify:verify", name="verify", help=tr("Find whatever was changed behind the registry's back.")
)
app.command(
    f"{_PACKAGE}.witness_verbs:witness",
    name="witness",
    help=tr("Have others keep the log's heads, and ask them to cosign."),
)
app.command(f"{_PACKAGE}.town_verb:town", name="town", help=tr("Fill a workspace with synthetic people."))
app.command(f"{_PACKAGE}.demo:demo", name="demo", help=tr("Build a synthetic town, score it, and show it."))


def main() -> None:
    """Run a verb; an error that its reader can put right is printed in one piece, and the exit code is 1."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    output = Output(sys.stdout)
    try:
        with redirect_stdout(cast("TextIO", output)):
            try:
                app()
            finally:
                output.flush()
    except StandingError as error:
        output.let_go()
        _end_with(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        output.let_go()
        sys.exit(1)
    except (OSError, MemoryError) as error:
        # What nothing nearer to it has put into words.
        if (refusal := refusal_of(error, tr("this machine"))) is None:
            raise
        _end_with(refusal)


class Output:
    """Standard output that says in words what it cannot take: the work was done before it was told."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._failed = False

    def write(self, text: str) -> int:
        """Write it. Raises Unavailable."""
        with self._in_words():
            return self._stream.write(text)

    def flush(self) -> None:
        """Have it written. Raises Unavailable."""
        if not self._failed:
            with self._in_words():
                self._stream.flush()

    def let_go(self) -> None:
        """See to it that what could not be written is not tried again, with a trace, when the program ends."""
        if self._failed:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    @contextmanager
    def _in_words(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            self._failed = True
            raise refusal_of(error, tr("standard output"), "in doubt") or error from error

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


def _end_with(error: StandingError) -> None:
    print_error(error)
    sys.exit(1)
