"""`standing demo`: a town taken the whole way by the command itself, then looked at."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goodstanding.months import today
from goodstanding.records import folder_feeds, load
from goodstanding.store import Workspace

Run = Callable[..., Any]
FilesOf = Callable[[Path], dict[str, bytes]]
SMALL = ["--people", "120", "--months", "20"]
PATIENCE = 90


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        return answer.status, answer.read().decode()


@pytest.fixture(scope="module")
def built(standing: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A workspace made by the command, and what it said."""
    root = tmp_path_factory.mktemp("demo") / "standing"
    return root, standing("demo", "--no-serve", *SMALL, "--workspace", root)


@pytest.fixture(scope="module")
def demo(built: tuple[Path, Any]) -> Path:
    """The workspace; tests must leave its records and scores as they are."""
    root, said = built
    assert said.code == 0, said.err
    return root


def _held(root: Path) -> tuple[bytes, bytes]:
    """The catalogue and the town's stamp: between them the digest of every file."""
    return (root / "catalogue.json").read_bytes(), (root / "town" / "manifest.json").read_bytes()


@pytest.fixture(scope="module")
def as_built(demo: Path) -> tuple[bytes, bytes]:
    """What the workspace held before the command ran a second time."""
    return _held(demo)


@pytest.fixture(scope="module")
def served(
    command: list[str],
    demo: Path,
    as_built: tuple[bytes, bytes],  # noqa: ARG001 - asked for so that it is taken before this run
) -> Iterator[tuple[str, int]]:
    """The same demo run again, serving: its address and port."""
    port = _free_port()
    # BROWSER: a run of the tests opens no window on the desk of whoever runs them.
    environment = os.environ | {"BROWSER": "true", "LC_ALL": "C.UTF-8"}
    arguments = ["demo", *SMALL, "--port", str(port), "--workspace", str(demo)]
    with subprocess.Popen([*command, *arguments], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}", port
        finally:
            process.terminate()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the demo does not answer; exit code {process.poll()}")


def test_the_demo_goes_the_whole_way(built: tuple[Path, Any]) -> None:
    root, said = built
    assert (said.code, said.err) == (0, "")
    for word in ("payments", "Outstanding", "Done in"):
        assert word in said.out
    assert str(root) in said.out.replace("\n", "")


def test_the_demo_scores_its_last_months(demo: Path) -> None:
    months = sorted(path.name for path in (demo / "scores" / "sesame").iterdir())
    assert (len(months), months[-1]) == (12, "2024-08")


def test_everybody_of_the_demo_is_scored_or_has_too_little_data(demo: Path, run: Run) -> None:
    found = json.loads(run("score", "sesame", "--as-of", "2024-08", "--json", "--workspace", demo).out)
    assert found["scored"] + sum(found["not_scored"].values()) == 120


def test_a_person_of_the_demo_can_be_shown_and_paged(demo: Path, run: Run, tmp_path: Path) -> None:
    shown = json.loads(run("show", "P000003", "--json", "--workspace", demo).out)
    said = run("page", "P000003", "--out", tmp_path / "p.html", "--workspace", demo)
    assert said.code == 0
    assert f'<p class="score">{shown["score"]}</p>' in (tmp_path / "p.html").read_text(encoding="utf-8")
    assert len(shown["history"]) == 12


def test_the_demo_again_changes_nothing(demo: Path, as_built: tuple[bytes, bytes], served: tuple[str, int]) -> None:
    assert _get(served[0])[0] == 200
    assert _held(demo) == as_built


def test_the_demo_serves_its_list_and_a_person(served: tuple[str, int]) -> None:
    address, _ = served
    assert "120 synthetic people by band" in _get(address)[1]
    status, text = _get(f"{address}/person?id=P000003")
    assert status == 200
    assert "<h1>P000003</h1>" in text


def test_the_demo_serves_only_on_loopback(served: tuple[str, int]) -> None:
    _, port = served
    local = f"{int.from_bytes(socket.inet_aton('127.0.0.1')):08X}"
    reversed_bytes = "".join(reversed([local[i : i + 2] for i in range(0, 8, 2)]))
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    found = [line[1] for line in listening if line[3] == "0A" and line[1].endswith(f":{port:04X}")]
    assert found == [f"{reversed_bytes}:{port:04X}"]


def test_the_demo_refuses_another_host(served: tuple[str, int]) -> None:
    request = urllib.request.Request(served[0], headers={"Host": "evil.example"})  # noqa: S310 - our own address
    with pytest.raises(urllib.error.HTTPError, match="400") as caught:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310
    caught.value.close()


def test_a_taken_port_is_said_in_words_and_nobody_is_sent_there(demo: Path, standing: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = standing("demo", *SMALL, "--port", port, "--workspace", demo, BROWSER="true")
    assert said.code == 1
    assert said.err.startswith(f"standing: 127.0.0.1:{port}: ")
    assert "Choose another with --port." in said.err
    assert said.err.count("\n") == 1
    assert f"http://127.0.0.1:{port}" not in said.out


@pytest.mark.parametrize("other", [["--people", "121"], ["--months", "21"], ["--seed", "7"]])
def test_another_town_in_the_same_workspace_is_refused(
    demo: Path, run: Run, files_of: FilesOf, other: list[str]
) -> None:
    before = files_of(demo)
    options = {"--people": "120", "--months": "20"} | {other[0]: other[1]}
    said = run("demo", "--no-serve", *[word for pair in options.items() for word in pair], "--workspace", demo)
    assert said.code == 1
    assert said.err.startswith(f"standing: {demo}: found town of 120 people, 20 months, seed 6; expected town of ")
    assert "Use another --workspace." in said.err
    assert files_of(demo) == before


def test_a_town_is_not_built_over_real_people(run: Run, write: Any, tmp_path: Path, files_of: FilesOf) -> None:
    row = {"person_id": "a", "record_id": "1", "happened_on": "2024-01-01", "known_on": "2024-01-01", "source": "bank"}
    room = Workspace(tmp_path / "real")
    load(room, folder_feeds(write("people", [row])), today())
    before = files_of(room.root)
    said = run("demo", "--no-serve", *SMALL, "--workspace", room.root)
    assert (said.code, said.out) == (1, "")
    assert "found real records" in said.err
    assert files_of(room.root) == before


def test_real_people_are_not_loaded_over_a_town(demo: Path, run: Run, write: Any, files_of: FilesOf) -> None:
    row = {"person_id": "a", "record_id": "1", "happened_on": "2024-01-01", "known_on": "2024-01-01", "source": "bank"}
    before = files_of(demo)
    said = run("ingest", "records", write("people", [row]), "--workspace", demo)
    assert said.code == 1
    assert "synthetic and real records never mix" in said.err
    assert files_of(demo) == before
