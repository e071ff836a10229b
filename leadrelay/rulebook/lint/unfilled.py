"""Looks for tests on what nothing can fill, as far as the files tell: an import or a form can bring most fields.

What is left: facts that rules/team.yaml alone can give, what an approval of quotes gives, and nurture lists that no
rule puts anybody on.
"""

from collections.abc import Iterator, Mapping

from leadrelay.leads.fields import JOINED
from leadrelay.rulebook.condition import Condition, Contains, Line
from leadrelay.rulebook.context import suggestion
from leadrelay.rulebook.lint.uses import actions_of
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.model import Nurture, Ruleset
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.people import FILE as TEAM_FILE
from leadrelay.rulebook.place import NOWHERE
from leadrelay.rulebook.problem import Problem
from leadrelay.rulebook.stages_file import FILE as STAGES_FILE

LISTS = "contact.lists"


def check_unfilled(loaded: Loaded) -> list[Problem]:
    """Warnings of lines on what nothing fills, in rules without errors; each field once, where it is first read."""
    if not loaded.usable:
        return []
    return [*_fields(loaded), *_lists(loaded.ruleset)]


def _fields(loaded: Loaded) -> Iterator[Problem]:
    reasons = empty_fields(loaded)
    told: set[str] = set()
    for line in lines_of(loaded.ruleset):
        if line.path in reasons and line.path not in told:
            told.add(line.path)
            why, remedy = reasons[line.path]
            yield Problem(line.place, "never-known", f"Nothing fills {line.path}: {why}.", remedy, "warning")


def empty_fields(loaded: Loaded) -> Mapping[str, tuple[str, str]]:
    """The fields that nothing can fill, each with why and a remedy."""
    found: dict[str, tuple[str, str]] = {}
    team = loaded.ruleset.team
    if TEAM_FILE in loaded.files:
        if all(person.capacity is None for person in team.people.values()):
            found["owner.capacity"] = (f"nobody in {TEAM_FILE} has a capacity", "Write capacity: 20 with somebody.")
        absences = [away for person in team.people.values() for away in person.away]
        away = (f"nobody in {TEAM_FILE} is ever away", "Write away: [{from: …, until: …}] with somebody.")
        if not absences:
            found["owner.away_days"] = away
        if not any(one.deputy for one in absences):
            found["owner.deputy"] = (f"no absence in {TEAM_FILE} has a deputy", "Write deputy: PERSON in an absence.")
    if loaded.ruleset.stages.authorisation is None:
        why = (
            f"{STAGES_FILE} has no authorisation, so nobody approves quotes",
            "Add authorisation:, or remove the test.",
        )
        found |= dict.fromkeys(
            ("opportunity.approver", "opportunity.approval_due_at", "opportunity.approval_manager"), why
        )
    return found


def lines_of(ruleset: Ruleset) -> Iterator[Line]:
    """Every line that stands in a file, of rules that are not off and of what decides with them."""
    conditions: list[Condition] = [gate.when for gate in ruleset.stages.gates]
    for book in ruleset.rulebooks:
        on = [rule for rule in book.every_rule() if rule.mode != "off"]
        conditions += [book.scope] if on else []
        for rule in on:
            conditions += [rule.when, *(step.when for step in rule.later)]
    for condition in conditions:
        yield from (line for line in condition.lines() if line.place != NOWHERE)


def _lists(ruleset: Ruleset) -> Iterator[Problem]:
    """Lines on nurture lists that no rule puts anybody on; a sequence of such a list has been reported as one."""
    actions = [action for _, rule in ruleset.rules() for action in actions_of(rule)]
    filled = {action.list.casefold() for action in actions if isinstance(action, Nurture)}
    sequences = {rule.since.removeprefix(JOINED).casefold() for _, rule in ruleset.rules() if rule.since}
    told: set[str] = set()
    for line in lines_of(ruleset):
        for name in _named_lists(line):
            if name not in filled | sequences | told:
                told.add(name)
                near = suggestion(name, sorted(filled)) if filled else ""
                remedy = f"{near} 'leadrelay lists {name} --add CONTACT' fills it by hand.".strip()
                message = f"No rule puts contacts on the list '{name}' that this tests."
                yield Problem(line.place, "list-nobody-fills", message, remedy, "warning")


def _named_lists(line: Line) -> Iterator[str]:
    if line.path.startswith(JOINED):
        yield line.path.removeprefix(JOINED).casefold()
    elif line.path == LISTS:
        for test in leaves(line.test):
            if isinstance(test, Contains):
                yield from test.needles
