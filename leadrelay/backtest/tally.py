"""What came of a replay: decisions, messages per person and day, and deadlines met and missed."""

from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from leadrelay.backtest.company import Company
from leadrelay.clock import Day, Instant, datetime_of, day_of
from leadrelay.leads.effects import Decided, Effects, Episode
from leadrelay.rulebook.model import Rule, Ruleset

OutcomeKey = tuple[str, str]
"""A subject (request/42) and a rulebook."""

CONTACTS = "contacts"
"""Under which name messages to contacts are counted together."""


class Kept(Struct):
    """How many deadlines were met, missed, and are still ahead at the end."""

    met: int = 0
    missed: int = 0
    ahead: int = 0


class Tally(Struct):
    """What is counted from `since` on. If `keep` says so, `decided` holds every decision with its moment, and
    `taken` the moment by its key; `outcomes`
    the live rules that decided about a subject, by rulebook: of `hit: first` the last one, of `hit: all` each; `looked`
    the subjects that rules looked at."""

    zone: ZoneInfo
    since: Instant
    keep: bool = False
    decided: list[tuple[Instant, Decided]] = field(default_factory=list)
    taken: dict[str, Instant] = field(default_factory=dict)
    outcomes: dict[OutcomeKey, dict[str, Instant]] = field(default_factory=dict)
    messages: dict[str, Counter[Day]] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    decisions: int = 0
    cut: int = 0
    load: Mapping[str, int] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)
    deadlines: dict[str, Kept] = field(default_factory=dict)
    _ladders: list[Episode] = field(default_factory=list)
    _of: dict[int, dict[str, tuple[bool, Rule]]] = field(default_factory=dict)
    _day: tuple[Instant, Instant, Day] = (0, 0, 0)

    def note(self, effects: Effects, now: Instant, ruleset: Ruleset) -> None:
        """Counts what a chunk led to."""
        if now < self.since:
            return
        rules = self._of.get(id(ruleset))
        if rules is None:
            first = {book.name for book in ruleset.rulebooks if book.hit == "first"}
            rules = {rule.key: (book.name in first, rule) for book, rule in ruleset.rules()}
            self._of[id(ruleset)] = rules
        self.decisions += len(effects.decided)
        self.cut += len(effects.cut)
        for one in effects.decided:
            if self.keep:
                self.decided.append((now, one))
                self.taken[one.key] = now
            if one.step == "0" and one.mode == "live":
                self._decided(one, now, rules[one.rule_key][0])
        if effects.messages:
            day = self._today(now)
            for reader in {message.key: message.to for message in effects.messages}.values():
                to = CONTACTS if reader.startswith("contact/") else reader
                self.messages.setdefault(to, Counter())[day] += 1
        for episode in effects.begun:
            rule = rules[episode.rule_key][1]
            if rule.later and rule.mode == "live":
                self._ladders.append(episode)

    def _decided(self, one: Decided, now: Instant, first: bool) -> None:
        key = (one.subject, one.rulebook)
        if first:
            self.outcomes[key] = {one.rule: now}
        else:
            self.outcomes.setdefault(key, {}).setdefault(one.rule, now)

    def _today(self, now: Instant) -> Day:
        """The day of a moment in the company's zone."""
        start, end, day = self._day
        if not start <= now < end:
            moment = datetime_of(now, self.zone)
            hour = now - (moment.minute * 60 + moment.second) * 1_000_000 - moment.microsecond
            day = day_of(moment.date())
            self._day = (hour, hour + 3_600_000_000, day)
        return day

    def end(self, company: Company, end: Instant) -> None:
        """The story is over: what everybody has open, and what became of the deadlines."""
        self.load = {one: count for one, count in company.open.items() if count}
        self.most = dict(company.most)
        for episode in self._ladders:
            kept = self._kept(episode.rule_key)
            if episode.steps:
                kept.missed += 1
            elif episode.ended_at is not None or episode.acknowledged_at is not None:
                kept.met += 1
            else:
                kept.ahead += 1
        for task in company.every_task.values():
            if task.by_rule and task.created_at >= self.since:
                kept = self._kept(task.key.partition("|")[0])
                if task.done_at is not None and task.done_at <= task.due_at:
                    kept.met += 1
                elif task.due_at < end:
                    kept.missed += 1
                else:
                    kept.ahead += 1
        self._ladders.clear()
        self._of.clear()

    def _kept(self, rule: str) -> Kept:
        return self.deadlines.setdefault(rule, Kept())
