"""Messages that never go: what they say is no longer true, nobody wants them for a while, or another one mutes them."""

from collections.abc import Iterable, Iterator, Sequence

from leadrelay.clock import Instant
from leadrelay.messages.policy import Inhibition
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Dropped, Signal, Told, Why


def drops(readers: Readers, waiting: Sequence[Signal], told: Sequence[Told], now: Instant) -> Iterator[Dropped]:
    """The messages that never go: no longer true, silenced, or muted by another one."""
    standing: list[Signal] = []
    for signal in waiting:
        silence = _silence(readers, signal, now)
        if signal.over:
            yield Dropped(signal.key, Why.OVER, signal.over)
        elif silence is not None:
            yield Dropped(signal.key, Why.SILENCED, silence)
        else:
            standing.append(signal)
    for inhibition in readers.policy.inhibitions:
        muting = _muting(inhibition, [*standing, *(one.signal for one in told if not one.covered)], readers, now)
        for signal in standing:
            if signal.template in inhibition.mutes and (by := muting.get(_shared(inhibition, signal))) is not None:
                yield Dropped(signal.key, Why.INHIBITED, by)
        standing = [
            one for one in standing if one.template not in inhibition.mutes or _shared(inhibition, one) not in muting
        ]


def _silence(readers: Readers, signal: Signal, now: Instant) -> str | None:
    if not readers.policy.silences:
        return None
    names = readers.of(signal.to).names
    for silence in readers.policy.silences:
        if (
            (silence.since is None or silence.since <= now)
            and now < silence.until
            and silence.match.fits(signal, names)
        ):
            return silence.why
    return None


def _muting(inhibition: Inhibition, signals: Iterable[Signal], readers: Readers, now: Instant) -> dict[str, str]:
    """What is muted now, by subject or account, with what mutes it."""
    found = {}
    for one in signals:
        if one.template not in inhibition.by or one.over:
            continue
        lasts = inhibition.lasts
        if lasts is None or now < lasts.after(one.at, readers.of(one.to).calendar):
            found[_shared(inhibition, one)] = f"{one.template} to {one.to} about {one.subject}"
    return found


def _shared(inhibition: Inhibition, signal: Signal) -> str:
    return f"account/{signal.account}" if inhibition.same == "account" and signal.account else signal.subject
