"""Which rulebooks may hold for closed subjects."""

import pytest

from leadrelay.rulebook.closed import speaks_of_closed
from tests.rulebook.projects import book_of, head, load_with

OPEN, DEAL = "{request.status: open}", "{opportunity.closed_at: {known: false}}"
BOTH = f"{{any: [{OPEN}, {{all: [{OPEN}, {{request.kind: renewal}}]}}]}}"


@pytest.mark.parametrize(
    ("subject", "scope", "when", "closed"),
    [
        ("request", OPEN, "{request.kind: renewal}", False),
        ("request", "{request.kind: renewal}", OPEN, False),
        ("request", BOTH, "{request.kind: renewal}", False),
        ("request", "{request.kind: renewal}", "{request.kind: renewal}", True),
        ("request", "{request.status: closed}", OPEN, False),
        ("request", "{request.status: [open, closed]}", "{request.kind: renewal}", True),
        ("request", f"{{any: [{OPEN}, {{request.kind: renewal}}]}}", "{request.kind: renewal}", True),
        ("request", "{none: [{request.status: closed}]}", "{request.kind: renewal}", True),
        ("opportunity", DEAL, "{account.tier: key}", False),
        ("opportunity", "{opportunity.closed_at: {known: true}}", "{account.tier: key}", True),
        ("account", "{account.tier: key}", "{account.tier: key}", True),
    ],
)
def test_a_rulebook_that_demands_open_ones_says_nothing_of_closed_ones(
    subject: str, scope: str, when: str, closed: bool
) -> None:
    rules = f"rules:\n  - id: one\n    when: {when}\n    then: [{{stop: true}}]\n"
    text = head(subject=subject, flow="nudge") + f"scope: {scope}\n{rules}"
    book = load_with({"rules/book.yaml": text}).ruleset.rulebooks[0]
    assert speaks_of_closed(book) is closed


def test_an_otherwise_may_say_something_of_closed_ones() -> None:
    text = head(hit="first") + f"rules:\n  - id: one\n    when: {OPEN}\n    then: [{{assign: an}}]\n"
    assert speaks_of_closed(book_of(text + "otherwise: [{assign: bram}]\n"))
