"""What a person closes ends as a rule would have it: sales with an opportunity, marketing with a contact on a list."""

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from leadrelay.act.by_hand import Hand, not_interesting
from leadrelay.act.close_by_hand import Closing, close
from leadrelay.act.person import Doer
from leadrelay.act.set_by_hand import Setting, set_fields
from leadrelay.errors import NotSo
from leadrelay.leads.fields import Value
from leadrelay.rulebook.model import Nurture, Rule, Rulebook, Ruleset
from leadrelay.rulebook.place import NOWHERE
from leadrelay.store.audit import audit
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert
from tests.act.builders import CALENDARS, NOW, person, team
from tests.act.test_by_hand_opportunities import TEAM_FILE
from tests.rulebook.test_stages import STAGES, loaded

AN, BRAM, GONE = person("an"), person("bram"), replace(person("gone"), active=False)
BOOK = Rulebook("cold", "request", "route", rules=(Rule("cold", "cold", then=(Nurture("webinar", NOWHERE),)),))


@pytest.fixture
def rules() -> Ruleset:
    stages = loaded(stages=STAGES, team=TEAM_FILE).ruleset.stages
    return Ruleset(team=team(AN, BRAM, GONE), calendars=CALENDARS, stages=stages, rulebooks=(BOOK,))


@pytest.fixture
def asked(database: Database) -> Database:
    """Request 4 of contact 3 at account 1, on SQLite and PostgreSQL in turn."""
    with database.begin() as conn:
        upsert(conn, "account", [{"id": "1", "name": "Vos", "owner": "bram"}], NOW, "import x")
        upsert(conn, "contact", [{"id": "3", "name": "Piet", "email": "piet@vos.example"}], NOW, "import x")
        asks: dict[str, Value] = {"id": "4", "contact": "3", "account": "1", "product": "mill", "expected_value": 500}
        upsert(conn, "request", [asks], NOW, "import x")
    return database


def change(database: Database, kind: str, **values: Value) -> None:
    with database.begin() as conn:
        upsert(conn, kind, [values], NOW, "import x")


def stored(database: Database, subject: str) -> dict[str, Value]:
    kind, _, name = subject.partition("/")
    with database.read() as conn:
        return stored_of(conn, kind, {name}).get(name, {})


def closing(outcome: str, **more: str) -> Closing:
    return Closing("request/4", outcome, "says an", Doer(AN), NOW + 5, **more)


def causes(database: Database, subject: str, field: str) -> list[str]:
    sql = text("SELECT cause FROM history WHERE subject = :subject AND field = :field ORDER BY id")
    with database.read() as conn:
        return [row[0] for row in conn.execute(sql, {"subject": subject, "field": field})]


def no_faults(database: Database) -> None:
    with database.read() as conn:
        assert list(audit(conn, NOW + 5)) == []


@pytest.mark.parametrize("outcome", ["order", "follow_up", "archived"])
def test_an_outcome_that_makes_nothing_is_only_written(asked: Database, rules: Ruleset, outcome: str) -> None:
    done = close(asked, rules, closing(outcome))
    assert (done.opportunity, done.list, done.contact) == (None, None, None)
    found = stored(asked, "request/4")
    assert [found[one] for one in ("status", "outcome", "reason", "closed_at")] == [
        "closed",
        outcome,
        "says an",
        NOW + 5,
    ]
    assert causes(asked, "request/4", "outcome") == ["person an"]


def test_marketing_puts_the_contact_on_the_list(asked: Database, rules: Ruleset) -> None:
    done = close(asked, rules, closing("marketing", list="webinar"))
    assert (done.contact, done.list, done.gets_no_mail) == ("contact/3", "webinar", None)
    assert stored(asked, "request/4")["outcome"] == "marketing"
    assert causes(asked, "contact/3", "lists") == ["person an"]
    no_faults(asked)


@pytest.mark.parametrize("said", [{"consent": False}, {"unsubscribed_at": NOW}, {"objected_at": NOW}])
def test_who_refuses_mail_is_on_the_list_and_that_is_said(
    asked: Database, rules: Ruleset, said: dict[str, Value]
) -> None:
    change(asked, "contact", id="3", **said)
    done = close(asked, rules, closing("marketing", list="webinar"))
    assert done.list == "webinar"
    assert done.gets_no_mail


@pytest.mark.parametrize(
    ("values", "name", "what"),
    [
        ({}, None, "lists are webinar"),
        ({}, "webinars", "'webinars', which is no list"),
        ({"contact": None}, "webinar", "has no contact"),
    ],
)
def test_marketing_without_what_it_takes_changes_nothing(
    asked: Database, rules: Ruleset, values: dict[str, Value], name: str | None, what: str
) -> None:
    change(asked, "request", id="4", **values)
    with pytest.raises(NotSo, match=what):
        close(asked, rules, replace(closing("marketing"), list=name))
    assert stored(asked, "request/4")["status"] == "open"


