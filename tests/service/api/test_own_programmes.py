"""A programme of one's own in the registry: its law travels with it, and who is told of its scores is told of none."""

import json
import re
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.law.own_pack import own_pack
from tests.programmes.varied import Shape, programme_text, write_programme
from tests.service.api.caller import Api
from tests.service.api.working import Working

from goodstanding.lab import build_town
from goodstanding.months import Month
from goodstanding.programmes import load_programme, programme_texts
from goodstanding.records import folder_feeds, load
from goodstanding.records.synthetic_stamp import read_stamp
from goodstanding.registry.authentication import Caller
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.programme_versions import published
from goodstanding.registry.scores import publish_scores, run_of
from goodstanding.scoring import score_month, score_rows
from goodstanding.service.application import build_service
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
SAID = {"en": "No law was checked.", "zh-Hans": "未审核任何法律。"}
AS_OF = Month(2026, 5)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Eight synthetic people, rolled up to the month before the office's day."""
    folder = tmp_path_factory.mktemp("people")
    town = build_town(folder / "town", people=8, months=18)
    room = Workspace(folder / "standing")
    load(room, folder_feeds(town.folder), AS_OF.plus(1).first_day, stamp=read_stamp(town.folder))
    build_statements(room)
    return room


def enact(api: Api, folder: str) -> dict[str, Any]:
    """Draft, review and publish a programme, over the API."""
    text, expert = programme_texts(folder)
    found = api.good("POST", "/v1/programmes", api.operator("analyst"), {"programme": text, "expert": expert})
    for step in ("review", "publish"):
        found = api.good("POST", f"/v1/programmes/{found['name']}/{found['version']}/{step}", api.operator("reviewer"))
    return found


def scored(api: Api, people: Workspace, folder: str) -> tuple[Api, Caller]:
    """Score everybody by a programme in force and publish it; gives one of them who has joined."""
    definition = load_programme(folder)
    manifest = score_month(people, definition, Month(2024, 6), AS_OF.plus(1).first_day.replace(day=28))
    record = next(row.person for some in score_rows(people, manifest) for row in some if row.score is not None)
    known_by = [identifier("record_id", record)]
    person = api.registry.do(
        lambda transaction: join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )
    # As of the month before today, as a run made today would be: an older one is answered no more.
    run = replace(run_of(manifest), as_of=str(AS_OF))
    assert publish_scores(api.registry, run, score_rows(people, manifest))
    desk = replace(api.desk, workspace=people)
    return replace(api, desk=desk, app=build_service(desk)[0]), api.person(person)


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("jurisdiction", ["none", "cn"])
def test_whoever_is_told_of_a_score_is_told_that_no_law_was_checked(
    api: Api, people: Workspace, tmp_path: Path, jurisdiction: str, language: str
) -> None:
    said = SAID[language] if jurisdiction == "none" else None
    other = {"headers": {"Accept-Language": language}}
    folder = write_programme(tmp_path / "own", Shape(jurisdictions=(jurisdiction,)), f"own_{jurisdiction}")
    version = enact(api, folder)
    api, person = scored(api, people, folder)
    name = f"own_{jurisdiction}"
    consent = api.give(person, programme=name, scopes=["admittance", "band", "score"])
    for asked in ({"threshold": 300}, {"scope": "band", "threshold": None}, {"scope": "score", "threshold": None}):
        question = api.question(consent=consent, programme=name, language=language, **asked)
        assert api.good("POST", "/v1/answers", api.merchant, question, **other).get("law") == said
    (score,) = api.good("GET", "/v1/me/scores", person, **other)["items"]
    assert (score["programme"], score["law"]) == (name, said)
    report = api.good("GET", f"/v1/me/report?programme={name}", person, **other)
    assert report["standing"].get("law") == said
    listed = {one["name"]: one["law"] for one in api.good("GET", "/v1/programmes", **other)["items"]}
    assert listed == {"sesame": None, name: said}
    assert api.good("GET", f"/v1/programmes/{name}/{version['version']}", **other)["law"] == said
    page = api.call("GET", _request(api, name), **other).text
    assert (SAID[language] in page) == (said is not None)


