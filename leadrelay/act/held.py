"""The first run of a rule: held when it would begin more episodes at once than first_run_limit, until it is released.

It concerns rules that were added, or whose `when`, scope or ladder was edited; steps that an edit makes due at
once count as well. They are those of `hit: all` rulebooks, and those of `hit: first` that tell somebody or give a
task. The former are as good as off; the latter keep their place, so that no rule below takes their subjects, which
wait. What a first run would begin is found by rehearsing the sweep, with all that the flow's other rules would do,
and leaving no trace.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from sqlalchemy import Connection

from leadrelay.act.batch import Batch, cases
from leadrelay.act.brake import tells
from leadrelay.act.case import World
from leadrelay.clock import Instant
from leadrelay.errors import UnknownRule
from leadrelay.leads.effects import Decided, Effects
from leadrelay.rulebook.model import Rule, Ruleset, Task
from leadrelay.store import agenda, rulesets
from leadrelay.store.database import Database
from leadrelay.store.rulesets import RuleState

DEFAULT_LIMIT = 50

States = Mapping[str, RuleState]


def held_rules(ruleset: Ruleset, flow: str, states: States) -> dict[str, int]:
    """The rules of a flow that are held, by key, with the number of episodes that they would begin."""
    return {
        rule.key: states[rule.key].would_begin
        for rule in _limited(ruleset, flow)
        if rule.key in states and states[rule.key].state == "held" and states[rule.key].digest == judged_by(rule)
    }


def awaiting(ruleset: Ruleset, flow: str, states: States) -> list[Rule]:
    """The rules of a flow that have yet to have their first run."""
    return [
        rule for rule in _limited(ruleset, flow) if rule.key not in states or states[rule.key].digest != judged_by(rule)
    ]


def judged_by(rule: Rule) -> str:
    """The digest of what a first run hangs on: whom the rule is about, and when it does which later steps."""
    if not rule.later and rule.repeat is None:
        return rule.digest
    times = [str(step.after) for step in rule.later]
    repeat = f"{rule.repeat.every} {rule.repeat.at_most}" if rule.repeat is not None else ""
    ladder = "|".join([*times, *rule.marks, repeat])
    return f"{rule.digest}+{sha256(ladder.encode()).hexdigest()[:8]}"


def _limited(ruleset: Ruleset, flow: str) -> Iterator[Rule]:
    """The rules that first_run_limit is for."""
    for book in ruleset.of(flow):
        for rule in book.every_rule():
            if rule.mode == "live" and not rule.backfill and (book.hit == "all" or _stirs(rule)):
                yield rule


def _stirs(rule: Rule) -> bool:
    """Whether a rule tells somebody or gives a task, at once or in a step."""
    steps = (rule.then, *(step.then for step in rule.later))
    return any(isinstance(action, Task) or tells(action) for then in steps for action in then)


def keeping_place(ruleset: Ruleset, keys: Iterable[str]) -> frozenset[str]:
    """Those of these rules that keep their place when they are held: the ones of `hit: first` rulebooks."""
    first = {rule.key for book in ruleset.rulebooks if book.hit == "first" for rule in book.every_rule()}
    return frozenset(first.intersection(keys))


def rehearse(conn: Connection, batches: list[Batch], world: World, chunk: int, last: Instant) -> Counter[str]:
    """How many episodes each rule would begin if the flow looked at every subject now, and how many steps it would do
    late that were due at the `last` run already: an edit made them due. By rule key."""
    begun: Counter[str] = Counter()
    for batch in batches:
        turn = batch.engine.at(world)
        for rows in batch.reader.all(conn, world.now, chunk):
            for case in cases(conn, batch.engine, rows):
                turn.look(case)
            begun.update(episode.rule_key for episode in world.effects.begun)
            begun.update(one.rule_key for one in world.effects.decided if _is_late(one, last))
            world.effects = Effects()
            world.shaken.clear()
    return begun


def _is_late(step: Decided, last: Instant) -> bool:
    return step.mode == "live" and step.step != "0" and step.due_at <= last


def judge(rules: list[Rule], begun: Mapping[str, int], limit: int, now: Instant) -> list[RuleState]:
    """The state of each rule after its first run was rehearsed."""
    counted = [(rule, begun.get(rule.key, 0)) for rule in rules]
    return [
        RuleState(rule.key, judged_by(rule), "held" if count > limit else "live", count, now) for rule, count in counted
    ]


def release(database: Database, ruleset: Ruleset, name: str, now: Instant) -> RuleState:
    """Lets a held rule (by its id) go: the next run of its flow looks at every subject and begins its episodes.

    Raises UnknownRule if there is no such rule, or it is not held."""
    rule = next((rule for _, rule in ruleset.rules() if name in (rule.key, rule.id)), None)
    with database.begin() as conn:
        states = rulesets.rule_states(conn)
        held = [key for flow in {book.flow for book in ruleset.rulebooks} for key in held_rules(ruleset, flow, states)]
        if rule is None or rule.key not in held:
            hint = f" Held are: {', '.join(sorted(held))}." if held else " No rule is held."
            raise UnknownRule(rule=name, hint=hint)
        state = states[rule.key]._replace(state="released", changed_at=now)
        rulesets.set_rule_states(conn, [state])
        agenda.touch_all(conn, ruleset, now)
    return state
