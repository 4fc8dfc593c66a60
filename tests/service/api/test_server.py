"""`standing serve` as a process of its own, and the verbs that let its operators in."""

import json
import logging
import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import select
from tests.cli.verbs import Said
from tests.service.api.caller import ASSERTION

from goodstanding import __version__
from goodstanding.registry import open_registry
from goodstanding.registry.clock import system_clock
from goodstanding.registry.database.schema import people
from goodstanding.registry.log import log_size
from goodstanding.registry.people import NOTICE_VERSION, find_person, identifier
from goodstanding.registry.verification import verify_registry
from goodstanding.service.http.metrics import set_up_logs
from goodstanding.service.server import STOP_SECONDS

Run = Callable[..., Said]
PHONE = "+8613800007777"
WORDS = "I was in hospital that spring."


@dataclass
class Served:
    """A service that runs, and what it has logged."""

    process: subprocess.Popen[str]
    client: httpx.Client
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """Every line of its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def good(self, method: str, path: str, token: str = "", **other: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        found = self.client.request(method, path, headers=headers, **other)
        assert found.is_success, (found.status_code, found.text)
        return found.json()

    def end(self) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], room: Path, *options: str) -> Iterator[Served]:
    """A service on a free port, once it answers."""
    port, log = free_port(), room / "log"
    arguments = [*command, "serve", "--workspace", str(room), "--port", str(port), *options]
    with (
        log.open("w") as stream,
        subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=stream, text=True) as process,
        httpx.Client(base_url=f"http://localhost:{port}") as client,
    ):
        try:
            until = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < until:
                try:
                    client.get("/health")
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
            assert process.poll() is None, log.read_text()
            yield Served(process, client, log)
        finally:
            process.kill()


@pytest.fixture
def room(run: Run, tmp_path: Path) -> Path:
    """A workspace with a registry, as the command makes it."""
    folder = tmp_path / "standing"
    assert run("registry", "create", "--workspace", folder).code == 0
    return folder


def admitted(run: Run, room: Path, name: str, *roles: str) -> tuple[str, OKPKey]:
    """An operator, admitted with a key that the command made; gives their client id and the key in its file."""
    file = room / f"{name}.jwk"
    assert run("operator", "key", file).code == 0
    chosen = [part for role in roles for part in ("--role", role)]
    keys = ("--key", f"{file}.pub", "--by", "root", "--json", "--workspace", room)
    said = run("operator", "admit", name, *chosen, *keys)
    assert said.code == 0, said.err
    return json.loads(said.out)["id"], OKPKey.import_key(json.loads(file.read_text()))


def token_of(served: Served, id_: str, key: OKPKey) -> str:
    """A token, as an operator's own program gets one."""
    issuer = served.good("GET", "/.well-known/oauth-authorization-server")["issuer"]
    now = int(system_clock().timestamp())
    claims = {"iss": id_, "sub": id_, "aud": issuer, "iat": now, "exp": now + 60, "jti": uuid4().hex}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, ["Ed25519"]),
    }
    return served.good("POST", "/v1/oauth/token", data=form)["access_token"]


def joining(number: str = PHONE) -> dict[str, Any]:
    return {
        "identifiers": [{"kind": "phone", "value": number}],
        "notice_version": NOTICE_VERSION,
        "language": "en",
        "jurisdiction": "cn",
    }


