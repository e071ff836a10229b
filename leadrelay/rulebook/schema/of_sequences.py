"""The part of the JSON Schema that is about sequences."""

from collections.abc import Collection

from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.schema.of_conditions import Schema, obj, ref, some, text, word
from leadrelay.rulebook.schema.of_rules import LIMIT, MODE, STEP_ID, WAS
from leadrelay.rulebook.sequences import EVENTS


def sequence_schema(ruleset: Ruleset, templates: Collection[str]) -> Schema:
    """The schema of a sequence, with the project's own templates to choose from."""
    condition, actions = ref("condition_contact"), ref("actions_contact")
    step = obj(
        {
            "id": STEP_ID,
            "after": {"allOf": [ref("duration")], "description": "Counted from joining the list."},
            "send": word(sorted(templates), "The template of the mail to the contact."),
            "then": actions,
            "when": condition,
            "unless": condition,
        },
        ["after"],
        oneOf=[{"required": ["send"]}, {"required": ["then"]}],
    )
    way = obj(
        {
            "id": text("The name of the exit; its rule is SEQUENCE-id."),
            "about": text("What it is for; also the reason why they left."),
            "on": some(word(EVENTS, "What happened since they joined the list.")),
            "when": condition,
            "then": actions,
            "reason": text("Why they left the list; kept on record."),
        },
        anyOf=[{"required": ["on"]}, {"required": ["when"]}],
    )
    return obj(
        {
            "sequence": text("The name of the sequence, unique among the rulebooks."),
            "about": text("What it is for, in a sentence."),
            "list": text("The nurture list whose members get it; default: the name of the sequence."),
            "order": {"type": "integer", "minimum": 0, "description": "Among the rulebooks of the nurture flow."},
            "calendar": word(list(ruleset.calendars) or ["default"], "The calendar of working days."),
            "mode": MODE,
            "was": WAS,
            "limit": LIMIT,
            "backfill": {"type": "boolean", "description": "Begin for everybody who is on the list already."},
            "when": {"allOf": [condition], "description": "Steps are passed over while this does not hold."},
            "steps": {"type": "array", "items": step, "minItems": 1},
            "exit": {"type": "array", "items": way, "description": "What ends it, and what happens then."},
        },
        ["sequence", "steps"],
    )
