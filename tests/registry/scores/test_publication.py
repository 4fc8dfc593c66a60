"""Scores are answered from all at once, of those who have joined, under one root."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, Table, select
from tests.registry.office import AS_OF, Office, manifest, score_row

from goodstanding.errors import Conflict, StandingError
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import erased_scores, log, publications, scores
from goodstanding.registry.furnishing import erase_leavers
from goodstanding.registry.programme_versions import take_programme_step
from goodstanding.registry.rights import leave
from goodstanding.registry.scores import Publication, publish_scores, run_of
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import ScoreRow
from goodstanding.store import Workspace

Chunks = Iterator[Sequence[ScoreRow]]
NUMBERS = count()


class Killed(BaseException):
    """The process was killed here."""


def rows(office: Office, table: Table) -> Sequence[Row[tuple[object, ...]]]:
    with office.registry.engine.connect() as connection:
        return connection.execute(select(table)).all()


def chunk(office: Office, *people: UUID, score: int = 700) -> list[ScoreRow]:
    return [score_row(office.record_ids[person], score) for person in people]


def published(office: Office, chunks: Chunks, run: str = "run", as_of: str = AS_OF) -> Publication | None:
    return publish_scores(office.registry, run_of(manifest(office.digest, as_of, run)), chunks)


def outcome(office: Office, person: UUID) -> str:
    """What "is it at least 650?" is answered, under a consent of its own."""
    under = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    return office.ask(office.question(consent=under.id)).disclosed["outcome"]


def root_over(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + root_over(leaves[:half]) + root_over(leaves[half:])).digest()


def leaves_of(office: Office, number: int) -> list[bytes]:
    """A publication's leaves, by place, those of erased scores among them."""
    kept = [row for table in (scores, erased_scores) for row in rows(office, table) if row.publication == number]
    assert sorted(row.place for row in kept) == list(range(len(kept)))
    return [row.leaf for row in sorted(kept, key=lambda row: row.place)]


def killed(office: Office, *chunks: Sequence[ScoreRow], then: Callable[[], object] = lambda: None) -> None:
    """A publication that is killed after these chunks are written."""

    def until() -> Chunks:
        yield from chunks
        then()
        raise Killed

    with pytest.raises(Killed):
        published(office, until(), run="killed")


def test_only_who_has_joined_is_published(office: Office) -> None:
    person, other = office.person(), office.person()
    strangers = [score_row(f"stranger {number}", 800) for number in range(5)]
    run = [[*strangers[:3], *chunk(office, person)], strangers[3:], chunk(office, other, score=600)]
    done = published(office, iter(run))
    assert done is not None
    assert done.people == 2
    assert {row.person_id: row.score for row in rows(office, scores)} == {person: 700, other: 600}
    assert (outcome(office, person), outcome(office, other)) == ("yes", "no")
    assert verify_registry(office.registry).findings == []


def test_a_score_is_kept_with_all_that_an_answer_needs(office: Office) -> None:
    person, unscored = office.person(), office.person()
    office.publish({person: 700, unscored: None})
    kept = {row.person_id: row for row in rows(office, scores)}
    of_person = kept[person]
    assert (of_person.score, of_person.low, of_person.high, of_person.band) == (700, 680, 720, "excellent")
    assert of_person.dimensions == {"behaviour": 12, "identity": -3}
    assert of_person.reasons == [["dues_kept_12m", 0.75], ["inquiries_6m", 3.0]]
    assert (of_person.programme, of_person.as_of, of_person.not_scored) == ("sesame", AS_OF, None)
    other = kept[unscored]
    assert (other.score, other.low, other.high, other.band, other.not_scored) == (*[None] * 4, "file_too_short")
    assert (outcome(office, person), outcome(office, unscored)) == ("yes", "not_enough_data")


def test_a_publication_is_told_to_the_log_in_one_line(office: Office) -> None:
    people = [office.person() for _ in range(3)]
    done = office.publish(dict.fromkeys(people, 700))
    assert done is not None
    (line,) = [row for row in rows(office, log) if row.kind == "scores.published"]
    assert (line.log_index, line.object) == (done.log_index, str(done.id))
    said = msgspec.json.decode(line.body)
    facts = {"version": "1.0.0", "as_of": AS_OF, "run": "run", "people": 3, "root": done.root.hex()}
    assert said | facts == said
    (row,) = rows(office, publications)
    assert (row.id, row.people, row.root, row.digest) == (done.id, 3, done.root, office.digest)
    assert row.log_index == done.log_index


def test_nobody_is_answered_from_a_publication_before_all_of_it_is_there(office: Office) -> None:
    first, second = office.person(), office.person()
    seen: list[tuple[str, str]] = []

    def slowly() -> Chunks:
        for person in (first, second):
            seen.append((outcome(office, first), outcome(office, second)))
            yield chunk(office, person)
        seen.append((outcome(office, first), outcome(office, second)))

    published(office, slowly())
    assert seen == [("not_enough_data",) * 2] * 3
    assert (outcome(office, first), outcome(office, second)) == ("yes", "yes")


