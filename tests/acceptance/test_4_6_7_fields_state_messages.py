"""Sections 4, 6 and 7: derived fields, history and one transaction, messages."""

from __future__ import annotations

import email
import email.policy
import json
from typing import Any

import pytest

NOW = "2026-11-20 09:13"
BOOK = """\
rulebook: r
subject: request
flow: route
hit: all
rules:
  - id: tell
    about: Because it is open
    when: {request.status: open}
    then: [{notify: {to: an, template: news}}, {route: sales}]
"""


def messages(project: Any) -> list[Any]:
    found = sorted(project.folder.rglob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in found]


# 4: derived fields, each as a rule would see it

DERIVED = [
    ("request", "account.postcode_number: 1234", {"account.postcode": "1234 AB"}, True),
    ("request", "contact.requests_12m: 1", {"contact.email": "a@b.example"}, True),
    ("request", "request.match: new", {"contact.email": "a@b.example", "account.name": "Acme"}, True),
    ("request", "owner.open_count: {at_least: 1}", {"owner": "an"}, True),
    ("request", "owner.roles: {contains: account_manager}", {"owner": "an"}, True),
    ("request", "owner.pools: {contains: field_sales}", {"owner": "bram"}, True),
    ("request", "owner.away: false", {"owner": "bram"}, True),
    ("request", "owner.id: BRAM", {"owner": "bram"}, True),
    ("request", "owner.name: {known: false}", {}, True),
    ("opportunity", "opportunity.weighted_value: 250", {"expected_value": 1000, "win_chance": 25}, True),
    ("opportunity", "opportunity.scotsman_score: {at_least: 2}", {"scotsman.money": True, "scotsman.time": True}, True),
    ("opportunity", "opportunity.scotsman_score: 1", {"scotsman.money": True, "scotsman.time": False}, True),
    ("opportunity", "opportunity.bant_score: 1", {"bant.budget": True}, True),
    ("opportunity", "opportunity.bant.need: {known: false}", {"bant.budget": True}, True),
    ("opportunity", "opportunity.bant.need: {not: true}", {"bant.budget": True}, True),
]


def test_derived_fields(project: Any) -> None:
    for number, (subject, when, _, _) in enumerate(DERIVED):
        project.rules(
            f"rulebook: b{number}\nsubject: {subject}\nflow: route\nhit: all\nscope: {{{subject}.id: s{number}}}\n"
            f"rules: [{{id: r{number}, when: {{{when}}}, then: [{{task: {{for: an, what: x, due: 1 day}}}}]}}]\n",
            f"b{number}",
        )
    for number, (subject, _, row, _) in enumerate(DERIVED):
        own = {key.replace("a@b", f"a{number}@b"): value for key, value in row.items()}
        if "contact.email" in own:
            own["contact.email"] = f"a{number}@b{number}.example"
        if "account.name" in own or "account.postcode" in own:
            own["account.id"] = f"a{number}"
            own["account.name"] = f"Acme {number}"
        kind = {"kind": "other", "summary": "x"} if subject == "request" else {"stage": "x"}
        project.take([{"id": f"s{number}", **kind, **own}], "requests" if subject == "request" else "opportunities")
    project.run(NOW, "route")
    held = {rule for rule, *_ in project.steps()}
    assert [row for number, row in enumerate(DERIVED) if (f"r{number}" in held) is not row[3]] == []


def test_a_postcode_without_leading_digits_has_no_number(project: Any) -> None:
    project.rules(BOOK)
    project.take([{"id": "a", "name": "Acme", "postcode": "SW1A 1AA"}], "accounts")
    assert project.one("accounts", "a")["postcode_number"] is None


# 6


def test_every_change_has_its_cause(project: Any) -> None:
    project.rules(BOOK)
    project.take([{"id": "1", "kind": "other", "summary": "a"}], now="2026-11-20 09:00")
    project.run()
    project.take([{"id": "1", "kind": "other", "summary": "b"}], now="2026-11-20 10:00")
    rows = [row for row in project.export("history") if row["subject"] == "request/1"]
    by_field = {(row["field"], row["new"]): (row["at"][:16], row["cause"]) for row in rows}
    assert by_field["summary", "a"][0] == "2026-11-20T09:00" and "import" in by_field["summary", "a"][1]
    assert by_field["desk", "sales"][0] == "2026-11-20T09:13" and "tell" in by_field["desk", "sales"][1]
    assert by_field["summary", "b"][0] == "2026-11-20T10:00" and "import" in by_field["summary", "b"][1]


def test_an_import_does_not_undo_what_rules_did(project: Any) -> None:
    project.rules(BOOK)
    row = {"id": "1", "kind": "other", "summary": "a"}
    project.take([row])
    project.run()
    assert project.take([row])["unchanged"] == 1
    assert project.one("requests", "1")["desk"] == "sales"


def explained_at(project: Any, at: str) -> tuple[bool, str]:
    told = project.cli("explain", "request/1", "--at", f"2026-11-20 {at}", "--json").ok().json
    rule = told["rulebooks"][0]["rules"][0]
    return rule["holds"], rule["tests"][0]["value"]


