"""A person's report over a town that is scored: what the command line says of them, and what the registry knows."""

from dataclasses import replace

import pytest
from tests.service.api.caller import Api

from goodstanding.programmes import Definition
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import leave
from goodstanding.scoring import run_to_show, score_rows, standing_of
from goodstanding.service.application import build_service
from goodstanding.store import Workspace


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_report_is_the_standing_with_its_sources_and_everybody_who_asked(
    api: Api, scored_town: Workspace, sesame: Definition
) -> None:
    desk = replace(api.desk, workspace=scored_town)
    api = replace(api, desk=desk, app=build_service(desk)[0])
    record = next(row.person for some in score_rows(scored_town, run_to_show(scored_town, "sesame")) for row in some)
    known_by = [identifier("record_id", record)]
    person = api.person(
        api.registry.do(
            lambda transaction: join(
                transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
            )
        )
    )
    consent = api.give(person)
    answer = api.good("POST", "/v1/answers", api.merchant, api.question(consent=consent))
    report = api.good("GET", "/v1/me/report", person)
    assert report["standing"] == standing_of(scored_town, sesame, record).to_json()
    assert report["standing"]["sources"]
    assert [one["id"] for one in report["accesses"]] == [answer["id"]]
    nobody = api.person()
    assert api.good("GET", "/v1/me/report", nobody)["standing"] is None


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_who_left_and_comes_back_is_not_shown_what_waits_to_be_erased(api: Api, scored_town: Workspace) -> None:
    desk = replace(api.desk, workspace=scored_town)
    api = replace(api, desk=desk, app=build_service(desk)[0])
    record = next(row.person for some in score_rows(scored_town, run_to_show(scored_town, "sesame")) for row in some)
    known_by = [identifier("record_id", record)]
    shown = []
    for _ in range(2):
        joined = api.registry.do(
            lambda transaction: join(
                transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
            )
        )
        person = api.person(joined)
        report, taken = (api.good("GET", f"/v1/me/{what}", person) for what in ("report", "export"))
        shown.append((report["standing"] is not None, bool(taken["records"])))
        api.registry.do(lambda transaction, joined=joined: leave(transaction, joined))
    assert shown == [(True, True), (False, False)]