def test_while_a_month_is_published_the_one_before_is_answered_from(office: Office) -> None:
    person = office.person()
    office.publish({person: 700}, as_of="2026-04", run="april")

    def slowly() -> Chunks:
        yield chunk(office, person, score=400)
        assert outcome(office, person) == "yes"

    published(office, slowly())
    assert outcome(office, person) == "no"


def test_a_killed_publication_is_not_answered_from_and_the_next_sweeps_it(office: Office) -> None:
    people = [office.person() for _ in range(3)]
    killed(office, chunk(office, *people[:2]))
    assert len(rows(office, scores)) == 2
    assert [outcome(office, person) for person in people] == ["not_enough_data"] * 3
    assert verify_registry(office.registry).findings == []
    done = published(office, iter([chunk(office, *people)]), run="killed")
    assert done is not None
    assert [row.run for row in rows(office, publications)] == ["killed"]
    assert len(rows(office, scores)) == done.people == 3
    assert [outcome(office, person) for person in people] == ["yes"] * 3
    assert verify_registry(office.registry).findings == []


def test_a_publication_killed_before_its_first_score_is_swept_too(office: Office) -> None:
    person = office.person()
    killed(office)
    assert [row.log_index for row in rows(office, publications)] == [None]
    office.publish({person: 700})
    assert [row.run for row in rows(office, publications)] == ["run"]


def test_a_killed_publication_leaves_those_before_it_as_they_were(office: Office) -> None:
    person = office.person()
    done = office.publish({person: 700}, as_of="2026-04", run="april")
    before = rows(office, scores)
    killed(office, chunk(office, person, score=400))
    office.publish({person: 650})
    assert [row for row in rows(office, scores) if row.as_of == "2026-04"] == before
    assert done is not None
    assert root_over(leaves_of(office, done.id)) == done.root


def test_who_joins_later_gets_theirs_with_the_next_publication_of_the_run(office: Office) -> None:
    early = [office.person() for _ in range(2)]
    first = office.publish(dict.fromkeys(early, 700))
    late = [office.person() for _ in range(2)]
    second = office.publish(dict.fromkeys([*early, *late], 700))
    assert first is not None
    assert second is not None
    assert (first.people, second.people) == (2, 2)
    whose = {row.person_id: row.publication for row in rows(office, scores)}
    assert whose == dict.fromkeys(early, first.id) | dict.fromkeys(late, second.id)
    assert len(rows(office, scores)) == 4
    assert [outcome(office, person) for person in (*early, *late)] == ["yes"] * 4
    assert office.publish(dict.fromkeys([*early, *late], 700)) is None
    assert verify_registry(office.registry).findings == []


def test_who_joins_in_the_middle_waits_for_the_next(office: Office) -> None:
    first = office.person()

    def growing() -> Chunks:
        yield chunk(office, first)
        yield chunk(office, office.person())

    done = published(office, growing())
    assert done is not None
    assert done.people == 1
    again = published(office, iter([chunk(office, *office.record_ids)]))
    assert again is not None
    assert again.people == 1


def test_who_leaves_in_the_middle_is_left_out_and_the_root_still_holds(office: Office) -> None:
    people = [office.person() for _ in range(6)]

    def shrinking() -> Chunks:
        yield chunk(office, *people[:3])
        # One whose score is written, and one whose score is still to come.
        for person in (people[1], people[4]):
            office.registry.do(lambda transaction, who=person: leave(transaction, who))
        yield chunk(office, *people[3:])

    done = published(office, shrinking())
    assert done is not None
    assert {row.person_id for row in rows(office, scores)} == {people[0], people[2], people[3], people[5]}
    assert [row.place for row in rows(office, erased_scores)] == [1]
    assert done.people == len(leaves_of(office, done.id)) == 5
    assert root_over(leaves_of(office, done.id)) == done.root
    assert verify_registry(office.registry).findings == []


def test_if_everybody_leaves_in_the_middle_the_root_still_holds(office: Office) -> None:
    person = office.person()

    def shrinking() -> Chunks:
        yield chunk(office, person)
        office.registry.do(lambda transaction: leave(transaction, person))

    done = published(office, shrinking())
    assert done is not None
    assert rows(office, scores) == []
    assert root_over(leaves_of(office, done.id)) == done.root
    assert verify_registry(office.registry).findings == []


def test_nothing_to_publish_gives_nothing_and_leaves_no_row(office: Office) -> None:
    assert published(office, iter([])) is None
    assert published(office, iter([[score_row("stranger", 700)], []])) is None
    assert rows(office, publications) == []
    assert [row for row in rows(office, log) if row.kind == "scores.published"] == []
    assert verify_registry(office.registry).findings == []


def test_a_new_run_of_a_month_takes_the_place_of_the_one_before(office: Office) -> None:
    person = office.person()
    office.publish({person: 700}, run="first")
    assert outcome(office, person) == "yes"
    office.publish({person: 640}, run="second")
    assert outcome(office, person) == "no"
    # A month before, published later, does not.
    office.publish({person: 900}, as_of="2026-04", run="third")
    assert outcome(office, person) == "no"


