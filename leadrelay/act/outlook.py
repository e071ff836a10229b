"""What is coming for a subject: steps of its episodes, rules that time alone will turn, tasks; with the sums."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.halting import modes
from leadrelay.act.ladder import Rung, coming, repeats
from leadrelay.act.turning import Facts, Foresight
from leadrelay.calendar import WorkCalendar
from leadrelay.clock import FOREVER, Instant
from leadrelay.errors import UnknownSubject
from leadrelay.leads.effects import Episode
from leadrelay.leads.team import Team
from leadrelay.reckoning import reckon, told
from leadrelay.rulebook.model import FLOWS, Rule, Rulebook, Ruleset
from leadrelay.rulebook.model import Task as TaskAction
from leadrelay.store import agenda, episodes
from leadrelay.store.agenda import Due
from leadrelay.store.owners import whole_team
from leadrelay.store.past import facts_at
from leadrelay.store.raw import Statement

_TASKS = Statement(
    "SELECT owner, what, due_at, created_at, cause FROM tasks WHERE subject = :subject AND done_at IS NULL ORDER BY id"
)


class Coming(NamedTuple):
    """Something that will happen, or be looked at, at a moment. `what`: begins, ends, step, repeat, task or look; `why`
    is the arithmetic. What no rule brings about has no rulebook and no rule."""

    at: Instant
    subject: str
    flow: str | None
    what: str
    why: str
    rulebook: str | None = None
    rule: Rule | None = None
    step: str | None = None
    mode: str | None = None


class Outlook(Struct, dict=True):
    """What is coming for subjects, in the light of a ruleset and the database at one moment."""

    conn: Connection
    ruleset: Ruleset
    now: Instant

    @cached_property
    def _modes(self) -> dict[str, str]:
        return modes(self.conn, self.ruleset)

    @cached_property
    def _team(self) -> Team:
        return whole_team(self.conn, self.ruleset.team)

    def of(self, subject: str) -> list[Coming]:
        """Everything that is coming for a subject (request/42), soonest first. Raises UnknownSubject."""
        kind, _, name = subject.partition("/")
        known: dict[Instant, Facts | None] = {}

        def facts(at: Instant) -> Facts | None:
            if at not in known:
                known[at] = facts_at(self.conn, subject, at, team=self._team, fields=self.ruleset.fields)
            return known[at]

        if facts(self.now) is None:
            raise UnknownSubject(subject=subject)
        begun = {one.rule_key: one for one in episodes.open_of(self.conn, [subject]).get(subject, ())}
        found: list[Coming] = []
        for book in sorted(self.ruleset.rulebooks, key=lambda one: (FLOWS.index(one.flow), one.order, one.name)):
            if book.subject == kind:
                found += self._of_book(subject, Foresight(book, self._team, self.ruleset.calendars, facts), begun)
        found += self._tasks(subject)
        found += self._looks(subject, agenda.coming_for(self.conn, kind, name), found)
        return sorted(found, key=lambda one: one.at)

    def next(self, most: int) -> list[Coming]:
        """What the flows will look at next, by the agenda, soonest first: `most` moments, each with what it brings."""
        lines = sorted(
            (due for flow in FLOWS for due in agenda.next_due(self.conn, flow, most)), key=lambda due: due.due_at
        )[:most]
        of: dict[str, list[Coming]] = {}
        found = []
        for due in lines:
            subject = f"{due.kind}/{due.id}"
            if subject not in of:
                try:
                    of[subject] = self.of(subject)
                except UnknownSubject:  # it was deleted; the next run takes it off the agenda
                    of[subject] = [self._look(subject, due, "it was deleted, and is taken off the agenda")]
            found += [one for one in of[subject] if one.flow == due.flow and one.at == due.due_at]
        return found

    def _of_book(self, subject: str, sight: Foresight, begun: Mapping[str, Episode]) -> Iterator[Coming]:
        book = sight.book
        for rule in book.every_rule():
            if (episode := begun.get(rule.key)) is not None:
                calendar = sight.calendar(self.now)
                for rung in (one for one in coming(rule, episode, calendar) if one.at < FOREVER):
                    what = "step" if rung.step.isdigit() else "repeat"
                    why = self._counted(rule, episode, rung, calendar)
                    yield self._coming(rung.at, subject, book, rule, what, why, rung.step)
        for turn in sight.turns(self.now):
            what = "begins" if turn.holds else "ends"
            if turn.rule.key in begun or turn.holds:  # what has not begun does not end
                yield self._coming(turn.at, subject, book, turn.rule, what, turn.why, "0" if turn.holds else None)

    def _coming(
        self, at: Instant, subject: str, book: Rulebook, rule: Rule, what: str, why: str, step: str | None
    ) -> Coming:
        mode = self._modes.get(rule.key, rule.mode)
        return Coming(at, subject, book.flow, what, why, book.name, rule, step, mode)

    def _counted(self, rule: Rule, episode: Episode, rung: Rung, calendar: WorkCalendar) -> str:
        """The sum of a step: from the beginning of the episode, or from the repeat before it."""
        since, span = episode.began_at, None
        if rung.step.isdigit():
            span = rule.later[int(rung.step) - 1].after
        elif rule.repeat is not None:
            number, span = int(rung.step.removeprefix("repeat-")), rule.repeat.every
            earlier = list(repeats(rule.repeat, episode.began_at, calendar))[: number - 1]
            since = earlier[-1] if earlier else since
        assert span is not None
        start = "holds since" if since == episode.began_at else "last due"
        return f"{start} {told(since, calendar, self.now)}; {reckon(since, span, calendar, self.now)}"

    def _tasks(self, subject: str) -> Iterator[Coming]:
        rules = {rule.key: (book, rule) for book, rule in self.ruleset.rules()}
        for owner, what, due_at, created_at, cause in _TASKS.rows(self.conn, subject=subject):
            book, rule = rules.get(cause.partition("|")[0], (None, None))
            told_of = f"{owner}: {what}"
            span = next((one.due for one in _task_actions(rule) if one.what == what), None)
            for calendar in self._calendars(owner, book):
                if span is not None and span.after(created_at, calendar) == due_at:
                    made = told(created_at, calendar, self.now)
                    told_of += f"; made {made}; {reckon(created_at, span, calendar, self.now)}"
                    break
            yield Coming(
                due_at, subject, book.flow if book else None, "task", told_of, book.name if book else None, rule
            )

    def _calendars(self, owner: str, book: Rulebook | None) -> Iterator[WorkCalendar]:
        """The calendars that a task may have been counted in: its person's, or else the rulebook's."""
        person = self._team.people.get(owner)
        names = (person.calendar if person else "default", book.calendar if book else "default")
        return (self.ruleset.calendars[name] for name in names if name in self.ruleset.calendars)

    def _looks(self, subject: str, lines: list[Due], found: list[Coming]) -> Iterator[Coming]:
        """The moments of the agenda that nothing above explains."""
        for due in lines:
            if any(one.flow == due.flow and one.at == due.due_at and one.what != "task" for one in found):
                continue
            if due.due_at <= self.now:
                yield self._look(subject, due, "it is new, or something changed: the next run looks at it")
            else:
                yield self._look(subject, due, "it is looked at again; as far as can be told now, nothing happens")

    @staticmethod
    def _look(subject: str, due: Due, why: str) -> Coming:
        return Coming(due.due_at, subject, due.flow, "look", why)


def _task_actions(rule: Rule | None) -> Iterator[TaskAction]:
    steps = [] if rule is None else [rule.then, *(step.then for step in rule.later)]
    return (action for then in steps for action in then if isinstance(action, TaskAction))
