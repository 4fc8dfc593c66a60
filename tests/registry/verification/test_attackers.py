"""Those who know how the registry checks itself: they recompute, roll back, put back, and sign with their own keys."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, event
from tests.registry.office import AS_OF, HandClock, Office, manifest, open_office, score_row
from tests.registry.verification.built import SMALL_TILE, Attacker, Row, attacking, fill

from goodstanding.errors import BadInput
from goodstanding.registry import Registry
from goodstanding.registry.consent import ask_consent, grant_consent
from goodstanding.registry.database import database_url, open_database
from goodstanding.registry.database.schema import (
    METADATA,
    consents,
    erased_scores,
    identifiers,
    log,
    log_head,
    people,
    publications,
    scores,
    uses,
)
from goodstanding.registry.key_rotation import rehash, reseal
from goodstanding.registry.keys import Keyring, Keys, fresh_keyring
from goodstanding.registry.log import Frontier, Head, LogLine, read_head
from goodstanding.registry.log.merkle_tree import root_of
from goodstanding.registry.log.signed_heads import signed_head
from goodstanding.registry.rights import freeze, leave, thaw
from goodstanding.registry.scores import Publication, publish_scores, run_of
from goodstanding.registry.verification import Finding, verify_registry
from goodstanding.scoring import ScoreRow

pytestmark = pytest.mark.usefixtures("_small_tiles")


def frozen_and_thawed(office: Office, times: int = 3) -> None:
    """Some lines that change nothing in the end."""
    person = office.person()
    for _ in range(times):
        office.registry.do(lambda transaction: freeze(transaction, person))
        office.registry.do(lambda transaction: thaw(transaction, person))


def kept_now(registry: Registry) -> Head:
    """What an honest check gives to be kept elsewhere."""
    found = verify_registry(registry)
    assert found.findings == []
    return read_head(registry.keyring, found.head or "")


def findings(registry: Registry, kept: Head | None = None) -> set[Finding]:
    return set(verify_registry(registry, kept).findings)


def recompute(attacker: Attacker) -> Frontier:
    """Give every line its leaf, every tile its hash and the head its size and peaks: all but the signature."""
    rows = attacker.rows(log)
    leaves = [LogLine(row["at"], row["kind"], row["object"], row["body"]).leaf for row in rows]
    tiles: list[Row] = []
    level, width = 0, SMALL_TILE
    while width <= len(leaves):
        for place in range(len(leaves) // width):
            found = root_of(leaves[place * width : (place + 1) * width])
            tiles.append({"level": level, "place": place, "hash": found})
        level, width = level + 1, width * SMALL_TILE
    frontier = Frontier().grown(leaves)
    (head,) = attacker.rows(log_head)
    lines = [row | {"leaf": leaf, "log_index": at} for at, (row, leaf) in enumerate(zip(rows, leaves, strict=True))]
    head |= {"size": frontier.size, "peaks": b"".join(frontier.peaks)}
    attacker.put_back({"log": lines, "log_tiles": tiles, "log_head": [head]})
    return frontier


def forge_a_line(attacker: Attacker, index: int) -> Frontier:
    """Change a line so that everything but the signature agrees."""
    row = attacker.rows(log)[index]
    attacker.change(log, row, body=row["body"].replace('"rows":[', '"rows":[["people","nobody",null],'))
    return recompute(attacker)


def replace_signing(ring: Keyring, other: Keyring) -> Keyring:
    """A keyring that signs with another's key."""
    return Keyring({**ring.keys, "signing": other.keys["signing"]})


def is_of(found: set[Finding], index: int) -> bool:
    """Whether a finding names a run of lines that a line is among."""
    for one in found:
        first, _, last = one.row.partition("-")
        if one.table == "log" and int(first) <= index <= int(last or first):
            return True
    return False


# --- Who recomputes, but cannot sign ---


