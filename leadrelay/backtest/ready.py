"""Rules made ready for a company in memory: engines, makers of rows, and the world that they decide in."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from leadrelay.act.case import Loads, World
from leadrelay.act.engine import Engine, Turn
from leadrelay.backtest.agenda import Agenda, Alarm, Pair
from leadrelay.backtest.company import Company
from leadrelay.backtest.rows import Rows
from leadrelay.backtest.story import GoesLive
from leadrelay.clock import Instant
from leadrelay.leads.turns import Turns
from leadrelay.rulebook.model import FLOWS


class Sweeps:
    """Runs of flows, one after the other, in one world that goes from moment to moment."""

    def __init__(
        self, live: GoesLive, engines: Mapping[Pair, Engine], opened: Mapping[str, int], turns: Turns, language: str
    ) -> None:
        self._live = live
        self._engines, self._people, self._open = engines, live.team.people, opened
        self.world = World(0, live.team, live.ruleset.calendars, language, turns=turns, stages=live.ruleset.stages)
        self._are_away = any(person.away for person in live.team.people.values())
        self._turns: dict[Pair, Turn] = {}
        self._flow, self._now = "", -1

    def at(self, pair: Pair, now: Instant) -> Turn:
        """The engine of a flow about one kind of subject, now."""
        if (pair[0], now) != (self._flow, self._now):
            self._begin(pair[0], now)
        elif self._are_away:
            self.world.spreads.clear()
        found = self._turns.get(pair)
        if found is None:
            found = self._turns[pair] = self._engines[pair].at(self.world)
        return found

    def anew(self) -> None:
        """What comes next is another run, even if it is of the same flow at the same moment."""
        self._flow = ""

    def _begin(self, flow: str, now: Instant) -> None:
        """Another moment: loads are counted anew, and who is there if anybody is ever away."""
        if self._live.halts:
            self.world.brake = self._live.brake(now)
        self.world.go_on(now, Loads(self._count), roll=self._are_away)
        self._turns, self._flow, self._now = {}, flow, now

    def _count(self) -> dict[str, int]:
        opened = self._open
        return {one: opened[one] for one in self._people if one in opened}


class Ready(Struct):
    """Rules made ready for a company: an engine and a maker of rows for every flow and kind of subject, the `pairs`, in
    the order of the flows."""

    live: GoesLive
    pairs: tuple[Pair, ...]
    engines: dict[Pair, Engine]
    of_flow: dict[str, list[Pair]]
    rows: dict[Pair, Rows]
    alarm: Alarm
    sweeps: Sweeps

    @classmethod
    def of(cls, live: GoesLive, company: Company, agenda: Agenda, turns: Turns, language: str) -> "Ready":
        """For rules that go live."""
        ruleset = live.ruleset
        alarm = Alarm.of(company, agenda, ruleset)
        every: Iterator[Pair] = ((book.flow, book.subject) for flow in FLOWS for book in ruleset.of(flow))
        pairs = tuple(dict.fromkeys(every))
        engines = {pair: Engine(ruleset, *pair, live.held, told=False) for pair in pairs}
        rows = {pair: Rows(company, pair[1], engine.slots, live.team) for pair, engine in engines.items()}
        of_flow: dict[str, list[Pair]] = {flow: [pair for pair in pairs if pair[0] == flow] for flow in FLOWS}
        sweeps = Sweeps(live, engines, company.open, turns, language)
        return cls(live, pairs, engines, of_flow, rows, alarm, sweeps)
