"""People: how they are known, and how they join."""

from goodstanding.registry.people.identifiers import RECORD_ID, Identifier, Kind, identifier, load_kinds
from goodstanding.registry.people.membership import (
    NOTICE_VERSION,
    find_person,
    join,
    look_up_person,
    notice_text,
)
from goodstanding.registry.people.names import clean_name
from goodstanding.registry.people.own_words import check_words, opened_words, set_words

__all__ = [
    "NOTICE_VERSION",
    "RECORD_ID",
    "Identifier",
    "Kind",
    "check_words",
    "clean_name",
    "find_person",
    "identifier",
    "join",
    "load_kinds",
    "look_up_person",
    "notice_text",
    "opened_words",
    "set_words",
]
