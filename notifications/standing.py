"""Looks again before a message goes: whether what it says is still so.

A message of a `hit: all` rule, of a later step or of a repeat says that something stands. It no longer does when its
episode ended after the message was written, when somebody has acknowledged it, when the rule would not decide by the
facts of now, or when it was for the owner and somebody else is that by now. A message of the `then` of a `hit: first`
rule says that something happened, as does one whose episode ended in the moment in which it was written, or that tells
of a new owner: they go. Nothing goes of a rule that a person has stopped."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import GIVEN, PASSED_ON
from leadrelay.leads.fields import SUBJECTS
from leadrelay.leads.team import Team
from leadrelay.messages.policy import MERGED
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.model import Action, Assign, Notify, Rule, Rulebook, Ruleset
from leadrelay.rulebook.owner_calendar import moment_for
from leadrelay.rulebook.way import name_of
from leadrelay.store import halts
from leadrelay.store.episodes import Standing, standing_of
from notifications.facts import Facts
from notifications.message import Message

NO_LONGER_TRUE = "no longer true"
DELETED = "what it is about was deleted"


class Found(NamedTuple):
    """What became of episodes, by rule key, subject and number; and why stopped rules say nothing, by their keys."""

    episodes: Mapping[tuple[str, str, int], Standing]
    stopped: Mapping[str, str]


class Standings:
    """What the episodes behind a batch of messages have come to."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._rules = {rule.key: (book, index) for book in ruleset.rulebooks for index, rule in _indexed(book)}

    def read(self, conn: Connection, batch: Iterable[Message]) -> Found:
        """How the episodes stand that these messages belong to, and which rules are stopped."""
        episodes = standing_of(conn, {(one.rule, one.subject, one.episode) for one in batch})
        stopped = {key: halts.why_stopped(halt.reason) for key, halt in halts.stopped(conn).items()}
        return Found(episodes, stopped)

    def objection(self, message: Message, found: Found, facts: Facts | None, team: Team, now: Instant) -> str | None:
        """Why a message should not go any more, in a few words; None if it should. `facts` None: no such subject."""
        if facts is None and message.subject.partition("/")[0] in SUBJECTS:
            return DELETED
        standing = found.episodes.get((message.rule, message.subject, message.episode))
        rule = message.rule
        if standing is not None and standing.became is not None:  # it was renamed since
            rule = standing.became.rpartition("|")[0]
        if rule in found.stopped and message.template not in MERGED:
            return found.stopped[rule]
        book, index = self._rules.get(rule, (None, 0))
        if book is not None and book.hit == "first" and message.step == "0":
            return None
        if book is not None and _tells_of_owner(book.every_rule()[index], message):
            return None
        if standing is None or standing.ended_at == message.at:
            return None
        if standing.ended_at is not None:
            return NO_LONGER_TRUE
        if standing.acknowledged_at is not None:
            return f"acknowledged by {standing.acknowledged_by}"
        if book is None:  # the rule was taken away; its next sweep ends the episode
            return NO_LONGER_TRUE
        if facts is None or not self._holds(book, index, facts, team, now):
            return NO_LONGER_TRUE
        return self._passed_on(message, book.every_rule()[index], facts)

    def _holds(self, book: Rulebook, index: int, facts: Facts, team: Team, now: Instant) -> bool:
        moment = moment_for(book, facts, Moment(now, self._ruleset.calendars), team)
        return index in decide(book, facts, moment).rules

    @staticmethod
    def _passed_on(message: Message, rule: Rule, facts: Facts) -> str | None:
        """Whether it went to whom a field named, and the field names somebody else by now."""
        words = [
            word
            for action in _actions(rule, message.step)
            if isinstance(action, Notify) and action.template == message.template
            for word in action.to
        ]
        people = [facts.get(word) for word in words if "." in word]
        if len(people) < len(words) or not people or message.to in people:
            return None
        return f"passed on to {', '.join(str(one) for one in people if one) or 'nobody'}"


def _tells_of_owner(rule: Rule, message: Message) -> bool:
    """Whether it is one of those that `assign` with `tell: true` sends."""
    return message.template in (GIVEN, PASSED_ON) and any(
        isinstance(action, Assign) and action.tell for action in _actions(rule, message.step)
    )


def _indexed(book: Rulebook) -> Iterator[tuple[int, Rule]]:
    return ((index, rule) for index, rule in enumerate(book.every_rule()))


def _actions(rule: Rule, step: str) -> tuple[Action, ...]:
    """The actions of a step, wherever it stands now; none if the rule has no such step any more."""
    if step == "0" or step.startswith("repeat-"):
        return rule.then
    names = [str(number) if step.isdigit() else name_of(mark) for number, mark in enumerate(rule.marks, start=1)]
    return rule.later[names.index(step)].then if step in names else ()
