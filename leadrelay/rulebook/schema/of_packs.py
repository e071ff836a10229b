"""The parts of the JSON Schema that are about own fields, packs and reports."""

from itertools import combinations

from leadrelay.leads.fields import SUBJECTS, Type
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.reports import HOWS
from leadrelay.rulebook.schema.of_conditions import Schema, obj, ref, some, text, word

_WORDS: Schema = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
FORMS = ("count", "sum", "difference", "place_of")
"""The ways in which a field is computed, of which it has one."""
_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}


def fields_schema() -> Schema:
    """The schema of rules/fields.yaml."""
    sources: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    field = obj(
        {
            "type": word(list(Type), "What its values are: text, a number, an amount, a day, one of some words."),
            "choices": {**_WORDS, "description": "The words that it may have, with type: choice."},
            "about": text("What it means."),
            "count": {**sources, "description": "Computed: how many of these are answered, or yes."},
            "sum": {**sources, "description": "Computed: what those of these that are known add up to."},
            "difference": {
                **sources,
                "minItems": 2,
                "maxItems": 2,
                "description": "Computed: the first less the second.",
            },
            "place_of": text("Computed: at which place among the words of 'among' this field stands."),
            "each": {"type": "number", "exclusiveMinimum": 0, "description": "What each one counts."},
            "among": {**_WORDS, "description": "The words that place_of counts among, the first one first."},
        },
        ["type"],
    )
    field["if"] = {"properties": {"type": {"const": "choice"}}}
    field["then"] = {"required": ["choices"]}
    field["else"] = {"not": {"required": ["choices"]}}
    field["allOf"] = [{"not": {"required": list(two)}} for two in combinations(FORMS, 2)]
    field["dependencies"] = {"each": ["count"], "among": ["place_of"], "place_of": ["among"]}
    named = {"type": "object", "additionalProperties": field, "propertyNames": _NAME}
    return obj(dict.fromkeys(SUBJECTS, named))


def packs_schema() -> Schema:
    """The schema of rules/packs.yaml."""
    return obj({"packs": {"type": "array", "items": _NAME, "description": "The packs that are on."}}, ["packs"])


def pack_schema() -> Schema:
    """The schema of packs/NAME/pack.yaml."""
    parts: Schema = {
        "pack": {**_NAME, "description": "The name of its folder."},
        "about": text("What it is for."),
        "needs": {**some(_NAME), "description": "The packs that must be on with it."},
    }
    return obj(parts, ["pack", "about"])


def reports_schema(ruleset: Ruleset) -> Schema:
    """The schema of rules/reports/NAME.yaml."""
    field: Schema = {"type": "string", "examples": list(ruleset.fields.by_path)}
    missing = obj(
        {"missing": {**some(field), "description": "Which of these are not answered, or not yes."}}, ["missing"]
    )
    way: Schema = {"type": "object", "additionalProperties": word(("up", "down"), "Lowest or highest first.")}
    report = obj(
        {
            "report": {"type": "string", "pattern": r"^[^\W_][\w-]*$", "description": "What it is called."},
            "about": text("What it shows."),
            "of": word(SUBJECTS, "What it has lines about."),
            "where": {"type": "object", "description": "Only these."},
            "columns": {"type": "array", "items": {"anyOf": [field, missing]}, "description": "A line for each."},
            "group_by": {"type": "array", "items": field, "minItems": 1, "description": "A line for each group."},
            "totals": {"type": "object", "additionalProperties": word(HOWS, "What is told of the field.")},
            "sort": {"anyOf": [field, way, {"type": "array", "items": {"anyOf": [field, way]}}]},
        },
        ["report", "of"],
    )
    report["oneOf"] = [{"required": ["columns"]}, {"required": ["group_by"]}]
    report["allOf"] = [
        {
            "if": {"properties": {"of": {"const": subject}}},
            "then": {"properties": {"where": ref(f"condition_{subject}")}},
        }
        for subject in SUBJECTS
    ]
    return report
