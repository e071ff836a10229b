"""Section 2, actions: each one's visible effect in the exports."""

from __future__ import annotations

from typing import Any

import pytest

NOW = "2026-11-20 09:13"
AT = "2026-11-20T09:13:00+01:00"
LATER = "2026-11-20 09:20"

ONE = {
    "id": "1",
    "received_at": "2026-11-20 09:00",
    "kind": "new_project",
    "summary": "A lathe",
    "expected_value": 1000,
    "contact.id": "c1",
    "contact.name": "Jo",
    "contact.email": "jo@acme.example",
    "account.id": "a1",
    "account.name": "Acme",
    "account.owner": "bram",
}


def rule(then: str, subject: str = "request", when: str = "request.status: open", flow: str = "route") -> str:
    return f"""\
rulebook: book
subject: {subject}
flow: {flow}
hit: all
rules:
  - id: only
    about: Because of the lathe
    when: {{{when}}}
    then: {then}
"""


DESKS = ("inside_sales", "sales", "account_manager", "marketing", "archive")
OWNERS = {
    "an": "an",
    "account.owner": "bram",
    "{pool: field_sales, by: round_robin, keep: account.owner}": "bram",
    "{pool: inside_sales}": "carla",
    "sales_director": "dirk",
}
READERS = {
    "an": ["an"],
    "[an, bram]": ["an", "bram"],
    "account.owner": ["bram"],
    "sales_director": ["dirk"],
    "field_sales": ["an", "bram"],
    "{pool: field_sales}": ["an", "bram"],
    "[an, field_sales, account_manager, account.owner]": ["an", "bram"],  # each once
    "[general_management, an]": ["an", "gm"],
}
OUTCOMES = ("order", "follow_up", "sales", "marketing", "archived")
DOERS = {"an": "an", "account.owner": "bram", "sales_director": "dirk", "request.owner": "carla"}
DUES = {
    "4 working hours": "2026-11-20T13:13:00+01:00",
    "1 working day": "2026-11-23T09:13:00+01:00",
    "2 days": "2026-11-22T09:13:00+01:00",
    "6 months": "2027-05-20T09:13:00+02:00",
}
SETS = "[{set: {request.product: lathe, request.expected_value: 99.50, request.extra.fleet: 7}}]"
THENS = [
    *(f"[{{route: {desk}}}]" for desk in DESKS),
    *(f"[{{assign: {who}}}]" for who in OWNERS),
    *(f"[{{notify: {{to: {to}, template: news, urgency: now}}}}]" for to in READERS),
    "[{notify: {to: an, template: news, urgency: digest}}]",
    "[{assign: an}, {notify: {to: request.owner, template: news}}]",
    "[{assign: an}, {qualify: {stage: qualified}}]",
    "[{nurture: {list: webinars}}]",
    *(f"[{{close: {{outcome: {outcome}, reason: because}}}}]" for outcome in OUTCOMES),
    *(f"[{{assign: carla}}, {{task: {{for: {who}, what: Call them, due: 2 days}}}}]" for who in DOERS),
    *(f"[{{task: {{for: an, what: Call them, due: {due}}}}}]" for due in DUES),
    SETS,
    "[{set: {request.product: a}}, {set: {request.product: b}}, {assign: bram}, {assign: an}]",
    "[{route: sales}, {assign: an}, {notify: {to: an, template: news}}]",
]
EXPORTS = (
    "requests",
    "contacts",
    "accounts",
    "opportunities",
    "decisions",
    "notifications",
    "lists",
    "tasks",
    "history",
)


class World:
    """One request per `then` of the list, each decided by a rule of its own, all in one run."""

    def __init__(self, project: Any) -> None:
        project.write("rules/fields.yaml", "request: {fleet: {type: number}}")
        rules = "".join(
            f"  - {{id: r{n}, about: Because of the lathe, when: {{request.id: case-{n}}}, then: {then}}}\n"
            for n, then in enumerate(THENS)
        )
        project.rules(f"rulebook: book\nsubject: request\nflow: route\nhit: all\nrules:\n{rules}")
        project.sound()
        project.take(
            [
                {
                    **ONE,
                    "id": f"case-{n}",
                    "product": "mill",
                    "contact.id": f"c{n}",
                    "contact.email": f"jo{n}@acme.example",
                }
                for n in range(len(THENS))
            ]
        )
        self.first = project.run()
        self.tables = {what: project.export(what) for what in EXPORTS}
        self.again = project.run(LATER)
        self.later = {what: project.export(what) for what in EXPORTS}

    def request(self, then: str) -> dict[str, Any]:
        return next(row for row in self.tables["requests"] if row["id"] == f"case-{THENS.index(then)}")

    def about(self, what: str, then: str) -> list[dict[str, Any]]:
        return [row for row in self.tables[what] if row["subject"] == f"request/case-{THENS.index(then)}"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, company: Any) -> World:
    return World(company(tmp_path_factory.mktemp("actions")))