def _request(api: Api, programme: str) -> str:
    """Where a person answers the merchant, who asks for a consent to a programme's scores."""
    details = json.dumps([api.detail(programme=programme)])
    form = Working(api).par().body | {"authorization_details": details}
    return f"/v1/oauth/authorize?request_uri={api.good('POST', '/v1/oauth/par', form=form)['request_uri']}"


def test_a_pack_is_in_force_as_it_was_agreed_to_whatever_becomes_of_its_file(api: Api, tmp_path: Path) -> None:
    pack = own_pack().replace("dispute_days = 30", "dispute_days = 9")
    folder = write_programme(tmp_path / "own", Shape(jurisdictions=("ng",)), "own_ng")
    (tmp_path / "own" / "law").mkdir()
    (tmp_path / "own" / "law" / "ng.toml").write_text(pack, encoding="utf-8")
    digest = enact(api, folder)["digest"]
    assert digest == load_programme(folder).digest
    (tmp_path / "own" / "law" / "ng.toml").unlink()
    held = api.registry.do(lambda transaction: published(transaction, "own_ng"))
    assert held.digest == digest
    assert [(one.name, one.dispute_days) for one in held.programme.laws_on(date(2026, 12, 1))] == [("ng", 9)]


def test_a_draft_with_a_pack_that_stands_in_for_a_shipped_one_is_refused(api: Api) -> None:
    shipped = (resources.files("goodstanding.law") / "packs" / "cn.toml").read_text(encoding="utf-8")
    own = re.sub(r"(?m)^(\[\[?)", r"\1law.cn.", shipped.replace("months = 60", "months = 600"))
    text = f"{programme_text(Shape())}[law.cn]\n{own}"
    found = api.call("POST", "/v1/programmes", api.operator("analyst"), {"programme": text})
    assert found.status_code == 422
    assert "no shipped pack has" in found.json()["detail"]


def test_nobody_joins_under_no_law(api: Api) -> None:
    known_by = {"kind": "phone", "value": "+86 138 0000 7777"}
    body = {"identifiers": [known_by], "notice_version": NOTICE_VERSION, "language": "en", "jurisdiction": "none"}
    found = api.call("POST", "/v1/people", api.operator("registrar"), body)
    assert found.status_code == 404
    assert "jurisdiction: found none; expected one of cn, eu, in, us" in found.json()["detail"]


def test_people_join_under_the_law_that_a_programme_brought_and_keep_it(api: Api, tmp_path: Path) -> None:
    known_by = {"kind": "phone", "value": "+86 138 0000 7777"}
    body = {"identifiers": [known_by], "notice_version": NOTICE_VERSION, "language": "en", "jurisdiction": "ng"}
    assert api.call("POST", "/v1/people", api.operator("registrar"), body).status_code == 404
    pack = own_pack().replace("statement_words = 100", "statement_words = 2")
    folder = write_programme(tmp_path / "own", Shape(jurisdictions=("ng",)), "own_ng")
    (tmp_path / "own" / "ng.toml").write_text(pack, encoding="utf-8")
    enact(api, folder)
    person = api.person(UUID(api.good("POST", "/v1/people", api.operator("registrar"), body)["person"]))
    for over in (False, True):
        if over:
            reason = {"reason": "It was wrong."}
            api.good("POST", "/v1/programmes/own_ng/0.1.0/withdraw", api.operator("auditor"), reason)
        assert api.good("PUT", "/v1/me/words", person, {"words": "two words"})["words"] == "two words"
        refused = api.call("PUT", "/v1/me/words", person, {"words": "more than two words"})
        assert "at most 2 words" in refused.json()["detail"]
