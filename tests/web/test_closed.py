"""The doors of intake stay closed: what a key cannot do, guesses, replays, which maps there are, forged hosts."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadrelay.project import open_project
from leadrelay.web import guesses
from tests.round_trip.world import FILES
from tests.web.world import NOW, SECRET, Site, served

KEY = {"authorization": f"Bearer {SECRET}"}
BROKEN = {"rules/maps/broken.yaml": "kind: requests\nsystem: zoho\ncolumns: {A: request.nothing}\n"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, company: Path) -> Iterator[Site]:
    """A site with a key, two systems, and a map that is broken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADRELAY_WEB__API_KEY", SECRET)
        for name in ("ZOHO", "PIPEDRIVE"):
            patch.setenv(f"LEADRELAY_SYSTEMS__{name}__SECRET", f"{name}-{SECRET}")
        project = open_project(shutil.copytree(company, tmp_path_factory.mktemp("closed") / "company"), NOW)
        project.files = {**project.files, **FILES, **BROKEN}
        with served(project) as found:
            yield found
        project.database.close()


def post(site: Site, body: Any) -> httpx.Response:
    return site.client.post("/api/requests", content=json.dumps(body), headers=KEY)


def subject(site: Site, table: str, key: str) -> dict[str, Any]:
    with site.project.database.read() as conn:
        found = conn.exec_driver_sql(f"SELECT * FROM {table} WHERE id = ?", (key,)).mappings().all()
    return dict(found[0])


@pytest.mark.parametrize(
    "row",
    [
        {"id": "42", "status": "closed", "outcome": "archived"},
        {"id": "42", "outcome": "order"},
        {"id": "42", "owner": "an", "desk": "archive"},
        {"id": "42", "summary": "Other words", "request.triage": "order"},
        {"id": "43", "status": "open", "summary": "Other words", "product": "saw"},
        {"id": "n1", "summary": "x", "account.id": "1", "account.tier": "key", "account.owner": "an"},
        {"id": "n2", "summary": "x", "account.name": "De Vries", "account.relation": "customer"},
        {"id": "n3", "summary": "x", "contact.id": "3", "contact.name": "Mallory", "contact.email": "m@evil.example"},
        {"id": "n4", "summary": "x", "contact.email": "s@devries.example", "contact.name": "Mallory"},
        {"id": "n5", "summary": "x", "contact.email": "s@devries.example", "contact.unsubscribed_at": "2026-01-01"},
        {"id": "n6", "summary": "x", "contact": {"email": "s@devries.example", "account": "2"}, "contact.role": "ceo"},
    ],
)  # fmt: skip
def test_a_key_only_creates_and_adds(site: Site, row: dict[str, Any]) -> None:
    tables = {"requests": "42", "accounts": "1", "contacts": "3"}
    before = {name: subject(site, name, key) for name, key in tables.items()}
    closed = subject(site, "requests", "43")
    assert post(site, row).status_code in (200, 422)
    for name, key in tables.items():
        after = subject(site, name, key)
        changed = {field: after[field] for field, value in before[name].items() if value is not None}
        assert changed == {field: value for field, value in before[name].items() if value is not None}
    assert subject(site, "requests", "43") == closed
    account = subject(site, "accounts", "1")
    assert (account["tier"], account["relation"], account["flagged"]) == (None, None, None)


def test_what_a_key_may_not_give_is_told_and_the_rest_is_taken(site: Site) -> None:
    answer = post(site, {"id": "told", "summary": "A lathe", "owner": "an", "desk": "sales", "shoe_size": 4}).json()
    assert (answer["taken"], answer["refused_fields"], answer["unknown_fields"]) == (
        1,
        ["desk", "owner"],
        ["shoe_size"],
    )
    made = subject(site, "requests", "told")
    assert (made["summary"], made["owner"], made["desk"], made["status"]) == ("A lathe", None, None, "open")


def test_a_key_may_give_what_the_settings_say(site: Site) -> None:
    settings = site.project.settings
    try:
        for given, owner, refused in (
            (("request.*",), "an", []),
            (("request.summary",), None, ["id", "owner"]),
            ((), None, None),
        ):
            web = settings.web.model_copy(update={"intake_fields": given})
            site.project.settings = settings.model_copy(update={"web": web})
            answer = post(site, {"id": "wide", "summary": f"As {given}", "owner": "an"})
            if refused is None:
                assert answer.status_code == 422
            else:
                assert answer.json()["refused_fields"] == refused
                with site.project.database.read() as conn:
                    query = "SELECT owner FROM requests WHERE summary = ?"
                    assert conn.exec_driver_sql(query, (f"As {given}",)).scalar() == owner
    finally:
        site.project.settings = settings


