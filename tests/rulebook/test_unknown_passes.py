"""Where unknown passes a `not` that gives a subject its place is said with a subject; where it is meant, nothing is."""

import pytest

from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.evaluate import decide
from tests.rulebook.projects import TEAM, book_of, head, load_with, one_rule

OTHERWISE = "otherwise: [{route: inside_sales}]\n"
CODE = "unknown-passes"


def said(text: str, **also: str) -> list[int]:
    """The lines where it is said."""
    problems = load_with({"rules/book.yaml": text} | also).problems
    return [one.place.line for one in problems if one.code == CODE]


@pytest.mark.parametrize(
    "when",
    [
        "{account.country: {not: NL}}",
        "{account.tier: {not: [key, important]}}",
        "{account.country: {not: {not: {not: NL}}}}",
        "{account.country: {not: {in_list: target-accounts}}}",
        "{account.postcode_number: {not: {between: [1000, 1999]}}}",
        "{account.postcode: {not: {starts_with: '10'}}}",
        "{any: [{account.country: {not: NL}, account.tier: key}, {account.employees: {at_least: 50}}]}",
        "{request.extra.machine_type: {not: mill}}",
        "{request.kind: {not: renewal}, account.country: {known: true}}",
    ],
)
@pytest.mark.parametrize("then", ["[{assign: an}]", "[{route: sales}]", "[{nurture: {list: cold}}]"])
def test_said(when: str, then: str) -> None:
    assert len(said(one_rule(when, then))) == 1


@pytest.mark.parametrize(
    "when",
    [
        "{account.country: {not: NL, known: true}}",
        "{account.country: {not: NL, known: any}}",
        "{none: [{account.country: NL}], account.country: {known: true}}",
        "{any: [{account.country: {not: NL}}, {account.country: {known: false}}]}",
        "{account.country: {not: NL}, account.postcode_number: {known: true}, all: [{account.country: BE}]}",
        "{request.last_touched_at: {not: {newer_than: 3 days}}}",
        "{request.summary: {not: {contains: price}}}",
        "{account.employees: {not: {at_least: 50}}}",
        "{contact.consent: {not: false}}",
        "{contact.lists: {not: {contains: cold}}}",
        "{request.owner: {not: {same_as: account.owner}}}",
        "{request.status: {not: closed}}",
        "{none: [{account.country: NL}], account.employees: {at_least: 50}}",
        "{none: [{account.tier: {not: key}}]}",
    ],
)
def test_not_said_where_unknown_is_ruled_out_or_meant(when: str) -> None:
    assert said(one_rule(when)) == []


def test_not_said_of_rules_that_only_tell() -> None:
    assert said(one_rule("{account.country: {not: NL}}", "[{task: {for: an, what: Call, due: 1 day}}]")) == []


def test_not_said_where_an_earlier_rule_takes_the_unknown() -> None:
    rows = "table:\n  when: [account.country]\n  then: [route]\n  rows:\n{}    - [{{not: NL}}, sales]\n"
    alone, below = rows.format(""), rows.format("    - [{known: false}, inside_sales]\n")
    assert len(said(head(hit="first") + alone + OTHERWISE)) == 1
    assert said(head(hit="first") + below + OTHERWISE) == []


def test_a_scope_is_looked_at_once_for_all_its_rules() -> None:
    rules = "".join(
        f"  - id: r{n}\n    when: {{account.employees: {n}}}\n    then: [{{assign: an}}]\n" for n in range(3)
    )
    assert said(head() + "scope: {account.country: {not: NL}}\nrules:\n" + rules) == [5]


def test_a_territory() -> None:
    team = TEAM.replace("name: Bram,", "name: Bram, territory: {account.country: LAND},")
    book = one_rule("{account.employees: 5}", "[{assign: {pool: field_sales, by: territory}}]")
    assert len(said(book, **{"rules/team.yaml": team.replace("LAND", "{not: NL}")})) == 1
    assert said(book, **{"rules/team.yaml": team.replace("LAND", "{not: NL, known: true}")}) == []
    apart = team.replace("{account.country: LAND}", "{none: [{account.country: NL}]}")
    assert len(said(book, **{"rules/team.yaml": apart})) == 1


@pytest.mark.parametrize(
    ("test", "belgian", "dutch", "unknown"),
    [("{not: NL, known: true}", True, False, False), ("{not: NL, known: any}", True, False, True)],
)
def test_what_the_two_ways_of_saying_it_mean(test: str, belgian: bool, dutch: bool, unknown: bool) -> None:
    book = book_of(one_rule(f"{{account.country: {test}}}"))
    taken = [bool(decide(book, {"account.country": country}, Moment(0, {})).rules) for country in ("BE", "nl", None)]
    assert taken == [belgian, dutch, unknown]