@pytest.mark.parametrize("desk", DESKS)
def test_route(world: World, desk: str) -> None:
    row = world.request(f"[{{route: {desk}}}]")
    assert (row["desk"], row["routed_at"]) == (desk, AT)
    if desk != "archive":  # whether that closes the request, the contract does not say
        assert row["status"] == "open"


@pytest.mark.parametrize("who", OWNERS)
def test_assign(world: World, who: str) -> None:
    assert world.request(f"[{{assign: {who}}}]")["owner"] == OWNERS[who]


@pytest.mark.parametrize("to", READERS)
def test_notify(world: World, to: str) -> None:
    rows = world.about("notifications", f"[{{notify: {{to: {to}, template: news, urgency: now}}}}]")
    assert sorted(row["to"] for row in rows) == READERS[to]
    for row in rows:
        assert (row["template"], row["urgency"], row["at"], row["language"]) == ("news", "now", AT, "en")
        assert "Because of the lathe" in row["reason"]
        assert row["decision"] and row["key"]
    assert len({row["key"] for row in rows}) == len(rows)


def test_a_digest_message_keeps_its_urgency(world: World) -> None:
    rows = world.about("notifications", "[{notify: {to: an, template: news, urgency: digest}}]")
    assert [row["urgency"] for row in rows] == ["digest"]


def test_to_the_owner_just_assigned(world: World) -> None:
    rows = world.about("notifications", "[{assign: an}, {notify: {to: request.owner, template: news}}]")
    assert [row["to"] for row in rows] == ["an"]


def test_qualify(world: World) -> None:
    row = world.request("[{assign: an}, {qualify: {stage: qualified}}]")
    assert (row["status"], row["outcome"], row["closed_at"]) == ("closed", "sales", AT)
    (deal,) = world.tables["opportunities"]
    expected = {"stage": "qualified", "owner": "an", "account": "a1", "request": row["id"], "expected_value": 1000}
    assert {key: deal[key] for key in expected} == expected
    assert deal["contact"] == row["contact"]
    assert deal["stage_since"] == AT and deal["closed_at"] is None
    assert world.tables["accounts"][0]["running_opportunity"] == deal["id"]


def test_nurture_a_request(world: World) -> None:
    row = world.request("[{nurture: {list: webinars}}]")
    assert (row["status"], row["outcome"], row["closed_at"]) == ("closed", "marketing", AT)
    members = [(m["contact"], m["list"], m["joined_at"], m["left_at"]) for m in world.tables["lists"]]
    assert members == [(row["contact"], "webinars", AT, None)]
    assert [c["lists"] for c in world.tables["contacts"] if c["id"] == row["contact"]] == [["webinars"]]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_close_a_request(world: World, outcome: str) -> None:
    row = world.request(f"[{{close: {{outcome: {outcome}, reason: because}}}}]")
    assert (row["status"], row["outcome"], row["reason"], row["closed_at"]) == ("closed", outcome, "because", AT)


@pytest.mark.parametrize("who", DOERS)
def test_whose_task(world: World, who: str) -> None:
    then = f"[{{assign: carla}}, {{task: {{for: {who}, what: Call them, due: 2 days}}}}]"
    (task,) = world.about("tasks", then)
    assert (task["owner"], task["what"], task["created_at"], task["done_at"]) == (DOERS[who], "Call them", AT, None)


@pytest.mark.parametrize("due", DUES)
def test_when_a_task_is_due(world: World, due: str) -> None:
    (task,) = world.about("tasks", f"[{{task: {{for: an, what: Call them, due: {due}}}}}]")
    assert task["due_at"] == DUES[due]


