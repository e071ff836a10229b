"""The part of the JSON Schema that is about rulebooks: actions and rules, per kind of subject."""

from collections.abc import Callable, Collection, Mapping
from typing import get_args

from msgspec import Struct

from leadrelay.leads.fields import DESKS, OPPORTUNITY_OUTCOMES, PERSON_FIELDS, REQUEST_OUTCOMES, SUBJECTS, Field
from leadrelay.rulebook.model import FLOWS, By, Ruleset, Then
from leadrelay.rulebook.owner_calendar import OWNER
from leadrelay.rulebook.schema.of_conditions import (
    SOME_TIME,
    Schema,
    any_case,
    condition_definitions,
    obj,
    ref,
    some,
    text,
    value_or_null,
    word,
)

STRATEGY: Schema = {
    "by": word(get_args(By), "How one of the pool is chosen."),
    "then": word(get_args(Then), "How one of those is chosen whose territory holds, with by: territory."),
    "present": {"type": "boolean", "description": "true: members whose own working hours it is go first."},
}
"""How the work of a pool is spread, in a rule or in team.yaml."""
THEN_BY_TERRITORY: Schema = {
    "if": {"properties": {"by": {"enum": [one for one in get_args(By) if one != "territory"]}}, "required": ["by"]},
    "then": {"properties": {"then": False}},
}
"""`then` chooses among those whose territory holds, so it goes with no other way of choosing."""
_OUTCOMES = {"request": REQUEST_OUTCOMES, "opportunity": OPPORTUNITY_OUTCOMES}


