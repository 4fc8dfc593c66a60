"""Keys are rotated beside two processes of the service: no request is refused, and everybody is found at once."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.cli.verbs import Said
from tests.service.api.test_server import Served, admitted, joining, serving, token_of

from goodstanding.registry import create_registry, keys_folder, open_registry
from goodstanding.registry.keys import read_keyring
from goodstanding.registry.verification import verify_registry

Run = Callable[..., Said]
URL = "http://localhost"
ROTATED = ("sealing", "lookup", "sealing", "lookup")


class Joining(Thread):
    """Somebody who lets people join through one process and finds them through both, until told to stop."""

    def __init__(self, place: int, served: Served, others: list[Served], by: str, stop: Event) -> None:
        super().__init__()
        self.place, self.served, self.others, self.by, self.stop = place, served, others, by, stop
        self.joined: dict[str, str] = {}
        self.refused: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            number = f"+86138{self.place}{len(self.joined):07d}"
            found = self._asked(self.served, "/v1/people", joining(number))
            if found is None:
                return
            self.joined[number] = found["person"]
            for one in self.others:
                again = self._asked(one, "/v1/people/find", {"kind": "phone", "value": number})
                if again != {"person": found["person"]}:
                    self.refused.append(f"{number}: {again}")

    def _asked(self, served: Served, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.by}"}
        answer = served.client.post(path, headers=headers, json=body, timeout=60)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self.stop.set()
            return None
        if not answer.is_success:
            self.refused.append(f"{path} {answer.status_code} {answer.text}")
            return None
        return answer.json()


@pytest.fixture
def room(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a registry, which all verbs and services find by the environment."""
    url = engine.url.render_as_string(hide_password=False)
    folder = tmp_path / "standing"
    create_registry(folder, url)
    monkeypatch.setenv("STANDING_DATABASE", url)
    return folder


def test_no_request_is_refused_while_keys_are_rotated_and_all_are_found_by_every_process(
    run: Run,
    command: list[str],
    room: Path,
    engine: Engine,
) -> None:
    registrar, stop = admitted(run, room, "rita", "registrar"), Event()
    (room / "second").mkdir()
    with (
        serving(command, room, "--url", URL) as first,
        serving(command, room, "--url", URL) as second,
    ):
        by = token_of(first, *registrar)
        threads = [Joining(place, one, [first, second], by, stop) for place, one in enumerate((first, second))]
        for thread in threads:
            thread.start()
        for purpose in ROTATED:
            said = run("registry", "rotate", purpose, "--workspace", room)
            assert said.code == 0, said.err
        stop.set()
        for thread in threads:
            thread.join()
        assert [thread.refused for thread in threads] == [[], []]
        joined = {number: person for thread in threads for number, person in thread.joined.items()}
        assert all(thread.joined for thread in threads)
        # Neither has been told anything but what the log says.
        for one in (first, second):
            number, person = next(iter(joined.items()))
            found = one.good("POST", "/v1/people/find", by, json={"kind": "phone", "value": number})
            assert found == {"person": person}
            assert one.good("GET", "/ready")["status"] == "ready"
    keys = read_keyring(keys_folder(room)).keys
    assert {purpose: [key.number for key in keys[purpose]] for purpose in ("sealing", "lookup")} == {
        "sealing": [3],
        "lookup": [3],
    }
    with open_registry(room, engine.url.render_as_string(hide_password=False)) as registry:
        assert verify_registry(registry).findings == []
        with registry.read() as transaction:
            assert transaction.connection.scalar(text("SELECT count(*) FROM people")) == len(joined)