@pytest.mark.parametrize("digest", ["0" * 64, ""])
def test_a_run_of_another_programme_is_refused(office: Office, digest: str) -> None:
    person = office.person()
    with pytest.raises(Conflict, match="Publish the programme that made the run"):
        publish_scores(office.registry, run_of(manifest(digest, AS_OF, "run")), [chunk(office, person)])
    assert [rows(office, table) for table in (publications, scores)] == [[], []]


def test_a_run_of_a_programme_that_is_no_longer_in_force_is_refused(office: Office) -> None:
    person = office.person()
    office.publish({person: 700})
    office.registry.do(
        lambda transaction: take_programme_step(transaction, "sesame", "1.0.0", "withdraw", by="bob", reason="wrong")
    )
    with pytest.raises(Conflict, match=r"found sesame 1\.0\.0 .*; expected a programme in force"):
        office.publish({person: 700}, run="another")
    assert [row.run for row in rows(office, publications)] == ["run"]


def test_a_refused_run_does_not_sweep_what_another_is_writing(office: Office) -> None:
    person = office.person()

    def slowly() -> Chunks:
        yield chunk(office, person)
        with pytest.raises(Conflict):
            publish_scores(office.registry, run_of(manifest("0" * 64, AS_OF, "other")), [])

    done = published(office, slowly())
    assert done is not None
    assert done.people == len(rows(office, scores)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.lists(st.lists(st.booleans(), max_size=6), max_size=4))
def test_the_root_is_the_tree_over_the_leaves_however_the_rows_come(office: Office, joined: list[list[bool]]) -> None:
    run = [[(office.person() if known else None) for known in some] for some in joined]
    chunks = [
        [score_row("stranger" if person is None else office.record_ids[person], 700) for person in some] for some in run
    ]
    done = published(office, iter(chunks), run=f"run {next(NUMBERS)}")
    people = [person for some in run for person in some if person is not None]
    if done is None:
        assert people == []
        return
    assert done.people == len(people)
    assert root_over(leaves_of(office, done.id)) == done.root
    places = {row.place: row.person_id for row in rows(office, scores) if row.publication == done.id}
    assert places == dict(enumerate(people))


def test_after_somebody_left_in_the_middle_of_a_killed_publication_the_next_one_works(office: Office) -> None:
    going, staying = office.person(), office.person()
    killed(
        office,
        chunk(office, going, staying),
        then=lambda: office.registry.do(lambda transaction: leave(transaction, going)),
    )
    done = office.publish({staying: 700})
    assert done is not None
    assert root_over(leaves_of(office, done.id)) == done.root
    assert verify_registry(office.registry).findings == []


def test_of_two_publications_at_once_neither_spoils_the_other(office: Office) -> None:
    people = [office.person() for _ in range(4)]

    def disturbed() -> Chunks:
        yield chunk(office, *people[:2])
        with suppress(StandingError):
            published(office, iter([chunk(office, *people, score=400)]), run="second")
        yield chunk(office, *people[2:])

    with suppress(StandingError):
        published(office, disturbed(), run="first")
    assert verify_registry(office.registry).findings == []
    for row in rows(office, publications):
        assert row.log_index is not None
        assert row.people == 4
        assert root_over(leaves_of(office, row.id)) == row.root


def test_a_publication_that_was_swept_does_not_take_effect_as_another(office: Office) -> None:
    first, second = office.person(), office.person()

    def overtaken() -> Chunks:
        yield chunk(office, first)
        # Another begins, and so sweeps this one; it is not done yet when this one goes on.
        killed(office, chunk(office, second, score=400))

    with pytest.raises(StandingError):
        published(office, overtaken(), run="first")
    assert verify_registry(office.registry).findings == []


def test_who_left_and_joined_again_is_published_as_somebody_new_once_they_are_erased(
    office: Office, tmp_path: Path
) -> None:
    person = office.person()
    office.publish({person: 700})
    office.registry.do(lambda transaction: leave(transaction, person))
    office.joined -= 1
    again = office.person()
    assert office.record_ids[again] == office.record_ids[person]
    assert office.publish({again: 700}) is None
    assert rows(office, scores) == []
    assert erase_leavers(office.registry, Workspace(tmp_path / "nowhere")) == 1
    assert office.publish({again: 700}) is not None
    assert [row.person_id for row in rows(office, scores)] == [again]


def test_values_come_back_as_they_were_written(office: Office) -> None:
    person = office.person()
    values = [0.1, 1 / 3, 1e-9, 12345678.9, -0.0, 3.0]
    row = replace(score_row(office.record_ids[person], 700), reasons=[(f"c{n}", v) for n, v in enumerate(values)])
    published(office, iter([[row]]))
    assert [value for _, value in rows(office, scores)[0].reasons] == values
    assert verify_registry(office.registry).findings == []
