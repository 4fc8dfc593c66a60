"""People: how they are known, how they join and leave."""

from goodstanding.registry.people.identifiers import RECORD_ID, Identifier, Kind, identifier, load_kinds
from goodstanding.registry.people.membership import (
    NOTICE_VERSION,
    KeptByLaw,
    Left,
    find_person,
    join,
    leave,
    look_up_person,
    notice_text,
)
from goodstanding.registry.people.names import clean_name
from goodstanding.registry.people.own_words import check_words, opened_words, set_words

__all__ = [
    "NOTICE_VERSION",
    "RECORD_ID",
    "Identifier",
    "KeptByLaw",
    "Kind",
    "Left",
    "check_words",
    "clean_name",
    "find_person",
    "identifier",
    "join",
    "leave",
    "load_kinds",
    "look_up_person",
    "notice_text",
    "opened_words",
    "set_words",
]
