"""The local site: everybody by band, every page, and nobody else's business."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from goodstanding.errors import NotReady, StandingError
from goodstanding.months import Month, today
from goodstanding.programmes import Definition
from goodstanding.records import folder_feeds, load
from goodstanding.scoring import latest_run, standing_of
from goodstanding.service.pages.local_site import local_site, serve_site
from goodstanding.service.pages.person_page import Listed, people_page
from goodstanding.store import Workspace

Parsed = Callable[[str], Any]
HERE = "http://127.0.0.1:8350"
PLAIN = [f"P{i:06d}" for i in range(20)]


@pytest.fixture(scope="module")
def client(hamlet: Workspace, sesame: Definition) -> Iterator[TestClient[Litestar]]:
    with TestClient(local_site(hamlet, sesame), base_url=HERE) as client:
        yield client


@pytest.fixture
def listed(client: TestClient[Litestar], parsed: Parsed) -> dict[str, tuple[str, str]]:
    """Each person in the list with the address and the score shown; each is a link around an id and a score."""
    elements = parsed(client.get("/").text).elements
    return {
        id_.text: (link.attributes["href"], score.text)
        for link, id_, score in zip(elements, elements[1:], elements[2:], strict=False)
        if (link.tag, id_.tag, score.tag) == ("a", "span", "b")
    }


def test_the_list_has_everybody(listed: dict[str, tuple[str, str]], odd_ids: list[str]) -> None:
    assert sorted(listed) == sorted([*PLAIN, *odd_ids])


def test_the_list_goes_from_the_best_band_to_those_without_a_score(
    client: TestClient[Litestar], hamlet: Workspace, sesame: Definition, parsed: Parsed
) -> None:
    manifest = latest_run(hamlet, "sesame", Month(2024, 6))
    assert manifest is not None
    bands = [b for b in reversed(sesame.programme.bands) if manifest.bands[b.name]]
    expected = [f"{b.title['en']} from {b.least} · {manifest.bands[b.name]}" for b in bands]
    expected.append(f"Not enough data {sum(manifest.not_scored.values())}")
    assert parsed(client.get("/").text).texts("h2") == expected


def test_the_list_shows_each_score(listed: dict[str, tuple[str, str]], hamlet: Workspace, sesame: Definition) -> None:
    for person in PLAIN[:5]:
        score = standing_of(hamlet, sesame, person).score
        assert listed[person][1] == ("–" if score is None else str(score))


def test_the_list_says_that_nobody_is_real(client: TestClient[Litestar], parsed: Parsed) -> None:
    page = parsed(client.get("/").text)
    assert page.wrong == []
    assert page.texts("h1") == ["29 synthetic people by band"]
    assert "Nobody here is real. Open a person to see the score and why." in page.texts("p")


def test_every_link_opens_that_person(
    client: TestClient[Litestar], listed: dict[str, tuple[str, str]], parsed: Parsed
) -> None:
    for person in PLAIN:
        answer = client.get(listed[person][0])
        assert answer.status_code == 200
        page = parsed(answer.text)
        assert page.texts("h1") == [person]
        assert [e.attributes["href"] for e in page.all("a")] == ["/"]


@pytest.mark.parametrize("place", range(9))
def test_a_link_to_an_odd_id_opens_that_person(
    client: TestClient[Litestar], listed: dict[str, tuple[str, str]], odd_ids: list[str], parsed: Parsed, place: int
) -> None:
    answer = client.get(listed[odd_ids[place]][0])
    assert answer.status_code == 200
    assert parsed(answer.text).texts("h1") == [odd_ids[place]]


@pytest.mark.parametrize("person", ["nobody", "P999999", "' OR 1=1 --", "P000001'"])
def test_an_unknown_person_is_not_found(client: TestClient[Litestar], person: str) -> None:
    answer = client.get("/person", params={"id": person})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "expected a person of the run" in answer.text


def test_a_name_that_is_a_script_is_not_found_as_plain_text(client: TestClient[Litestar]) -> None:
    answer = client.get("/person", params={"id": "<script>alert(2)"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80", "", "evil.example:8350"])
@pytest.mark.parametrize("path", ["/", "/person?id=P000001"])
def test_a_foreign_host_is_refused(client: TestClient[Litestar], host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "P0000" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8350", "localhost:8350"])
def test_its_own_names_are_answered(client: TestClient[Litestar], host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/person?id=P000001", "/person?id=nobody", "/nowhere"])
def test_every_answer_carries_the_security_headers(client: TestClient[Litestar], path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: TestClient[Litestar], method: str) -> None:
    assert client.request(method, "/").status_code == 405


@pytest.mark.parametrize(
    "path", ["/schema", "/docs", "/schema/openapi.json", "/people", "/people/", "/../pyproject.toml"]
)
def test_there_is_nothing_else_to_see(client: TestClient[Litestar], path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_workspace_of_real_people_is_refused(workspace: Workspace, sesame: Definition, write: Any) -> None:
    row = {"person_id": "a", "record_id": "1", "happened_on": "2024-01-01", "known_on": "2024-01-01", "source": "bank"}
    load(workspace, folder_feeds(write("people", [row])), today())
    with pytest.raises(
        NotReady, match=r"found records of real people; expected synthetic people.*standing page PERSON"
    ):
        local_site(workspace, sesame)


def test_a_workspace_that_is_not_there_is_refused(workspace: Workspace, sesame: Definition) -> None:
    with pytest.raises(NotReady):
        local_site(workspace, sesame)
    assert not workspace.root.exists()


def test_a_taken_port_is_said_in_words(hamlet: Workspace, sesame: Definition) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(NotReady, match=rf"127\.0\.0\.1:{port}: found .*expected a free port\. Choose another"):
            serve_site(local_site(hamlet, sesame), port)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_cannot_be_is_said_in_words(hamlet: Workspace, sesame: Definition, port: int) -> None:
    with pytest.raises(StandingError, match=str(port)):
        serve_site(local_site(hamlet, sesame), port)


def test_a_long_band_says_how_many_more_there_are(sesame: Definition, parsed: Parsed) -> None:
    people = {"good": [Listed(f"P{i}", 620) for i in range(3)]}
    page = parsed(people_page(sesame.programme, Month(2024, 6), people, {"good": 1003}))
    assert "and 1000 more" in page.texts("p")
    assert page.texts("h1") == ["1003 synthetic people by band"]


def test_looking_changes_nothing(
    client: TestClient[Litestar], hamlet: Workspace, files_of: Callable[[Path], dict[str, bytes]]
) -> None:
    before = files_of(hamlet.root)
    client.get("/")
    client.get("/person?id=P000003")
    client.get("/person?id=nobody")
    assert files_of(hamlet.root) == before
