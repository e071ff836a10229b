"""Looks for what nothing uses: lists, templates and their languages, people, pools, calendars and own fields.

Each finding says what is true whatever comes in; a rules folder with errors is not looked at, for what is wrong there
may be what uses it.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from leadrelay.leads.fields import DESKS
from leadrelay.rulebook.lint.uses import Uses, uses_of
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.place import Place, home, own_first
from leadrelay.rulebook.problem import Problem
from leadrelay.rulebook.process import FILE as PROCESS

_WORD = re.compile(r"[\w-]+")
FEW = 10
"""With fewer rules than this a project is being set up: its team, templates and fields may wait for their rules."""
Check = Callable[[Loaded, Uses, str], Iterator[Problem]]


def check_unused(loaded: Loaded, language: str = "en") -> list[Problem]:
    """Warnings of what nothing uses, in rules that have no errors. `language` is the company's."""
    if not loaded.usable:
        return []
    uses = uses_of(loaded.ruleset, loaded.maps.values(), loaded.files)
    is_set_up = sum(1 for _ in loaded.ruleset.rules()) >= FEW
    checks = (*_ALWAYS, *(_ONCE_SET_UP if is_set_up else ()))
    return [problem for check in checks for problem in check(loaded, uses, language)]


def _warning(place: Place, code: str, message: str, remedy: str) -> Problem:
    return Problem(place, code, message, remedy, "warning")


def _lists(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:  # noqa: ARG001
    found: set[str] = set()
    for file in own_first(loaded.files):
        path = PurePosixPath(home(file))
        name = path.stem
        if (
            str(path.parent) != "rules/lists"
            or name not in loaded.ruleset.lists
            or name in found
            or path.suffix == ".md"
        ):
            continue
        found.add(name)
        if name not in uses.lists:
            message = f"Nothing uses the list '{name}'."
            remedy = f"Test a field with in_list: {name} or mentions: {name}, or remove the file."
            yield _warning(Place(file, 1, 1), "unused-list", message, remedy)


def _templates(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:  # noqa: ARG001
    """Templates that nothing sends; those that rules/process.yaml speaks of are for people, who render them."""
    sent = uses.templates.union(_WORD.findall(loaded.files.get(PROCESS, "")))
    for file in own_first(loaded.files):
        parts = home(file).split("/")
        name = parts[-1].removesuffix(".j2")
        if parts[0] == "templates" and len(parts) == 3 and file.endswith(".j2") and name not in sent:
            message = f"Nothing sends the template '{name}'."
            remedy = f"Write notify: {{to: …, template: {name}}} in a rule, or remove the file."
            yield _warning(Place(file, 1, 1), "unused-template", message, remedy)


def _languages(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:
    """A folder of templates in a language that nobody in the team reads, and no contact can: contacts get none of it.

    Only where the company's own language has all of them, so that no reader is sent there for want of another."""
    team = loaded.ruleset.team
    folders: dict[str, dict[str, str]] = {}
    for file in own_first(loaded.files):
        parts = home(file).split("/")
        if parts[0] == "templates" and len(parts) == 3 and file.endswith(".j2"):
            folders.setdefault(parts[1], {})[parts[2].removesuffix(".j2")] = file
    spoken = {language, *(person.language for person in team.people.values())}
    own = folders.get(language, {})
    for folder, files in folders.items():
        if (
            folder not in spoken
            and own
            and team.people
            and files.keys() <= own.keys()
            and not files.keys() & uses.outside
        ):
            message = (
                f"Nobody in rules/team.yaml reads '{folder}', and no contact gets one of its {len(files)} template(s)."
            )
            remedy = f"Give somebody language: {folder} in rules/team.yaml, or remove templates/{folder}."
            yield _warning(Place(next(iter(files.values())), 1, 1), "unused-language", message, remedy)


def _people(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:  # noqa: ARG001
    """Active people to whom nothing leads: no word anywhere, no pool, no role, and nobody's manager or deputy.

    Where rules go by an account's owner, or another field that only data fill, anybody may be meant by one."""
    team = loaded.ruleset.team
    if not team.people or any(map(_BY_DATA.fullmatch, uses.told)):
        return
    behind = {person.manager for person in team.people.values()}
    behind |= {away.deputy for person in team.people.values() for away in person.away}
    behind |= {name for pool in team.pools.values() for name in (*pool.members, pool.lead, pool.fallback)}
    for person in team.active():
        if person.id not in behind and person.id.casefold() not in uses.words and not person.roles and not person.pools:
            message = f"Nothing leads to '{person.id}': no rule names them, and they are in no pool and have no role."
            remedy = "Put them in a pool, give them a role that rules name, or remove them."
            yield _warning(loaded.places[f"person {person.id}"], "unused-person", message, remedy)


_BY_DATA = re.compile(r"(account\.(owner|running_owner)|request\.received_by|opportunity\.team|\w+\.extra\.\w+)")
"""Fields that may hold a person whom no rule put there."""


def _pools(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:  # noqa: ARG001
    """Pools that nothing names. A pool with a calendar gives it to its members; one called as a desk takes its work."""
    team = loaded.ruleset.team
    fallbacks = {pool.fallback for pool in team.pools.values()}
    for pool in team.pools.values():
        named = pool.name.casefold() in uses.words or pool.name in fallbacks or pool.name in DESKS
        if named or pool.calendar or uses.singly.intersection(pool.members):
            continue
        members = f"; at most it stands in for a member who is away ({', '.join(pool.members)})" if pool.members else ""
        message = f"No rule and no message names the pool '{pool.name}'{members}."
        remedy = f"Write assign: {{pool: {pool.name}}} in a rule, or remove it."
        yield _warning(loaded.places[f"pool {pool.name}"], "unused-pool", message, remedy)


def _calendars(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:  # noqa: ARG001
    team = loaded.ruleset.team
    kept = {"default", *(one.calendar for one in team.people.values()), *(one.calendar for one in team.pools.values())}
    for name in loaded.ruleset.calendars:
        place = loaded.places.get(f"calendar {name}")
        if place is not None and name not in kept and name.casefold() not in uses.words:
            message = f"Nobody and no rulebook goes by the calendar '{name}'."
            remedy = f"Write calendar: {name} with a person, a pool or a rulebook, or remove it."
            yield _warning(place, "unused-calendar", message, remedy)


def _fields(loaded: Loaded, uses: Uses, language: str) -> Iterator[Problem]:  # noqa: ARG001
    for field in loaded.ruleset.fields.extras:
        if field.path not in uses.fields:
            message = (
                f"No rule, template, report or import map names {field.path}: it is stored, and nothing looks at it."
            )
            remedy = "Use it, or remove it; values that are stored already stay in the database."
            yield _warning(loaded.places[f"field {field.path}"], "unused-field", message, remedy)


_ALWAYS: tuple[Check, ...] = (_lists, _languages, _calendars)
_ONCE_SET_UP: tuple[Check, ...] = (_templates, _people, _pools, _fields)