@pytest.mark.parametrize(("own", "owner"), [("an", "an"), (None, "bram")])
def test_sales_makes_an_opportunity_with_one_owner(
    asked: Database, rules: Ruleset, own: str | None, owner: str
) -> None:
    change(asked, "request", id="4", owner=own)
    done = close(asked, rules, closing("sales"))
    assert (done.opportunity, done.owner, done.stage) == ("opportunity/O-4", owner, "new")
    made = stored(asked, "opportunity/O-4")
    wanted = {"owner": owner, "stage": "new", "request": "4", "contact": "3", "account": "1", "expected_value": 500}
    assert {name: made[name] for name in wanted} == wanted
    assert stored(asked, "request/4")["outcome"] == "sales"
    with asked.read() as conn:
        moves = conn.execute(text('SELECT opportunity, "to", cause FROM stage_moves')).all()
    assert [tuple(one) for one in moves] == [("O-4", "new", "person an")]
    no_faults(asked)


@pytest.mark.parametrize("owner", [None, "gone", "jan_weg"])
def test_sales_asks_for_an_owner_who_is_at_work(asked: Database, rules: Ruleset, owner: str | None) -> None:
    change(asked, "account", id="1", owner=owner)
    with pytest.raises(NotSo, match="leadrelay assign request/4"):
        close(asked, rules, closing("sales"))
    assert stored(asked, "opportunity/O-4") == {}
    assert stored(asked, "request/4")["status"] == "open"


def test_a_list_is_for_marketing_only_and_what_is_closed_stays_so(asked: Database, rules: Ruleset) -> None:
    with pytest.raises(NotSo, match="joins no list as order"):
        close(asked, rules, closing("order", list="webinar"))
    close(asked, rules, closing("order"))
    for again in (closing("sales"), closing("marketing", list="webinar")):
        with pytest.raises(NotSo, match="closed already, as order"):
            close(asked, rules, again)
    assert stored(asked, "opportunity/O-4") == {}


def test_the_link_in_a_mail_closes_as_the_command_does(asked: Database, rules: Ruleset) -> None:
    with asked.begin() as conn:
        not_interesting(conn, "request/4", "", Hand(AN, NOW + 5, rules.team))
    found = stored(asked, "request/4")
    assert [found[one] for one in ("status", "outcome", "closed_at")] == ["closed", "archived", NOW + 5]
    assert causes(asked, "request/4", "outcome") == ["person an"]


@pytest.mark.parametrize(("owner", "unowned"), [(None, True), ("bram", False)])
def test_a_desk_is_set_with_what_follows(asked: Database, rules: Ruleset, owner: str | None, unowned: bool) -> None:
    change(asked, "request", id="4", owner=owner, desk="inside_sales", routed_at=NOW)
    outcome = set_fields(asked, rules, Setting("request/4", {"desk": "sales"}, Doer(AN), NOW + 5))
    assert outcome.changed == (("desk", "inside_sales", "sales"),)
    assert outcome.unowned is unowned
    found = stored(asked, "request/4")
    assert [found[one] for one in ("desk", "routed_at", "owner")] == ["sales", NOW + 5, owner]
    assert causes(asked, "request/4", "desk")[-1] == causes(asked, "request/4", "routed_at")[-1] == "person an"


def test_the_same_desk_again_is_no_new_routing(asked: Database, rules: Ruleset) -> None:
    change(asked, "request", id="4", desk="sales", routed_at=NOW)
    assert set_fields(asked, rules, Setting("request/4", {"desk": "sales"}, Doer(AN), NOW + 5)).changed == ()
    assert stored(asked, "request/4")["routed_at"] == NOW


@pytest.mark.parametrize(
    ("desk", "what"), [("archive", "close request/4 --outcome archived"), (None, "always at some")]
)
def test_a_desk_that_would_lose_the_request_is_refused(
    asked: Database, rules: Ruleset, desk: str | None, what: str
) -> None:
    with pytest.raises(NotSo, match=what):
        set_fields(asked, rules, Setting("request/4", {"desk": desk}, Doer(AN), NOW + 5))


def test_a_closed_request_changes_desks_no_more(asked: Database, rules: Ruleset) -> None:
    close(asked, rules, closing("archived"))
    with pytest.raises(NotSo, match="is closed"):
        set_fields(asked, rules, Setting("request/4", {"desk": "sales"}, Doer(AN), NOW + 5))
