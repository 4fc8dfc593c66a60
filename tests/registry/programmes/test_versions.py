"""Versions of programmes: what is refused leaves nothing, what is in force is answered from."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import msgspec
import pytest
from sqlalchemy import select
from tests.registry.office import HandClock, Office
from tests.registry.programmes.drafted import EXPERT, drafted, size, step, text_of

from goodstanding.errors import AgainstTheLaw, BadProgramme, Conflict, NotFound, StandingError
from goodstanding.programmes import read_definition
from goodstanding.registry import Registry
from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import log, programmes
from goodstanding.registry.programme_versions import Version, draft, find_version, published, versions
from goodstanding.registry.verification import verify_registry


def test_a_version_says_who_drafted_and_who_reviewed_it(registry: Registry, clock: HandClock) -> None:
    drafted(registry, "small", by="ann")
    clock.move(hours=1)
    step(registry, "small", "1.0.0", "review", by="bob")
    clock.move(hours=1)
    found = step(registry, "small", "1.0.0", "publish", by="cy")
    definition = read_definition("p", text_of("small", "1.0.0").encode(), EXPERT.encode())
    assert found == Version("small", "1.0.0", definition.digest, "published", "ann", "bob", None, clock.now, None)
    assert registry.do(lambda transaction: published(transaction, "small")) == definition
    with registry.engine.connect() as connection:
        lines = connection.execute(select(log).order_by(log.c.log_index)).all()
    said = [(line.kind, line.object, msgspec.json.decode(line.body)["by"]) for line in lines]
    assert said == [
        ("programme.draft", "small 1.0.0", "ann"),
        ("programme.reviewed", "small 1.0.0", "bob"),
        ("programme.published", "small 1.0.0", "cy"),
    ]


def test_why_a_version_ended_is_in_the_log_for_everybody(registry: Registry) -> None:
    drafted(registry, "small")
    step(registry, "small", "1.0.0", "reject", reason="  The spans are too wide. ")
    assert (
        registry.do(lambda transaction: find_version(transaction, "small", "1.0.0")).reason == "The spans are too wide."
    )
    with registry.engine.connect() as connection:
        body = connection.scalars(select(log.c.body).order_by(log.c.log_index.desc())).first() or ""
    assert msgspec.json.decode(body)["reason"] == "The spans are too wide."


def test_nobody_but_a_second_person_reviews_even_in_the_database(registry: Registry) -> None:
    drafted(registry, "small", by="ann")
    with pytest.raises(Conflict, match="a second person"):
        step(registry, "small", "1.0.0", "review", by="ann")
    assert registry.do(lambda transaction: find_version(transaction, "small", "1.0.0")).state == "draft"


REFUSED: dict[str, tuple[str, str, type[StandingError]]] = {
    "nothing": ("", "", BadProgramme),
    "no TOML": ("name = ", "", BadProgramme),
    "another thing": ("[people]\nann = 1", "", BadProgramme),
    "a key twice": (text_of("small", "1.0.0") + 'unit = "count"\n', "", BadProgramme),
    "no version": (text_of("small", "one"), "", BadProgramme),
    "a name that leaves its folder": (text_of("../small", "1.0.0"), "", BadProgramme),
    "a control character": (text_of("small", "1.0.0").replace("Good", "Go\x00od"), "", BadProgramme),
    "a forbidden measure": (
        text_of("small", "1.0.0").replace("dues_kept", "read_csv('/etc/passwd')"),
        "",
        BadProgramme,
    ),
    "a dimension that is forbidden there": (
        text_of("small", "1.0.0").replace('["cn"]', '["eu"]').replace('"behaviour"', '"relationships"'),
        "",
        AgainstTheLaw,
    ),
    "sex": (text_of("small", "1.0.0").replace('name = "cash"', 'name = "sex"'), "", AgainstTheLaw),
    "an unknown jurisdiction": (text_of("small", "1.0.0").replace('["cn"]', '["moon"]'), "", NotFound),
    "a bad expert card": (text_of("small", "1.0.0"), "base = 'x'", BadProgramme),
    "an expert card for something else": (text_of("small", "1.0.0"), EXPERT.replace("cash", "gold"), BadProgramme),
}


@pytest.mark.parametrize(("text", "expert", "error"), REFUSED.values(), ids=REFUSED)
def test_a_refused_programme_leaves_nothing(
    registry: Registry, text: str, expert: str, error: type[StandingError]
) -> None:
    with pytest.raises(error):
        registry.do(lambda transaction: draft(transaction, text, expert, by="ann"))
    assert registry.do(versions) == []
    assert size(registry) == 0


def test_a_version_that_is_there_is_not_drafted_over(registry: Registry) -> None:
    drafted(registry, "small")
    step(registry, "small", "1.0.0", "reject", reason="no")
    other = text_of("small", "1.0.0").replace("Good Standing", "Bad Standing")
    with pytest.raises(Conflict, match="a version that is there already"):
        registry.do(lambda transaction: draft(transaction, other, "", by="ann"))
    with registry.engine.connect() as connection:
        (row,) = connection.execute(select(programmes)).all()
    assert (row.text, row.expert, row.state) == (text_of("small", "1.0.0"), EXPERT, "rejected")


def test_a_newer_version_takes_the_place_of_the_one_in_force(registry: Registry) -> None:
    for version in ("1.0.0", "2.0.0"):
        drafted(registry, "small", version)
        step(registry, "small", version, "review")
        step(registry, "small", version, "publish")
    first = registry.do(lambda transaction: find_version(transaction, "small", "1.0.0"))
    assert (first.state, first.reason) == ("superseded", "-> 2.0.0")
    assert registry.do(lambda transaction: published(transaction, "small")).programme.version == "2.0.0"
    step(registry, "small", "2.0.0", "withdraw", reason="wrong")
    # The one before does not come back by itself, nor on its own.
    with pytest.raises(NotFound):
        registry.do(lambda transaction: published(transaction, "small"))
    with pytest.raises(Conflict, match="found superseded; expected reviewed"):
        step(registry, "small", "1.0.0", "publish")


def test_of_versions_published_at_once_one_is_in_force(registry: Registry) -> None:
    several = [f"{number}.0.0" for number in range(4)]
    for version in several:
        drafted(registry, "small", version)
        step(registry, "small", version, "review")
    ready = Barrier(len(several))

    def publish(version: str) -> Version:
        ready.wait()
        return step(registry, "small", version, "publish")

    with ThreadPoolExecutor(len(several)) as pool:
        assert [one.state for one in pool.map(publish, several)] == ["published"] * len(several)
    states: Sequence[Version] = registry.do(lambda transaction: versions(transaction, "small"))
    assert sorted(one.state for one in states) == ["published", "superseded", "superseded", "superseded"]
    assert verify_registry(registry).findings == []


def test_nothing_is_answered_from_a_programme_that_is_not_in_force(office: Office) -> None:
    person = office.person()
    under = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    office.publish({person: 700})
    assert office.ask(office.question(consent=under.id)).disclosed["outcome"] == "yes"
    step(office.registry, "sesame", "1.0.0", "withdraw", reason="A mistake in the spans.")
    with pytest.raises(Refused) as refusal:
        office.ask(office.question(consent=under.id))
    assert refusal.value.code == "programme_not_in_force"


@pytest.mark.parametrize(("text", "expert"), [("# \ud800", ""), (text_of("small", "1.0.0"), "# \ud800")])
def test_half_a_character_in_a_programme_is_refused(registry: Registry, text: str, expert: str) -> None:
    with pytest.raises(BadProgramme):
        registry.do(lambda transaction: draft(transaction, text, expert, by="ann"))


def test_a_programme_with_the_longest_name_lives_too(registry: Registry) -> None:
    name = "n" * 63
    drafted(registry, name)
    step(registry, name, "1.0.0", "review")
    assert step(registry, name, "1.0.0", "publish").state == "published"


@pytest.mark.parametrize("version", ["1.0." + "0" * 40, "١.٠.٠"])
def test_a_version_is_short_and_of_plain_digits(registry: Registry, version: str) -> None:
    with pytest.raises(BadProgramme):
        drafted(registry, "small", version)
