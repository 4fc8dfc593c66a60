"""Turns at a database's one lock: the threads of a process take it in the order in which they asked.

SQLite lets whoever happens to ask next have its lock, and who waits asks ever more seldom. Beside threads that ask all
the time somebody who takes a consent back would wait for as long as they go on.
"""

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Lock


class Turns:
    """A lock that is had in the order of asking."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Event] = deque()

    @contextmanager
    def turn(self, seconds: float) -> Generator[bool]:
        """One's turn, for the block; False, and no turn, if it did not come in so many seconds."""
        if not self._come(seconds):
            yield False
            return
        try:
            yield True
        finally:
            self._pass_on()

    def _come(self, seconds: float) -> bool:
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = Event()
            self._waiting.append(mine)
        try:
            mine.wait(seconds)
        except BaseException:
            # Ctrl-C. Nobody would pass on a turn that comes to one who has gone.
            if self._gone(mine):
                self._pass_on()
            raise
        return self._gone(mine)

    def _gone(self, mine: Event) -> bool:
        """Wait no longer; gives whether the turn had come."""
        with self._guard:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


_LOCK = Lock()
_OF_FILES: dict[str, Turns] = {}


def turns_of(file: str) -> Turns:
    """The turns of all who write a file in this process, however often it is opened."""
    with _LOCK:
        return _OF_FILES.setdefault(file, Turns())
