"""What people do to opportunities on a real database: fields, moves, closing, quotes with approval, deciders, team."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from leadrelay.act.close_by_hand import Closing, close
from leadrelay.act.members import Member, Members
from leadrelay.act.person import Doer
from leadrelay.act.quotes import Desk
from leadrelay.act.set_by_hand import Setting, set_fields
from leadrelay.errors import BadValue, NotSo, UnknownPerson, UnknownStage, UnknownSubject
from leadrelay.leads.quote import QuoteLine
from leadrelay.leads.team import Team
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import Move
from leadrelay.store.audit import audit
from leadrelay.store.database import Database
from leadrelay.store.exports import Exporter
from leadrelay.store.intake_writes import upsert
from leadrelay.store.past import facts_at
from tests.act.builders import CALENDARS, NOW, ZONE, at, day, person, team
from tests.rulebook.test_stages import STAGES, loaded

AN, BRAM = person("an", manager="dirk"), person("bram")
DIRK = person("dirk", "sales_director", manager="gm")
GM, EVA = person("gm"), person("eva")
LIMIT = (
    "authorisation: {discount_over: 15, amount_over: 50000, by: sales_director, due: 4 working hours, deputy: eva}\n"
)
TEAM_FILE = (
    "people:\n  - {id: dirk, name: Dirk, email: d@example.com, roles: [sales_director]}\n"
    "  - {id: eva, name: Eva, email: e@example.com}\n"
)
SMALL, LARGE = QuoteLine("mill", Decimal(1), 100_000), QuoteLine("mill", Decimal(60), 100_000)
HISTORY = "SELECT field, new, cause FROM history WHERE subject = 'opportunity/7' AND field <> '*' ORDER BY id"


def ruleset_of(people: Team) -> Ruleset:
    found = loaded(stages=STAGES + LIMIT, team=TEAM_FILE)
    assert found.errors == []
    return Ruleset(team=people, calendars=CALENDARS, stages=found.ruleset.stages)


@pytest.fixture
def rules() -> Ruleset:
    return ruleset_of(team(AN, BRAM, DIRK, GM, EVA))


def with_deal(database: Database) -> Database:
    """Opportunity 7 of an, in its first stage, with a contact."""
    with database.begin() as conn:
        upsert(conn, "contact", [{"id": "3", "name": "Piet"}, {"id": "4", "name": "Kees"}], NOW, "import x")
        upsert(conn, "account", [{"id": "1", "name": "Vos"}], NOW, "import x")
        own = {"id": "7", "stage": "new", "owner": "an", "contact": "3", "account": "1"}
        upsert(conn, "opportunity", [own], NOW, "import x")
    return database


@pytest.fixture
def deal(sqlite_database: Database) -> Database:
    """On SQLite."""
    return with_deal(sqlite_database)


@pytest.fixture
def each_deal(database: Database) -> Database:
    """On SQLite and PostgreSQL in turn."""
    return with_deal(database)


def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    with database.read() as conn:
        return [tuple(row) for row in conn.execute(text(sql))]


def facts(database: Database, now: int = NOW) -> dict[str, object]:
    with database.read() as conn:
        return dict(facts_at(conn, "opportunity/7", now) or {})


def test_fields_are_set_with_history_and_the_move_is_recorded(each_deal: Database, rules: Ruleset) -> None:
    outcome = set_fields(
        each_deal, rules, Setting("opportunity/7", {"stage": "QUALIFIED", "expected_value": 100_000}, Doer(AN), NOW + 1)
    )
    assert (outcome.move, outcome.lacks) == (Move.FORWARD, ())
    assert outcome.changed == (("expected_value", None, 100_000), ("stage", "new", "Qualified"))
    assert {(field, cause) for field, _, cause in rows(each_deal, HISTORY)} == {
        ("last_touched_at", "person an"),
        ("expected_value", "person an"),
        ("stage", "person an"),
        ("stage_since", "person an"),
    }
    assert rows(each_deal, 'SELECT opportunity, "from", "to", move, cause FROM stage_moves') == [
        ("7", "new", "Qualified", "forward", "person an")
    ]
    assert facts(each_deal, NOW + 1)["opportunity.stage_since"] == NOW + 1


def test_nothing_is_changed_when_something_is_lacking(deal: Database, rules: Ruleset) -> None:
    before = facts(deal)
    wanted = {"stage": "quote", "decision_on": day("2026-12-01"), "expected_value": 5}
    outcome = set_fields(deal, rules, Setting("opportunity/7", wanted, Doer(AN), NOW + 1))
    assert [one.brief for one in outcome.lacks] == ["next_step next_step_at", "gate worth-it"]
    assert outcome.links == {"contact": "3", "account": "1"}
    assert (facts(deal, NOW + 1), rows(deal, HISTORY), rows(deal, "SELECT id FROM stage_moves")) == (before, [], [])


@pytest.mark.parametrize(
    ("doer", "reason", "passes"), [(DIRK, "key account", True), (AN, "why not", False), (DIRK, None, False)]
)
def test_a_role_may_override_a_gate_with_a_reason(
    deal: Database, rules: Ruleset, doer: object, reason: str | None, passes: bool
) -> None:
    wanted = {
        "stage": "quote",
        "decision_on": day("2026-12-01"),
        "expected_value": 5,
        "next_step_at": at("2026-11-23 10:00"),
    }
    outcome = set_fields(deal, rules, Setting("opportunity/7", wanted, Doer(doer), NOW, reason))  # type: ignore[arg-type]
    assert (outcome.lacks == ()) is passes
    recorded = rows(deal, "SELECT move, reason, overridden FROM stage_moves")
    assert recorded == ([("fast_forward", "key account", '["worth-it"]')] if passes else [])


def test_back_is_always_allowed_and_what_is_closed_stays_so(deal: Database, rules: Ruleset) -> None:
    with deal.begin() as conn:
        upsert(conn, "opportunity", [{"id": "7", "stage": "closing"}], NOW, "import x")
    back = set_fields(deal, rules, Setting("opportunity/7", {"stage": "new"}, Doer(AN), NOW, reason="they think again"))
    assert back.move is Move.BACK
    close(deal, rules, Closing("opportunity/7", "recycled", "next year", Doer(AN), NOW + 5))
    assert rows(deal, 'SELECT "from", "to", move, reason FROM stage_moves ORDER BY id') == [
        ("closing", "new", "back", "they think again"),
        ("new", "recycled", "recycled", "next year"),
    ]
    found = facts(deal, NOW + 5)
    assert (found["opportunity.outcome"], found["opportunity.closed_at"]) == ("recycled", NOW + 5)
    with pytest.raises(NotSo, match="is closed"):
        set_fields(deal, rules, Setting("opportunity/7", {"stage": "quote"}, Doer(AN), NOW))
    with pytest.raises(NotSo, match="closed already, as recycled"):
        close(deal, rules, Closing("opportunity/7", "won", "x", Doer(AN), NOW))


def test_what_cannot_be_set_or_closed(deal: Database, rules: Ruleset) -> None:
    with pytest.raises(UnknownStage, match="new, Qualified"):
        set_fields(deal, rules, Setting("opportunity/7", {"stage": "won"}, Doer(AN), NOW))
    with pytest.raises(BadValue, match="there is no contact/99"):
        set_fields(deal, rules, Setting("opportunity/7", {"contact": "99"}, Doer(AN), NOW))
    with pytest.raises(UnknownSubject):
        set_fields(deal, rules, Setting("opportunity/8", {"product": "x"}, Doer(AN), NOW))
    with pytest.raises(NotSo, match="By hand it is order, follow_up, sales, marketing, archived"):
        close(deal, rules, Closing("request/1", "won", "x", Doer(AN), NOW))
    with pytest.raises(NotSo, match="for a reason only"):
        close(deal, rules, Closing("opportunity/7", "won", " ", Doer(AN), NOW))


def test_deciders_and_team_are_fields_with_a_history(each_deal: Database, rules: Ruleset) -> None:
    crew = Members(each_deal, rules.team, NOW)
    crew.add("7", Member.of("contact/3"), "Decider", Doer(AN))
    crew.add("7", Member.of("contact/4"), "user", Doer(AN), "comparing")
    crew.add("7", Member.of("bram"), "engineer", Doer(AN))
    found = facts(each_deal)
    assert found["opportunity.deciders"] == ("3",)
    assert found["opportunity.decider_count"] == 1
    assert found["opportunity.contact_roles"] == ("decider", "user")
    assert found["opportunity.team"] == ("bram",)
    with each_deal.read() as conn:
        (row,) = Exporter(conn, NOW, ZONE).rows("opportunities")
        members = list(Exporter(conn, NOW, ZONE).rows("members"))
    assert (row["deciders"], row["decider_count"], row["team"]) == (["3"], 1, ["bram"])
    assert [(one["member"], one["role"], one["phase"]) for one in members] == [
        ("3", "decider", None),
        ("4", "user", "comparing"),
        ("bram", "engineer", None),
    ]
    crew.remove("7", Member.of("contact/3"), Doer(AN))
    assert "opportunity.deciders" not in facts(each_deal)
    for act in (crew.remove, lambda *given: crew.add(*given[:2], "helper", given[2])):
        with pytest.raises(NotSo, match="has an as its owner"):
            act("7", Member.of("person/an"), Doer(AN))
    with pytest.raises(UnknownPerson):
        crew.add("7", Member.of("zoe"), "helper", Doer(AN))
    with pytest.raises(UnknownSubject):
        crew.add("7", Member.of("contact/99"), "user", Doer(AN))


def ready(database: Database, rules: Ruleset) -> None:
    """The opportunity has what the stage `quote` asks for."""
    values = {"expected_value": 100_000, "decision_on": day("2026-12-01"), "next_step_at": at("2026-11-23 10:00")}
    set_fields(database, rules, Setting("opportunity/7", values, Doer(AN), NOW))


def test_a_quote_within_the_limit_is_sent_at_once(each_deal: Database, rules: Ruleset) -> None:
    ready(each_deal, rules)
    desk = Desk(each_deal, rules, NOW)
    quote = desk.new("7", [SMALL], day("2026-12-31"), AN)
    assert (quote.status, quote.total, quote.approver) == ("draft", 100_000, None)
    sent, outcome = desk.send(quote.id, AN)
    assert (sent.status, outcome.move) == ("sent", Move.FAST_FORWARD)
    found = facts(each_deal)
    assert (found["opportunity.quote_sent_at"], found["opportunity.stage"]) == (NOW, "quote")
    assert (found["opportunity.quote_status"], found["opportunity.quote_total"]) == ("sent", 100_000)
    assert found["opportunity.quote_valid_until"] == day("2026-12-31")
    assert desk.take("accept", quote.id, AN).status == "accepted"
    with pytest.raises(NotSo, match="is accepted"):
        desk.send(quote.id, AN)


def test_a_quote_that_lacks_something_is_not_sent(deal: Database, rules: Ruleset) -> None:
    desk = Desk(deal, rules, NOW)
    quote = desk.new("7", [SMALL], day("2026-12-31"), AN)
    same, outcome = desk.send(quote.id, AN)
    assert same.status == "draft"
    assert "demand decision_on" in [one.brief for one in outcome.lacks]
    assert "opportunity.quote_sent_at" not in facts(deal)


@pytest.mark.parametrize("line", [LARGE, replace(SMALL, discount=Decimal("15.1"))], ids=["amount", "discount"])
def test_above_the_limit_somebody_else_approves(deal: Database, rules: Ruleset, line: QuoteLine) -> None:
    ready(deal, rules)
    desk = Desk(deal, rules, NOW)
    quote = desk.new("7", [SMALL, line], day("2026-12-31"), AN)
    assert (quote.status, quote.approver, quote.approval_manager) == ("awaiting_approval", "dirk", "gm")
    assert quote.approval_due_at == at("2026-11-20 13:13")
    assert rows(deal, 'SELECT "to", template, subject FROM messages') == [("dirk", "approval", "opportunity/7")]
    assert rows(deal, "SELECT owner, what, due_at, done_at FROM tasks") == [
        ("dirk", "Approve or refuse quote 1", quote.approval_due_at, None)
    ]
    for verb, who, why in (("send", AN, "awaiting"), ("approve", AN, "your own"), ("approve", BRAM, "not for bram")):
        with pytest.raises(NotSo, match=why):
            desk.send(quote.id, who) if verb == "send" else desk.take(verb, quote.id, who)
    with pytest.raises(NotSo, match="takes a reason"):
        desk.take("refuse", quote.id, DIRK)
    assert desk.take("approve", quote.id, GM).decided_by == "gm"  # to whom it climbs
    assert rows(deal, "SELECT done_at FROM tasks") == [(NOW,)]
    assert desk.send(quote.id, AN)[0].status == "sent"
    with deal.read() as conn:
        assert list(audit(conn, NOW)) == []
        (row,) = Exporter(conn, NOW, ZONE).rows("quotes")
        lines = list(Exporter(conn, NOW, ZONE).rows("quote_lines"))
    assert (row["valid_until"], row["lines"], row["decided_by"]) == ("2026-12-31", 2, "gm")
    assert [one["unit_price"] for one in lines] == [1000, 1000]


AWAY = ("2026-11-20", "2026-11-27")


@pytest.mark.parametrize(
    ("people", "maker", "asked"),
    [
        ((AN, DIRK, GM, EVA), "an", "dirk"),
        ((AN, person("dirk", "sales_director", away=(*AWAY, "bram")), GM, EVA, BRAM), "an", "bram"),
        ((AN, person("dirk", "sales_director", away=(*AWAY, None)), GM, EVA), "an", "eva"),
        ((AN, DIRK, GM), "dirk", "gm"),  # nobody approves their own
        ((person("an", "sales_director", manager="dirk"), DIRK, GM), "gm", "dirk"),  # nor does the owner
        ((AN, person("dirk", "sales_director")), "dirk", None),
    ],
)
def test_who_is_asked(deal: Database, people: tuple[object, ...], maker: str, asked: str | None) -> None:
    rules = ruleset_of(team(*people))  # type: ignore[arg-type]
    desk, by = Desk(deal, rules, NOW), rules.team.people[maker]
    if asked is None:
        with pytest.raises(NotSo, match="nobody who may approve"):
            desk.new("7", [LARGE], day("2026-12-31"), by)
        assert rows(deal, "SELECT id FROM quotes") == []
    else:
        assert desk.new("7", [LARGE], day("2026-12-31"), by).approver == asked


def test_a_quote_holds_until_a_day_and_expires_after_it(deal: Database, rules: Ruleset) -> None:
    ready(deal, rules)
    desk = Desk(deal, rules, NOW)
    with pytest.raises(NotSo, match="is past"):
        desk.new("7", [SMALL], day("2026-11-19"), AN)
    quote = desk.new("7", [SMALL], day("2026-11-20"), AN)
    desk.send(quote.id, AN)
    with pytest.raises(NotSo, match="holds until 2026-11-20"):
        desk.take("expire", quote.id, AN)
    later = Desk(deal, rules, at("2026-11-21 00:00"))
    assert later.take("expire", quote.id, AN).status == "expired"
    close(deal, rules, Closing("opportunity/7", "lost", "silence", Doer(AN), NOW))
    with pytest.raises(NotSo, match="is closed"):
        desk.new("7", [SMALL], day("2026-12-31"), AN)
