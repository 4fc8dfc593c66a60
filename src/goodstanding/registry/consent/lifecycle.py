"""The states of a consent, and what leads from one to another. EXPIRED is led to by time alone."""

from datetime import datetime
from typing import Literal, TypeAlias

from goodstanding.registry.lifecycles import Lifecycle
from goodstanding.wording import tr

State: TypeAlias = Literal["PENDING", "ACTIVE", "PAUSED", "REVOKED", "EXPIRED", "REJECTED"]
Step: TypeAlias = Literal["approve", "reject", "pause", "resume", "revoke"]

CONSENT_LIFECYCLE: Lifecycle[State, Step] = Lifecycle(
    {
        "approve": (frozenset({"PENDING"}), "ACTIVE"),
        "reject": (frozenset({"PENDING"}), "REJECTED"),
        "pause": (frozenset({"ACTIVE"}), "PAUSED"),
        "resume": (frozenset({"PAUSED"}), "ACTIVE"),
        "revoke": (frozenset({"ACTIVE", "PAUSED"}), "REVOKED"),
    }
)
ENDED: frozenset[State] = frozenset({"REVOKED", "EXPIRED", "REJECTED"})


def state_at(state: State, expires_at: datetime, now: datetime) -> State:
    """The state as of now: what has run out is EXPIRED, whether or not that was written yet."""
    return "EXPIRED" if state not in ENDED and now >= expires_at else state


def after(step: Step, state: State) -> State:
    """The state that a step leads to. Raises Conflict if it does not lead on from this state."""
    return CONSENT_LIFECYCLE.after(
        step, state, of=tr("consent"), do=tr("Look at the consent; it may have been changed.")
    )
