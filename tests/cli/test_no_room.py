"""Every verb where nothing more can be written: one sentence, exit code 1, and all as it was.

No file may grow beyond a limit (RLIMIT_FSIZE): it needs no rights, and hits whatever is written, wherever that is.
`benchmarks/no_room.py` has the verbs meet disks that are full to different degrees, and ones that can only be read.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_help import LEAVES
from tests.cli.verbs import Said

from goodstanding.cli import main
from goodstanding.errors import Unavailable
from goodstanding.lab import Town
from goodstanding.machine import refusal_of, want_in, written_whole
from goodstanding.store import Workspace

Run = Callable[..., Said]
KEY = "ann.jwk"
# The key of a witness in use, as it is published.
VKEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
IN_THE_REGISTRY = [
    *(["programme", step, "sesame", "1.0.0", "--by", "bob"] for step in ("review", "publish")),
    *(["programme", step, "sesame", "1.0.0", "--by", "bob", "--reason", "x"] for step in ("reject", "withdraw")),
]
# Each verb, with arguments under which it writes; {town} are a town's files, {files} one's own.
ROWS: dict[str, list[list[str]]] = {
    "demo": [["demo", "--no-serve", "--people", "20", "--months", "18", "--workspace", "{new}"]],
    "fit": [["fit", "sesame", "--train-until", "2024-05"]],
    "ingest records": [["ingest", "records", "{town}/people.parquet", "--workspace", "{new}"]],
    "ingest berka": [],
    "ingest feeds": [["ingest", "feeds", "{files}/feeds.csv"]],
    "page": [["page", "P000003"], ["page", "P000003", "--out", "{files}/page.html"]],
    "programme draft": [["programme", "draft", "sesame", "--by", "ann"]],
    "programme review": [IN_THE_REGISTRY[0]],
    "programme publish": [IN_THE_REGISTRY[1]],
    "programme reject": [IN_THE_REGISTRY[2]],
    "programme withdraw": [IN_THE_REGISTRY[3]],
    "programme list": [["programme", "list"]],
    "registry create": [["registry", "create", "--workspace", "{new}"]],
    "registry publish": [["registry", "publish", "sesame"]],
    "registry collect": [["registry", "collect"]],
    "registry rotate": [["registry", "rotate", "sealing"], ["registry", "rotate", "lookup"]],
    "operator key": [["operator", "key", "{files}/key.jwk"]],
    "operator admit": [
        ["operator", "admit", "Ann", "--role", "registrar", "--key", "{files}/ann.jwk.pub", "--by", "x"]
    ],
    "operator list": [["operator", "list"]],
    "witness add": [["witness", "add", VKEY, "--url", "https://w.example", "--by", "ann"]],
    "witness list": [["witness", "list"]],
    "witness remove": [],
    "witness ask": [],
    "relations": [["relations", "--as-of", "2024-11"]],
    "score": [["score", "sesame", "--as-of", "2024-06"]],
    "serve": [["serve", "--port", "0"]],
    "show": [["show", "P000003"]],
    "statements": [["statements", "--programme", "{own}"], ["statements"]],
    "town": [["town", "--people", "200", "--months", "18", "--workspace", "{new}"]],
    "verify": [["verify", "--keep", "{files}/head"]],
}
WITHOUT = {
    "witness remove": "takes out the row that `witness add` writes",
    "witness ask": "writes, as `witness add` does, what another machine said",
    "ingest berka": "takes in as `ingest records` does, and its files are not everywhere",
    "serve": "tests/service/api/test_room.py has it run when the room goes",
}
CASES = [arguments for verb, several in ROWS.items() if verb not in WITHOUT for arguments in several]


def test_no_verb_is_forgotten() -> None:
    assert set(ROWS) == set(LEAVES)
    assert {verb for verb, several in ROWS.items() if not several} <= set(WITHOUT)


@pytest.fixture(scope="module")
def filled(scored_town: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a registry, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    room = shutil.copytree(scored_town.root, folder / "room")
    (folder / "files").mkdir()
    (folder / "files" / "feeds.csv").write_text(
        "source,table,from,until,person_id,known_on\nbank,accounts,2024-01-01,,,2024-01-02\n"
    )
    for arguments in (
        ["registry", "create"],
        ["programme", "draft", "sesame", "--by", "ann"],
        ["operator", "key", str(folder / "files" / KEY)],
    ):
        more = [] if arguments[0] == "operator" else ["--workspace", str(room)]
        done = subprocess.run([*standing(), *arguments, *more], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder


def standing() -> list[str]:
    return [str(Path(sys.executable).with_name("standing"))]


def _filled_in(arguments: list[str], folder: Path, town: Town) -> list[str]:
    places = {"town": town.folder, "files": folder / "files", "new": folder / "new", "own": "sesame"}
    told = [word.format(**places) for word in arguments]
    takes_none = arguments[:2] == ["operator", "key"] or "--workspace" in arguments
    return told if takes_none else [*told, "--workspace", str(folder / "room")]


def _limited(bytes_: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))

    return limit


def _kept(files: dict[str, bytes]) -> dict[str, bytes]:
    """What counts of a folder's files: not what SQLite keeps beside a database while it is open."""
    return {name: held for name, held in files.items() if not name.endswith(("-shm", "-wal", "registry.db"))}


