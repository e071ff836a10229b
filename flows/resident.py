"""The resident loop of `serve`: looks at the agenda several times a second and runs the flows that are due.

    look -> nothing is due: wait a moment
         -> a flow is due: run it, route before each of the others, until nothing is due

Whatever goes wrong is said once and tried again: the state says what is to be done, so nothing is lost by waiting.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flows.handed import Handed
from flows.judge import Aside, Judge
from flows.names import DELIVER, ORDER
from flows.pulse import Pulse, take_pulse
from flows.rules_watch import RulesWatch
from flows.voice import Voice
from flows.work import WORK, told_of_held
from leadrelay.clock import Clock, Instant, iso, system_clock
from leadrelay.errors import ClockBeforeData, DatabaseBusy, LeadrelayError, LeaseTaken, NoDatabase
from leadrelay.project import Project
from leadrelay.store.lived import TOLERANCE

FIRST = ORDER[0]
SLICE = 2.0
"""How long, in seconds, one flow goes on before others have their turn."""
FOLDER_LOOK = 1.0
"""Seconds between two looks at the rules folder."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds until something that failed is tried again, at first and at last."""
CUT_PAUSE = 30.0
"""Seconds in which a flow whose rules set each other off is left alone."""


class Through(Protocol):
    """A way to run a flow other than directly."""

    def carry_out(self, name: str, handed: Handed) -> None:
        """Runs the flow if it can; then its summary, or what it raised, is in `handed`."""


