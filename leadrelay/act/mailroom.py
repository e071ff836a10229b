"""What people get in a rule test: the planner at work on the messages that the rules of a small world write."""

from functools import cached_property

from msgspec import Struct, field

from leadrelay.act.memory import Memory
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.effects import NewMessage
from leadrelay.messages.postbox import Postbox
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import REACTIONS, Signal, Why


class Mailroom(Struct, dict=True):
    """Plans the messages of a world at every moment at which its flows run, and at those that a plan names."""

    memory: Memory
    box: Postbox = field(default_factory=Postbox)
    lasting: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Messages whose episode outlasted the moment they were written in: rule key, subject and number of the episode."""

    @cached_property
    def _readers(self) -> Readers:
        ruleset = self.memory.ruleset
        return Readers(ruleset.messages, ruleset.team, ruleset.calendars)

    @cached_property
    def _books(self) -> dict[str, str]:
        return {rule.key: book.name for book, rule in self.memory.ruleset.rules()}

    def run_until(self, end: Instant, now: Instant) -> None:
        """Runs all flows and plans at `now`, and at every due moment up to and including `end`."""
        self.work(now)
        while (due := min(self.memory.next_due() or FOREVER, self.box.next)) <= end:
            now = max(now + 1, due)
            self.work(now)

    def work(self, now: Instant) -> None:
        """One round: the flows, then the mail."""
        self.memory.sweep(now)
        for message in self.memory.messages.values():
            self._take(message, now)
        for key, episode in self.lasting.items():
            if not self._is_open(*episode):
                self.box.end(key, Why.OVER)
        for key, told in list(self.box.told.items()):
            if told.watch is not None and (reacted := self._reaction(told.signal.subject)) is not None:
                self.box.acknowledge(key, reacted)
        self.box.tick(self._readers, now)

    def _take(self, message: NewMessage, now: Instant) -> None:
        box = self.box
        if message.key in box.waiting or message.key in box.told or message.key in box.dropped:
            return
        rule, subject, number, _ = message.decision.split("|")
        box.put([self._signal(message, rule, now)])
        if self._is_open(rule, subject, int(number)):
            self.lasting[message.key] = rule, subject, int(number)

    def _signal(self, message: NewMessage, rule: str, now: Instant) -> Signal:
        kind, _, name = message.subject.partition("/")
        account = name if kind == "account" else self.memory.entities.values[kind, name].get("account")
        return Signal(
            message.key,
            now,
            message.to,
            message.template,
            message.subject,
            message.urgency,
            rule,
            self._books.get(rule, ""),
            str(account) if account else None,
        )

    def _reaction(self, subject: str) -> Instant | None:
        """When a person last did something about a subject, as far as its facts say so."""
        kind, _, name = subject.partition("/")
        times = [self.memory.entities.values[kind, name].get(field) for field in REACTIONS]
        return max((at for at in times if isinstance(at, int)), default=None)

    def _is_open(self, rule: str, subject: str, number: int) -> bool:
        episode = self.memory.episodes.get(subject, {}).get(rule)
        return episode is not None and episode.number == number