@pytest.mark.parametrize("index", [0, 3, 5, 9])
def test_a_line_changed_with_all_that_follows_from_it_is_found(office: Office, attacker: Attacker, index: int) -> None:
    frozen_and_thawed(office)
    forge_a_line(attacker, index)
    assert {(one.table, one.what) for one in findings(office.registry)} == {("log", "changed"), ("log_head", "changed")}


def test_a_line_changed_with_all_that_follows_from_it_is_among_those_named(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    forge_a_line(attacker, 1)
    assert is_of(findings(office.registry), 1)


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "5", '{"rows": 5}', '{"rows": [["people"]]}', "{}"])
def test_a_line_changed_so_that_it_does_not_read_is_found(office: Office, attacker: Attacker, body: str) -> None:
    office.person()
    attacker.change(log, attacker.rows(log)[-1], body=body)
    recompute(attacker)
    found = findings(office.registry)
    assert {one.table for one in found} == {"log", "log_head", "people", "identifiers"}
    assert "*" not in {one.row for one in found}


@pytest.mark.parametrize("leaf", [False, True])
def test_two_lines_that_change_places_are_found(office: Office, attacker: Attacker, *, leaf: bool) -> None:
    frozen_and_thawed(office)
    first, second = attacker.rows(log)[4:6]
    names = ["at", "kind", "object", "body", *(["leaf"] if leaf else [])]
    attacker.change(log, first, **{name: second[name] for name in names})
    attacker.change(log, second, **{name: first[name] for name in names})
    found = findings(office.registry)
    assert is_of(found, 4)
    assert is_of(found, 5)


