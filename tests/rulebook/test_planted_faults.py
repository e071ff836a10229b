"""Faults planted in rulebooks of many sorts are found, each with its code and in its line, and nothing else is.

A comment `# ! CODE` ends the line that a finding must point at.
"""

import re

import pytest

from tests.rulebook.projects import load_with

_MARK = re.compile(r"# ! (.+)$")
HEADS = {
    "first": "rulebook: one\nsubject: request\nflow: route\nhit: first\n",
    "all": "rulebook: one\nsubject: request\nflow: route\nhit: all\n",
    "deal": "rulebook: one\nsubject: opportunity\nflow: nudge\nhit: all\n",
}
OTHERWISE = "otherwise: [{route: inside_sales}]\n"
THEN = "    then: [{route: sales}]\n"
LISTS = {
    "rules/lists/big.yaml": "[Acme, Globex BV, Initech]\n",
    "rules/lists/other.yaml": "[Hooli, Umbrella]\n",
}


def rules(hit: str, *each: str, scope: str = "", end: bool = True) -> str:
    """A rulebook of rules, each given as the lines under its id; `then` is added where it has none."""
    text = HEADS[hit] + scope + "rules:\n"
    for number, lines in enumerate(each):
        body = "".join(f"    {line}\n" for line in lines.splitlines())
        mark, body = _own_mark(body)
        text += f"  - id: r{number}{mark}\n{body}" + ("" if "then:" in lines else THEN)
    return text + (OTHERWISE if hit == "first" and end else "")


def _own_mark(body: str) -> tuple[str, str]:
    """A first line that is only a mark belongs behind the rule's id."""
    first, _, rest = body.partition("\n")
    return (f" {first.strip()}", rest) if first.strip().startswith("#") else ("", body)


def table(columns: str, *rows: str, more: str = "", end: str = OTHERWISE, mark: str = "") -> str:
    lines = "".join(f"    - [{row.partition(' #')[0]}]{' #' + row.partition(' #')[2] if ' #' in row else ''}\n" for row in rows)
    return f"{HEADS['first']}table:\n  when: {columns}{mark}\n  then: [route]\n{more}  rows:\n{lines}{end}"


def marked(text: str, file: str) -> list[tuple[str, int, str]]:
    """What the comments of a file say has to be found."""
    return [
        (file, number, code)
        for number, line in enumerate(text.splitlines(), start=1)
        if (mark := _MARK.search(line))
        for code in mark[1].split()
    ]


