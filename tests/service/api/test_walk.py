"""The API as its users walk it: joining, consent, answer, dispute, leaving."""

import json
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from tests.registry.office import AS_OF
from tests.service.api.caller import ASSERTION, BACK, ISSUER, Api, Device

from goodstanding.registry.log import read_head
from goodstanding.registry.log.log_line import LogLine
from goodstanding.registry.log.merkle_tree import root_by_inclusion
from goodstanding.registry.scores.score_leaves import score_leaf

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def joined(api: Api, number: str = "+8613800009999") -> tuple[UUID, list[str]]:
    notice = api.good("GET", "/v1/notice?language=zh-Hans")
    body = {
        "identifiers": [{"kind": "phone", "value": number}],
        "notice_version": notice["version"],
        "language": "zh-Hans",
        "jurisdiction": "cn",
    }
    found = api.good("POST", "/v1/people", api.operator("registrar"), body)
    return UUID(found["person"]), found["codes"]


def test_a_person_joins_signs_in_by_code_adds_a_passkey_and_signs_in_with_it(api: Api) -> None:
    person, codes = joined(api)
    session = api.good("POST", "/v1/sign-in/code", None, {"code": codes[0].lower()})
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    assert api.good("GET", "/v1/me", headers=headers)["id"] == str(person)
    device = Device()
    options = api.good("POST", "/v1/me/passkeys/options", headers=headers)["options"]
    added = api.good(
        "POST", "/v1/me/passkeys", None, {"credential": device.add(options), "label": "My phone"}, headers=headers
    )
    assert [one["id"] for one in api.good("GET", "/v1/me/passkeys", headers=headers)["items"]] == [added["id"]]
    options = api.good("POST", "/v1/sign-in/passkey/options")["options"]
    credential = device.enter(options)
    again = api.good("POST", "/v1/sign-in/passkey", None, {"credential": credential})
    assert again["person"] == str(person)
    assert api.call("POST", "/v1/sign-in/passkey", None, {"credential": credential}).status_code == 401
    assert api.call("POST", "/v1/sign-in/code", None, {"code": codes[0]}).status_code == 401
    other = {"Authorization": f"Bearer {again['access_token']}"}
    assert api.call("DELETE", "/v1/me/session", headers=other).status_code == 204
    assert api.call("GET", "/v1/me", headers=other).status_code == 401
    assert api.call("GET", "/v1/me", headers=headers).status_code == 200


def token_form(api: Api, **other: str) -> dict[str, str]:
    return {
        "client_assertion_type": ASSERTION,
        "client_assertion": api.assertion(api.merchant),
    } | other


def test_a_merchant_asks_for_a_consent_the_person_agrees_and_the_merchant_is_answered(api: Api) -> None:
    person = api.person()
    api.office.publish({person.id: 700})
    pushed = api.good(
        "POST",
        "/v1/oauth/par",
        form=token_form(
            api,
            response_type="code",
            redirect_uri=BACK,
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            state="s t&",
            authorization_details=json.dumps([api.detail()]),
        ),
    )
    query = f"request_uri={pushed['request_uri']}"
    assert api.good("GET", f"/v1/me/authorisations?{query}", person)["name"] == "Bicycles of Beijing"
    body = {"request_uri": pushed["request_uri"], "choice": "approve"}
    leads = urlsplit(api.good("POST", "/v1/me/authorisations", person, body)["redirect_to"])
    said = {name: values[0] for name, values in parse_qs(leads.query).items()}
    assert leads.netloc == "bikes.example"
    assert (said["state"], said["iss"]) == ("s t&", ISSUER)
    form = token_form(
        api, grant_type="authorization_code", code=said["code"], redirect_uri=BACK, code_verifier=VERIFIER
    )
    token = api.good("POST", "/v1/oauth/token", form=form)
    (given,) = token["authorization_details"]
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    answer = api.good("POST", "/v1/answers", None, api.question(consent=given["consent"]), headers=headers)
    assert answer["outcome"] == "yes"
    (line,) = api.good("GET", "/v1/me/accesses", person)["items"]
    assert line["id"] == answer["id"]
    assert line["answer"]["outcome"] == "yes"
    assert api.good("GET", f"/v1/consents/{given['consent']}", api.merchant)["state"] == "ACTIVE"
    revoked = api.good("POST", f"/v1/me/consents/{given['consent']}/revoke", person)
    assert revoked["state"] == "REVOKED"
    refused = api.call("POST", "/v1/answers", api.merchant, api.question(consent=given["consent"]))
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_revoked")
    assert len(api.good("GET", f"/v1/me/consents/{given['consent']}/receipts", person)["items"]) == 2