def test_a_line_taken_out_with_all_that_follows_from_it_is_found(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    attacker.remove(log, attacker.rows(log)[5])
    recompute(attacker)
    last = attacker.rows(log)[-1]["log_index"]
    assert Finding("log", str(last + 1), "removed") in findings(office.registry)


def test_a_head_signed_by_a_key_of_the_attackers_is_found(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    frontier = forge_a_line(attacker, 5)
    own = office.registry.keyring
    sealing = Keyring({**own.keys, "signing": own.keys["sealing"]})
    for ring in (fresh_keyring(), replace_signing(own, fresh_keyring()), sealing):
        attacker.change(log_head, {"id": 1}, signed=signed_head(ring, frontier, office.clock.now))
        assert Finding("log_head", "1", "not signed") in findings(office.registry)


@pytest.mark.parametrize("signed", ["", "x", "a.b.c", "{}"])
def test_a_head_that_nobody_signed_is_found(office: Office, attacker: Attacker, signed: str) -> None:
    attacker.change(log_head, {"id": 1}, signed=signed)
    assert findings(office.registry) == {Finding("log_head", "1", "not signed")}


def test_the_registry_does_not_sign_what_was_forged_when_it_goes_on(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    forge_a_line(attacker, 5)
    before = attacker.everything()
    with pytest.raises(BadInput, match="log: found another end than the one that is signed"):
        office.person()
    assert attacker.everything() == before
    assert findings(office.registry)


def test_the_registry_does_not_go_on_from_a_head_that_it_did_not_sign(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    frontier = forge_a_line(attacker, 5)
    ring = replace_signing(office.registry.keyring, fresh_keyring())
    attacker.change(log_head, {"id": 1}, signed=signed_head(ring, frontier, office.clock.now))
    before = attacker.everything()
    with pytest.raises(BadInput, match="a signature that does not hold"):
        office.person()
    assert attacker.everything() == before


def test_a_second_head_is_found_and_not_gone_on_from(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    (head,) = attacker.rows(log_head)
    attacker.add(log_head, head | {"id": 0, "size": 0, "peaks": b"", "signed": ""})
    office.person()
    assert findings(office.registry) == {Finding("log_head", "0", "added")}


# --- Who rolls back ---


def test_a_registry_rolled_back_whole_is_found_by_a_head_that_was_kept(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    earlier = attacker.everything()
    before = kept_now(office.registry)
    office.person()
    kept = kept_now(office.registry)
    attacker.put_back(earlier)
    assert findings(office.registry) == set()
    assert findings(office.registry, before) == set()
    assert findings(office.registry, kept) == {Finding("log", f"{before.size}-{kept.size - 1}", "cut off")}
    assert "shorter than a head that was kept" in str(Finding("log", "1-2", "cut off"))


def test_a_registry_rolled_back_that_went_on_is_found_by_a_head_that_was_kept(
    office: Office, attacker: Attacker
) -> None:
    earlier = attacker.everything()
    frozen_and_thawed(office)
    kept = kept_now(office.registry)
    attacker.put_back(earlier)
    frozen_and_thawed(replace(office, joined=100))
    assert findings(office.registry) == set()
    assert findings(office.registry, kept) == {Finding("log", f"0-{kept.size - 1}", "changed")}


def test_a_registry_emptied_whole_is_found_by_a_head_that_was_kept(office: Office, attacker: Attacker) -> None:
    kept = kept_now(office.registry)
    attacker.put_back({table.name: [] for table in METADATA.sorted_tables})
    assert findings(office.registry, kept) == {Finding("log", f"0-{kept.size - 1}", "cut off")}


def test_every_earlier_head_is_kept_to_by_an_honest_log(office: Office) -> None:
    kept = []
    for _ in range(5):
        frozen_and_thawed(office, 1)
        kept.append(kept_now(office.registry))
    assert len({head.size for head in kept}) == 5
    assert [findings(office.registry, head) for head in kept] == [set()] * 5


def test_an_older_head_with_the_later_lines_is_found(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    (older,) = attacker.rows(log_head)
    office.person()
    last = attacker.rows(log)[-1]["log_index"]
    attacker.put_back({"log_head": [older]})
    assert Finding("log", str(last), "added") in findings(office.registry)


def test_lines_cut_off_under_the_newest_head_are_found(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    rows = attacker.rows(log)
    attacker.put_back({"log": rows[:-2]})
    found = findings(office.registry)
    assert {Finding("log", str(row["log_index"]), "removed") for row in rows[-2:]} <= found


# --- Who puts back what was erased, or erases what was there ---


@pytest.fixture
def left(office: Office, attacker: Attacker) -> dict[str, list[dict[str, Any]]]:
    """All that there was, before the one person of three who was scored and asked about left."""
    several = [office.person() for _ in range(3)]
    office.publish(dict.fromkeys(several, 700))
    own = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(several[1])))
    office.ask(office.question(consent=own.id))
    before = attacker.everything()
    office.registry.do(lambda transaction: leave(transaction, several[1]))
    assert findings(office.registry) == set()
    return before


def erased(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in before if row not in now]


def test_identifiers_of_who_left_put_back_are_found(
    office: Office, attacker: Attacker, left: dict[str, list[dict[str, Any]]]
) -> None:
    back = erased(left["identifiers"], attacker.rows(identifiers))
    attacker.put_back({"identifiers": left["identifiers"]})
    found = findings(office.registry)
    assert found == {Finding("identifiers", f"{row['person_id']}/{row['kind']}", "added") for row in back}
    assert len(back) == 2


def test_an_answer_about_who_left_put_back_is_found(
    office: Office, attacker: Attacker, left: dict[str, list[dict[str, Any]]]
) -> None:
    (answered,) = left["uses"]
    assert attacker.rows(uses) == [answered | {"answer": ""}]
    attacker.put_back({"uses": left["uses"]})
    assert findings(office.registry) == {Finding("uses", str(answered["log_index"]), "changed")}


def test_a_score_of_who_left_put_back_beside_its_leaf_is_found(
    office: Office, attacker: Attacker, left: dict[str, list[dict[str, Any]]]
) -> None:
    attacker.put_back({"scores": left["scores"]})
    assert {one.row for one in findings(office.registry)} == {"sesame 2026-05 #1"}


def test_a_score_of_who_left_put_back_in_place_of_its_leaf_is_found(
    office: Office, attacker: Attacker, left: dict[str, list[dict[str, Any]]]
) -> None:
    attacker.put_back({"scores": left["scores"], "erased_scores": []})
    assert findings(office.registry)


def test_a_score_that_is_erased_though_nobody_left_is_found(office: Office, attacker: Attacker) -> None:
    office.publish(dict.fromkeys([office.person() for _ in range(3)], 700))
    score = attacker.rows(scores)[1]
    attacker.remove(scores, score)
    attacker.add(erased_scores, {name: score[name] for name in ("publication", "place", "leaf")})
    assert findings(office.registry)


def test_a_score_that_is_another_persons_is_found(office: Office, attacker: Attacker) -> None:
    ann, bob = office.person(), office.person()
    office.publish({ann: 750, bob: 450})
    first, second = attacker.rows(scores)
    with_leaf = {name: first[name] for name in ("score", "low", "high", "band", "leaf")}
    attacker.change(scores, second, **with_leaf)
    assert findings(office.registry) == {Finding("scores", f"sesame 2026-05 {second['person_id']}", "changed")}


def test_scores_that_change_places_are_found(office: Office, attacker: Attacker) -> None:
    office.publish(dict.fromkeys([office.person() for _ in range(3)], 700))
    first, *others = attacker.rows(scores)
    attacker.put_back(
        {"scores": [first | {"place": others[0]["place"]}, others[0] | {"place": first["place"]}, others[1]]}
    )
    assert findings(office.registry) == {Finding("scores", "sesame 2026-05 #0-2", "changed")}


def test_a_number_that_leads_to_another_person_is_found(office: Office, attacker: Attacker) -> None:
    office.person()
    bob = office.person()
    phones = [row for row in attacker.rows(identifiers) if row["kind"] == "phone" and row["person_id"] != bob]
    attacker.change(identifiers, phones[0], person_id=bob)
    found = findings(office.registry)
    assert {one.row for one in found} == {f"{phones[0]['person_id']}/phone", f"{bob}/phone"}


# --- Who writes what does not even read: SQLite lets any text into any column ---


@pytest.mark.parametrize(
    "column",
    [
        log.c.at,
        log.c.leaf,
        people.c.joined_at,
        identifiers.c.person_id,
        identifiers.c.sealed,
        consents.c.terms,
        publications.c.people,
        scores.c.place,
        scores.c.dimensions,
    ],
    ids=str,
)
def test_a_value_that_does_not_read_is_found_and_its_table_named(
    migrated: Path, tmp_path: Path, keyring: Keyring, clock: HandClock, column: Column[Any]
) -> None:
    shutil.copy(migrated, tmp_path / "registry.db")
    engine = open_database(database_url(tmp_path))
    registry = Registry(engine, Keys(keyring), clock)
    office = open_office(registry, clock)
    person = office.person()
    registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    office.publish({person: 700})
    statement = f"UPDATE {column.table.name} SET {column.name} = 'garbage' WHERE rowid = 1"
    with attacking(engine) as attacker, attacker.engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount == 1
    found = findings(registry)
    engine.dispose()
    assert column.table.name in {one.table for one in found}


# --- What is no attack ---


def test_new_keys_change_nothing_that_was_told(office: Office, keyring: Keyring) -> None:
    registry = fill(office)
    reseal(registry)
    assert findings(registry) == set()
    rehash(registry)
    assert findings(registry) == set()
    assert {number.number for number in registry.keyring.keys["sealing"]} == {2}
    registry = replace(registry, keys=Keys(registry.keyring.with_new("signing")))
    frozen_and_thawed(replace(office, registry=registry))
    assert findings(registry) == set()
    assert keyring.in_force("signing") != registry.keyring.in_force("signing")


def test_a_keyring_of_another_day_is_named_before_what_it_does_not_open(office: Office, keyring: Keyring) -> None:
    registry = fill(office)
    reseal(registry)
    found = verify_registry(replace(registry, keys=Keys(keyring))).findings
    assert found[0] == Finding("keyring", "sealing 2", "missing")
    assert findings(registry) == set()


def test_a_time_in_another_zone_is_no_forgery(office: Office) -> None:
    here = timezone(timedelta(hours=8))
    starts, expires = office.clock.now.astimezone(here), (office.clock.now + timedelta(days=3)).astimezone(here)
    person = office.person()
    for give in (ask_consent, grant_consent):
        terms = office.terms(person, starts_at=starts, expires_at=expires)
        office.registry.do(lambda transaction, give=give, terms=terms: give(transaction, terms))
        assert findings(office.registry) == set()


def test_a_publication_that_nobody_began_is_a_forgery_before_it_takes_effect_and_keeps_nobody_from_leaving(
    office: Office, attacker: Attacker
) -> None:
    office.publish({office.person(): 700})
    (done,) = attacker.rows(publications)
    begun = done | {"id": done["id"] + 1, "people": None, "root": None, "log_index": None}
    (score,) = attacker.rows(scores)
    attacker.add(publications, begun)
    attacker.add(scores, score | {"publication": begun["id"]})
    attacker.add(scores, score | {"publication": begun["id"] + 1, "place": 1})
    attacker.add(erased_scores, {"publication": begun["id"], "place": 0, "leaf": b"planted"})
    assert Finding("publications", str(begun["id"]), "added") in findings(office.registry)
    if office.registry.engine.dialect.name == "sqlite":
        with attacker.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE scores SET leaf = 'no bytes' WHERE publication = ?", (begun["id"],))
    office.registry.do(lambda transaction: leave(transaction, score["person_id"]))
    assert attacker.rows(scores) == []


def published_meanwhile(office: Office, run: str, meanwhile: Callable[[], object]) -> Publication | None:
    """Publish scores of all who have joined, in portions of one; `meanwhile` comes after the first."""

    def rows() -> Iterator[list[ScoreRow]]:
        for at, record in enumerate(office.record_ids.values()):
            yield [score_row(record, 700)]
            if at == 0:
                meanwhile()

    return publish_scores(office.registry, run_of(manifest(office.digest, AS_OF, run)), rows())


def test_leaving_while_scores_are_being_published_is_no_forgery(office: Office) -> None:
    ann, bob, _ = [office.person() for _ in range(3)]

    def both_leave() -> None:
        for person in (ann, bob):
            office.registry.do(lambda transaction, person=person: leave(transaction, person))

    taken = published_meanwhile(office, "run", both_leave)
    assert taken is not None
    assert taken.people == 2
    assert findings(office.registry) == set()


def test_leaving_after_a_publication_was_cut_off_stops_no_later_one(office: Office) -> None:
    ann, _ = office.person(), office.person()

    def power_cut() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        published_meanwhile(office, "run", power_cut)
    office.registry.do(lambda transaction: leave(transaction, ann))
    assert published_meanwhile(office, "run", lambda: None) is not None
    assert findings(office.registry) == set()


def test_what_is_written_during_the_check_is_no_forgery(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    joined: list[object] = []

    def join_once(*args: Any) -> None:
        if not joined and "FROM log_head" in args[2]:
            joined.append(args[2])
            joined.append(office.person())

    before = len(attacker.rows(log))
    event.listen(office.registry.engine, "after_cursor_execute", join_once)
    found = verify_registry(office.registry)
    assert len(joined) == 2
    assert (found.findings, found.lines) == ([], before)
    assert len(attacker.rows(log)) == before + 1
    assert findings(office.registry) == set()


def test_an_empty_registry_is_in_order(registry: Registry) -> None:
    found = verify_registry(registry)
    assert (found.findings, found.lines, found.head) == ([], 0, None)
