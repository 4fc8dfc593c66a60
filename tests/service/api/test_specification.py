"""Whatever is sent to the API, it answers as its specification says."""

import re

from tests.service.api.caller import Api
from tests.service.api.specified import Specified

from goodstanding.law import load_packs
from goodstanding.programmes import programme_texts
from goodstanding.registry.people import NOTICE_VERSION
from goodstanding.service.application import ROUTES, specification

# A few of each operation; `benchmarks/specification.py` sends many.
CASES, EACH, AT_LIMITS = 500, 2, 3


def test_whatever_is_sent_the_answer_is_as_specified_and_every_operation_works(api: Api) -> None:
    specified = Specified(api, seed=1)
    found = specified.run(CASES, EACH, AT_LIMITS)
    assert not found.failures, "\n\n".join(f"{what}\n{shown}" for what, shown in found.failures.items())
    assert [name for name in specified.operations if not found.share(name)] == []


def test_what_is_specified_is_what_is_served_of_our_own_and_what_is_checked(api: Api) -> None:
    found = specification(api.desk)
    assert api.good("GET", "/v1/openapi.json") == found
    assert api.good("GET", "/v1/openapi.json") == found
    operations = [one for operations in found["paths"].values() for one in operations.values()]
    assert {one["operationId"] for one in operations} == {handler.operation_id for handler in ROUTES}
    parameters = [one["schema"] for operation in operations for one in operation.get("parameters", ())]
    assert parameters
    assert all(one["type"] in ("string", "integer") for one in parameters)
    shapes = found["components"]["schemas"]
    for operation in operations:
        for media_type, content in operation.get("requestBody", {"content": {}})["content"].items():
            shape = shapes[content["schema"]["$ref"].rpartition("/")[2]]
            # Further fields of a form are left alone, as RFC 6749 asks.
            assert shape.get("additionalProperties") is (False if media_type == "application/json" else None)
    pattern = shapes["Joining"]["properties"]["jurisdiction"]["pattern"]
    assert [name for name in load_packs() if not re.search(pattern, name)] == []
    assert shapes["Giving"]["properties"]["expires_at"]["format"] == "date-time"
    assert shapes["Question"]["properties"]["threshold"]["anyOf"][0]["minimum"] == 0


def test_a_programme_that_is_too_much_for_its_reader_is_refused(api: Api) -> None:
    text, expert = programme_texts("sesame")
    for much in ("a = " + "[" * 3000, "a = " + "9" * 5000):
        for body in ({"programme": much}, {"programme": text, "expert": much}):
            found = api.call("POST", "/v1/programmes", api.operator("analyst"), body)
            assert found.status_code == 422, found.text
    assert (
        api.call("POST", "/v1/programmes", api.operator("analyst"), {"programme": text, "expert": expert}).status_code
        == 409
    )


def test_a_time_without_a_zone_and_a_law_that_there_is_not_are_refused(api: Api) -> None:
    detail = api.detail(party=str(api.office.merchant), expires_at="2026-07-01T00:00:00")
    assert api.call("POST", "/v1/me/consents", api.person(), detail).status_code == 400
    joining = {
        "identifiers": [{"kind": "record_id", "value": "somebody"}],
        "notice_version": NOTICE_VERSION,
        "language": "en",
        "jurisdiction": "atlantis",
    }
    assert api.call("POST", "/v1/people", api.operator("registrar"), joining).status_code == 404
    assert (
        api.call("POST", "/v1/people", api.operator("registrar"), joining | {"jurisdiction": "in"}).status_code == 201
    )