def test_explain_sees_the_facts_of_then(project: Any) -> None:
    project.rules("""\
rulebook: r
subject: request
flow: route
hit: all
rules:
  - {id: early, when: {request.product: mill}, then: [{notify: {to: an, template: news}}]}
""")
    for now, product in (("2026-11-20 09:00", "lathe"), ("2026-11-20 10:00", "mill"), ("2026-11-20 11:00", "saw")):
        project.take([{"id": "1", "kind": "other", "product": product}], now=now)
        project.run(now)
    for at, holds, value in (("09:30", False, "lathe"), ("10:30", True, "mill")):
        assert explained_at(project, at) == (holds, value)
    assert explained_at(project, "11:30") == (False, "saw")


# 7

LITERAL = "{{ ''.__class__ }}"


def test_a_message_as_it_is_delivered(project: Any) -> None:
    project.write("leadrelay.toml", '[company]\nname = "Noordzij"\n')
    project.rules(BOOK)
    project.take(
        [
            {
                "id": "1",
                "kind": "other",
                "summary": "<b>Lathe</b> & co",
                "contact.email": "jo@x.example",
                "contact.name": "Jo\r\nBcc: evil@x.example",
            }
        ]
    )
    project.run()
    (message,) = messages(project)
    assert message["To"].addresses[0].addr_spec == "an@example.com"
    assert message["Message-ID"] and message["Date"] and message["Bcc"] is None
    assert "\n" not in message["Subject"]
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "Because it is open" in text and "Because it is open" in html
    assert "<b>Lathe</b>" not in html and "Noordzij" in text
    (row,) = project.export("notifications")
    assert (row["state"], row["channel"], row["to"]) == ("sent", "mail", "an")


def test_the_message_id_follows_from_the_key(project: Any) -> None:
    project.rules(BOOK)
    ids = []
    for name in ("one", "two"):
        url = f'[database]\nurl = "sqlite:///var/{name}.db"\n[mail]\nurl = "maildir:var/{name}"\n'
        project.write("leadrelay.toml", url)
        project.take([{"id": "1", "kind": "other"}])
        project.run()
        (file,) = (project.folder / "var" / name).rglob("*.eml")
        ids.append(email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["Message-ID"])
    assert ids[0] == ids[1]


def test_messages_come_in_the_language_of_the_reader(project: Any) -> None:
    for file in (project.folder / "templates/en").iterdir():
        project.write(f"templates/nl/{file.name}", file.read_text())
    for language, word in (("en", "Dear"), ("nl", "Beste")):
        text = (project.folder / "templates/en/key_account.j2").read_text().replace("Do it.", f"{word} reader.")
        project.write(f"templates/{language}/news.j2", text)
    team = (project.folder / "rules/team.yaml").read_text().replace("id: an,", "id: an, language: nl,")
    project.write("rules/team.yaml", team)
    project.rules(BOOK.replace("to: an", "to: [an, bram]"))
    project.take([{"id": "1", "kind": "other"}])
    project.run()
    assert {row["to"]: row["language"] for row in project.export("notifications")} == {"an": "nl", "bram": "en"}
    bodies = {m["To"].addresses[0].addr_spec: m.get_body(("plain",)).get_content() for m in messages(project)}
    assert "Beste reader" in bodies["an@example.com"] and "Dear reader" in bodies["bram@example.com"]


@pytest.mark.parametrize(
    "body",
    [
        "{{ nothing.like.it }}",
        "{{ request.knd }}",
        LITERAL,
        "{% for i in range(9) %}{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{{ request.summary.upper() }}",
        "{% if %}",
        "{{ cycler }}",
    ],
)
def test_a_template_that_goes_wrong_is_a_fault(project: Any, body: str) -> None:
    project.rules(BOOK)
    text = (project.folder / "templates/en/news.j2").read_text().replace("Do it.", body)
    project.write("templates/en/news.j2", text)
    errors = [finding for finding in project.check() if finding["severity"] == "error"]
    assert errors and {finding["file"] for finding in errors} == {"templates/en/news.j2"}
    line = next(number for number, words in enumerate(text.splitlines(), 1) if body in words)
    assert errors[0]["line"] == line


def test_render_shows_a_message(project: Any) -> None:
    project.rules(BOOK)
    project.take([{"id": "1", "kind": "other", "summary": "A lathe"}])
    shown = project.cli("render", "news", "--for", "request/1").ok()
    assert "A lathe" in shown.out and "Do it." in shown.out
    assert project.export("notifications") == []
    assert project.cli("render", "no_such").code == 2
    assert project.cli("render", "news", "--for", "request/404").code == 2


def test_links_and_ids_with_odd_characters(project: Any) -> None:
    odd = ["a/b c", "../../etc/passwd", "é😀", "x" * 200, "'; DROP TABLE requests; --", "a|b|c", "100%"]
    project.rules(BOOK)
    rows = [{"id": name, "kind": "other", "summary": "x"} for name in odd]
    file = project.write("x.json", json.dumps(rows))
    taken = project.cli("import", file, "--as", "requests", "--json", "--now", NOW).json["taken"]
    project.run()
    subjects = {row["subject"] for row in project.export("decisions")}
    assert len(subjects) == taken == len(messages(project))
    assert subjects <= {f"request/{name}" for name in odd}
    for subject in sorted(subjects):
        assert project.cli("explain", subject, "--json").ok().json["subject"] == subject
    outside = [file for file in project.folder.parent.rglob("*.eml") if project.folder / "var" not in file.parents]
    assert outside == []