def test_a_process_serves_operators_is_counted_by_route_and_logs_one_line_each_that_names_nobody(
    run: Run,
    command: list[str],
    room: Path,
) -> None:
    registrar = admitted(run, room, "rita", "registrar")
    metrics = free_port()
    with serving(command, room, "--metrics-port", str(metrics)) as served:
        assert served.good("GET", "/health") == {"status": "ok", "version": __version__}
        with open_registry(room) as registry, registry.read() as transaction:
            lines = log_size(transaction.connection)
        assert served.good("GET", "/ready") == {"status": "ready", "database": "sqlite", "lines": lines}

        by = token_of(served, *registrar)
        joined = served.good("POST", "/v1/people", by, json=joining())
        own = served.good("POST", "/v1/sign-in/code", json={"code": joined["codes"][0]})["access_token"]
        served.good("PUT", "/v1/me/words", own, json={"words": WORDS})
        served.good("POST", "/v1/people/find", by, json={"kind": "phone", "value": PHONE})
        served.good("POST", f"/v1/people/{joined['person']}/codes", by)
        consent = str(uuid4())
        for path in (f"/v1/me/consents/{consent}", f"/{PHONE}/{joined['person']}", f"/v1/me?said={PHONE}"):
            served.client.get(path, headers={"Authorization": f"Bearer {own}", "User-Agent": WORDS, "X-A": PHONE})
        served.client.post("/v1/sign-in/code", json={"code": PHONE})
        served.client.post("/v1/people", content=json.dumps(joining())[:-1], headers={"Authorization": f"Bearer {by}"})
        served.client.request("SECRETLY", "/health")
        with socket.create_connection(("127.0.0.1", served.client.base_url.port or 0)) as bare:
            bare.sendall(f"{PHONE}\r\n\r\n".encode())
            assert bare.recv(100).startswith(b"HTTP/1.1 400")

        found = httpx.get(f"http://127.0.0.1:{metrics}/metrics").text
        assert served.end() == 0
    counted = [line for line in found.splitlines() if line.startswith("standing_requests_total{")]
    for method, route, status, times in (
        ("POST", "/v1/people", 201, 1),
        ("POST", "/v1/people/{person}/codes", 201, 1),
        ("GET", "/v1/me/consents/{consent}", 401, 1),
        ("GET", "-", 404, 1),
        ("-", "-", 405, 1),
    ):
        line = f'standing_requests_total{{method="{method}",route="{route}",status="{status}"}} {times}.0'
        assert line in counted
    assert "standing_request_seconds_bucket{" in found
    assert "standing_changes_waiting 0.0" in found

    lines = served.lines()
    assert all({"level", "timestamp", "event"} <= line.keys() for line in lines)
    requests = [line for line in lines if line["event"] == "request"]
    callers = {line["caller"] for line in requests}
    assert callers == {None, "person", f"operator {registrar[0]}"}
    assert {line["route"] for line in requests} >= {"/v1/people/{person}/codes", "/v1/me/words", "-"}
    assert [line["level"] for line in lines if line["event"] != "request"] == ["warning"]
    secrets = [PHONE, PHONE[-8:], WORDS, WORDS.split()[3], by, own, joined["person"], consent, "SECRETLY"]
    for secret in [*secrets, *joined["codes"], *by.split("."), *own.split(".")[1:]]:
        assert secret not in found
        assert secret not in served.log.read_text()


def test_a_process_that_is_asked_to_end_does_so_at_once_and_what_it_acknowledged_is_kept(
    run: Run,
    command: list[str],
    room: Path,
) -> None:
    registrar = admitted(run, room, "rita", "registrar")
    numbers = [f"+8613800008{place:03d}" for place in range(5)]
    with serving(command, room) as served:
        by = token_of(served, *registrar)
        joined = [served.good("POST", "/v1/people", by, json=joining(number))["person"] for number in numbers]
        with closing(socket.create_connection(("127.0.0.1", served.client.base_url.port or 0))) as idle:
            idle.sendall(b"GET /health HTTP/1.1\r\nhost: a\r\n")
            began = time.monotonic()
            assert served.end() == 0
            assert time.monotonic() - began < STOP_SECONDS / 2
        with pytest.raises(httpx.TransportError):
            served.client.get("/health")
    assert {line["event"] for line in served.lines()} == {"request"}
    with open_registry(room) as registry:
        assert not verify_registry(registry).findings
        with registry.read() as transaction:
            assert [str(find_person(transaction, identifier("phone", number))) for number in numbers] == joined
            assert len(transaction.connection.execute(select(people.c.id)).all()) == len(numbers)


