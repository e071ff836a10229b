"""Values and tests in the words of a sentence: `at least 250`, `key or important`, `older than 4 working hours`."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from leadrelay.clock import Instant, date_of, iso
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook import condition as c


def shown(value: Value, kind: Type, zone: ZoneInfo) -> Value | list[str]:
    """A value as JSON has it: money in whole units, dates and times as ISO 8601 in `zone`, lists as lists."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if kind is Type.MONEY:
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
    if kind is Type.DATE:
        return date_of(value).isoformat()
    return iso(value, zone) if kind is Type.TIME else value


def said(value: object) -> str:
    """A shown value as a sentence has it; no value is unknown."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value) or "empty"
    return str(value).strip()


def wanted(line: c.Line, zone: ZoneInfo) -> str:
    """What a line asks of its field. Of a line that holds and stands in the way, say `not` before it."""
    return _Words(line.type, zone).of(line.test)


class _Words:
    """The words of tests on a field of one type."""

    def __init__(self, kind: Type, zone: ZoneInfo) -> None:
        self._kind, self._zone = kind, zone

    def of(self, test: c.Test) -> str:
        """A test as what comes after 'wanted'."""
        match test:
            case c.Not(test=inner):
                return f"not {self.of(inner)}"
            case c.Every(tests=tests):
                return " and ".join(map(self.of, tests))
            case c.Equals(values=values):
                return self._any(values)
            case c.Range():
                return self._range(test)
            case c.Known(wanted=known):
                return "known" if known else "unknown"
            case c.OlderThan(span=span):
                return f"at least {span} ago"
            case c.NewerThan(span=span):
                return f"less than {span} ago"
            case c.Within(span=span):
                return f"within {span}"
            case c.Past(wanted=past):
                return "past" if past else "still to come"
            case _:
                return self._of_text(test)

    def _of_text(self, test: c.Test) -> str:
        match test:
            case c.Contains(needles=needles):
                return f"containing {self._any(needles)}"
            case c.StartsWith(needles=needles):
                return f"starting with {self._any(needles)}"
            case c.EndsWith(needles=needles):
                return f"ending with {self._any(needles)}"
            case c.Matches(pattern=pattern):
                return f"like {pattern}"
            case c.Mentions(name=name):
                return f"a mention of {name}"
            case c.InList(name=name):
                return f"on the list {name}"
            case c.SameAs(other=other):
                return f"the same as {other}"
            case c.After(other=other):
                return f"after {other}"
        raise AssertionError(test)

    def _any(self, values: Iterable[Value]) -> str:
        return " or ".join(sorted(said(shown(one, self._kind, self._zone)) for one in values))

    def _edge(self, edge: float) -> str:
        whole: Instant | float = int(edge) if float(edge).is_integer() else edge
        return said(shown(whole, self._kind, self._zone))

    def _range(self, test: c.Range) -> str:
        closed = not (test.low_open or test.high_open)
        if test.low is not None and test.high is not None and closed:
            return f"between {self._edge(test.low)} and {self._edge(test.high)}"
        parts = []
        if test.low is not None:
            parts.append(f"{'over' if test.low_open else 'at least'} {self._edge(test.low)}")
        if test.high is not None:
            parts.append(f"{'under' if test.high_open else 'at most'} {self._edge(test.high)}")
        return " and ".join(parts)