@pytest.mark.parametrize("arguments", CASES, ids=[" ".join(words[:3]) for words in CASES])
def test_where_nothing_can_be_written_a_verb_says_so_and_does_its_work_later(
    arguments: list[str],
    filled: Path,
    town: Town,
    tmp_path: Path,
    files_of: Callable[[Path], dict[str, bytes]],
) -> None:
    folder = tmp_path / "here"
    shutil.copytree(filled, folder)
    told = _filled_in(arguments, folder, town)
    before = _kept(files_of(folder))

    def call(most: int | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*standing(), *told],
            capture_output=True,
            text=True,
            env=os.environ | {"LC_ALL": "C.UTF-8", "COLUMNS": "120"},
            preexec_fn=None if most is None else _limited(most),
            check=False,
        )

    undisturbed = shutil.copytree(folder, tmp_path / "there")
    for most in (0, 20_000):
        said = call(most)
        assert "Traceback" not in said.stderr + said.stdout, said.stderr
        assert "fault of the program" not in said.stderr
        if said.returncode == 0:
            break
        assert said.returncode == 1, said.stderr
        assert said.stderr.count("standing: ") == 1, said.stderr
        assert len(said.stderr.strip().splitlines()) == 1
        assert _kept(files_of(folder)) == before, most
    if said.returncode:
        said = call(None)
    # What would have been refused for another reason is refused for that now.
    others = [word.replace(str(folder), str(undisturbed)) for word in told]
    plain = subprocess.run([*standing(), *others], capture_output=True, text=True, check=False, env=os.environ)
    assert said.returncode == plain.returncode, (said.stderr, plain.stderr)


def test_what_standard_output_cannot_take_is_said_and_not_tried_again(scored: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*standing(), "show", "P000003", "--workspace", str(scored)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("standing: standard output: found no room left on the disk;")
    assert len(done.stderr.splitlines()) == 1


def test_where_not_even_the_sentence_can_be_written_the_exit_code_says_it(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*standing(), "show", "x", "--workspace", str(tmp_path)], stderr=full, check=False)
    assert done.returncode == 1


def test_a_bug_still_shows_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (KeyError("x"), OSError(22, "Invalid argument"), ValueError("No space left on device")):

        def broken(error: Exception = error) -> Any:
            raise error

        monkeypatch.setattr(sys.modules["goodstanding.cli.app"], "app", broken)
        with pytest.raises(type(error)):
            main()


@pytest.mark.parametrize("number", [13, 28, 30, 5, 24, 27, 122, 12])
def test_each_refusal_of_the_system_is_told_by_itself_and_in_a_librarys_words(number: int) -> None:
    told = refusal_of(OSError(number, os.strerror(number), "/x/y"), "elsewhere")
    assert isinstance(told, Unavailable)
    assert told.where == "/x/y"
    assert want_in(f"IO Error: Could not write: {os.strerror(number)} (x)") == told.want


def test_a_file_that_is_written_anew_stays_as_it_was_until_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "head"
    file.write_text("old")
    with pytest.raises(Unavailable, match="taken back"), written_whole(file) as staged:  # noqa: PT012
        staged.write_text("half")
        raise OSError(28, "No space left on device")
    assert file.read_text() == "old"
    with written_whole(file) as staged:
        staged.write_text("new")
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["head"]
    with written_whole(Path("/dev/null")) as staged:
        staged.write_text("anything")
    assert json.dumps(str(staged)) == '"/dev/null"'