def test_client_credentials_give_a_token(api: Api) -> None:
    token = api.good("POST", "/v1/oauth/token", form=token_form(api, grant_type="client_credentials"))
    assert token["scope"] == "merchant"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert api.good("GET", "/v1/consents", headers=headers) == {"items": [], "next": None}


def test_a_score_is_told_with_a_proof_that_holds(api: Api) -> None:
    people = [api.person() for _ in range(5)]
    api.office.publish({one.id: 600 + place for place, one in enumerate(people)})
    proof = api.good("GET", f"/v1/me/scores/sesame/{AS_OF}/proof", people[3])
    leaf = score_leaf(proof["secret"], int(proof["publication"]), proof["score"])
    path = [bytes.fromhex(one) for one in proof["path"]]
    root = root_by_inclusion(leaf, proof["place"], proof["people"], path)
    assert root is not None
    assert root.hex() == proof["root"]
    line = proof["published"]["line"]
    assert json.loads(line["body"])["root"] == proof["root"]
    head = read_head(api.registry.keyring, proof["published"]["head"])
    own = LogLine(datetime.fromisoformat(line["at"]), line["kind"], line["object"], line["body"])
    steps = [bytes.fromhex(one) for one in proof["published"]["path"]]
    assert root_by_inclusion(own.leaf, line["index"], head.size, steps) == head.root
    assert api.good("GET", "/v1/me/scores", people[3])["items"][0]["score"] == 603


def test_a_record_is_sent_disputed_and_deleted_and_everybody_is_told(api: Api) -> None:
    person = api.person()
    record = api.office.record_ids[person.id]
    sent = {
        "identifier": {"kind": "record_id", "value": record},
        "table": "dues",
        "record_id": "d1",
        "values": {
            "happened_on": "2026-06-01",
            "kind": "loan",
            "amount_minor": "10000",
            "paid_on": "2026-06-01",
            "paid_minor": "10000",
            "currency": "CNY",
        },
    }
    found = api.call("POST", "/v1/records", api.furnisher, {"records": [sent]})
    assert found.status_code == 201, found.text
    item = {"table": "dues", "source": "91330100799655058B", "record_id": "d1"}
    case = api.good("POST", "/v1/me/disputes", person, {"item": item, "words": "Not mine."})
    assert [one["id"] for one in api.good("GET", "/v1/cases", api.furnisher)["items"]] == [case["id"]]
    assert api.call("GET", f"/v1/cases/{case['id']}", api.merchant).status_code == 404
    (told,) = api.good("GET", "/v1/deliveries", api.furnisher)["items"]
    assert (told["kind"], told["body"]["case"]) == ("dispute.open", case["id"])
    ended = api.good("POST", f"/v1/cases/{case['id']}/end", api.furnisher, {"outcome": "deleted", "words": "Sorry."})
    assert ended["state"] == "deleted"
    (message,) = api.good("GET", "/v1/me/messages", person)["items"]
    assert message["body"]["words"] == "Sorry."
    assert api.call("POST", f"/v1/me/messages/{message['id']}/read", person).status_code == 204
    report = api.good("GET", "/v1/me/report", person)
    assert report["standing"] is None
    assert report["cases"][0]["answer"] == "Sorry."


def test_who_leaves_is_told_what_is_kept_and_is_signed_out(api: Api) -> None:
    person = api.person()
    api.give(person)
    left = api.good("DELETE", "/v1/me", person)
    assert left["consents_ended"] == 1
    assert [one["what"] for one in left["kept"]] == ["consents"]
    assert api.call("GET", "/v1/me", person).status_code == 401
