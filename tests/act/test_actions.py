"""What each action does to the subject, and what it leaves alone."""

import pytest

from leadrelay.act.actions import ACTIONS, Deed, Done
from leadrelay.act.ladder import Rung
from leadrelay.act.reason import Reason
from leadrelay.duration import parse_duration
from leadrelay.leads.effects import Episode
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Team
from leadrelay.rulebook.model import Action, Assign, Close, Notify, Nurture, Pick, Qualify, Route, Set, Stop, Task
from tests.act.builders import NOW, TEAM, ZONE, Bench, at, bench, book, person, rule, team

RULE = rule("r", about="For a reason.")
BOOK = book("b", RULE)


def do(found: Bench, *actions: Action) -> list[Done]:
    rung = Rung("0", NOW, actions)
    episode = Episode("r", found.case.subject, 1, NOW)
    deed = Deed(
        found.world,
        BOOK,
        RULE,
        "key",
        rung,
        episode,
        Reason.of(BOOK, RULE, found.case.slots, ZONE),
        tuple(found.case.row),
    )
    return [ACTIONS[action.name](action, found.case, deed) for action in actions]


def changed(found: Bench) -> dict[str, Value]:
    assert all(one.cause == "key" for one in found.world.effects.changes)
    return {one.field: one.new for one in found.world.effects.changes}


AS_ORDER = {"outcome": "order", "reason": "x"}
NO_CONTACT = "for cold, but no contact is known: For a reason."
AT_SALES = {"request__desk": "sales", "request__routed_at": 1}
OPEN = {"request__contact": "C", "request__account": "A", "request__owner": "an"}
CLOSED = {
    **OPEN,
    "request__status": "closed",
    "request__outcome": "order",
    "request__reason": "it was",
    "request__closed_at": 1,
}
ARCHIVED = {"status": "closed", "outcome": "archived", "closed_at": NOW}


@pytest.mark.parametrize(
    ("facts", "actions", "expected"),
    [
        (OPEN, [Route("sales")], {"desk": "sales", "routed_at": NOW}),
        ({**OPEN, **AT_SALES}, [Route("sales")], {}),
        ({**OPEN, **AT_SALES}, [Route("marketing")], {"desk": "marketing", "routed_at": NOW}),
        (OPEN, [Route("archive")], {"desk": "archive", "routed_at": NOW, **ARCHIVED, "reason": "For a reason."}),
        (OPEN, [Route("archive"), Close("order", "x")], {"desk": "archive", "routed_at": NOW, **ARCHIVED, **AS_ORDER}),
        (OPEN, [Close("archived", "spam")], {**ARCHIVED, "reason": "spam"}),
        (CLOSED, [Close("archived", "spam")], {}),
        (CLOSED, [Route("marketing")], {"desk": "marketing", "routed_at": NOW}),
        (OPEN, [Assign("bram")], {"owner": "bram"}),
        (OPEN, [Assign("an")], {}),
        (OPEN, [Set((("request.triage", "new"), ("request.source", None)))], {"triage": "new"}),
        (OPEN, [Nurture("cold")], {**ARCHIVED, "outcome": "marketing", "reason": "nurtured on cold: For a reason."}),
        ({}, [Nurture("cold")], {**ARCHIVED, "outcome": "marketing", "reason": NO_CONTACT}),
        (CLOSED, [Nurture("cold")], {}),
        (CLOSED, [Qualify("lead")], {}),
        (OPEN, [Stop(), Notify(("an",), "t")], {}),
    ],
)  # fmt: skip
def test_changes_of_a_request(facts: dict[str, Value], actions: list[Action], expected: dict[str, Value]) -> None:
    found = bench(**facts)
    do(found, *actions)
    assert changed(found) == expected
    for name, value in expected.items():
        assert found.case.value(f"request.{name}") == value


def test_a_qualified_request_becomes_an_opportunity_with_one_owner() -> None:
    facts = {"request__summary": "A lathe", "request__expected_value": 99, "request__product": "lathe"}
    found = bench(**OPEN, **facts)
    assert do(found, Qualify("lead")) == [{"qualify": "O-1", "stage": "lead", "owner": "an"}]
    (created,) = found.world.effects.created
    assert (created.kind, created.id) == ("opportunity", "O-1")
    assert created.values == {
        "name": "A lathe",
        "stage": "lead",
        "stage_since": NOW,
        "created_at": NOW,
        "last_touched_at": NOW,
        "owner": "an",
        "request": "1",
        "expected_value": 99,
        "product": "lathe",
        "contact": "C",
        "account": "A",
    }
    assert changed(found) == {
        "status": "closed",
        "outcome": "sales",
        "reason": "qualified: For a reason.",
        "closed_at": NOW,
    }
    assert found.case.value("account.running_opportunity") == "O-1"
    assert found.world.shaken == {"account/A"}
    assert found.world.loads.of("an") == 0  # one less as request, one more as opportunity