class RuleSchemas(Struct, frozen=True):
    """Makes the definitions for one project's rulebooks."""

    ruleset: Ruleset
    templates: Collection[str]

    def definitions(self) -> Schema:
        """Every definition that rulebooks need, by name."""
        found: Schema = {**condition_definitions(self.ruleset), "who": self._who()}
        for subject in SUBJECTS:
            found[f"actions_{subject}"] = self._actions(subject)
            found[f"rule_{subject}"] = self._rule(subject)
        found["rulebook"] = self._rulebook()
        return found

    def _who(self) -> Schema:
        """A person, pool, role, or field that holds a person's id."""
        team = self.ruleset.team
        meanings = {
            "contact": "the contact of the subject, with consent and caps watched (notify only)",
            **{one.path: f"whoever is in this field: {one.about}" for one in self._person_fields()},
            **{role: "everybody with this role" for person in team.active() for role in person.roles},
            **{pool.name: f"everybody in this pool: {', '.join(pool.members)}" for pool in team.pools.values()},
            **{person.id: person.name for person in team.people.values()},
        }
        names = list(reversed(meanings))
        return {
            "enum": names,
            "enumDescriptions": [meanings[name] for name in names],
            "description": "A person, a pool, a role, or a field that holds a person.",
        }

    def _person_fields(self) -> list[Field]:
        return [
            one
            for one in self.ruleset.fields.by_path.values()
            if one.path == "owner.id" or one.name in PERSON_FIELDS or one.name.startswith("extra.")
        ]

    def _actions(self, subject: str) -> Schema:
        makers = {name: make for name, (subjects, make) in ACTIONS.items() if subject in subjects}
        one = obj({name: make(self, subject) for name, make in makers.items()}, minProperties=1, maxProperties=1)
        return {"type": "array", "items": one, "minItems": 1, "description": "What is done, in this order."}

    def _route(self, _subject: str) -> Schema:
        return word(DESKS, "The desk that handles the request.")

    def _assign(self, _subject: str) -> Schema:
        one_person = [*(one.path for one in self._person_fields()), *self.ruleset.team.people]
        pick = obj(
            {
                "pool": word(self.ruleset.team.pools, "The pool that the owner comes from."),
                **STRATEGY,
                "keep": word([one.path for one in self._person_fields()], "Who has it already keeps it."),
                "not": word(one_person, "Who is passed over, as long as another one can."),
                "tell": {"type": "boolean", "description": "true: the new and the former owner are told."},
                "fallback": ref("who"),
            },
            ["pool"],
            **THEN_BY_TERRITORY,
        )
        return {"anyOf": [ref("who"), pick], "description": "Who becomes the owner."}

    def _notify(self, _subject: str) -> Schema:
        pool = obj({"pool": word(self.ruleset.team.pools, "Every member is told.")}, ["pool"])
        return obj(
            {
                "to": {**some({"anyOf": [ref("who"), pool]}), "description": "Who is told; pools reach every member."},
                "template": word(sorted(self.templates), "The template of the message, from templates/."),
                "urgency": word(("now", "digest"), "now: at once; digest: in the next summary."),
            },
            ["to", "template"],
            description="Sends a message.",
        )

    def _qualify(self, _subject: str) -> Schema:
        about = "The request becomes an opportunity in this stage, and is closed as sales."
        stages = [one.name for one in self.ruleset.stages.stages]
        stage = any_case(stages) if stages else text("The stage of the opportunity.")
        return {"anyOf": [stage, obj({"stage": stage}, ["stage"])], "description": about}

    def _nurture(self, _subject: str) -> Schema:
        name = text("The nurture list.")
        about = "The contact joins a nurture list; a request is closed as marketing."
        return {"anyOf": [name, obj({"list": name}, ["list"])], "description": about}

    def _leave(self, _subject: str) -> Schema:
        return obj(
            {"list": text("The nurture list."), "reason": text("Why; kept on record.")},
            ["list"],
            description="The contact leaves a nurture list.",
        )

    def _return_to_sales(self, _subject: str) -> Schema:
        about = "The contact goes back to sales, as a new request unless one is open."
        return obj({"summary": text("What the seller reads."), "to": ref("who")}, ["summary"], description=about)

    def _close(self, subject: str) -> Schema:
        outcome = word(_OUTCOMES[subject], "How it ended.")
        reason = text("Why; kept on record.")
        return obj({"outcome": outcome, "reason": reason}, ["outcome", "reason"], description="Closes it.")

    def _set(self, subject: str) -> Schema:
        fields = [one for one in self.ruleset.fields.of(subject) if not one.derived and one.name not in NEVER_SET]
        values = {one.path: value_or_null(one) for one in fields}
        short = {one.name: values[one.path] for one in fields}
        return obj({**values, **short}, minProperties=1, description="Writes fields of the subject; null clears one.")

    def _task(self, _subject: str) -> Schema:
        return obj(
            {"for": ref("who"), "what": text("What is to be done."), "due": ref("duration")},
            ["for", "what", "due"],
            description="A follow-up with a deadline.",
        )

    def _stop(self, _subject: str) -> Schema:
        return {"const": True, "description": "With hit: all: later rules are not tried for this subject."}

    def _rule(self, subject: str) -> Schema:
        condition = {"allOf": [ref(f"condition_{subject}")]}
        rung = obj(
            {
                "id": STEP_ID,
                "after": ref("duration"),
                "when": {**condition, "description": "Only if this holds when the step is due."},
                "unless": {**condition, "description": "Not if this holds when the step is due."},
                "then": ref(f"actions_{subject}"),
            },
            ["after", "then"],
        )
        return obj(
            {
                "id": {**NAME, "description": "The rule's name, unique in the project; it never changes."},
                "about": text("What the rule is for, in a sentence."),
                "when": ref(f"condition_{subject}"),
                "then": ref(f"actions_{subject}"),
                "later": {
                    "type": "array",
                    "items": rung,
                    "description": "What follows as long as the rule holds; counted from when it began to.",
                },
                "repeat": obj(
                    {"every": SOME_TIME, "at_most": {"type": "integer", "minimum": 1, "description": "How often."}},
                    ["every", "at_most"],
                    description="Does `then` again.",
                ),
                "mode": MODE,
                "limit": LIMIT,
                "was": WAS,
                "backfill": {"type": "boolean", "description": "Also act on everything it holds for at its first run."},
            },
            ["id"],
            anyOf=[{"required": ["then"]}, {"required": ["later"]}],
        )

    def _rulebook(self) -> Schema:
        properties = {
            "rulebook": {**NAME, "description": "The rulebook's name, unique in the project."},
            "about": text("What it decides, in a sentence."),
            "subject": word(SUBJECTS, "What the rules are about."),
            "flow": word(FLOWS, "The flow that runs it."),
            "order": {"type": "integer", "minimum": 0, "description": "Rulebooks of one flow run in this order."},
            "hit": word(("first", "all"), "first: the topmost rule that holds, alone; all: every rule that holds."),
            "calendar": word(list(self.ruleset.calendars) or ["default"], "The calendar of working time."),
            "mode": MODE,
            "limit": LIMIT,
            "gates": ref("gates"),
            "was": WAS,
            **{key: {} for key in ("scope", "rules", "table", "otherwise")},
        }
        by_subject = [
            {
                "if": {"properties": {"subject": {"const": subject}}, "required": ["subject"]},
                "then": {"properties": self._rulebook_of(subject)},
            }
            for subject in SUBJECTS
        ]
        either = [{"required": ["rules"]}, {"required": ["table"]}]
        by_hit = {
            "if": {"properties": {"hit": {"const": "all"}}, "required": ["hit"]},
            "then": {"properties": {"otherwise": False}},
            "else": {"if": {"required": ["rules"]}, "then": {"required": ["otherwise"]}},
        }
        ownerless = {
            "if": {"properties": {"subject": {"const": "contact"}}, "required": ["subject"]},
            "then": {"properties": {"calendar": {"not": {"const": OWNER}}}},
        }
        return obj(properties, ["rulebook", "subject", "flow"], allOf=[*by_subject, by_hit, ownerless], oneOf=either)

    def _rulebook_of(self, subject: str) -> Schema:
        """What depends on the kind of subject."""
        columns = ["id", "about", *(name for name, (subjects, _) in ACTIONS.items() if subject in subjects)]
        paths = [one.path for one in self.ruleset.fields.reachable(subject)]
        return {
            "scope": {"allOf": [ref(f"condition_{subject}")], "description": "Only these subjects are looked at."},
            "rules": {"type": "array", "items": ref(f"rule_{subject}"), "minItems": 1},
            "otherwise": {"allOf": [ref(f"actions_{subject}")], "description": "What is done when no rule holds."},
            "table": obj(
                {
                    "when": {
                        "type": "array",
                        "items": word([*paths, "id", "about"], "A column of tests."),
                        "description": "The columns of tests: fields.",
                    },
                    "then": {
                        "type": "array",
                        "items": word(columns, "A column of values for this action."),
                        "description": "The columns of what is done: actions.",
                    },
                    "rows": {
                        "type": "array",
                        "items": {"type": "array"},
                        "minItems": 1,
                        "description": "A cell for each column of tests, then one for each action; any holds always.",
                    },
                    "file": {"type": "string", "description": "A CSV file with the same, beside the rulebook."},
                    "ordered": {"type": "boolean", "description": "true: rows may overlap, the topmost counts."},
                },
                description="A decision table; its rows are rules.",
            ),
        }


