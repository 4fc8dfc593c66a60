"""The service without room, with a database that can only be read or is away: it says so, and works on when it can."""

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import event
from structlog.testing import capture_logs
from tests.postgresql import started_server
from tests.registry.database.test_refusals import counts, end_others
from tests.registry.office import HandClock, Office, open_office
from tests.service.api.caller import ISSUER, Api

from goodstanding.errors import NotReady, Unavailable
from goodstanding.registry import Registry, Writer
from goodstanding.registry.database import database_url, open_database, upgrade
from goodstanding.registry.keys import Keyring, Keys
from goodstanding.registry.verification import verify_registry
from goodstanding.service.application import build_service
from goodstanding.service.http import readiness
from goodstanding.service.http.context import Desk, RateLimits
from goodstanding.service.outbox.chores import Chores
from goodstanding.store import Workspace


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a look found is not kept, so that each asks again."""
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)


def refuse_writes(registry: Registry) -> None:
    """From now on the database can only be read."""
    engine = registry.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA query_only = ON"))
    else:

        def only_read(driver: Any, _: Any) -> None:
            driver.execute("SET SESSION default_transaction_read_only = on")
            driver.commit()

        event.listen(engine, "connect", only_read)
    engine.dispose()


def damage(registry: Registry) -> None:
    """From now on what the database reads of its own files is not what it wrote."""
    engine = registry.engine
    if engine.dialect.name == "sqlite":
        engine.dispose()
        Path(engine.url.database or "").write_bytes(b"hello")
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'invalid page' USING ERRCODE = 'XX001'; END $$"
        )
        for table in ("calls", "log"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER damaged BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION damaged()"
            )


def check_is_refused(found: Any, *words: str) -> None:
    assert found.status_code == 503, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert found.headers["retry-after"] == "5"
    problem = found.json()
    assert problem["type"] == "urn:goodstanding:problem:unavailable"
    for word in words:
        assert word in problem["detail"]
    # Where the database is is nobody's business.
    assert problem["where"] in {"server", "服务器"}
    assert "registry.db" not in found.text
    assert "postgresql" not in found.text


def test_a_service_that_can_write_is_ready_and_leaves_no_line(api: Api) -> None:
    before = counts(api.registry)
    said = api.good("GET", "/ready")
    assert said == {"status": "ready", "database": api.registry.engine.dialect.name, "lines": before[1]}
    assert counts(api.registry) == before


def test_a_database_that_can_only_be_read_is_not_ready_and_is_read_on(api: Api) -> None:
    person = api.person()
    assert api.call("GET", "/ready").status_code == 200
    refuse_writes(api.registry)
    check_is_refused(api.call("GET", "/ready"), "something that can only be read")
    check_is_refused(api.call("PUT", "/v1/me/words", person, {"words": "x"}), "something that can only be read")
    check_is_refused(api.call("GET", "/ready", headers={"Accept-Language": "zh"}), "只能读取")
    put = api.call("PUT", "/v1/me/words", person, {"words": "x"}, headers={"Accept-Language": "zh"})
    check_is_refused(put, "只能读取", "请稍后再试")
    assert api.call("GET", "/v1/me", person).status_code == 200
    assert api.call("GET", "/health").status_code == 200


def test_a_damaged_database_is_not_ready(api: Api) -> None:
    person = api.person()
    assert api.call("GET", "/ready").status_code == 200
    damage(api.registry)
    check_is_refused(api.call("GET", "/ready"), "a damaged database")
    check_is_refused(api.call("PUT", "/v1/me/words", person, {"words": "x"}), "a damaged database")
    check_is_refused(api.call("GET", "/ready", headers={"Accept-Language": "zh"}), "已损坏的数据库")
    assert api.call("GET", "/health").status_code == 200


def test_no_room_beside_the_file_is_not_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    if api.registry.engine.dialect.name != "sqlite":
        pytest.skip("where PostgreSQL keeps its files is not ours to look at")
    # No file system has so much.
    monkeypatch.setattr(readiness, "LEAST_FREE_BYTES", 1 << 60)
    found = api.call("GET", "/ready")
    assert found.status_code == 503, found.text


def test_a_catalogue_that_does_not_read_is_not_ready(api: Api) -> None:
    root = api.desk.workspace.root
    root.mkdir(exist_ok=True)
    (root / "catalogue.json").write_text("{")
    found = api.call("GET", "/ready")
    assert (found.status_code, found.json()["where"]) == (503, "workspace")
    assert str(root) not in found.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_has_ended_is_not_ready(api: Api) -> None:
    def die(*_: Any) -> Any:
        raise SystemExit

    person = api.person()
    with pytest.raises(Unavailable):
        api.desk.writer.submit(die, None).result(5)
    check_is_refused(api.call("GET", "/ready"), "no thread that writes")
    check_is_refused(api.call("PUT", "/v1/me/words", person, {"words": "x"}), "no thread that writes")


def test_who_asks_often_has_it_looked_at_once_a_second(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 30.0)
    api.good("GET", "/ready")
    commits: list[Any] = []
    event.listen(api.registry.engine, "commit", commits.append)
    for _ in range(20):
        api.good("GET", "/ready")
    assert commits == []


def test_a_full_disk_is_told_to_who_writes_and_nothing_acknowledged_is_lost(api: Api) -> None:
    if api.registry.engine.dialect.name != "sqlite":
        pytest.skip("a server's disk is not ours to fill")
    person = api.person()
    api.good("PUT", "/v1/me/words", person, {"words": "kept"})
    driver_of = api.registry.engine

    def small(driver: Any, _: Any) -> None:
        pages = driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(driver_of, "connect", small)
    driver_of.dispose()
    refused: list[Any] = []
    while len(refused) < 1000 and not (refused and refused[-1].status_code == 503):
        refused.append(api.call("PUT", "/v1/me/words", person, {"words": f"{len(refused):060} " * 60}))
    lost = [one for one in refused if one.status_code == 503]
    assert lost, [one.status_code for one in refused]
    check_is_refused(lost[0], "no room left on the disk", "Try again in a while.")
    assert api.good("GET", "/v1/me", person)
    event.remove(driver_of, "connect", small)
    driver_of.dispose()
    api.good("PUT", "/v1/me/words", person, {"words": "after"})
    assert not verify_registry(api.registry).findings


def test_chores_outlive_a_database_that_takes_no_writes_and_say_so_once(office: Office) -> None:
    structlog.reset_defaults()
    working = office.registry.clock
    refused = [True]

    def clock() -> Any:
        if refused[0]:
            raise Unavailable("room", "x")
        return working()

    object.__setattr__(office.registry, "clock", clock)
    with capture_logs() as said, Chores(office.registry, every=0.01):
        time.sleep(0.3)
        refused[0] = False
        time.sleep(0.3)
    told = [(line["chore"], line.get("want"), line.get("done_again")) for line in said]
    # What comes once a minute, or in some minutes, has not had its next turn.
    assert [one for one in told if one[0] == "deliveries"] == [("deliveries", "room", None), ("deliveries", None, True)]
    assert sorted(one[0] for one in told) == ["cases", "consents", "deliveries", "deliveries", "witnesses"]
    assert not any("exception" in line for line in said)


def test_a_commit_whose_end_nobody_knows_is_neither_done_nor_failed_and_is_done_once(api: Api) -> None:
    if api.registry.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    person, key = api.person(), {"Idempotency-Key": uuid4().hex}
    api.good("GET", "/v1/me", person)
    event.listen(api.registry.engine, "commit", lambda _: end_others(api.registry.engine), once=True)
    body = api.detail(party=str(api.office.merchant))
    found = api.call("POST", "/v1/me/consents", person, body, headers=key)
    check_is_refused(found, "Whether it was done is not known", "Idempotency-Key")
    first = api.call("POST", "/v1/me/consents", person, body, headers=key)
    again = api.call("POST", "/v1/me/consents", person, body, headers=key)
    assert first.is_success, first.text
    assert first.content == again.content


# --- A server that goes and comes back ---


def test_a_server_that_goes_is_said_to_be_away_and_all_is_well_when_it_is_back(
    tmp_path: Path, keyring: Keyring, clock: HandClock
) -> None:
    with started_server() as server:
        server.psql("CREATE DATABASE own")
        url = server.get_uri("own")
        engine = open_database(database_url(tmp_path, url))
        upgrade(engine)
        office = open_office(Registry(engine, Keys(keyring), clock), clock)
        with Writer(office.registry) as writer, asyncio.Runner() as runner:
            desk = Desk(office.registry, writer, Workspace(tmp_path), ISSUER, RateLimits(10**6, 10**6, 10**6))
            api = Api(desk, office, runner, build_service(desk)[0])
            person = api.person()
            api.good("PUT", "/v1/me/words", person, {"words": "before"})
            assert api.call("GET", "/ready").status_code == 200

            server.stop()
            for found in (
                api.call("GET", "/ready"),
                api.call("GET", "/v1/me", person),
                api.call("PUT", "/v1/me/words", person, {"words": "while"}),
            ):
                check_is_refused(found, "no connection")
            assert api.call("GET", "/health").status_code == 200
            with pytest.raises(NotReady, match="Start it, or correct the URL"):
                open_database(database_url(tmp_path, url))

            server.start()
            assert api.call("GET", "/ready").status_code == 200
            assert api.good("GET", "/v1/me", person)
            api.good("PUT", "/v1/me/words", person, {"words": "after"})
            assert not verify_registry(office.registry).findings
            desk.readers.shutdown()
        engine.dispose()