@pytest.mark.parametrize(
    ("facts", "owner", "told"),
    [
        ({"request__owner": "an", "account__owner": "bram"}, "an", []),
        ({"account__owner": "bram"}, "bram", []),
        ({}, "dirk", ["dirk"]),
    ],
)
def test_the_owner_of_an_opportunity(facts: dict[str, Value], owner: str, told: list[str]) -> None:
    found = bench(**facts)
    do(found, Qualify("lead"))
    assert found.world.effects.created[0].values["owner"] == owner
    assert [one.to for one in found.world.effects.messages] == told


@pytest.mark.parametrize(("lists", "joined"), [(None, 1), (("cold",), 0), (("warm",), 1)])
def test_a_contact_joins_a_list_once(lists: Value, joined: int) -> None:
    found = bench(**OPEN, contact__lists=lists)
    do(found, Nurture("cold"), Nurture("cold"))
    assert len(found.world.effects.joined) == joined
    assert "cold" in (found.case.value("contact.lists") or ())  # type: ignore[operator]
    assert ("contact/C" in found.world.shaken) is bool(joined)


def test_an_opportunity_that_is_nurtured_stays_open_and_closes_only_once() -> None:
    found = bench(
        kind="opportunity", opportunity__owner="an", opportunity__contact="C", opportunity__account="A", load=None
    )
    do(found, Nurture("cold"))
    assert changed(found) == {}
    do(found, Close("lost", "too dear"), Close("won", "no"))
    assert changed(found) == {"outcome": "lost", "reason": "too dear", "closed_at": NOW}
    assert "account/A" in found.world.shaken


def test_a_new_stage_begins_now_and_the_same_one_does_not() -> None:
    found = bench(kind="opportunity", opportunity__stage="quote", opportunity__stage_since=1)
    do(found, Set((("opportunity.stage", "quote"),)))
    assert changed(found) == {}
    do(found, Set((("opportunity.stage", "closing"),)))
    assert changed(found) == {"stage": "closing", "stage_since": NOW}


def test_rules_do_not_touch_a_subject_as_people_do() -> None:
    found = bench(**OPEN)
    do(
        found,
        Route("sales"),
        Assign("bram"),
        Notify(("an",), "t"),
        Set((("request.triage", "new"),)),
        Close("order", "x"),
    )
    assert "last_touched_at" not in changed(found)
    assert "first_response_at" not in changed(found)


def test_assigning_moves_the_load_and_the_facts_about_the_owner() -> None:
    found = bench(load={"an": 3, "bram": 1}, **OPEN)
    do(found, Assign("bram"))
    assert (found.world.loads.of("an"), found.world.loads.of("bram")) == (2, 2)
    assert found.case.value("owner.open_count") == 2
    assert found.case.value("owner.name") == "Bram"
    do(found, Close("order", "done"))
    assert found.world.loads.of("bram") == 1


def test_who_gets_it_for_want_of_others_is_told() -> None:
    crowded = team(person("an", capacity=0), person("dirk", language="nl"), duo=("an",))
    found = bench(Team(crowded.people, crowded.pools))
    assert do(found, Assign(Pick("duo"))) == [{"assign": "dirk", "how": "last_resort"}]
    (message,) = found.world.effects.messages
    assert (message.to, message.template, message.urgency, message.language) == (
        "dirk",
        "assignment_fallback",
        "now",
        "nl",
    )
    assert message.key == "key|assignment_fallback|dirk"


def test_a_message_reaches_every_active_member_once_in_their_language() -> None:
    people = team(
        person("an", "boss", language="nl"),
        person("bram"),
        person("gone", "boss", active=False),
        duo=("bram", "an", "gone"),
    )
    found = bench(people, account__owner="bram")
    to = ("account.owner", "duo", "boss", "contact.account")
    assert do(found, Notify(to, "news", "digest")) == [{"notify": ["bram", "an"], "template": "news"}]
    told = [(one.to, one.language, one.urgency, one.subject) for one in found.world.effects.messages]
    assert told == [("bram", "en", "digest", "request/1"), ("an", "nl", "digest", "request/1")]


def test_a_task_is_for_one_person_and_due_in_working_time() -> None:
    found = bench(TEAM, {"an": 2})
    assert do(found, Task("inside_sales", "Call them", parse_duration("1 working day"))) == [
        {"task": "bram", "what": "Call them"}
    ]
    (task,) = found.world.effects.tasks
    assert (task.owner, task.due_at, task.key) == ("bram", at("2026-11-23 09:13"), "key|task|Call them")


def test_an_order_changes_what_its_contact_and_account_count() -> None:
    found = bench(**OPEN)
    do(found, Close("order", "done"))
    assert found.world.shaken == {"contact/C", "account/A"}


def test_fields_of_an_account_are_shared() -> None:
    found = bench(kind="account", account__owner="an")
    do(found, Set((("account.flagged", True),)), Assign("bram"))
    assert changed(found) == {"flagged": True, "owner": "bram"}
    assert found.world.shaken == {"account/1"}