class Resident:
    """One process's loop over one project."""

    def __init__(
        self,
        project: Project,
        voice: Voice,
        stop: threading.Event,
        through: Through | None = None,
        wall: Clock = system_clock,
        judge: Judge | None = None,
    ) -> None:
        """`judge`: judges changed rules; by default in a process of its own. `through`: Prefect. It takes a flow up to
        a second, and on a busy machine more, to say there that it runs: so it does that once in every period of its
        schedule, to be seen. Otherwise flows run directly."""
        self._project, self._voice, self._stop, self._through, self._wall = project, voice, stop, through, wall
        self._watch = RulesWatch(project, voice, judge or Aside())
        self._folder_look = 0.0
        self._unseen = set(ORDER)  # each flow runs once at the start: it clears up after a process that was killed
        self._pauses: dict[str, float] = {}
        self._until: dict[str, float] = {}
        self._shown: dict[str, float] = {}

    def run(self) -> None:
        """Until `stop` is set. Nothing ends it before."""
        try:
            while not self._stop.is_set():
                self._stop.wait(self.tick())
        finally:
            self._watch.stop()

    def tick(self) -> float:
        """Does what is due, and returns after how many seconds to look again."""
        try:
            self._take_up_rules()
            while self._round() and not self._stop.is_set():
                self._take_up_rules()
        except (NoDatabase, DatabaseBusy) as error:
            self._voice.trouble("database", f"{error} It is tried again until it works.")
            return self._longer("database")
        except Exception as error:
            self._voice.trouble("loop", f"{type(error).__name__}: {error}. It is tried again.")
            return self._longer("loop")
        self._voice.over("database", "The database works again.")
        self._voice.over("loop", "It works again.")
        self._pauses.pop("database", None)
        self._pauses.pop("loop", None)
        return self._project.settings.serve.poll

    def _round(self) -> bool:
        """Every flow that is due, once, and the first one before each of the others; whether there was any."""
        now, pulse = self._look()
        if not any(self._wants(flow, pulse, now) for flow in ORDER):
            return False
        done = [self._turn(one) for flow in ORDER for one in ((flow,) if flow == FIRST else (FIRST, flow))]
        return any(done)

    def _look(self) -> tuple[Instant, Pulse]:
        pulse = take_pulse(self._project.database, self._wall())
        if pulse.version != self._project.ruleset.version:
            self._project.follow_live_rules()
            self._tell_notices()
        now = self._project.clock()
        behind = pulse.last_decision - now
        if behind > TOLERANCE:
            last = iso(pulse.last_decision, self._project.zone)
            self._voice.trouble(
                "clock",
                f"The clock has gone back: the last decision is of {last}. Flows wait until then; "
                "if it should never have been so late: leadrelay repair clock.",
            )
            return now, Pulse({}, frozenset(), pulse.last_decision, pulse.version)
        self._voice.over("clock", "The clock is past the last decision again; flows go on.")
        return max(now, pulse.last_decision), pulse

    def _wants(self, flow: str, pulse: Pulse, now: Instant) -> bool:
        if self._until.get(flow, 0.0) > time.monotonic():
            return False
        first_time = flow in self._unseen and flow not in pulse.busy and pulse.last_decision <= now
        return pulse.is_due(flow, now) or first_time

    def _turn(self, flow: str) -> bool:
        """Runs a flow if it is due; whether it did something."""
        if self._stop.is_set():
            return False
        now, pulse = self._look()
        if not self._wants(flow, pulse, now):
            return False
        try:
            summary = self._carry_out(flow, now)
        except (NoDatabase, DatabaseBusy):
            raise
        except (LeaseTaken, ClockBeforeData):  # another process was quicker; the next look sees what it has left
            return False
        except Exception as error:
            what = str(error) if isinstance(error, LeadrelayError) else f"{type(error).__name__}: {error}"
            self._voice.trouble(flow, f"{flow}: {what} It is tried again; the other flows go on.")
            self._until[flow] = time.monotonic() + self._longer(flow)
            return False
        if summary.get("looked_at") == 0 and flow not in self._unseen:  # due, and nothing came of it: not again at once
            self._until[flow] = time.monotonic() + FIRST_PAUSE
        self._unseen.discard(flow)
        self._pauses.pop(flow, None)
        self._voice.over(flow, f"{flow}: it works again.")
        self._tell(flow, summary)
        return True

    def _carry_out(self, flow: str, now: Instant) -> Mapping[str, Any]:
        handed = Handed(self._project, now, self._slice())
        if self._through is not None and self._shown.get(flow, 0.0) <= time.monotonic():
            self._through.carry_out(flow, handed)
            if flow in handed.done:
                self._shown[flow] = time.monotonic() + 60.0 * getattr(self._project.settings.serve, flow)
        if flow in handed.raised:
            raise handed.raised[flow]
        if flow not in handed.done:
            handed.done[flow] = WORK[flow](self._project, now, handed.go_on)
        return handed.done[flow]

    def _slice(self) -> Callable[[], bool]:
        end = time.monotonic() + SLICE
        return lambda: not self._stop.is_set() and time.monotonic() < end

    def _longer(self, about: str) -> float:
        """How long to wait this time: twice as long as the time before."""
        pause = min(self._pauses.get(about, FIRST_PAUSE / 2) * 2, LONGEST_PAUSE)
        self._pauses[about] = pause
        return pause

    def _take_up_rules(self) -> None:
        """Between two rounds: rules that have changed and are fit go live, others are told of. They are judged aside,
        and what is live goes on until they are."""
        if time.monotonic() < self._folder_look:
            return
        self._folder_look = time.monotonic() + FOLDER_LOOK
        self._watch.look()
        self._tell_notices()

    def _tell_notices(self) -> None:
        for notice in self._project.notices:
            self._voice.say(notice)
        self._project.notices.clear()

    def _tell(self, flow: str, summary: Mapping[str, Any]) -> None:
        if flow == DELIVER:  # what became of messages is in the outbox, and `status` shows it
            return
        for about, line in told_of_held(flow, summary):
            self._voice.trouble(f"{about} {self._project.ruleset.version}", line)
        for subject, rules in summary["cut"].items():
            self._until[flow] = time.monotonic() + CUT_PAUSE
            which = ", ".join(rules)
            self._voice.trouble(
                f"cut {subject} {which}", f"{flow}: {subject}: rules set each other off and were cut: {which}"
            )
