"""A small sound project as text, for tests of loading."""

from collections.abc import Mapping

from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.model import Rulebook

TEAM = """
people:
  - {id: an, name: An, email: an@example.com, roles: [account_manager]}
  - {id: bram, name: Bram, email: bram@example.com, pools: [inside_sales]}
  - {id: dirk, name: Dirk, email: dirk@example.com, roles: [sales_director]}
  - {id: helga, name: Helga, email: helga@example.com, roles: [general_management]}
pools:
  field_sales: {members: [an, bram], lead: dirk, fallback: inside_sales}
  inside_sales: {members: [bram], lead: dirk}
"""
FIELDS = """
request:
  machine_type: {type: choice, choices: [Lathe, mill], about: What they ask a price for}
  deadline_on: {type: date, about: When they decide}
  adviser: {type: text, about: The id of a colleague}
  tags: {type: list, about: Words}
account:
  fleet_size: {type: number, about: How many machines}
"""
FILES = {
    "rules/team.yaml": TEAM,
    "rules/fields.yaml": FIELDS,
    "rules/lists/target-accounts.csv": "name\nAcme\nGlobex BV\n",
}
HEAD = "rulebook: {name}\nsubject: {subject}\nflow: {flow}\nhit: {hit}\n"


def load_with(files: Mapping[str, str]) -> Loaded:
    """The small project with these files in it."""
    return load(FILES | files)


def book_of(text: str, **also: str) -> Rulebook:
    """The one rulebook in `text`, which must have no faults."""
    loaded = load_with({"rules/book.yaml": text} | also)
    assert loaded.problems == []
    return loaded.ruleset.rulebooks[0]


def head(name: str = "routing", subject: str = "request", flow: str = "route", hit: str = "all") -> str:
    """The first lines of a rulebook."""
    return HEAD.format(name=name, subject=subject, flow=flow, hit=hit)


def one_rule(when: str = "{account.tier: key}", then: str = "[{assign: an}]", more: str = "", **of: str) -> str:
    """A rulebook with one rule, in flow style; `more` are further keys of the rule."""
    return head(**of) + f"rules:\n  - id: one\n    when: {when}\n    then: {then}\n{more}"


def codes(text: str, **also: str) -> list[str]:
    """`line:column code` of every problem of a rulebook."""
    problems = load_with({"rules/book.yaml": text} | also).problems
    return [f"{one.place.line}:{one.place.column} {one.code}" for one in problems]
