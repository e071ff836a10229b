"""Two versions of a rules folder compared in meaning, not in lines: spelling, order of keys and comments do not count.

    differences(new, old) -> [Change("routing / large-company", "changed", "account.employees at least 250 → 100"), …]

There is a change for each fact that differs; none means that both decide and say the same about everything.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import zip_longest

from msgspec.structs import replace

from leadrelay.leads.fields import Value
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.outline import ORDER, Fact, Outline, Path
from leadrelay.rulebook.owner_calendar import OWNER
from leadrelay.rulebook.place import home
from leadrelay.rulebook.rule_differences import Change, RuleDifferences
from leadrelay.rulebook.said import Speaker

NONE = "nothing changed in meaning"
_APART = ("rulebooks", "lists", "fields", "calendars", "digest", "version", "team")
"""Parts of a ruleset that are looked at by themselves."""
_NAMED = 6
"""So many entries of a list are named."""
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_BRIEF, _LONGEST = 2, 100


def differences(new: Loaded, old: Loaded) -> list[Change]:
    """Everything that the newer one means otherwise than the older one."""
    speakers = [Speaker(one.ruleset.calendars["default"].zone, one.ruleset.fields) for one in (old, new)]
    found = list(RuleDifferences(*speakers).books(old.ruleset.rulebooks, new.ruleset.rulebooks))
    found += _lists(old.ruleset.lists, new.ruleset.lists)
    found += _facts(_outlined(old, Outline(speakers[0])), _outlined(new, Outline(speakers[1])))
    found += _templates(_words(old.files), _words(new.files))
    found += _tests(old, new, Outline(speakers[0]), Outline(speakers[1]))
    return found


def in_a_line(new: Loaded, old: Loaded | None) -> str:
    """The first of the differences, and how many more there are; of the first version, what is in it."""
    if old is None:
        rules = sum(1 for _ in new.ruleset.rules())
        return f"the first version: {rules} rules in {len(new.ruleset.rulebooks)} rulebooks"
    return as_a_line(differences(new, old))


def as_a_line(changes: Sequence[Change]) -> str:
    """The first of these changes, and how many more there are."""
    found = [str(one) for one in changes]
    shown = [one if len(one) <= _LONGEST else one[: _LONGEST - 1] + "…" for one in found[:_BRIEF]]
    more = len(found) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "") if found else NONE


def _outlined(loaded: Loaded, outline: Outline) -> dict[Path, Fact]:
    """All that is no rulebook, list, template or test, by where it stands."""
    ruleset = loaded.ruleset
    calendars = {name: one for name, one in ruleset.calendars.items() if name != OWNER}
    facts = outline.of(tuple(ruleset.team.people.values()), ("people",))
    facts |= outline.of(ruleset.team.pools, ("pools",))
    facts |= outline.of(calendars, ("calendars",))
    for field in ruleset.fields.extras:
        for name in field.__struct_fields__:
            if name != "path":
                facts |= outline.of(getattr(field, name), ("fields", field.path, name))
    facts |= outline.of(ruleset, skip=_APART)
    return facts | _orderless(outline.of(loaded.maps, ("maps",)) | outline.of(loaded.process, ("process",)))


def _orderless(facts: Mapping[Path, Fact]) -> dict[Path, Fact]:
    """Facts that keys of files are the names in, whose order means nothing."""
    return {path: fact for path, fact in facts.items() if path[-1] != ORDER}


def _facts(old: Mapping[Path, Fact], new: Mapping[Path, Fact]) -> Iterator[Change]:
    """Facts that differ; of a thing that is wholly new or gone, that alone."""
    had, has = ({path[:2] for path in facts} for facts in (old, new))
    whole: set[Path] = set()
    for path in dict.fromkeys([*old, *new]):
        top, was, now = path[:2], old.get(path), new.get(path)
        where = " / ".join(top)
        if was == now or top in whole:
            continue
        if len(path) > 2 and (top not in had or top not in has):
            whole.add(top)
            yield Change(where, "added", "added") if top in has else Change(where, "removed", "removed")
        elif path[-1] == ORDER and was and now:
            if _common_order(was, now) != _common_order(now, was):
                yield Change(where, "changed", f"{' '.join(path[2:-1])} in the order {now.text}".strip())
        elif path[-1] != ORDER:
            yield _fact(where, " ".join(path[2:]), was, now)


def _common_order(one: Fact, other: Fact) -> list[object]:
    assert isinstance(one.key, tuple) and isinstance(other.key, tuple)
    return [name for name in one.key if name in other.key]


def _fact(where: str, what: str, was: Fact | None, now: Fact | None) -> Change:
    if was is None:
        assert now is not None
        return Change(where, "added", f"{what} {now.text}".strip())
    if now is None:
        return Change(where, "removed", f"no longer {what} {was.text}".replace("  ", " "))
    return Change(where, "changed", f"{what} {was.text} → {now.text}".strip())


def _lists(old: Mapping[str, Set[Value]], new: Mapping[str, Set[Value]]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        where = f"lists / {name}"
        if name not in old:
            yield Change(where, "added", f"added, with {len(new[name])} entries")
        elif name not in new:
            yield Change(where, "removed", f"removed, with {len(old[name])} entries")
        else:
            yield from _entries(where, "added", new[name] - old[name])
            yield from _entries(where, "removed", old[name] - new[name])


def _entries(where: str, kind: str, entries: Set[Value]) -> Iterator[Change]:
    if entries:
        named = sorted(map(str, entries))
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        what = f"{kind} {', '.join(named[:_NAMED])}{more}"
        yield Change(where, "added", what) if kind == "added" else Change(where, "removed", what)


def _words(files: Mapping[str, str]) -> dict[str, list[str]]:
    """The lines of every template, by language and name."""
    found = {}
    for file, text in files.items():
        if file.endswith(".j2") and (at := home(file)).startswith("templates/"):
            name = at.removeprefix("templates/").removesuffix(".j2").replace("/", " / ")
            lines = [line.rstrip() for line in _COMMENT.sub("", text).splitlines()]
            found[name] = "\n".join(lines).strip("\n").split("\n")
    return found


def _templates(old: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        where = f"templates / {name}"
        if name not in old:
            yield Change(where, "added", "added")
        elif name not in new:
            yield Change(where, "removed", "removed")
        elif old[name] != new[name]:
            pairs = enumerate(zip_longest(old[name], new[name], fillvalue=""), 1)
            differing = [(number, pair) for number, pair in pairs if pair[0] != pair[1]]
            number, (was, now) = next((one for one in differing if any(map(str.strip, one[1]))), differing[0])
            yield Change(where, "changed", f"line {number}: {_quoted(was)} → {_quoted(now)}")


def _quoted(line: str) -> str:
    words = line.strip()
    return f"'{words if len(words) <= 60 else words[:59] + '…'}'"


def _tests(old: Loaded, new: Loaded, then: Outline, now: Outline) -> Iterator[Change]:
    before, after = _tried(old, then), _tried(new, now)
    counted = {
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changed": sum(before[name] != after[name] for name in before.keys() & after.keys()),
    }
    what = ", ".join(f"{number} {kind}" for kind, number in counted.items() if number)
    if what:
        yield Change("tests", "changed", what)


def _tried(loaded: Loaded, outline: Outline) -> dict[tuple[str, int], dict[Path, Fact]]:
    """The tests by their names; of those with the same name by which of them it is."""
    found: dict[tuple[str, int], dict[Path, Fact]] = {}
    times: Counter[str] = Counter()
    for test in loaded.tests:
        times[test.name] += 1
        rules = tuple(sorted(test.rules, key=lambda one: one.rulebook))
        fields = tuple(sorted(test.fields, key=lambda one: one.path))
        found[test.name, times[test.name]] = _orderless(outline.of(replace(test, rules=rules, fields=fields)))
    return found