def test_set(world: World) -> None:
    row = world.request(SETS)
    assert (row["product"], row["expected_value"], row["extra.fleet"]) == ("lathe", 99.5, 7)
    (change,) = [h for h in world.about("history", SETS) if h["field"] == "product" and h["old"] is not None]
    assert (change["at"], change["old"], change["new"]) == (AT, "mill", "lathe")
    assert f"r{THENS.index(SETS)}" in change["cause"]


def test_actions_are_done_in_order(world: World) -> None:
    row = world.request("[{set: {request.product: a}}, {set: {request.product: b}}, {assign: bram}, {assign: an}]")
    assert (row["product"], row["owner"]) == ("b", "an")


def test_running_twice_does_nothing_twice(world: World) -> None:
    assert world.first["flows"]["route"]["acted"] == len(THENS)
    assert world.again["flows"]["route"]["acted"] == 0
    assert world.later == world.tables


def test_the_decision_says_everything(world: World) -> None:
    then = "[{route: sales}, {assign: an}, {notify: {to: an, template: news}}]"
    (decision,) = world.about("decisions", then)
    rule_id = f"r{THENS.index(then)}"
    expected = {"at": AT, "rulebook": "book", "rule": rule_id, "episode": 1, "step": "0", "mode": "live"}
    assert {key: decision[key] for key in expected} == expected
    assert list(decision) == [
        "id",
        "at",
        "rulebook",
        "rule",
        "subject",
        "episode",
        "step",
        "ruleset",
        "mode",
        "actions",
    ]
    assert decision["ruleset"] is not None and len(decision["actions"]) == 3
    (message,) = world.about("notifications", then)
    assert rule_id in message["decision"]


@pytest.mark.parametrize("subject", ["request", "contact", "account"])
def test_every_change_is_in_history(world: World, subject: str) -> None:
    told = {(row["subject"], row["field"]): row["new"] for row in world.tables["history"]}
    computed = {
        "site_visits_3w",
        "requests_12m",
        "orders_12m",
        "open_complaints",
        "overdue_invoices",
        "postcode_number",
        "running_opportunity",
        "running_owner",
        "running_stage",
        "last_sale_at",
    }
    for row in world.tables[f"{subject}s"]:
        for field, value in row.items():
            if value is not None and field not in computed | {"lists"}:
                assert told[f"{subject}/{row['id']}", field] == value


def test_nurture_a_contact(project: Any) -> None:
    project.rules(rule("[{nurture: {list: news}}]", "contact", "contact.email: {known: true}", "nurture"))
    project.take([ONE])
    project.run()
    assert project.one("contacts", "c1")["lists"] == ["news"]
    assert project.one("requests", "1")["status"] == "open"


@pytest.mark.parametrize("outcome", ["won", "lost", "recycled"])
def test_close_an_opportunity(project: Any, outcome: str) -> None:
    then = f"[{{close: {{outcome: {outcome}, reason: because}}}}]"
    project.rules(rule(then, "opportunity", "opportunity.closed_at: {known: false}"))
    project.take([{"id": "o1", "stage": "quote", "expected_value": 5}], "opportunities")
    project.run()
    deal = project.one("opportunities", "o1")
    assert (deal["outcome"], deal["reason"], deal["closed_at"]) == (outcome, "because", AT)


def test_set_on_an_account(project: Any) -> None:
    project.rules(rule("[{set: {account.tier: key}}]", "account", "account.name: acme"))
    project.take([ONE])
    project.run()
    assert project.one("accounts", "a1")["tier"] == "key"


STOPPING = """\
rulebook: book
subject: request
flow: route
hit: all
rules:
  - {id: one, when: {request.kind: new_project}, then: [{notify: {to: an, template: news}}]}
  - {id: two, when: {request.summary: A lathe}, then: [{notify: {to: bram, template: news}}, {stop: true}]}
  - {id: three, when: {request.kind: new_project}, then: [{notify: {to: carla, template: news}}]}
"""


