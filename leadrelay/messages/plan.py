"""The planner: which messages go now and in which mail, which wait until when, which never go; each with a reason.

    plan(readers, state, now) -> Plan         pure: the same for the database, for rule tests and for the flood

A message is looked at in this order: is it still true; is it silenced; is it inhibited; which route does it take, at
once or in the digest; does its group wait for more; are these quiet hours; has its reader had enough mail. What is held
is looked at again, from the start, when its time has come.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from msgspec import Struct, field

from leadrelay.clock import Instant
from leadrelay.messages.drops import drops
from leadrelay.messages.follow_up import first_watch, follow_up
from leadrelay.messages.policy import MERGED, Cap, Route
from leadrelay.messages.readers import Reader, Readers
from leadrelay.messages.signal import Held, Mail, Plan, Signal, State, Told, Why

_DIGEST, _ROLL_UP = MERGED
_AGE = attrgetter("at", "key")


class _Bundle(Struct):
    """Messages to one reader that go together: a group, or what is for the digest."""

    group: str
    why: Why
    members: list[Signal] = field(default_factory=list)
    due: Instant = 0

    def all_of(self, templates: frozenset[str]) -> bool:
        """Whether every message has one of these templates."""
        return bool(templates) and all(one.template in templates for one in self.members)


def plan(readers: Readers, state: State, now: Instant) -> Plan:
    """What is to be done at `now` with everything that waits and that was told."""
    written, watched = _follow_ups(readers, state, now)
    waiting = (*state.waiting, *written)
    dropped = list(drops(readers, waiting, state.told, now))
    gone = {one.key for one in dropped}
    by_reader: dict[str, list[Signal]] = {}
    for signal in waiting:
        if signal.key not in gone:
            by_reader.setdefault(signal.to, []).append(signal)
    sent: dict[str, list[Instant]] = {}
    for mail in state.mails:
        if mail.capped:
            sent.setdefault(mail.to, []).append(mail.at)
    desks = [_Desk(readers.of(to), readers, state.last, sorted(sent.get(to, ())), now) for to in by_reader]
    for desk in desks:
        desk.work(by_reader[desk.reader.to])
    return Plan(
        tuple(mail for desk in desks for mail in desk.mails),
        tuple(held for desk in desks for held in desk.held),
        tuple(dropped),
        tuple(written),
        tuple(told for desk in desks for told in desk.told),
        watched,
    )


def _follow_ups(readers: Readers, state: State, now: Instant) -> tuple[list[Signal], dict[str, Instant | None]]:
    written, watched = [], {}
    for told in state.told:
        if told.watch is not None and told.watch <= now:
            new, watched[told.signal.key] = follow_up(told, now, readers)
            written += new
    return written, watched


class _Desk:
    """Plans the mails of one reader at one moment."""

    def __init__(
        self, reader: Reader, readers: Readers, last: Mapping[str, Instant], sent: Sequence[Instant], now: Instant
    ) -> None:
        self.reader, self.now = reader, now
        self._readers, self._last, self._sent = readers, last, sent
        self.mails: list[Mail] = []
        self.held: list[Held] = []
        self.told: list[Told] = []

    def work(self, signals: Iterable[Signal]) -> None:
        """Bundles the messages, and gives each bundle a mail or a reason to wait."""
        quiet_until = self.reader.quiet_until(self.now)
        bypass = self.reader.quiet.bypass if self.reader.quiet else frozenset[str]()
        ready, awake = [], []
        for signal in signals:
            if signal.snoozed > self.now:
                self.held.append(Held(signal.key, signal.snoozed, Why.SNOOZED))
            else:
                awake.append(signal)
        for bundle in self._bundles(awake):
            if bundle.due > self.now:
                self._hold(bundle, bundle.due, Why.DIGEST if bundle.why is Why.DIGEST else self._waits_for(bundle))
            elif quiet_until is not None and not bundle.all_of(bypass):
                self._hold(bundle, quiet_until, Why.QUIET)
            else:
                ready.append(bundle)
        self._send_within(self.reader.cap, ready)

    def _bundles(self, signals: Iterable[Signal]) -> list[_Bundle]:
        """The bundles, the one with the oldest message first."""
        found: dict[str, _Bundle] = {}
        routes: dict[str, Route] = {}
        for signal in sorted(signals, key=_AGE):
            route = self.reader.route(signal)
            if self.reader.for_digest(signal, route):
                group, why = f"{self.reader.to}|{_DIGEST}", Why.DIGEST
            else:
                group, why = self._group(signal, route), Why.GROUP
            if group not in found:
                found[group], routes[group] = _Bundle(group, why), route
            found[group].members.append(signal)
        for group, bundle in found.items():
            bundle.due = self._due(bundle, routes[group])
        return list(found.values())

    def _group(self, signal: Signal, route: Route) -> str:
        """What messages have in common that go in one mail; those that break quiet or a cap never wait with others."""
        if route.by == ("message",):
            return signal.key
        reader = self.reader
        breaks = [entry is not None and signal.template in entry.bypass for entry in (reader.quiet, reader.cap)]
        parts = [str(_part(signal, by)) for by in route.by]
        return "|".join((reader.to, route.name, *parts, *(["at once"] if any(breaks) else [])))

    def _due(self, bundle: _Bundle, route: Route) -> Instant:
        first, calendar = bundle.members[0].at, self.reader.calendar
        if bundle.why is Why.DIGEST:
            return self.reader.digest_after(first)
        due = route.wait.after(first, calendar) if route.wait else first
        last = self._last.get(bundle.group)
        if last is not None and route.interval:
            due = max(due, route.interval.after(last, calendar))
        return due

    def _waits_for(self, bundle: _Bundle) -> Why:
        return Why.INTERVAL if bundle.group in self._last else Why.WAIT

    def _send_within(self, cap: Cap | None, ready: list[_Bundle]) -> None:
        """Sends what may go by the reader's cap; the rest waits for room, and then goes together."""
        governed = []
        for bundle in ready:
            if cap is None or bundle.all_of(cap.bypass):
                self._send(bundle, capped=False)
            else:
                governed.append(bundle)
        if cap is None or not governed:
            return
        if self.reader.outside:
            self._send_apart(cap, governed)
            return
        room_at, room = self._room(cap)
        if room_at > self.now:
            for bundle in governed:
                self._hold(bundle, room_at, Why.CAP)
        elif len(governed) <= min(room, cap.roll_up):
            for bundle in governed:
                self._send(bundle, capped=True)
        else:
            self._roll_up(governed)

    def _send_apart(self, cap: Cap, governed: Sequence[_Bundle]) -> None:
        """To a contact each mail goes by itself: as many as the cap leaves room for, the oldest first."""
        calendar = self.reader.calendar
        recent = [at for at in self._sent if cap.per.after(at, calendar) > self.now]
        room = max(0, cap.at_most - len(recent))
        for bundle in governed[:room]:
            self._send(bundle, capped=True)
        counted = [*recent, *[self.now] * min(room, len(governed))]
        for bundle in governed[room:]:
            self._hold(bundle, cap.per.after(counted[-cap.at_most], calendar), Why.CAP)

    def _room(self, cap: Cap) -> tuple[Instant, int]:
        """From when the reader may have a mail, and how many may go then as they are."""
        calendar = self.reader.calendar
        recent = [at for at in self._sent if cap.per.after(at, calendar) > self.now]
        if len(recent) < cap.burst:
            return self.now, cap.burst - len(recent)
        last = recent[-1]
        room_at = last + (cap.per.after(last, calendar) - last) // cap.at_most
        if len(recent) >= cap.at_most:
            room_at = max(room_at, cap.per.after(recent[-cap.at_most], calendar))
        return room_at, 1

    def _roll_up(self, bundles: Sequence[_Bundle]) -> None:
        if len(bundles) == 1:
            self._send(bundles[0], capped=True)
            return
        members = [signal for bundle in bundles for signal in bundle.members]
        self._mail(f"{self.reader.to}|{_ROLL_UP}|{self.now}", _ROLL_UP, members, Why.ROLL_UP, capped=True)
        for bundle in bundles:
            self._tell(bundle)

    def _send(self, bundle: _Bundle, *, capped: bool) -> None:
        members = bundle.members
        if len(members) == 1:
            why = Why.DIGEST if bundle.why is Why.DIGEST else Why.ALONE
            self._mail(members[0].key, members[0].template, members, why, capped=capped)
        else:
            template = _DIGEST if bundle.why is Why.DIGEST else _ROLL_UP
            self._mail(f"{bundle.group}|{self.now}", template, members, bundle.why, capped=capped)
        self._tell(bundle)

    def _mail(self, key: str, template: str, members: Sequence[Signal], why: Why, *, capped: bool) -> None:
        keys = tuple(one.key for one in members)
        self.mails.append(Mail(key, self.reader.to, self.now, template, keys, why, capped))

    def _tell(self, bundle: _Bundle) -> None:
        for one in bundle.members:
            watch = first_watch(one, self.now, self._readers)
            self.told.append(Told(one, self.now, bundle.group, watch))

    def _hold(self, bundle: _Bundle, until: Instant, why: Why) -> None:
        self.held += [Held(one.key, until, why) for one in bundle.members]


def _part(signal: Signal, by: str) -> str:
    """What a message is grouped by; one about no known account stays with its own subject."""
    if by == "message":
        return signal.key
    return str(signal.account or signal.subject if by == "account" else getattr(signal, by))
