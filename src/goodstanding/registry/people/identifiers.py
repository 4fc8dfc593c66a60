"""What identifies a person or a firm: checked, then sealed and hashed."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module, resources
from typing import Annotated, Any, Literal, cast

from msgspec import Meta, Struct
from stdnum.exceptions import ValidationError

from goodstanding.errors import BadInput
from goodstanding.months import today
from goodstanding.records import LONGEST_TEXT, one_form, spoilt
from goodstanding.registry.database.schema import identifiers
from goodstanding.registry.keys import Keyring, keyed_hash
from goodstanding.registry.sealed_columns import open_in
from goodstanding.wording import in_every_language, one_of, tr

RECORD_ID = "record_id"
LONGEST = 256
# Also the 0 in brackets that is dialled only at home.
_SEPARATORS = re.compile(r"\(0\)|[\s().-]")


@dataclass(frozen=True)
class Kind:
    """A kind of identifier: of a person or a business, and what checks it."""

    name: str
    title: Mapping[str, str]
    subject: Literal["person", "business"]
    check: str | None = None
    pattern: str | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict[str, str])

    def clean(self, value: str) -> str | None:
        """The value in its one form; None if it is none of this kind."""
        # Its length is looked at first: composing a long text takes long.
        if len(value) > LONGEST or not _is_text(value):
            return None
        if self.name == RECORD_ID:
            found = one_form(value)
            # What no record may have for an id is nobody's.
            return None if found is None or len(found) > LONGEST_TEXT or spoilt(found) else found
        plain = unicodedata.normalize("NFKC", value)
        if not plain.isascii():
            return None
        found = self._checked(plain) if self.check else _SEPARATORS.sub("", plain).upper()
        if found is None or not re.fullmatch(self.pattern or ".*", found):
            return None
        other = next((prefix for prefix in self.prefixes if found.startswith(prefix)), "")
        return self.prefixes.get(other, "") + found.removeprefix(other)

    def _checked(self, value: str) -> str | None:
        """What its module makes of it. A number that tells a day of birth is nobody's before that day."""
        module = cast("Any", import_module(self.check or ""))
        try:
            found = str(module.validate(value))
            born = cast("date | None", module.get_birth_date(found) if hasattr(module, "get_birth_date") else None)
        except ValidationError:
            return None
        return None if born is not None and born > today() else found


class Identifier(Struct, frozen=True, forbid_unknown_fields=True):
    """An identifier: its kind, and its text."""

    kind: Annotated[str, Meta(min_length=1, max_length=32)]
    value: Annotated[str, Meta(min_length=1, max_length=256)]

    def __repr__(self) -> str:
        # Its text is never printed.
        return f"Identifier({self.kind!r})"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        # A traceback that is drawn asks for this one.
        yield "kind", self.kind

    def hash(self, keyring: Keyring) -> bytes:
        """What it is found by."""
        return keyed_hash(keyring, "lookup", self.kind, self.value)


@cache
def load_kinds() -> Mapping[str, Kind]:
    """Every kind, by name."""
    text = (resources.files("goodstanding.registry.people") / "kinds.toml").read_text(encoding="utf-8")
    kinds: dict[str, dict[str, Any]] = tomllib.loads(text)
    titles = {name: in_every_language(kind.pop("title")) for name, kind in kinds.items()}
    return {name: Kind(name, titles[name], **kind) for name, kind in kinds.items()}


def identifier(kind: str, value: str, subject: Literal["person", "business"] = "person") -> Identifier:
    """Check an identifier. Raises BadInput, which does not repeat the value."""
    of_subject = {name: found for name, found in load_kinds().items() if found.subject == subject}
    if kind not in of_subject:
        raise BadInput(
            where=tr("identifier"),
            found=repr(kind),
            expected=one_of(of_subject),
            do=tr("Name a kind that exists."),
        )
    cleaned = of_subject[kind].clean(value)
    if cleaned is None:
        raise BadInput(
            where=tr("identifier {kind}", kind=kind),
            found=tr("{n} characters that do not pass its check", n=len(value)),
            expected=tr("a valid {kind}", kind=kind),
            do=tr("Check the number."),
        )
    return Identifier(kind, cleaned)


def read_identifier(keyring: Keyring, kind: str, sealed: bytes) -> Identifier:
    """An identifier from what it is sealed as. Raises BadInput if it does not open."""
    return Identifier(kind, open_in(keyring, identifiers.c.sealed, sealed, kind=kind))


def _is_text(value: str) -> bool:
    """Whether a text is one that can be written: JSON lets half a character through."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
