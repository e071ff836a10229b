"""Finds groups of rules that may set each other off: what one writes makes another come to hold, round and round.

It only looks at what is written and read, so it finds more than there is: act/circles.py proves or drops each group.
In a circle every rule comes to hold again and again, so each has another one that writes what one of its lines wants,
and one that writes what it does not want. What goes one way only (a request that closes stays closed), or is only ever
written one value, swings nothing.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.clock import HOUR
from leadrelay.leads.derived import SOURCES
from leadrelay.leads.fields import JOINED, Fields, Value
from leadrelay.rulebook.condition import (
    All,
    Condition,
    Contains,
    Equals,
    Known,
    Line,
    Mentions,
    Moment,
    Range,
    judge,
    normal,
)
from leadrelay.rulebook.evaluate import ends_search
from leadrelay.rulebook.lint.witness import Sieve, without_holidays
from leadrelay.rulebook.model import (
    Action,
    Assign,
    Close,
    Leave,
    Nurture,
    Pick,
    Qualify,
    ReturnToSales,
    Route,
    Rule,
    Rulebook,
    Ruleset,
    Set,
)
from leadrelay.rulebook.paths import leaves, read_paths
from leadrelay.rulebook.rows import Literal, rows_of

LISTS, RUNNING = "contact.lists", "contact.running_request"
SINCE: Mapping[str, tuple[str, ...]] = {
    **SOURCES,
    "account.running_owner": ("opportunity.owner",),
    "account.running_stage": ("opportunity.stage",),
}
"""Facts that move with others: what a rule that reads the one hangs on."""
_OF_WHO_GETS_IT: Mapping[str, Value] = {"owner.active": True, "owner.away": False, "owner.away_days": None}
"""What is true of whoever a rule assigns something to, as long as anybody is there."""
_PLAIN_TESTS = (Equals, Range, Contains, Known)
_NO_TIME = Moment(HOUR, {})


class Varies(Struct, frozen=True):
    """A value that is not written down: whoever a pool or a field comes to."""

    of: str


Written = Value | Varies


Wanted = bool | None
"""Whether a rule wants a line to hold; None: it may be either way."""
Lines = tuple[tuple[Line, Wanted], ...]
MOST_ROWS = 16
"""A condition of more alternatives than this is not taken apart further."""


class Member(Struct, frozen=True):
    """One way in which a rule that is on may hold: the lines that this hangs on, and what the rule then writes."""

    book: Rulebook
    rule: Rule
    writes: tuple[tuple[str, Written], ...]
    lines: Lines


Group = tuple[Member, ...]


def swinging(ruleset: Ruleset) -> list[Group]:
    """The groups of rules that may set each other off, in the order of the rulebooks; mostly none."""
    whole = [member for book in ruleset.rulebooks for member in _members(book)]
    left = _able(whole, ruleset)
    members = _able([way for one in left for way in _ways(one)], ruleset)
    sieve = Sieve(replace(ruleset, calendars=without_holidays(ruleset.calendars)))
    members, _ = _circling(members, ruleset, None)
    return _circling(members, ruleset, sieve)[1]


def _circling(members: list[Member], ruleset: Ruleset, sieve: Sieve | None) -> tuple[list[Member], list[Group]]:
    """Those that may be in circles, and their groups; with a sieve, only if some subject may be had for both of two."""
    while members:
        graph = _Graph(members, ruleset, sieve)
        left = _able(graph.lasting(), ruleset)
        if len(left) == len(members):
            return left, graph.groups()
        members = left
    return [], []


def _members(book: Rulebook) -> Iterator[Member]:
    """The rules of a rulebook that are carried out and write something; their lines may be either way."""
    scope, above = _either(book.scope), Lines()
    for rule in book.every_rule():
        writes = tuple(pair for action in rule.then for pair in _writes(action, book.subject))
        if rule.mode == "live" and writes:
            yield Member(book, rule, writes, (*above, *scope, *_either(rule.when)))
        if rule.mode != "off" and (ends_search(book, rule) or book.otherwise is not None):
            above += _either(rule.when)  # whether a later one is tried hangs on it


def _either(condition: Condition) -> Lines:
    return tuple((line, None) for line in condition.lines())


def _ways(member: Member) -> Iterator[Member]:
    """The alternatives of a rule's condition and scope, without those after which it is closed and no longer meant."""
    above = member.lines[: len(member.lines) - len(_either(member.book.scope)) - len(_either(member.rule.when))]
    for row in rows_of(All((member.book.scope, member.rule.when)), MOST_ROWS):
        lines: Lines = tuple(pair for one in sorted(row, key=repr) for pair in _asked(one))
        if not (_closes(member.rule, member.book.subject) and _is_of_open(lines)):
            yield Member(member.book, member.rule, member.writes, (*above, *lines))