ROWS = "[account.country, account.employees]"
PLANTED: dict[str, str] = {
    # rules that never hold
    "a choice twice": rules("first", "# ! never-holds\nwhen: {account.tier: key, all: [{account.tier: important}]}"),
    "below and above": rules("all", "# ! never-holds\nwhen: {any: [{account.employees: {under: 5}}], "
                             "all: [{account.employees: {over: 9}}]}"),
    "money outside the scope": rules("all", "# ! never-holds\nwhen: {request.expected_value: {under: 99.95}}",
                                     scope="scope: {request.expected_value: {at_least: 100}}\n"),
    "a text on two lists that share nothing": rules(
        "all", "# ! never-holds\nwhen: {account.name: {in_list: big}, all: [{account.name: {in_list: other}}]}"),
    "a value that its list does not have": rules(
        "all", "# ! never-holds\nwhen: {account.name: hooli, all: [{account.name: {in_list: big}}]}"),
    "words that exclude each other": rules("all", "# ! never-holds\nwhen: {account.name: {known: false, contains: nv}}"),
    "beginnings that exclude each other": rules(
        "all", "# ! never-holds\nwhen: {account.domain: {starts_with: shop, not: {contains: sho}}}"),
    "a glob against an ending": rules(
        "all", '# ! never-holds\nwhen: {contact.email: {matches: "*.gov", not: {ends_with: gov}}}'),
    "a text that does not match": rules(
        "all", '# ! never-holds\nwhen: {account.country: NL, all: [{account.country: {matches: "b*"}}]}'),
    "newer and older": rules(
        "all", "# ! never-holds\nwhen: {request.received_at: {newer_than: 1 day, older_than: 2 days}}"),
    "a date past and ahead": rules("deal", "# ! never-holds\nwhen: {opportunity.decision_on: {past: false, "
                                   "older_than: 2 weeks}}\nthen: [{task: {for: dirk, what: Call, due: 1 day}}]"),
    "dates out of order": rules("deal", "# ! never-holds\nwhen: {opportunity.start_on: {at_least: 2027-01-01}, all: "
                                "[{opportunity.start_on: {under: 2026-12-01}}]}\n"
                                "then: [{task: {for: dirk, what: Call, due: 1 day}}]"),
    "the same as what is not known": rules(
        "all", "# ! never-holds\nwhen: {request.owner: {same_as: account.owner}, account.owner: {known: false}}"),
    "the same as another one": rules(
        "all", "# ! never-holds\nwhen: {request.owner: an, account.owner: {same_as: request.owner}, "
        "any: [{account.owner: bram}, {account.owner: dirk}]}"),
    "all that it may be is excluded": rules(
        "all", "# ! never-holds\nwhen: {request.prompted: {known: true}, none: [{request.prompted: true}, "
        "{request.prompted: false}]}"),
    "a score beyond the scale": rules("deal", "# ! never-holds\nwhen: {opportunity.bant_score: {over: 4}}\n"
                                      "then: [{task: {for: dirk, what: Call, due: 1 day}}]"),
    "a scope without anything in it": rules("all", "when: {account.tier: key}",
        scope="scope: {request.status: open, none: [{request.status: [open, closed]}]} # ! never-holds\n"),
    # rules and rows that never decide
    "one above takes all": rules("first", "when: {account.employees: {at_least: 50}}",
                                 "# ! unreachable-rule\nwhen: {account.employees: {between: [60, 70]}}"),
    "several above take all": rules("first", "when: {account.flagged: true}", "when: {account.flagged: {not: true}}\n",
                                    "# ! unreachable-rule\nwhen: {account.tier: key}").replace(
                                        "otherwise:", "otherwise: # ! unreachable-otherwise\n ").replace("\n  [{", "\n  [{"),
    "a longer word below a shorter one": rules("first", "when: {request.summary: {contains: [price, cost]}}",
                                               "# ! unreachable-rule\nwhen: {request.summary: {contains: prices}}"),
    "a list below its larger one": rules("first", "when: {contact.lists: {contains: [a, b]}}",
                                         "# ! unreachable-rule\nwhen: {contact.lists: {contains: b}}"),
    "older below old": rules("first", "when: {request.received_at: {older_than: 1 week}}",
                             "# ! unreachable-rule\nwhen: {request.received_at: {older_than: 8 days}}"),
    "a stop above": rules("all", "when: {account.tier: key}\nthen: [{route: sales}, {stop: true}]",
                          "# ! unreachable-rule\nwhen: {account.tier: key, request.kind: renewal}", "when: {account.tier: standard}"),
    "two stops above": rules("all", "when: {request.prompted: true}\nthen: [{stop: true}]",
                             "when: {request.prompted: false}\nthen: [{stop: true}]",
                             "# ! unreachable-rule\nwhen: {request.prompted: {known: true}, account.tier: key}"),
    "a row below a wider one": table(ROWS, "NL, any, sales", "BE, {over: 9}, sales", "be, {over: 20}, archive # ! unreachable-rule"),
    "a row below two together": table(ROWS, "NL, {under: 50}, sales", "NL, {at_least: 50}, sales",
                                      "NL, {known: true}, archive # ! unreachable-rule"),
    "an otherwise below all": rules("first", "when: {account.tier: key}", "when: {account.tier: {not: key}}", end=False)
        + "otherwise: [{route: archive}] # ! unreachable-otherwise\n",
    "an otherwise below a whole table": table("[request.prompted]", "true, sales", "false, archive", "{known: false}, archive",
                                              end="otherwise: [{route: archive}] # ! unreachable-otherwise\n"),
    "an otherwise below the scope's own": rules("first", "when: {account.tier: [key, important]}", end=False,
        scope="scope: {account.tier: important}\n").replace("important]}", "important]} # ! always-holds")
        + "otherwise: [{route: archive}] # ! unreachable-otherwise\n",
    # overlaps and gaps
    "ranges that overlap": table(ROWS, "NL, {between: [1, 50]}, sales", "NL, {between: [50, 90]}, archive # ! overlapping-rows"),
    "an overlap where the order must not count": table(ROWS, "NL, any, sales", "any, 7, archive # ! overlapping-rows", more="  ordered: false\n"),
    "texts that overlap": table("[account.domain, account.tier]", '{ends_with: .nl}, any, sales',
                                '{starts_with: shop}, key, archive # ! overlapping-rows', more="  ordered: false\n"),
    "a gap between two rows": table("[account.employees]", "{under: 50}, sales", "{over: 50}, sales", "{known: false}, archive",
                                    end="", mark=" # ! missing-row"),
    "a gap of the unknown": table("[request.prompted]", "true, sales", "false, archive", end="", mark=" # ! missing-row"),
    "a gap for a country": table(ROWS, "NL, any, sales", "{not: [NL, BE]}, any, archive", "BE, {not: 50}, sales", end="", mark=" # ! missing-row"),
    # lines that always hold
    "said by the scope": rules("all", "when:\n  request.status: open # ! always-holds\n  account.tier: key", scope="scope: {request.status: open}\n"),
    "said by the next line": rules("all", "when:\n  account.employees: {at_least: 50}\n  all:\n    - account.employees: {known: true} # ! always-holds"),
    "said twice": rules("all", "when:\n  account.name: {contains: acme}\n  all:\n    - account.name: {contains: acme} # ! always-holds"),
    "an amount said by a larger one": rules("all", "when:\n  request.expected_value: {over: 5000}\n  all: [{request.expected_value: {not: {under: 100}}}] # ! always-holds"),
    "a day said by a later one": rules("deal", "when:\n  opportunity.decision_on: {past: true} # ! always-holds\n  all: [{opportunity.decision_on: {older_than: 3 days}}]\n"
                                       "then: [{task: {for: dirk, what: Call, due: 1 day}}]"),
    "known because it is the same": rules("all", "when:\n  request.owner: {same_as: account.owner}\n  account.owner: {known: true} # ! always-holds"),
    "on a list of which it is one": rules("all", "when:\n  account.name: acme\n  all: [{account.name: {in_list: big}}] # ! always-holds"),
    "true for everybody": rules("all", "when:\n  account.tier: key\n  any: # nothing\n    - request.prompted: true # ! always-holds\n    - request.prompted: {not: true}"),
    "an own choice of all its choices": rules("all", "when:\n  account.tier: key\n  request.extra.machine_type: {not: {not: [lathe, mill], known: true}} # ! always-holds"),
    "a line in an alternative": rules("all", "when:\n  any:\n    - account.tier: key\n    - account.employees: {over: 9}\n      all: [{account.employees: {over: 5}}] # ! always-holds"),
    "a line of the scope itself": rules("all", "when: {account.tier: key}",
        scope="scope:\n  request.received_at: {older_than: 2 days}\n  all: [{request.received_at: {older_than: 1 day}}] # ! always-holds\n"),
    "a cell that the scope says": table(ROWS, "[NL, BE], {over: 5}, sales # ! always-holds", "NL, {under: 3}, archive", end=OTHERWISE).replace(
        "table:", "scope: {account.country: [NL, BE]}\ntable:"),
    # alternatives
    "an alternative against another line": rules("all", "when:\n  account.tier: [key, important]\n  any:\n    - account.tier: standard # ! dead-alternative\n    - account.flagged: true"),
    "an alternative against the scope": rules("all", "when:\n  any:\n    - request.expected_value: {under: 10} # ! dead-alternative\n    - account.flagged: true",
                                              scope="scope: {request.expected_value: {over: 10}}\n"),
    "an alternative against itself": rules("all", "when:\n  any:\n    - request.kind: renewal\n    - request.received_at: {newer_than: 1 hour, older_than: 1 day} # ! dead-alternative"),
    "an alternative in an alternative": rules("all", "when:\n  any:\n    - account.flagged: true\n    - account.tier: key\n      any:\n        - account.employees: {over: 9}\n"
                                              "        - account.tier: standard # ! dead-alternative"),
    "an alternative in another": rules("all", "when:\n  any:\n    - account.employees: {over: 100}\n    - account.employees: {over: 250} # ! needless-alternative"),
    "an alternative in two others": rules("all", "when:\n  any:\n    - account.employees: {under: 100}\n    - account.employees: {at_least: 90}\n"
                                          "    - account.employees: {between: [80, 120]} # ! needless-alternative"),
    "an alternative twice": rules("all", "when:\n  any:\n    - {account.tier: key, request.kind: renewal}\n    - {request.kind: renewal, account.tier: key} # ! needless-alternative"),
    "a narrower alternative": rules("all", "when:\n  any:\n    - {account.tier: key, request.kind: renewal} # ! needless-alternative\n    - account.tier: key"),
    "a word within a word": rules("all", "when:\n  any:\n    - request.summary: {contains: price}\n    - request.summary: {starts_with: pricelist} # ! needless-alternative"),
    # exclusions
    "an exclusion of what cannot be": rules("all", "when:\n  account.tier: key\n  none:\n    - account.tier: standard # ! excludes-nothing"),
    "one of two exclusions": rules("all", "when:\n  request.kind: [renewal, renegotiation]\n  none:\n    - account.flagged: true\n    - request.kind: information # ! excludes-nothing"),
    "an exclusion of nobody": rules("all", "when:\n  account.tier: key\n  none:\n    - account.name: {known: false, contains: x} # ! excludes-nothing"),
    "an exclusion in another": rules("all", "when:\n  account.flagged: true\n  none:\n    - account.employees: {under: 50}\n    - account.employees: {under: 10} # ! needless-alternative"),
    "a line of an exclusion": rules("all", "when:\n  account.flagged: true\n  none:\n    - request.status: open # ! always-holds\n      account.tier: standard", scope="scope: {request.status: open}\n"),
    # steps
    "a step against its rule": rules("all", "when: {account.tier: key}\nthen: [{task: {for: dirk, what: Call, due: 1 day}}]\nlater:\n  - after: 2 days # ! step-never-holds\n"
                                     "    when: {account.tier: standard}\n    then: [{task: {for: dirk, what: Call, due: 1 day}}]"),
    "a step unless what always is": rules("all", "when: {account.employees: {over: 50}}\nthen: [{task: {for: dirk, what: Call, due: 1 day}}]\nlater:\n  - after: 2 days # ! step-never-holds\n"
                                          "    unless: {account.employees: {over: 20}}\n    then: [{task: {for: dirk, what: Call, due: 1 day}}]"),
    "a step that repeats its rule": rules("all", "when: {account.tier: key}\nthen: [{task: {for: dirk, what: Call, due: 1 day}}]\nlater:\n  - after: 2 days\n"
                                          "    when: {account.tier: {known: true}, account.flagged: true} # ! always-holds\n    then: [{task: {for: dirk, what: Call, due: 1 day}}]"),
}  # fmt: skip


def test_there_are_enough() -> None:
    assert len(PLANTED) >= 50


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_nothing_else(name: str) -> None:
    text = PLANTED[name]
    problems = load_with(LISTS | {"rules/book.yaml": text}).problems
    found = [(one.place.file, one.place.line, one.code) for one in problems]
    assert sorted(found) == sorted(marked(text, "rules/book.yaml")), "\n".join(str(one) for one in problems)
    assert {one.severity for one in problems} == {"warning"}


SHEET = """\
account.postcode_number,account.tier,> route
"{between: [1000, 1999]}",key,sales
"{between: [2000, 2999]}",,sales
"{between: [1500, 1600]}",key,archive
"{between: [2900, 3100]}",key,archive
"""


def test_faults_in_a_sheet_are_placed_in_the_sheet() -> None:
    book = HEADS["first"] + "table: {file: places.csv}\n" + OTHERWISE
    loaded = load_with({"rules/book.yaml": book, "rules/places.csv": SHEET})
    found = [(one.place.file, one.place.line, one.code) for one in loaded.problems]
    assert found == [("rules/places.csv", 4, "unreachable-rule"), ("rules/places.csv", 5, "overlapping-rows")]
