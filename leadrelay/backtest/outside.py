"""Takes what came from outside as it was: new subjects, changes, visits, tasks, and who took note of what."""

from collections.abc import Iterable

from leadrelay.backtest.agenda import Alarm
from leadrelay.backtest.company import Company
from leadrelay.backtest.story import Acknowledges, Asks, Begins, Changes, Deed, Finishes, Happening, Visits
from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, Episode
from leadrelay.store.changes import touched
from leadrelay.store.tasks import FIELDS as TASK_FIELDS
from leadrelay.store.watches import ACTIVITY_FIELDS, Touched

OUTSIDE = "outside"
"""The cause of every change that no rule made."""


class Outside:
    """The world outside of a company that is lived through again; `episodes` by subject and rule key."""

    def __init__(self, company: Company, episodes: dict[str, dict[str, Episode]]) -> None:
        self._company, self._episodes = company, episodes

    def take(self, happening: Happening, alarm: Alarm | None) -> None:
        """What happened at a moment; wakes whom it concerns if there are rules by then."""
        now, company = happening.at, self._company
        woken: list[Touched] = []
        changes: list[Change] = []
        for deed in happening.deeds:
            self._take(deed, now, woken, changes, alarm)
        owners: Iterable[str] = ()
        if changes:
            concerned, owners = touched(changes, {})
            woken += concerned
            woken += [Touched(*one, TASK_FIELDS) for one in company.follow(changes, now)]
        if alarm is not None:
            alarm.wake(woken, now)
            alarm.wake_owned(owners, now)

    def _take(self, deed: Deed, now: Instant, woken: list[Touched], changes: list[Change], alarm: Alarm | None) -> None:
        company = self._company
        match deed:
            case Begins(kind, name, values):
                if name in company.values[kind]:
                    self._change(Changes(kind, name, dict(values)), now, woken, changes)
                else:
                    company.begin(kind, name, values)
                    woken.append(Touched(kind, name))
            case Changes():
                self._change(deed, now, woken, changes)
            case Visits(contact, kind, said, at):
                company.visit(contact, kind, at)
                woken.append(Touched("contact", contact, ACTIVITY_FIELDS[said]))
            case Acknowledges(kind, name, rules):
                self._acknowledge(kind, name, rules, now)
                if alarm is not None:
                    alarm.touch(kind, name, now)
            case Finishes(subject, what, key):
                if company.finish_task(subject, what, key, now):
                    kind, _, name = subject.partition("/")
                    woken.append(Touched(kind, name, TASK_FIELDS))
            case Asks(task):
                company.add_task(task, now, by_rule=False)
                kind, _, name = task.subject.partition("/")
                woken.append(Touched(kind, name, TASK_FIELDS))

    def _change(self, deed: Changes, now: Instant, woken: list[Touched], changes: list[Change]) -> None:
        """What is said of a subject that is not there under these rules concerns nobody."""
        kind, name, values = deed
        if name not in self._company.values[kind]:
            return
        if kind == "contact" and "lists" in values:
            values = dict(values)
            self._company.set_lists(name, values.pop("lists") or (), now)  # type: ignore[arg-type]  # a tuple
            woken.append(Touched(kind, name, frozenset({"lists"})))
        found = self._company.update(kind, name, values)
        changes += [Change(kind, name, field, old, new, OUTSIDE) for field, old, new in found]

    def _acknowledge(self, kind: str, name: str, rules: tuple[str, ...], now: Instant) -> None:
        """Who takes note of a subject takes note of what it waits for: of the rules named, or if none of them has begun
        under these rules, of all that have."""
        begun = self._episodes.get(f"{kind}/{name}", {})
        meant = [key for key in rules if key in begun] or list(begun)
        for key in meant:
            if begun[key].acknowledged_at is None:
                begun[key].acknowledged_at = now