NAME: Schema = {"type": ["string", "integer"], "pattern": r"^[^\W_][\w.-]*$"}
"""How rulebooks and rules are named."""
WAS: Schema = {
    **some(text("A name that it had before.")),
    "description": "Names that it had before: what was begun under them goes on.",
}
STEP_ID: Schema = {
    **NAME,
    "description": "What the step stays known by when it is edited; without it, by what it does.",
}
NEVER_SET = ("id", "owner", "desk", "status", "outcome", "closed_at")
"""Names of fields that `set` does not write: other actions do."""
MODE = word(("live", "shadow", "off"), "live; shadow: records what it would do; off.")
LIMIT: Schema = {
    "anyOf": [obj({"per_hour": {"type": "integer", "minimum": 1}}, ["per_hour"]), word(("off",), "No limit at all.")],
    "description": "So many steps within an hour; then the rule is held, ops are told, and its subjects wait until"
    " 'leadrelay rules release ID'. Without it rule_hour_limit of leadrelay.toml holds for what hit: all rules tell.",
}
_ANY = SUBJECTS
ACTIONS: Mapping[str, tuple[tuple[str, ...], Callable[[RuleSchemas, str], Schema]]] = {
    "route": (("request",), RuleSchemas._route),
    "assign": (("request", "opportunity", "account"), RuleSchemas._assign),
    "notify": (_ANY, RuleSchemas._notify),
    "qualify": (("request",), RuleSchemas._qualify),
    "nurture": (("request", "opportunity", "contact"), RuleSchemas._nurture),
    "leave": (("request", "opportunity", "contact"), RuleSchemas._leave),
    "return_to_sales": (("opportunity", "contact"), RuleSchemas._return_to_sales),
    "close": (("request", "opportunity"), RuleSchemas._close),
    "set": (_ANY, RuleSchemas._set),
    "task": (_ANY, RuleSchemas._task),
    "stop": (_ANY, RuleSchemas._stop),
}
"""Every action: the kinds of subject it is for, and what makes its schema."""
