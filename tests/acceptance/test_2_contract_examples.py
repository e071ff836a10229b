"""Section 2 and 3: the examples of the contract itself, to the letter."""

from __future__ import annotations

from typing import Any

import pytest

ROUTING = """\
rulebook: routing
about: Where every new request goes, within the working day.
subject: request              # request | opportunity | contact | account
flow: route                   # route | escalate | nudge | nurture: the flow that runs it
order: 20                     # rulebooks of one flow run in this order, each seeing what the former did
hit: first                    # first: the topmost rule that holds, alone | all: every rule that holds
scope:                        # only these subjects are looked at
  request.status: open
  request.desk: {known: false}

rules:
  - id: key-account-renegotiates        # stable identity, unique in the project
    about: A top customer wants to renegotiate; the account manager acts at once.
    when:
      account.tier: key
      request.kind: [renewal, renegotiation]
    then:
      - route: account_manager
      - assign: account.owner
      - notify: {to: [account.owner, general_management], template: key_account, urgency: now}

  - id: large-company
    when:
      any:
        - account.employees: {at_least: 250}
        - account.name: {in_list: target-accounts}
      none:
        - request.kind: information
    then: [{route: sales}, {assign: {pool: field_sales, by: territory}}]

otherwise:                    # required with hit: first
  - route: inside_sales
  - assign: {pool: inside_sales, by: least_loaded}
"""

TEAM = """\
# rules/team.yaml
people:
  - id: an
    name: An Peeters
    email: an@example.com
    roles: [account_manager]              # free words; also usable as WHO: every active person with that role
    pools: [field_sales]
    territory: {account.postcode_number: {between: [1000, 1999]}}    # a condition; default: everywhere
    language: nl                          # default: the company's
    calendar: belgium                     # default: default
    capacity: 20                          # open requests and opportunities at once; default: no limit
    away: [{from: 2026-12-21, until: 2027-01-04, deputy: bram}]   # both days included
    manager: dirk
    active: true
  - {id: bram, name: Bram, email: bram@example.com}
  - {id: dirk, name: Dirk, email: dirk@example.com, roles: [sales_director]}
  - {id: carla, name: Carla, email: carla@example.com, pools: [inside_sales]}
  - {id: greta, name: Greta, email: greta@example.com, roles: [general_management]}
pools:
  field_sales: {members: [an, bram], lead: dirk, fallback: inside_sales}    # members also by `pools:` above
  inside_sales: {}
"""

CALENDAR = """\
# rules/calendar.yaml
calendars:
  default:
    zone: Europe/Amsterdam
    holidays: NL                          # country, or country-region (BE, DE-BY), as the holidays package knows them
    closed: [2026-12-24]
    hours:
      monday-thursday: 09:00-12:30, 13:00-17:30
      friday: 09:00-17:00
  belgium:
    zone: Europe/Brussels
    holidays: BE
    hours: {monday-friday: 08:00-16:00}
"""

FIELDS = """\
# rules/fields.yaml
request:
  machine_type: {type: choice, choices: [lathe, mill], about: What they ask a price for}     # used as request.extra...
account:
  fleet_size: {type: number}
# types: text number money yes_no date time choice list
"""

TABLE = """\
rulebook: places
subject: request
flow: route
order: 30
hit: first
table:
  when: [account.country, account.postcode_number, account.employees]
  then: [assign, route]
  rows:
    - [BE, any, {at_least: 250}, an, account_manager]
    - [NL, {between: [1000, 1999]}, any, {pool: field_sales}, sales]
otherwise: [{route: inside_sales}, {assign: carla}]
"""

FIRST_TEST = """\
tests:
  - test: a top customer who renegotiates reaches the account manager
    now: 2026-11-20 09:13               # in the calendar's zone
    given:
      request: {kind: renewal, received_at: 2026-11-20 09:12}
      account: {tier: key, owner: an}
    expect:
      routing: key-account-renegotiates # rulebook: rule id | [ids] | otherwise | nothing
      request.desk: account_manager     # fields after the rules have run
      notify: [{to: an, template: key_account}]   # exactly these messages; omit to not check
"""

SECOND_TEST = """\
  - test: and is escalated when nobody reacts
    now: 2026-11-20 16:40
    given: {request: {kind: renewal, received_at: 2026-11-20 16:40}, account: {tier: key, owner: an}}
    after: 4 working hours              # the clock moves on, with all flows run at every due moment
    expect: {notify: [{to: an, template: key_account}, {to: dirk, template: overdue}]}
"""

KEY, LARGE = "key-account-renegotiates", "large-company"

