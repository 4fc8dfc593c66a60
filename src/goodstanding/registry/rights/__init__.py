"""A person's rights over what is kept and told of them."""

from goodstanding.registry.people import set_words
from goodstanding.registry.rights.access import Access, access_log
from goodstanding.registry.rights.account_closure import KeptByLaw, Left, leave
from goodstanding.registry.rights.cases import (
    ENDINGS,
    OPEN,
    TAKEN_BACK,
    Case,
    CaseKind,
    cases_of,
    find_case,
    find_cases,
)
from goodstanding.registry.rights.credit_freeze import freeze, thaw
from goodstanding.registry.rights.disputed_items import Item
from goodstanding.registry.rights.disputes import block, close_overdue, dispute, end_case, review, take_back
from goodstanding.registry.rights.working_days import after_working_days

__all__ = [
    "ENDINGS",
    "OPEN",
    "TAKEN_BACK",
    "Access",
    "Case",
    "CaseKind",
    "Item",
    "KeptByLaw",
    "Left",
    "access_log",
    "after_working_days",
    "block",
    "cases_of",
    "close_overdue",
    "dispute",
    "end_case",
    "find_case",
    "find_cases",
    "freeze",
    "leave",
    "review",
    "set_words",
    "take_back",
    "thaw",
]
