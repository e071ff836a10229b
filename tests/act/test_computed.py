"""A computed own field follows at once when a rule sets what it is computed from: later rulebooks see it."""

from leadrelay.act.trial import run_tests
from leadrelay.rulebook.load import load
from tests.rulebook.projects import FILES

FIELDS = """\
account:
  first: {type: number}
  second: {type: number}
  both: {type: number, sum: [account.extra.first, account.extra.second]}
"""
SETS = """\
rulebook: sets
subject: account
flow: nudge
order: 1
hit: all
rules:
  - {id: set-it, when: {account.extra.second: {known: false}}, then: [{set: {account.extra.second: 4}}]}
"""
SEES = """\
rulebook: sees
subject: account
flow: nudge
order: 2
hit: all
rules:
  - {id: see-it, when: {account.extra.both: 7}, then: [{assign: an}]}
"""
TESTS = """\
tests:
  - test: in the same run
    now: 2026-11-20 10:00
    given: {account: {extra: {first: 3}}}
    expect: {sets: set-it, sees: see-it, account.extra.both: 7, account.owner: an}
  - test: from what is given
    now: 2026-11-20 10:00
    given: {account: {extra: {first: 3, second: 1}}}
    expect: {sees: nothing, account.extra.both: 4}
"""


def test_a_later_rulebook_sees_it() -> None:
    loaded = load(
        FILES
        | {
            "rules/fields.yaml": FIELDS,
            "rules/sets.yaml": SETS,
            "rules/sees.yaml": SEES,
            "rules/tests/t.yaml": TESTS,
        }
    )
    assert loaded.problems == []
    assert [one.differences for one in run_tests(loaded)] == [(), ()]
