"""What editors say of keys that need more words than their type: a description each, and examples to look at."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
_OWN = "The company's own fields of this kind of subject, by name; in rules request.extra.NAME and such."
ABOUT: Mapping[str, Mapping[str, str]] = {
    "team": {"people": "Everybody who gets work or messages.", "pools": "Groups that work is spread over, by name."},
    "calendar": {"calendars": "Working hours by name; `default` is everybody's who names no other."},
    "fields": dict.fromkeys(("request", "opportunity", "contact", "account"), _OWN),
    "tests": {"tests": "Each gives facts and a moment, and says what the rules must make of them."},
    "stages": {"stages": "The stages of a deal, the first one first.", "gates": "What must hold to pass into a stage."},
    "gates_file": {"gates": "What must hold to pass into a stage."},
    "process": {"process": "The steps of the process, by number."},
    "sequence": {"steps": "What is sent to whoever is on the list, one after the other."},
    "messages": {
        "routes": "Which messages go together, when, and who is told if nobody reacts; the first that fits counts.",
        "quiet_hours": "When nothing is sent, and what becomes of it.",
        "digests": "When summaries go out.",
        "caps": "How much mail anybody gets at most.",
        "silences": "What is not sent for a while, and why.",
        "inhibit": "Messages that make others needless.",
    },
    "map": {
        "columns": "The source's columns, each with the field that it fills.",
        "constants": "Fields that are the same for every row.",
        "formats": "How the source writes dates and numbers.",
        "joined": "Fields made of several columns.",
        "only": "Take only rows of which this holds.",
        "pairs": "Columns that come in pairs of a name and a value.",
        "prefix": "What stands before the source's ids, so that they stay apart from others.",
        "reject": "Rows of which this holds are rejected, with the reason.",
        "write_back": "What goes back to the source, and how.",
    },
    "report": {
        "totals": "What is told of a field for each group.",
        "sort": "By which columns, and from which end.",
        "columns": "A column for each.",
    },
    "rulebook": {
        "gates": "What must hold for an opportunity to pass into a stage.",
        "scope": "Only these subjects are looked at.",
        "rules": "The rules, the topmost first.",
        "table": "A decision table; its rows are rules.",
        "otherwise": "What is done when no rule holds; needed with hit: first.",
    },
    **{
        f"rule_{subject}": {"when": "What must hold of the subject; all lines together. Without it, always."}
        for subject in ("request", "opportunity", "contact", "account")
    },
}
"""By definition, what its keys mean that say nothing of themselves."""
EXAMPLES: Mapping[str, list[object]] = {
    "not": [["renewal", "renegotiation"], {"in_list": "target-accounts"}],
    "over": [10000],
    "under": [50],
    "at_least": [250, "2026-11-20"],
    "at_most": [250],
    "between": [[1000, 1999]],
    "contains": ["urgent", ["lathe", "mill"]],
    "starts_with": ["+31"],
    "ends_with": [".gov"],
    "matches": ["*@*.gov"],
    "mentions": ["complaint-words"],
    "in_list": ["target-accounts"],
    "same_as": ["account.owner"],
    "after": ["request.received_at"],
    "older_than": ["4 working hours", "3 days"],
    "newer_than": ["3 weeks"],
    "within": ["2 weeks"],
    "all": [[{"account.tier": "key"}, {"request.prompted": False}]],
    "any": [[{"account.employees": {"at_least": 250}}, {"account.name": {"in_list": "target-accounts"}}]],
    "none": [[{"request.kind": "information"}]],
    "assign": ["account.owner", {"pool": "field_sales", "by": "territory", "keep": "account.owner"}],
    "notify": [{"to": ["request.owner", "sales_director"], "template": "overdue", "urgency": "now"}],
    "qualify": [{"stage": "exploration"}],
    "nurture": [{"list": "cold-leads"}],
    "close": [{"outcome": "archived", "reason": "No potential"}],
    "set": [{"request.triage": "new"}],
    "task": [{"for": "request.owner", "what": "Call the customer", "due": "4 working hours"}],
    "later": [[{"after": "2 working hours", "then": [{"notify": {"to": "dirk", "template": "overdue"}}]}]],
    "repeat": [{"every": "1 working day", "at_most": 3}],
}
"""What may be written after a word of conditions, or as an action."""


def explained(definitions: Schema) -> Schema:
    """The definitions with a description for each of ABOUT and examples for each of EXAMPLES that has none."""
    for name, keys in ABOUT.items():
        for part in _with_properties(definitions[name]):
            for key, about in keys.items():
                if isinstance(part.get(key), dict) and part[key]:
                    part[key] = {**part[key], "description": part[key].get("description", about)}
    for name, definition in definitions.items():
        if name.startswith(("test_", "condition_", "actions_", "rule_")):
            for part in _with_properties(definition):
                for key in part.keys() & EXAMPLES.keys():
                    part[key].setdefault("examples", EXAMPLES[key])
    return definitions


def _with_properties(definition: Schema) -> list[Schema]:
    """The properties of an object, of the items of a list, and of what an object depends on."""
    parts = [definition, definition.get("items", {})]
    parts += [one.get("then", one) for key in ("allOf", "anyOf") for one in definition.get(key, ())]
    return [part["properties"] for part in parts if "properties" in part]
