"""The part of the JSON Schema that is about rules/maps/*.yaml."""

from leadrelay.leads.fields import SUBJECTS
from leadrelay.leads.records import ENTITY_OF, known_paths
from leadrelay.rulebook.import_map import INVALID, KEEP, LOOKUPS, NUMBER_STYLES, PERSON_AS, READ_AS, WRITE_AS
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.schema.of_conditions import Schema, obj, some, text, word

_PLAIN: Schema = {"type": ["string", "number", "boolean"]}
_VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}
_VALUES: Schema = {"type": "object", "additionalProperties": _VALUE}
_DATES: Schema = {**some({"type": "string"}), "description": "As strptime knows them, tried in this order."}


def map_schema(ruleset: Ruleset) -> Schema:
    """The schema of an import map, with the project's fields as examples."""
    paths = list(dict.fromkeys(path for kind in ENTITY_OF for path in known_paths(kind, ruleset.fields)))
    field: Schema = {"type": "string", "description": "One of our fields.", "examples": paths}
    numbers = word(NUMBER_STYLES, "1,234.56 is english, 1.234,56 european.")
    how: Schema = {
        "as": word(READ_AS, "Read as this, not as the field's own type."),
        "values": {**_VALUES, "description": "Their value: ours, or null for none; * stands for anything."},
        "otherwise": {**_VALUE, "description": "For all other values; without it they stay as they are."},
        "dates": _DATES,
        "numbers": numbers,
        "times": {"type": "number", "description": "Multiplied by this."},
        "lookup": word(LOOKUPS, "It names somebody or something; find the id."),
        "keep": word(KEEP, "When rows about one record differ."),
        "invalid": word(INVALID, "What becomes of a value that does not fit."),
        "optional": {"type": "boolean", "description": "Left out where the project has no such field."},
    }
    target: Schema = {"anyOf": [field, obj({"to": field, **how}, ["to"])]}
    joined: Schema = {"anyOf": [{"type": "string"}, obj({"text": text("'{First} {Last}'"), **how}, ["text"])]}
    any_name: Schema = {"type": "object"}
    formats = obj({"dates": _DATES, "date": _DATES, "times": _DATES, "time": _DATES} | dict.fromkeys(
        ("numbers", "number", "money"), numbers))  # fmt: skip
    return obj(
        {
            "map": text("The name of the file."),
            "about": text("What it is for."),
            **dict.fromkeys(("kind", "as"), word(list(ENTITY_OF), "What a row is.")),
            "zone": text("Of times without an offset."),
            "dates": _DATES,
            "numbers": numbers,
            "formats": formats,
            "prefix": obj({key: {"type": "string"} for key in ENTITY_OF.values()}),
            "columns": {**any_name, "additionalProperties": {"anyOf": [target, {"type": "array", "items": target}]}},
            "joined": {**any_name, "additionalProperties": joined},
            "constants": {**any_name, "additionalProperties": _PLAIN},
            "skip": {**some(_PLAIN), "description": "Columns that are known and not wanted."},
            "reject": {**any_name, "additionalProperties": {**any_name, "additionalProperties": {"type": "string"}}},
            "system": text("Whose it is; maps of one system have this word in common."),
            "each": {**some({"type": "string"}), "description": "Where rows stand in JSON and XML: data.records."},
            "pairs": {**any_name, "additionalProperties": {"type": "string"}},
            "modified": {**some({"type": "string"}), "description": "When it was changed there; older is left out."},
            "only": {**any_name, "additionalProperties": some(_PLAIN)},
            "write_back": _write_back(field),
        },
        description="An import map.",
    )


def _write_back(field: Schema) -> Schema:
    source = text(f"A field of the {', '.join(SUBJECTS)}, or several: '{{request.status}} {{request.outcome}}'.")
    written = obj(
        {
            "from": source,
            "column": {**some({"type": "string"}), "description": "Where their exports have it."},
            "values": {**_VALUES, "description": "Our value: theirs, or null to write nothing."},
            "otherwise": _VALUE,
            "person": word(PERSON_AS, "How people are called there."),
            "as": word(WRITE_AS, "What it is in JSON."),
            "dates": text("The format of dates and times."),
        },
        ["from"],
    )
    return obj(
        {
            "object": text("What their interface calls such a record."),
            "id": text("What their files call its id."),
            "modified": {**some({"type": "string"}), "description": "When it was changed there."},
            "fields": {"type": "object", "additionalProperties": {"anyOf": [field, written]}},
        },
        ["fields"],
    )