def test_stop_ends_the_rulebook_for_this_subject_alone(project: Any) -> None:
    book = STOPPING
    project.rules(book)
    project.rules(
        book.replace(": book", ": other")
        .replace("one", "x1")
        .replace("two", "x2")
        .replace("three", "x3")
        .replace("{request.summary: A lathe}", "{request.summary: never}"),
        "other",
    )
    project.take([ONE, {**ONE, "id": "2", "summary": "A mill"}])
    project.run()
    assert sorted((rule, subject) for rule, subject, _, _ in project.steps()) == [
        ("one", "request/1"),
        ("one", "request/2"),
        ("three", "request/2"),
        ("two", "request/1"),
        ("x1", "request/1"),
        ("x1", "request/2"),
        ("x3", "request/1"),
        ("x3", "request/2"),
    ]


def test_a_rule_after_stop_is_not_tried(project: Any) -> None:
    project.rules(STOPPING)
    project.take([ONE])
    project.run()
    assert [rule for rule, *_ in project.steps()] == ["one", "two"]


HIT = """\
rulebook: book
subject: request
flow: route
hit: {hit}
rules:
  - {{id: one, when: {{request.kind: renewal}}, then: [{{notify: {{to: an, template: news}}}}]}}
  - {{id: two, when: {{request.kind: new_project}}, then: [{{notify: {{to: bram, template: news}}}}]}}
  - {{id: three, when: {{request.summary: a lathe}}, then: [{{notify: {{to: carla, template: news}}}}]}}
"""


@pytest.mark.parametrize(
    ("hit", "row", "rules"),
    [
        ("first", {}, ["two"]),
        ("first", {"kind": "renewal"}, ["one"]),
        ("first", {"kind": "other"}, ["three"]),
        ("first", {"kind": "other", "summary": "x"}, ["otherwise"]),
        ("all", {}, ["two", "three"]),
        ("all", {"kind": "other", "summary": "x"}, []),
    ],
)
def test_hit(project: Any, hit: str, row: dict[str, Any], rules: list[str]) -> None:
    otherwise = "otherwise: [{notify: {to: dirk, template: news}}]\n" if hit == "first" else ""
    project.rules(HIT.format(hit=hit) + otherwise)
    project.take([{**ONE, **row}])
    project.run()
    assert [rule for rule, *_ in project.steps()] == rules


def test_rulebooks_run_in_order_and_see_what_the_former_did(project: Any) -> None:
    project.rules(
        """\
rulebook: zeta
subject: request
flow: route
order: 10
hit: all
rules:
  - {id: first, when: {request.product: {known: false}}, then: [{set: {request.product: lathe}}]}
""",
        "a",
    )
    project.rules(
        """\
rulebook: alpha
subject: request
flow: route
order: 20
hit: first
rules:
  - {id: second, when: {request.product: lathe}, then: [{assign: an}]}
otherwise: [{assign: bram}]
""",
        "b",
    )
    project.take([ONE])
    project.run()
    assert [rule for rule, *_ in project.steps()] == ["first", "second"]
    assert project.one("requests", "1")["owner"] == "an"


# rules that set each other off

PING = """\
rulebook: book
subject: request
flow: route
hit: all
rules:
  - {id: ping, when: {request.product: {not: ping}}, then: [{set: {request.product: ping}}]}
  - {id: pong, when: {request.product: ping}, then: [{set: {request.product: pong}}]}
"""


def test_rules_that_set_each_other_off_are_cut_and_reported(project: Any) -> None:
    project.rules(PING)
    project.take([ONE, {**ONE, "id": "2"}])
    result = project.cli("run", "--now", NOW, "--json")
    assert result.code == 1
    assert "ping" in str(result.json["flows"]["route"]) or "pong" in str(result.json["flows"]["route"])
    for subject in ("request/1", "request/2"):
        rounds = [rule for rule, about, *_ in project.steps() if about == subject]
        assert 10 <= len(rounds) <= 20
    assert project.cli("run", "--now", LATER).code in (0, 1)


def test_a_chain_of_nine_is_not_cut(project: Any) -> None:
    rules = "".join(
        f"  - {{id: r{n}, when: {{request.product: p{n}}}, then: [{{set: {{request.product: p{n - 1}}}}}]}}\n"
        for n in range(1, 10)
    )
    project.rules(f"rulebook: book\nsubject: request\nflow: route\nhit: all\nrules:\n{rules}")
    project.take([{**ONE, "product": "p9"}])
    project.run()
    assert project.one("requests", "1")["product"] == "p0"
