"""The intake API and webhooks: who may hand in, what becomes of every row, and what is refused without harm."""

import base64
import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadrelay.project import open_project
from tests.round_trip.world import FILES, SAMPLES
from tests.web.world import NOW, Site, served

SECRET = "hook-secret-0123456789"
KEY = {"authorization": "Bearer api-key-0123456789"}
HOOK = {"authorization": f"Bearer {SECRET}"}
ROW = {"id": "w1", "summary": "A lathe", "contact": {"name": "Eva", "email": "eva@maas.example"}}
SYSTEMS = ("HUBSPOT", "SALESFORCE", "PIPEDRIVE", "DYNAMICS", "ZOHO")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, company: Path) -> Iterator[Site]:
    """One site for all tests of this file: each has ids of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADRELAY_WEB__API_KEY", KEY["authorization"].removeprefix("Bearer "))
        patch.setenv("LEADRELAY_SYSTEMS__SALESFORCE__ORGANIZATION", "00D000000000001")
        for name in SYSTEMS:
            patch.setenv(f"LEADRELAY_SYSTEMS__{name}__SECRET", SECRET)
        project = open_project(shutil.copytree(company, tmp_path_factory.mktemp("doors") / "company"), NOW)
        project.files = {**project.files, **FILES}
        with served(project) as found:
            yield found
        project.database.close()


def post(site: Site, body: Any, **headers: str) -> httpx.Response:
    return site.client.post("/api/requests", content=json.dumps(body), headers={**KEY, **headers})


def requests_in(site: Site) -> int:
    return len(site.stored()["requests"])


def test_one_and_many_and_again(site: Site) -> None:
    answer = post(site, ROW)
    assert (answer.status_code, answer.json()["results"]) == (200, [{"row": 1, "result": "taken"}])
    bad = {"id": "w2", "received_at": "the day after"}
    rows = [ROW, bad, {"id": "w3", "summary": "A mill", "shoe_size": 43}, 7]
    answer = post(site, {"requests": rows})
    found = answer.json()
    assert [one["result"] for one in found["results"]] == ["unchanged", "rejected", "taken", "rejected"]
    assert found["results"][1]["field"] == "received_at"
    assert "the day after" in found["results"][1]["reason"]
    assert (found["rows"], found["taken"], found["unchanged"], found["rejected"]) == (4, 1, 1, 2)
    assert found["unknown_fields"] == ["shoe_size"]
    assert post(site, [bad]).status_code == 422
    with site.project.database.read() as conn:
        (made,) = conn.exec_driver_sql("SELECT summary, contact FROM requests WHERE id = 'w1'").all()
    assert made[0] == "A lathe"
    assert made[1]


def test_idempotency_key(site: Site) -> None:
    row = {"summary": "Call me", "contact": {"email": "juan@torno.example"}}
    before = requests_in(site)
    first = post(site, row, **{"idempotency-key": "k1"})
    again = post(site, row, **{"idempotency-key": "k1"})
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert requests_in(site) == before + 1
    assert post(site, row, **{"idempotency-key": "k2"}).json()["taken"] == 1, "asked a second time"
    assert requests_in(site) == before + 2
    other = post(site, {"summary": "Other"}, **{"idempotency-key": "k1"})
    assert (other.status_code, other.json()["error"]["code"]) == (422, "key_reused")
    assert post(site, row, **{"idempotency-key": "k" * 300}).json()["error"]["code"] == "bad_key"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic OnNlY3JldA=="}])
def test_nobody_else_may_hand_in(site: Site, headers: dict[str, str]) -> None:
    before = site.stored()
    for path in ("/api/requests", "/hooks/hubspot_contacts", "/hooks/zoho_leads/wrong", "/hooks/nothing"):
        answer = site.client.post(path, content=json.dumps(ROW), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert site.stored() == before


DEEP = '{"a":' * 500 + "1" + "}" * 500
LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("null", 422),
        ("NaN", 400),
        ('"text"', 422),
        (b"\xff\xfe\x00", 400),
        ('{"summary": "\\ud800"}', 400),
        (DEEP, 400),
        ("[" * 100_000, 400),
        (LAUGHS, 400),
        (OUTSIDE, 400),
        ("<x>", 400),
        ('<?xml version="1.0" encoding="TF-8"?><x><y/>', 400),
        ("<x>" * 60 + "</x>" * 60, 400),
        ('{"summary": "nul \\u0000 byte"}', 422),
        ('{"id": "when", "summary": "x", "received_at": 99999999999999999999}', 422),
        ("[" + ",".join(["{}"] * 1001) + "]", 413),
        ("x" * 2_000_001, 413),
    ],
)
def test_what_is_refused(site: Site, body: str | bytes, status: int) -> None:
    before = requests_in(site)
    answer = site.client.post("/api/requests", content=body, headers=KEY)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert ("error" in answer.json()) == (status != 422)
    assert requests_in(site) == before
    hook = site.client.post("/hooks/zoho_leads", content=body, headers=HOOK)
    assert hook.status_code in (200, 400, 413)
    assert requests_in(site) == before


def test_hubspot_signs(site: Site) -> None:
    body = (SAMPLES / "hubspot_contacts.json").read_bytes()
    path = "/hooks/hubspot_contacts,hubspot_deals"
    stamp = str(site.now // 1000)

    def signed(stamp: str, body: bytes) -> dict[str, str]:
        text = b"POST" + (site.project.settings.base_url + path).encode() + body + stamp.encode()
        digest = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
        return {"x-hubspot-signature-v3": digest, "x-hubspot-request-timestamp": stamp}

    answer = site.client.post(path, content=body, headers=signed(stamp, body))
    assert (answer.status_code, answer.json()["taken"], answer.json()["rows"]) == (200, 2, 2)
    assert site.client.post(path, content=body, headers=signed(stamp, body)).json()["unchanged"] == 2
    assert site.client.post(path, content=body + b" ", headers=signed(stamp, body)).status_code == 401
    for late in (str(int(stamp) - 301_000), str(int(stamp) + 301_000), "", "x"):
        assert site.client.post(path, content=body, headers=signed(late, body)).status_code == 401


def test_other_vendors(site: Site) -> None:
    lead = (SAMPLES / "pipedrive_deals.json").read_bytes()
    digest = hmac.new(SECRET.encode(), lead, hashlib.sha256).hexdigest()
    basic = base64.b64encode(f"user:{SECRET}".encode()).decode()
    for headers in ({"x-signature": digest}, {"x-hub-signature-256": f"sha256={digest}"},
                    {"authorization": f"Basic {basic}"}, {"x-leadrelay-token": SECRET}):  # fmt: skip
        assert site.client.post("/hooks/pipedrive_deals", content=lead, headers=headers).status_code == 200
    wrong = {"x-signature": digest[::-1], "authorization": f"Bearer {SECRET}"}
    assert site.client.post("/hooks/pipedrive_deals", content=lead, headers=wrong).status_code == 401
    deal = (SAMPLES / "dynamics_opportunities.json").read_bytes()
    assert site.client.post(f"/hooks/dynamics_opportunities?code={SECRET}", content=deal).json()["taken"] == 1


def test_salesforce_gets_its_acknowledgement(site: Site) -> None:
    body = (SAMPLES / "salesforce_leads.xml").read_bytes()
    answer = site.client.post(f"/hooks/salesforce_leads/{SECRET}", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert "<Ack>true</Ack>" in answer.text
    with site.project.database.read() as conn:
        found = conn.exec_driver_sql("SELECT owner, source FROM requests WHERE id = '00Q000000000001AAA'").all()
    assert [tuple(one) for one in found] == [("bram", "Web")]
    other = body.replace(b"00D000000000001AAA", b"00D000000000009AAA")
    assert site.client.post(f"/hooks/salesforce_leads/{SECRET}", content=other).status_code == 401


def test_a_change_of_one_field_later(site: Site) -> None:
    event = {"subscriptionType": "deal.propertyChange", "objectId": 9001, "propertyName": "dealname"}
    for name, value in (("dealname", "Mill"), ("dealstage", "closedwon")):
        body = json.dumps([{**event, "propertyName": name, "propertyValue": value}])
        assert site.client.post("/hooks/hubspot_deals", content=body, headers=HOOK).json()["taken"] == 1
    with site.project.database.read() as conn:
        found = conn.exec_driver_sql("SELECT name, stage, outcome FROM opportunities WHERE id = '9001'").all()
    assert [tuple(one) for one in found] == [("Mill", "closedwon", "won")]


LOCAL = (
    (200, {}),
    (200, {"content-type": "application/json; charset=utf-8"}),
    (200, {"host": "localhost"}),
    (200, {"host": "[::1]:8400"}),
    (200, {"host": "LOCALHOST:8400", "origin": "http://LOCALHOST:8400", "sec-fetch-site": "same-origin"}),
    (401, {"host": "leads.example"}),  # a foreign name that was made to lead to 127.0.0.1
    (401, {"host": "localhost.evil.example"}),
    (401, {"host": "127.0.0.1@evil.example"}),
    (401, {"host": "127.0.0.1:x"}),
    (401, {"host": ""}),
    (401, {"origin": "https://evil.example"}),
    (401, {"origin": "null"}),
    (401, {"origin": "http://127.0.0.1:3000"}),
    (401, {"sec-fetch-site": "cross-site"}),
    (401, {"sec-fetch-site": "same-site"}),
    (401, {"content-type": "text/plain"}),
    (401, {"content-type": "application/x-www-form-urlencoded"}),
    (401, {"content-type": ""}),
    (401, {"x-forwarded-for": "203.0.113.9"}),
    (401, {"x-forwarded-host": "leads.example"}),
    (401, {"x-forwarded-proto": "https"}),
    (401, {"forwarded": "for=203.0.113.9"}),
    (401, {"via": "1.1 proxy"}),
    (401, {"x-real-ip": "203.0.113.9"}),
    (401, {"x-client-ip": "127.0.0.1"}),
    (401, {"cf-connecting-ip": "203.0.113.9"}),
    (401, {"true-client-ip": "203.0.113.9"}),
    (401, {"x-original-url": "/"}),
    (401, {"x-amzn-trace-id": "Root=1"}),
)


def test_without_a_key_only_this_machine(company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADRELAY_WEB__API_KEY", raising=False)
    project = open_project(shutil.copytree(company, tmp_path / "company"), NOW)
    with served(project) as site:
        for number, (status, headers) in enumerate(LOCAL):
            row = {**ROW, "id": f"local-{number}"}
            given = {"content-type": "application/json", **headers}
            answer = site.client.post("/api/requests", content=json.dumps(row), headers=given)
            assert answer.status_code == status, headers
        made = {row[0] for row in site.stored()["requests"] if str(row[0]).startswith("local-")}
        assert made == {f"local-{number}" for number, (status, _) in enumerate(LOCAL) if status == 200}
    project.database.close()
