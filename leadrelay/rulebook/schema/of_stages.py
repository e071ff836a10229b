"""The part of the JSON Schema that is about rules/stages.yaml and the gates of any rules file."""

from collections.abc import Sequence

from leadrelay.leads.fields import OPPORTUNITY_OUTCOMES
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.schema.of_conditions import Schema, any_case, obj, ref, some, text, word
from leadrelay.rulebook.stages import ACTS
from leadrelay.rulebook.stages_file import NEXT_STEPS

_PERCENT: Schema = {"type": "number", "minimum": 0, "maximum": 100}


def gates_schema(ruleset: Ruleset) -> Schema:
    """The schema of a list of gates, with the project's own stages and roles to choose from."""
    roles = dict.fromkeys(role for one in ruleset.team.active() for role in one.roles)
    override = obj(
        {
            "roles": some(word(list(roles), "A role.") if roles else {"type": "string"}),
            "reason": {"const": "required", "description": "Whoever overrides says why."},
        },
        ["roles"],
    )
    gate = obj(
        {
            "id": text("A name that stays."),
            "about": text("What it is for; shown to whoever is stopped."),
            "into": {**some(_stage(ruleset, ACTS)), "description": "Before which stages and acts it stands."},
            "when": {"allOf": [ref("condition_opportunity")], "description": "What must hold to pass."},
            "override": {"anyOf": [{"const": False}, override], "description": "Who may let a deal through."},
        },
        ["id", "into", "when"],
    )
    return {"type": "array", "items": gate}


def stages_schema(ruleset: Ruleset) -> Schema:
    """The schema of the file, with the project's own fields, people and roles to choose from."""
    paths = [one.path for one in ruleset.fields.reachable("opportunity")]
    short = [path.removeprefix("opportunity.") for path in paths if path.startswith("opportunity.")]
    stage = obj(
        {
            "stage": {"type": "string", "not": any_case(OPPORTUNITY_OUTCOMES), "description": "Its name."},
            "about": text("What it means that a deal is here."),
            "chance": {**_PERCENT, "description": "Its weight in the forecast, in percent."},
            "demands": {**some({"enum": [*short, *paths]}), "description": "What must be known to be here."},
            "next_step": word(NEXT_STEPS, "Whether a next step must be planned."),
            "next_step_within": {"allOf": [ref("duration")], "description": "How far ahead it may lie."},
        },
        ["stage"],
    )
    authorisation = obj(
        {
            "discount_over": {**_PERCENT, "description": "With more discount than this on a line, in percent."},
            "amount_over": {"type": "number", "description": "With a larger total than this."},
            "by": {"allOf": [ref("who")], "description": "Who approves."},
            "deputy": {"allOf": [ref("who")], "description": "For when they are away and name no deputy."},
            "due": {"allOf": [ref("duration")], "description": "How long they have."},
        },
        ["by", "due"],
        anyOf=[{"required": ["discount_over"]}, {"required": ["amount_over"]}],
    )
    return obj(
        {
            "about": text("What these stages are for."),
            "stages": {"type": "array", "items": stage, "minItems": 1},
            "gates": ref("gates"),
            "authorisation": {**authorisation, "description": "Which quotes somebody has to approve."},
        },
        ["stages"],
    )


def _stage(ruleset: Ruleset, more: Sequence[str] = ()) -> Schema:
    stages = [one.name for one in ruleset.stages.stages]
    return word([*stages, *more], "A stage of rules/stages.yaml.") if stages else {"type": "string"}
