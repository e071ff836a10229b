"""What becomes of a message that was told and that nobody acknowledges: it is told again, or somebody else is told."""

from collections.abc import Iterator

from msgspec.structs import replace

from leadrelay.clock import Instant
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Signal, Told


def first_watch(signal: Signal, at: Instant, readers: Readers) -> Instant | None:
    """The first moment to see whether anybody reacted to a message that was told at `at`."""
    return min(_moments(Told(signal, at, ""), readers), default=None)


def follow_up(told: Told, now: Instant, readers: Readers) -> tuple[list[Signal], Instant | None]:
    """The messages that are now due because nobody reacted to one, and when to look at it next.

    Their keys come from the message's own, so that writing them twice leaves one of each."""
    if told.covered or told.signal.over or told.watch is None:
        return [], None
    moments = _moments(told, readers)
    due = [what for moment, follows in moments.items() if told.watch <= moment <= now for what in follows]
    written = list(_written(told, due, now, readers))
    return written, min((moment for moment in moments if moment > now), default=None)


def _moments(told: Told, readers: Readers) -> dict[Instant, tuple[str, ...]]:
    """What follows on a message, and when: it is repeated, it is escalated."""
    signal, reader = told.signal, readers.of(told.signal.to)
    route, found = reader.route(signal), dict[Instant, tuple[str, ...]]()
    if route.escalate and signal.follows is None:
        found[route.escalate.after.after(told.at, reader.calendar)] = ("escalate",)
    if route.repeat and (signal.follows is None or signal.again) and signal.again < route.repeat.at_most:
        at = route.repeat.every.after(told.at, reader.calendar)
        found[at] = (*found.get(at, ()), "repeat")
    return found


def _written(told: Told, due: list[str], now: Instant, readers: Readers) -> Iterator[Signal]:
    signal = told.signal
    origin = signal.follows or signal.key
    if "repeat" in due:
        number = signal.again + 1
        yield replace(signal, key=f"{origin}|again-{number}", at=now, follows=origin, again=number)
    unheard = readers.of(signal.to).route(signal).escalate
    if "escalate" in due and unheard is not None:
        for person in readers.people(unheard.to):
            if person != signal.to:
                key = f"{origin}|unheard|{person}"
                yield replace(
                    signal, key=key, at=now, to=person, template=unheard.template, urgency="now", follows=origin
                )
