"""A project with a resident loop under a clock that the test moves, and what the loop said."""

import threading

from sqlalchemy import text

from flows.judge import Judge
from flows.resident import Resident, Through
from flows.voice import Voice
from leadrelay.clock import Instant, fixed_clock
from leadrelay.judging import Question, Verdict, answer
from leadrelay.project import Project

LADDER = """
rulebook: waiting
about: A ladder of two rungs.
subject: request
flow: escalate
hit: all
scope: {request.status: open, request.owner: {known: true}}
rules:
  - id: waits
    when: {request.received_at: {older_than: 1 hour}}
    then: [{notify: {to: request.owner, template: overdue, urgency: now}}]
    later:
      - {after: 1 hour, then: [{notify: {to: request.owner, template: escalated, urgency: now}}]}
      - {after: 3 hours, then: [{notify: {to: [request.owner, bram], template: escalated, urgency: now}}]}
"""


class AtOnce:
    """Judges in this very process, before it answers."""

    def __init__(self) -> None:
        self._found: Verdict | None = None

    def ask(self, question: Question) -> None:
        self._found = answer(question)

    def verdict(self) -> Verdict | None:
        found, self._found = self._found, None
        return found

    def stop(self) -> None:
        self._found = None


class Life:
    """A project that is served."""

    def __init__(self, project: Project, through: Through | None = None, judge: Judge | None = None) -> None:
        project.notices.clear()
        self.project, self.stop, self.said = project, threading.Event(), list[str]()
        voice = Voice(self.said.append, project.clock, project.zone)
        self.loop = Resident(project, voice, self.stop, through, judge=judge or AtOnce())

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.loop.tick()

    def at(self, now: Instant) -> "Life":
        self.project.clock = fixed_clock(now)
        return self

    def decided(self) -> list[str]:
        return self.column("SELECT key FROM decisions ORDER BY id")

    def column(self, query: str) -> list[str]:
        with self.project.database.read() as conn:
            return [str(row[0]) for row in conn.execute(text(query))]

    def change(self, statement: str) -> None:
        with self.project.database.begin() as conn:
            conn.execute(text(statement))
