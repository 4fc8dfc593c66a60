"""Pages of a list, and the mark of a version: cursors that say where a page ended, and ETags."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from goodstanding.service.http.problems import Changed, NotTaken
from goodstanding.wording import tr

T = TypeVar("T")
K = TypeVar("K", int, UUID)
# It fits its column, and a float says it exactly, which is how the specification does.
LARGEST = 1 << 62


def cursor_of(key: int | UUID) -> str:
    """The cursor after a row of this key."""
    return urlsafe_b64encode(str(key).encode()).rstrip(b"=").decode()


def key_of(cursor: str | None, read: Callable[[str], K]) -> K | None:
    """The key that a cursor stands for, None for the first page. Raises NotTaken for one that we did not give."""
    if cursor is None:
        return None
    try:
        found = read(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii"))
    except ValueError:
        found = None
    if found is None or (isinstance(found, int) and not 0 <= found <= LARGEST):
        expected = tr("a cursor as it was given")
        raise NotTaken(400, "cursor", tr("none of ours"), expected, tr("Begin at the first page."))
    return found


def next_of(found: Sequence[T], limit: int, key: Callable[[T], int | UUID]) -> str | None:
    """The cursor of the next page; None at the end."""
    return cursor_of(key(found[-1])) if len(found) == limit else None


def etag_of(value: object) -> str:
    """The ETag of what a thing says."""
    return f'"{sha256(msgspec.json.encode(value)).hexdigest()[:32]}"'


def tagged(if_none_match: str | None, value: T) -> Response[T]:
    """A thing with its ETag; without the thing if the caller has it already."""
    etag = etag_of(value)
    known = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    if etag in known or "*" in known:
        return Response(None, status_code=304, headers={"ETag": etag})  # pyright: ignore[reportReturnType]
    return Response(value, headers={"ETag": etag})


def check_match(if_match: str | None, value: object) -> None:
    """Raise Changed unless the caller looked at the thing as it is."""
    if if_match is None or if_match.strip() == "*":
        return
    if etag_of(value) not in [one.strip() for one in if_match.split(",")]:
        raise Changed
