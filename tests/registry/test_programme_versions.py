"""A programme's life: whatever is asked in whatever order, it goes from state to state as the table below says."""

from dataclasses import dataclass
from itertools import count
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.registry.office import HandClock
from tests.registry.programmes.drafted import drafted, size, step

from goodstanding.errors import BadInput, Conflict, NotFound, StandingError
from goodstanding.registry import Registry
from goodstanding.registry.programme_versions import PROGRAMME_LIFECYCLE, ProgrammeStep, published, versions
from goodstanding.registry.verification import verify_registry

# From where a step leads on, and where to: written down once more, so that the table in the code is held to it.
STEPS: dict[ProgrammeStep, tuple[set[str], str]] = {
    "review": ({"draft"}, "reviewed"),
    "reject": ({"draft", "reviewed"}, "rejected"),
    "publish": ({"reviewed"}, "published"),
    "withdraw": ({"published"}, "withdrawn"),
}
NEEDS_REASON = {"reject", "withdraw"}
REASONS = (None, "", " \n", "because", "x" * 2000, "x" * 2001)
PEOPLE = ("ann", "bob", "cy")
VERSIONS = ("1.0.0", "2.0.0")
NUMBERS = count()


@dataclass
class Model:
    """What a version should be."""

    state: str
    drafted_by: str
    reviewed_by: str | None = None
    reason: str | None = None


class Life(RuleBasedStateMachine):
    """Versions of a programme, and people who do anything to them in any order; beside it another in force."""

    registry: Registry
    clock: HandClock

    def __init__(self) -> None:
        super().__init__()
        number = next(NUMBERS)
        self.name, self.other = f"one_{number}", f"other_{number}"
        self.model: dict[str, Model] = {}
        drafted(self.registry, self.other)
        step(self.registry, self.other, "1.0.0", "review")
        step(self.registry, self.other, "1.0.0", "publish")

    # One rule for everything: Hypothesis leaves whole rules out of an example.
    @rule(
        taken=st.sampled_from(["draft", "review", "publish", "review", "publish", "withdraw", "reject"]),
        version=st.sampled_from(VERSIONS),
        by=st.sampled_from(PEOPLE),
        reason=st.sampled_from(REASONS),
    )
    def ask(self, *, taken: Literal["draft"] | ProgrammeStep, version: str, by: str, reason: str | None) -> None:
        self.clock.move(minutes=1)

        def work() -> object:
            if taken == "draft":
                return drafted(self.registry, self.name, version, by)
            return step(self.registry, self.name, version, taken, by=by, reason=reason)

        error = self.why_not(version, taken, by, reason)
        if error is not None:
            before = size(self.registry)
            with pytest.raises(error):
                work()
            assert size(self.registry) == before
            return
        work()
        if taken == "draft":
            self.model[version] = Model("draft", by)
            return
        if taken == "publish":
            for one in self.model.values():
                if one.state == "published":
                    one.state, one.reason = "superseded", f"-> {version}"
        model = self.model[version]
        model.state = STEPS[taken][1]
        model.reviewed_by = by if taken == "review" else model.reviewed_by
        model.reason = model.reason if reason is None else reason.strip()

    def why_not(
        self, version: str, taken: Literal["draft"] | ProgrammeStep, by: str, reason: str | None
    ) -> type[StandingError] | None:
        model = self.model.get(version)
        if taken == "draft":
            return Conflict if model else None
        if model is None:
            return NotFound
        if model.state not in STEPS[taken][0] or (taken == "review" and by == model.drafted_by):
            return Conflict
        if taken in NEEDS_REASON and not 1 <= len((reason or "").strip()) <= 2000:
            return BadInput
        return None

    @invariant()
    def every_version_is_as_it_should_be_and_at_most_one_is_in_force(self) -> None:
        with self.registry.write() as transaction:
            found = versions(transaction, self.name)
            try:
                in_force = [published(transaction, self.name).programme.version]
            except NotFound:
                in_force = []
            assert published(transaction, self.other).programme.name == self.other
        kept = {one.version: Model(one.state, one.drafted_by, one.reviewed_by, one.reason) for one in found}
        assert kept == self.model
        assert [one.changed_at for one in found] == sorted(one.changed_at for one in found)
        assert in_force == [version for version, one in self.model.items() if one.state == "published"]


def test_a_programme_lives_as_the_table_says_whatever_is_asked(registry: Registry, clock: HandClock) -> None:
    Life.registry, Life.clock = registry, clock
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    quick = [Phase.explicit, Phase.reuse, Phase.generate]  # to shrink takes minutes: each try is a hundred commits
    rules = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=quiet, phases=quick)
    run_state_machine_as_test(Life, settings=rules)
    assert verify_registry(registry).findings == []


def test_the_table_is_the_one_in_the_code() -> None:
    assert {name: (set(allowed), then) for name, (allowed, then) in PROGRAMME_LIFECYCLE.steps.items()} == STEPS