def test_nobody_learns_which_maps_there_are(site: Site) -> None:
    """Nor by the name of a file in the folder where the server runs, nor by one that is too long for a file."""
    wrong = {"authorization": "Bearer wrong"}
    names = (
        "zoho_leads",
        "nothing",
        "broken",
        "Makefile",
        "pyproject.toml",
        "rules",
        "x" * 300,
        "%00",
        "..%2fx",
        ",",
        "",
    )
    answers = {name: site.client.post(f"/hooks/{name}/wrong", content="{}", headers=wrong) for name in names if name}
    assert {(one.status_code, one.text) for one in answers.values()} == {
        (401, answers["nothing"].text),
        (404, site.client.get("/hooks/a/b/c").text),
    } or {(one.status_code) for one in answers.values()} <= {401, 404}
    told = {answers[name].status_code for name in names if name and "%2f" not in name}
    assert told == {401}
    right = {"authorization": f"Bearer ZOHO-{SECRET}"}
    for name in ("pipedrive_deals", "nothing", "Makefile", "x" * 300, "zoho_leads,pipedrive_deals"):
        answer = site.client.post(f"/hooks/{name}", content="{}", headers=right)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_map"), name


def test_a_replayed_webhook_changes_nothing(site: Site) -> None:
    right = {"authorization": f"Bearer PIPEDRIVE-{SECRET}"}

    def deal(stage: str) -> httpx.Response:
        body = json.dumps({"meta": {"entity": "deal", "action": "change"}, "data": {"id": 77, "title": stage}})
        return site.client.post("/hooks/pipedrive_deals", content=body, headers=right)

    first = deal("one")
    assert first.json()["taken"] == 1, first.text
    assert deal("two").json()["taken"] == 1
    again = deal("one")
    assert (again.json()["taken"], again.json()["unchanged"], again.headers["idempotency-replayed"]) == (0, 1, "true")
    with site.project.database.read() as conn:
        names = conn.exec_driver_sql("SELECT name FROM opportunities WHERE name IN ('one', 'two')").scalars().all()
    assert names == ["two"]


@pytest.mark.parametrize("path", ["/health/", "/api/requests/", "/hooks/zoho_leads/x/", "//evil.example", "/act/x/"])
def test_no_answer_leads_to_a_forged_host(site: Site, path: str) -> None:
    for method in ("GET", "POST"):
        answer = site.client.request(method, path, headers={"host": "evil.example"})
        assert answer.status_code in (404, 405)
        assert "location" not in answer.headers
        assert "evil.example" not in answer.text


def test_who_guesses_waits_and_is_told_of(
    site: Site, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "FREE", 3)
    monkeypatch.setattr(guesses, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(guesses, "LONGEST_PAUSE", 0.04)
    monkeypatch.setenv("LEADRELAY_WEB__API_KEY", SECRET)
    project = open_project(shutil.copytree(company, tmp_path / "company"), NOW)
    with served(project) as fresh:
        began = time.monotonic()
        answers = [fresh.client.post("/api/requests", content="{}") for _ in range(10)]
        took = time.monotonic() - began
        assert [one.status_code for one in answers] == [401] * 3 + [429] * 7
        assert answers[-1].headers["retry-after"] == "60"
        assert took > 0.01 + 0.02 + 5 * 0.04
        assert post(fresh, {"id": "right", "summary": "x"}).status_code == 200, "a right key is let in at once"
        assert [line for line in fresh.ear.lines if "wrong key" in line] == [
            "web: a wrong key or link from 127.0.0.1",
            "web: 10 wrong keys or links from 127.0.0.1",
        ]
        assert fresh.client.get("/act/wrong").status_code == 403  # a page says what is wrong with the link
    project.database.close()


def test_sheets_are_few_and_clean_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(guesses, "FREE", 1)
    monkeypatch.setattr(guesses, "MOST_ADDRESSES", 3)
    monkeypatch.setattr(guesses, "FIRST_PAUSE", 0.0)
    told: list[str] = []
    counted = guesses.Guesses(told.append)
    tries = [asyncio.run(counted.wrong(address)) for address in ("a", "a", "b", "c", "d", "a")]
    assert tries == [False, True, False, False, False, False]
    monkeypatch.setattr(guesses, "WINDOW", -1.0)
    assert asyncio.run(counted.wrong("a")) is False