def _asked(one: Literal) -> Lines:
    """What a literal asks; of one that is too wide to take apart, its lines may be either way."""
    return ((one.condition, one.wanted),) if isinstance(one.condition, Line) else _either(one.condition)


def _able(members: list[Member], ruleset: Ruleset) -> list[Member]:
    """Those that something can turn, and that do not end themselves for good."""
    while True:
        moves = _Moves(members, ruleset.fields)
        left = [one for one in members if moves.turning(one) and not moves.ends_itself(one)]
        if len(left) == len(members):
            return left
        members = left


def _closes(rule: Rule, kind: str) -> bool:
    """Whether the subject is closed for good once the rule has been carried out."""
    return kind in ("request", "opportunity") and any(
        isinstance(action, Close | Qualify)
        or (kind == "request" and (isinstance(action, Nurture) or action == Route("archive", action.place)))
        for action in rule.then
    )


def _is_of_open(lines: Lines) -> bool:
    """Whether lines are for subjects that are not closed."""
    for line, wanted in lines:
        path = line.path.partition(".")[2]
        if wanted is True and path == "status" and line.test == Equals(frozenset(("open",))):
            return True
        if wanted is True and path in ("closed_at", "outcome") and line.test == Known(False):
            return True
    return False


def _writes(action: Action, kind: str) -> Iterator[tuple[str, Written]]:
    """What an action writes that another one may write otherwise."""
    match action:
        case Route():
            yield "request.desk", action.desk
        case Assign():
            yield f"{kind}.owner", Varies(str(action.who) if isinstance(action.who, Pick) else action.who)
        case Set():
            yield from action.values
        case Nurture():
            yield f"{LISTS}:{action.list.casefold()}", True
        case Leave():
            yield f"{LISTS}:{action.list.casefold()}", False
        case ReturnToSales():
            yield RUNNING, True
    if kind == "request" and (
        isinstance(action, Close | Qualify | Nurture) or (isinstance(action, Route) and action.desk == "archive")
    ):
        yield RUNNING, None


def sources(path: str, fields: Fields) -> tuple[str, ...]:
    """The fields whose writing moves this one, itself among them; of an owner's facts, every owner."""
    entity = path.partition(".")[0]
    if entity == "owner":
        return ("request.owner", "opportunity.owner", "account.owner")
    if path.startswith(JOINED):
        return (f"{LISTS}:{path.removeprefix(JOINED).casefold()}",)
    formula = fields.formulas.get(path)
    below = formula.of if formula else SINCE.get(path, ())
    return (path, *(one for source in below for one in sources(source, fields)))


class _Moves:
    """What some rules write, and which lines that can turn."""

    def __init__(self, members: list[Member], fields: Fields) -> None:
        self.fields = fields
        self.written: dict[str, set[Written]] = {}
        for member in members:
            for path, value in member.writes:
                self.written.setdefault(path, set()).add(value)
        self._known: dict[Line, bool] = {}
        self._sources: dict[Line, frozenset[str]] = {}

    def turning(self, member: Member) -> Lines:
        """The lines of a rule that hold and do not hold by turns."""
        return tuple(pair for pair in member.lines if self.swings(pair[0]))

    def swings(self, line: Line) -> bool:
        """Whether what the rules write can make the line hold and not hold by turns."""
        if line not in self._known:
            self._known[line] = self._swings(line)
        return self._known[line]

    def _swings(self, line: Line) -> bool:
        verdicts: set[bool] = set()
        for path in self.sources(line):
            values = self.written.get(path, ())
            if len(values) > 1 or (values and path.endswith(".owner")):
                verdicts.update(one for value in values for one in _verdicts(line, path, value))
        return len(verdicts) > 1

    def sources(self, line: Line) -> frozenset[str]:
        """The paths whose writing may turn the line."""
        if line not in self._sources:
            self._sources[line] = self._sources_of(line)
        return self._sources[line]

    def _sources_of(self, line: Line) -> frozenset[str]:
        if line.path == LISTS:
            needles = [needle for test in leaves(line.test) if isinstance(test, Contains) for needle in test.needles]
            named = [f"{LISTS}:{needle}" for needle in needles]
            return frozenset(named or (path for path in self.written if path.startswith(LISTS)))
        return frozenset(source for path in read_paths(line) for source in sources(path, self.fields))

    def ends_itself(self, member: Member) -> bool:
        """Whether a rule, once carried out, can never hold again: it writes what none of the rules takes back."""
        own = {path for path, _ in member.writes}
        return any(
            wanted is not None
            and not own.isdisjoint(sources := self.sources(line))
            and not any(
                wanted in _verdicts(line, path, value) for path in sources for value in self.written.get(path, ())
            )
            for line, wanted in member.lines
        )