def test_a_key_is_its_owners_alone_and_no_file_is_ever_written_over(run: Run, room: Path) -> None:
    file = room / "ann.jwk"
    public = file.with_name("ann.jwk.pub")
    assert str(public) in run("operator", "key", file).out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret, half = json.loads(file.read_text()), json.loads(public.read_text())
    assert {name: value for name, value in secret.items() if name != "d"} == half
    assert secret["d"] not in public.read_text()
    before = file.read_text(), public.read_text()
    for gone in (public, file):
        said = run("operator", "key", file)
        assert (said.code, said.out) == (1, "")
        assert str(file) in said.err
        assert (file.read_text(), public.read_text()) == before
        kept = gone.rename(gone.with_name("kept"))
        said = run("operator", "key", file)
        assert said.code == 1
        assert not gone.exists()
        kept.rename(gone)
        assert (file.read_text(), public.read_text()) == before
    assert run("operator", "key", room / "there is none" / "key").code == 1

    by = ("--by", "root", "--workspace", room)
    said = run("operator", "admit", "ann", "--role", "admin", "--role", "auditor", "--key", public, *by)
    assert (said.code, said.err) == (0, "")
    (listed,) = json.loads(run("operator", "list", "--json", "--workspace", room).out)["operators"]
    assert listed == {"id": listed["id"], "name": "ann", "roles": ["admin", "auditor"], "state": "active"}
    assert listed["id"] in said.out
    assert all(word in run("operator", "list", "--workspace", room).out for word in ("ann", "admin, auditor"))
    for name, key, found in (("ann", public, "ann"), ("bob", file, "a private key"), ("bob", room / "no", "No such")):
        said = run("operator", "admit", name, "--role", "admin", "--key", key, *by)
        assert (said.code, said.out) == (1, "")
        assert found in said.err


def test_what_it_cannot_serve_on_is_said_in_one_clear_message(run: Run, room: Path) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = str(other.getsockname()[1]), str(free_port())
        for options, where in (
            (("--port", taken), f"127.0.0.1:{taken}"),
            (("--port", free, "--metrics-port", taken), f"127.0.0.1:{taken}"),
            (("--port", free, "--metrics-port", free), "--metrics-port"),
            (("--port", free, "--metrics-port", "70000"), "127.0.0.1:70000"),
            (("--port", taken, "--url", "https://standing.example/api"), "--url"),
            (("--port", taken, "--url", "https://standing.example?a=b"), "--url"),
            (("--port", taken, "--url", "http://standing.example"), "--url"),
            (("--port", taken, "--url", "https://ann@standing.example"), "--url"),
        ):
            said = run("serve", "--workspace", room, *options)
            assert said.code == 1, options
            assert said.err.startswith(f"standing: {where}: "), said.err
            assert said.err.count("\n") == 1
    said = run("serve", "--workspace", room / "none", "--port", free)
    assert (said.code, said.out) == (1, "")
    assert "standing registry create" in said.err
    assert signal.getsignal(signal.SIGTERM) is handler
    assert not os.path.lexists(room / "none")


def test_an_error_is_logged_by_its_kind_and_place_and_not_by_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        try:
            _ = {}[PHONE]
        except KeyError as error:
            raise ValueError(WORDS) from error

    monkeypatch.setattr(logging.root, "handlers", [])
    set_up_logs()
    try:
        fail()
    except ValueError as error:
        caught = error
        structlog.get_logger().exception("fault")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    structlog.get_logger().exception("fault", exc_info=caught)
    logging.getLogger("asyncio").error("Task", exc_info=(type(caught), caught, caught.__traceback__))
    logging.captureWarnings(capture=False)
    said = capsys.readouterr().err
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["level"] for line in lines] == ["error"] * 4
    for line in lines:
        assert [one for one in line["exception"] if " " not in one] == ["builtins.ValueError", "builtins.KeyError"]
        assert sum(one.endswith(" fail") for one in line["exception"]) == 2
    assert PHONE not in said
    assert WORDS not in said


def test_two_processes_over_one_database_hold_one_limit(
    run: Run,
    command: list[str],
    room: Path,
) -> None:
    most, seconds = 60, 2.5
    with serving(command, room) as one, serving(command, room) as other:
        time.sleep(2.5)  # each has told the other that it is there
        passed: list[float] = []
        until = time.monotonic() + 8
        while time.monotonic() < until:
            answers = [served.client.get("/health").status_code for served in (one, other)]
            passed += [time.monotonic()] * answers.count(200)
            time.sleep(0.05)
        # What was let through before it was heard of, and the twentieth that is never told.
        unheard = max(sum(at <= other_at < at + seconds for other_at in passed) for at in passed) / 2
        assert most / 2 < len(passed) <= most + unheard + most / 20 + 1
        assert len(passed) < 2 * most - most / 6
        assert one.client.get("/health").status_code == other.client.get("/health").status_code == 429
    assert run("verify", "--workspace", room).code == 0
