"""Triage of generated companies in the database against a plain oracle; and the same meaning by kind or by words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text

from leadrelay.act.memory import engines_of
from leadrelay.act.sweep import Sweeper
from leadrelay.act.trial import world_of
from leadrelay.leads.fields import Value
from leadrelay.project import read_files
from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.rule_test import RuleTest
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from tests.acceptance.companies import Answer, World, oracle, worlds
from tests.act.builders import NOW

SHIPPED = Path(__file__).parents[2]
LISTS = {
    "renegotiation": "renegotiation-words",
    "renewal": "renewal-words",
    "price_confirmation": "price-confirmation-words",
    "reorder": "reorder-words",
    "new_project": "new-project-words",
    "information": "information-words",
}

DECIDES = text("INSERT INTO opportunity_people VALUES (:deal, 'contact', :member, 'decider', NULL, 0, 'test')")
TEMPLATES = ("doubt", "running_deal", "price_accepted", "seller_consulted")


class Office:
    """The shipped rules on a database; every company gets ids of its own."""

    def __init__(self, database: Database, loaded: Loaded) -> None:
        self.database, self.sweeper, self.number = database, Sweeper(database, loaded.ruleset), 0
        with database.begin() as conn:
            rulesets.put_live(conn, "shipped", {}, NOW, "test")
            agenda.touch_all(conn, loaded.ruleset, NOW)

    def take(self, world: World) -> Answer:
        """What came of a company's request."""
        self.number += 1
        mine = f"c{self.number}-"
        accounts = self._accounts(world, mine)
        request = self._request(world, mine)
        deals = [self._deal(world, mine, number) for number in range(len(world.deals))]
        deciders = [
            {"deal": mine + one.id, "member": mine + one.decider} for one in world.deals if one.decider is not None
        ]
        with self.database.begin() as conn:
            for kind, rows in (("account", accounts), ("opportunity", deals), ("request", [request])):
                intake_writes.upsert(conn, kind, rows, NOW, "import test.csv")
            intake_writes.upsert(conn, "contact", [{"id": mine + one} for one in ("piet", "wil")], NOW, "import test")
            for row in deciders:
                conn.execute(
                    text("INSERT INTO opportunity_people VALUES (:deal, 'contact', :member, 'decider', NULL, 0, 'x')"),
                    row,
                )
        self.sweeper.sweep("route", NOW)
        return self.found(mine + "R")

    def found(self, request: str) -> Answer:
        """How it stands with a request."""
        with self.database.read() as conn:
            values = intake_writes.stored_of(conn, "request", {request})[request]
            told = conn.execute(
                text('SELECT "to", template FROM messages WHERE subject = :one'), {"one": f"request/{request}"}
            ).all()
        mine = request.removesuffix("R")
        wanted = [
            (to, name) for to, name in told if name in ("doubt", "running_deal", "price_accepted", "seller_consulted")
        ]
        deal = values.get("deal")
        return Answer(
            str(values["triage"]),
            str(deal).removeprefix(mine) if deal else None,
            frozenset(to for to, _ in wanted),
            wanted[0][1] if wanted else None,
            str(values["outcome"]) if values.get("triage") != "new" and values.get("outcome") else None,
        )

    @staticmethod
    def _accounts(world: World, mine: str) -> list[dict[str, Value]]:
        names = ["own", "parent", "grandparent", "former"]
        rows: list[dict[str, Value]] = [{"id": mine + name, "name": name} for name in names]
        for number in range(world.parents):
            rows[number]["parent"] = mine + names[number + 1]
        rows[0] |= {"relation": world.relation, "owner": world.owner}
        return rows

    @staticmethod
    def _deal(world: World, mine: str, number: int) -> dict[str, Value]:
        one = world.deals[number]
        return {
            "id": mine + one.id,
            "account": mine + one.company,
            "contact": mine + one.contact if one.contact else None,
            "product": one.product,
            "owner": one.seller,
            "stage": "quote",
            "closed_at": NOW - 1 if one.closed else None,
        }

    @staticmethod
    def _request(world: World, mine: str) -> dict[str, Value]:
        words = world.saying[2]
        words += f" Het gaat om de {world.spoken}." if world.spoken else ""
        words += f" Kenmerk {mine}{world.deals[world.named].id}." if world.named is not None else ""
        return {
            "id": mine + "R",
            "account": mine + "own" if world.has_account else None,
            "contact": mine + world.asker if world.asker else None,
            "kind": world.saying[1],
            "summary": words,
            "product": world.product,
            "channel": "email",
        }


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    return load(read_files(SHIPPED), proofread=False)


@pytest.fixture
def office(database: Database, shipped: Loaded) -> Iterator[Office]:
    yield Office(database, shipped)


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def agrees(office: Office, world: World) -> None:
    wanted = oracle(world)
    found = office.take(world)
    if wanted.template is not None and not wanted.told:
        assert found.told  # whoever of inside sales got it
        found = replace(found, told=frozenset())
    assert found == wanted


@given(world=worlds())
@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
def test_triage_says_what_the_oracle_says(office: Office, world: World) -> None:
    agrees(office, world)


@pytest.mark.slow
@given(world=worlds())
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
def test_triage_of_300_companies_says_what_the_oracle_says(office: Office, world: World) -> None:
    agrees(office, world)


AFTER = ("triage", "outcome", "desk", "reason")
"""What has to be the same, whoever said what it is."""


def alone(kind: str, phrase: str, lists: dict[str, frozenset[Value]]) -> bool:
    """Whether a phrase is of this kind's list only: others than its own would be in it as well."""
    of_others = (name for name in lists if name.endswith("-words") and name != LISTS[kind])
    return not any(mentioned(phrase, lists[name]) for name in of_others)


def mentioned(phrase: str, entries: frozenset[Value]) -> bool:
    return any(f" {entry} " in f" {phrase} " for entry in entries)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("relation", ["customer", "prospect"])
@pytest.mark.parametrize("deals", [0, 1, 2])
def test_the_same_meaning_by_kind_or_by_words_gives_the_same_end(
    shipped: Loaded, kind: str, relation: str, deals: int
) -> None:
    """Every phrase of the kind's list, said by somebody who gives no kind, or 'other', against the kind itself."""
    engines = engines_of(shipped.ruleset)
    lists = dict(shipped.ruleset.lists)
    phrases = sorted(str(one) for one in lists[LISTS[kind]] if alone(kind, str(one), lists))
    assert len(phrases) >= 10

    def end(given_kind: str | None, summary: str) -> tuple[object, ...]:
        request: dict[str, Value] = {"kind": given_kind, "summary": summary, "channel": "email", "received_at": NOW}
        account: dict[str, Value] = {"relation": relation, "name": "Berkhout", "tier": "standard"}
        running = tuple({"id": f"D{one}", "owner": "daan", "stage": "quote"} for one in range(deals))
        test = RuleTest("t", NOW, {"request": request, "contact": {}, "account": account}, deals=running)
        memory = world_of(test, shipped.ruleset, engines)
        memory.start(NOW)
        memory.sweep(NOW, ("route",))
        came = memory.entities.values["request", "R-1"]
        told = sorted((one.to, one.template) for one in memory.messages.values())
        return (came["kind"], *(came.get(name) for name in AFTER), told)

    for phrase in phrases:
        for without in (None, "other"):
            assert end(without, f"Goedendag, {phrase}.") == end(kind, "Goedendag."), phrase