class _Graph:
    """Rules that may be in circles together, and who of them leads to whom."""

    def __init__(self, members: list[Member], ruleset: Ruleset, sieve: Sieve | None) -> None:
        self.members, self.sieve = members, sieve
        self.moves = _Moves(members, ruleset.fields)
        self._fits: dict[tuple[int, int], bool] = {}
        self._standing = [self._stand(member) for member in members]
        turning = [self.moves.turning(member) for member in members]
        self.follows = [
            {
                other
                for other, lines in enumerate(turning)
                if members[other].rule is not member.rule and self._leads(member, lines) and self._fit(one, other)
            }
            for one, member in enumerate(members)
        ]
        self.reach = [_reach(index, self.follows) for index in range(len(members))]

    def lasting(self) -> list[Member]:
        """The rules that a circle may be of, or may lead to."""
        circling = {index for index, reached in enumerate(self.reach) if index in reached}
        kept = circling.union(*(self.reach[index] for index in circling))
        return [member for index, member in enumerate(self.members) if index in kept]

    def groups(self) -> list[Group]:
        """The rules that lead to each other."""
        found: list[Group] = []
        seen: set[int] = set()
        for index, reached in enumerate(self.reach):
            if index in reached and index not in seen:
                group = [other for other in sorted(reached) if index in self.reach[other]]
                seen.update(group)
                found.append(tuple(self.members[one] for one in group))
        return found

    def _leads(self, member: Member, lines: Lines) -> bool:
        """Whether a rule writes what one of the lines of another one wants."""
        for line, wanted in lines:
            moved = self.moves.sources(line)
            for path, value in member.writes:
                if path in moved and (wanted is None or wanted in _verdicts(line, path, value)):
                    return True
        return False

    def _fit(self, one: int, other: int) -> bool:
        """Whether some subject may be had for which both want what no rule changes."""
        if self.sieve is None:
            return True
        key = (min(one, other), max(one, other))
        if key not in self._fits:
            self._fits[key] = self.sieve.passes([*self._standing[one], *self._standing[other]])
        return self._fits[key]

    def _stand(self, member: Member) -> list[tuple[Line, bool]]:
        """The lines that a rule needs and that no rule of these can turn; words in a text seldom exclude each other."""
        return [
            (line, wanted)
            for line, wanted in member.lines
            if wanted is not None
            and self.moves.written.keys().isdisjoint(self.moves.sources(line))
            and not any(isinstance(test, Mentions) for test in leaves(line.test))
        ]


def _verdicts(line: Line, path: str, value: Written) -> tuple[bool, ...]:
    """What a line may come to when `value` is written to a path that it hangs on."""
    test = line.test
    if line.path == LISTS:
        needles = [needle for one in leaves(test) if isinstance(one, Contains) for needle in one.needles]
        if needles == [path.removeprefix(f"{LISTS}:")]:
            return (judge(test, tuple(needles) if value else None, {}, _NO_TIME).holds,)
        return (True, False)
    if line.path in _OF_WHO_GETS_IT:
        return (judge(test, _OF_WHO_GETS_IT[line.path], {}, _NO_TIME).holds,)
    if path != line.path or not all(isinstance(one, _PLAIN_TESTS) for one in leaves(test)):
        return (True, False)
    if isinstance(value, Varies):
        return (test.wanted,) if isinstance(test, Known) else (True, False)
    return (judge(test, normal(value), {}, _NO_TIME).holds,)


def _reach(start: int, follows: list[set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        fresh = follows[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found