ESCALATION = """\
rulebook: escalation
subject: request
flow: escalate
hit: all
rules:
  - id: key-account-waits
    when: {account.tier: key, request.status: open, request.first_response_at: {known: false}}
    then: []
    later:
      - after: 2 working hours          # counted from the moment the episode began
        then: [{notify: {to: sales_director, template: overdue, urgency: now}}]
"""


@pytest.fixture
def example(project: Any) -> Any:
    project.write("rules/team.yaml", TEAM)
    project.write("rules/calendar.yaml", CALENDAR)
    project.write("rules/fields.yaml", FIELDS)
    project.write("rules/lists/target-accounts.yaml", "[Philips, ASML]\n")
    project.rules(ROUTING, "routing")
    return project


def only_the_owner(text: str) -> str:
    return text.replace("to: [account.owner, general_management]", "to: account.owner")


def test_the_files_beside_the_rulebooks_have_no_fault(example: Any) -> None:
    assert [finding for finding in example.check() if finding["severity"] == "error"] == []


def test_the_table_has_no_fault(example: Any) -> None:
    example.write("rules/routing.yaml", TABLE)
    assert [finding for finding in example.check() if finding["severity"] == "error"] == []


def test_both_rule_tests_pass(example: Any) -> None:
    example.rules(only_the_owner(ROUTING), "routing")
    example.rules(ESCALATION.replace("    then: []\n", "    then: [{set: {request.source: waits}}]\n"), "escalation")
    example.expect(FIRST_TEST + SECOND_TEST)


def test_general_management_is_told_too(example: Any) -> None:
    example.expect(
        FIRST_TEST.replace(
            "[{to: an, template: key_account}]",
            "[{to: an, template: key_account}, {to: greta, template: key_account}]",
        )
    )


def test_a_message_too_many_fails_the_test(example: Any) -> None:
    example.tests(FIRST_TEST)
    result = example.cli("test", "--json")
    assert result.code == 1
    assert (result.json["passed"], result.json["failed"]) == (0, 1)
    assert any("greta" in str(difference) for difference in result.json["tests"][0]["differences"])


@pytest.mark.parametrize(
    ("given", "rule", "desk", "owner"),
    [
        ("request: {kind: renegotiation}, account: {tier: key, owner: an}", KEY, "account_manager", "an"),
        ("request: {kind: new_project}, account: {employees: 250, postcode: 1500 AB}", LARGE, "sales", "an"),
        ("request: {kind: new_project}, account: {employees: 250, postcode: 2500 AB}", LARGE, "sales", "bram"),
        ("request: {kind: new_project}, account: {employees: 249}", "otherwise", "inside_sales", "carla"),
        ("request: {kind: new_project}, account: {name: philips}", LARGE, "sales", "bram"),
        ("request: {kind: information}, account: {employees: 999}", "otherwise", "inside_sales", "carla"),
        ("request: {}, account: {employees: 999}", LARGE, "sales", "bram"),
        ("request: {kind: renewal}, account: {tier: important, owner: an}", "otherwise", "inside_sales", "carla"),
    ],
)
def test_the_rulebook_decides(example: Any, given: str, rule: str, desk: str, owner: str) -> None:
    example.expect(f"""\
tests:
  - test: it
    now: 2026-11-20 09:13
    given: {{{given}}}
    expect: {{routing: {rule}, request.desk: {desk}, request.owner: {owner}}}
""")


@pytest.mark.parametrize("given", ["{status: closed}", "{desk: marketing}"])
def test_what_is_out_of_scope_is_left_alone(example: Any, given: str) -> None:
    example.expect(f"""\
tests:
  - test: it
    now: 2026-11-20 09:13
    given: {{request: {given}, account: {{employees: 300}}}}
    expect: {{routing: nothing, notify: []}}
""")


@pytest.mark.parametrize(
    ("account", "rule", "owner", "desk"),
    [
        ("{country: BE, employees: 250}", "places-1", "an", "account_manager"),
        ("{country: be, postcode: 1000, employees: 900}", "places-1", "an", "account_manager"),
        ("{country: BE, employees: 249}", "otherwise", "carla", "inside_sales"),
        ("{country: NL, postcode: 1999 ZZ}", "places-2", "an", "sales"),
        ("{country: NL, postcode: 2000 AA}", "otherwise", "carla", "inside_sales"),
        ("{postcode: 1500 AA}", "otherwise", "carla", "inside_sales"),
    ],
)
def test_the_table_decides(example: Any, account: str, rule: str, owner: str, desk: str) -> None:
    example.write("rules/routing.yaml", TABLE)
    example.expect(f"""\
tests:
  - test: it
    now: 2026-11-20 09:13
    given: {{request: {{}}, account: {account}}}
    expect: {{places: {rule}, request.owner: {owner}, request.desk: {desk}}}
""")
