"""Lifecycles: the states of a thing, and the steps that lead from one to another. One kind of table for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from goodstanding.errors import Conflict

State = TypeVar("State", bound=str)
Step = TypeVar("Step", bound=str)


@dataclass(frozen=True)
class Lifecycle(Generic[State, Step]):
    """By step: the states that it leads on from, and the one that it leads to. What time alone does is no step.

    >>> door = Lifecycle({"open": (frozenset({"shut"}), "ajar"), "close": (frozenset({"ajar"}), "shut")})
    >>> door.after("open", "shut", of="door", do="Look at it.")
    'ajar'
    """

    steps: Mapping[Step, tuple[frozenset[State], State]]

    def after(self, step: Step, state: State, *, of: str, do: str) -> State:
        """The state that a step leads to.

        Raises Conflict, of what and with what to do about it, where the step does not lead on from this state, or there
        is no such step.
        """
        every = frozenset[State]().union(*(found for found, _ in self.steps.values()))
        allowed, then = self.steps.get(step, (every, state))
        if step not in self.steps or state not in allowed:
            raise Conflict(where=of, found=state, expected=" | ".join(sorted(allowed)), do=do)
        return then
