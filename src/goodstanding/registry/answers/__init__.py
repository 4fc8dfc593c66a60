"""Answers: the one function that decides every disclosure, and the line that each leaves."""

from goodstanding.registry.answers.answer import Answer, answer_all
from goodstanding.registry.answers.decision import MOST_THRESHOLDS, REPEATED_WITHIN
from goodstanding.registry.answers.disclosure import Disclosure
from goodstanding.registry.answers.facts import PROBING_WINDOW
from goodstanding.registry.answers.question import REFUSALS, Ask, Outcome, Question, Refused, check_ask

__all__ = [
    "MOST_THRESHOLDS",
    "PROBING_WINDOW",
    "REFUSALS",
    "REPEATED_WITHIN",
    "Answer",
    "Ask",
    "Disclosure",
    "Outcome",
    "Question",
    "Refused",
    "answer_all",
    "check_ask",
]
