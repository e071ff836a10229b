"""The part of the JSON Schema that is about rules/messages.yaml."""

from collections.abc import Collection
from typing import get_args

from leadrelay.leads.fields import Type
from leadrelay.messages.policy import MERGED, By
from leadrelay.rulebook.message_words import CONSENT, URGENCIES
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.schema_of_conditions import VALUES, Schema, obj, ref, some, text, word
from leadrelay.rulebook.whos import CONTACT

_MOST: Schema = {"type": "integer", "minimum": 1}


def messages_schema(ruleset: Ruleset, templates: Collection[str]) -> Schema:
    """The schema of the file, with the project's own people, templates, rulebooks and rules to choose from."""
    team = ruleset.team
    names = dict.fromkeys([*team.people, *team.pools, *(role for one in team.active() for role in one.roles), CONTACT])
    somebody = some(word(list(names), "A person, role or pool, or contact."))
    whom = {**somebody, "description": "For whom; everybody without it."}
    of_rules = word(sorted(set(templates) - set(MERGED)), "A template of messages.")
    bypass = {**some(of_rules), "description": "Templates that neither wait nor count."}
    match = obj(
        {
            "to": {**whom, "description": "Who gets the message."},
            "template": some(of_rules),
            "rulebook": some(word([book.name for book in ruleset.rulebooks], "A rulebook.")),
            "rule": some(word([rule.key for _, rule in ruleset.rules()], "A rule.")),
            "urgency": some(word(URGENCIES, "As the rule says it.")),
            "about": {**some({"type": "string"}), "description": "request/42, or account/7 for all that is its."},
        },
        description="Which messages: all that is given must fit.",
    )
    span, moment = ref("duration"), VALUES[Type.TIME]
    group = obj(
        {
            "by": {"type": "array", "items": word(get_args(By), "What they have in common."), "minItems": 0},
            "wait": span,
            "interval": span,
        },
        description="Messages that go in one mail: how long the first waits, and how far mails keep apart.",
    )
    escalate = obj({"after": span, "to": whom, "template": of_rules}, ["after", "to", "template"])
    route = obj(
        {
            "route": text("A name for the route."),
            "match": match,
            "send": word(URGENCIES, "At once or in the digest; without it, as the rule says."),
            "group": group,
            "repeat": obj({"every": span, "at_most": _MOST}, ["every", "at_most"]),
            "escalate": {**escalate, "description": "Who is told when nobody reacts."},
        },
        ["route"],
    )
    quiet = obj(
        {
            "to": whom,
            "hours": {"type": "object", "additionalProperties": {"type": "string"}},
            "days_off": {"type": "boolean", "description": "Also all of a day on which the reader does not work."},
            "then": word(("hold", "digest"), "What becomes of what comes then."),
            "bypass": bypass,
        }
    )
    times = some({"type": "string", "pattern": r"^\d{1,2}:\d\d$"})
    cap = obj({"to": whom, "at_most": _MOST, "per": span, "roll_up": _MOST, "bypass": bypass}, ["at_most", "per"])
    silence = obj(
        {"match": match, "from": moment, "until": moment, "why": text("What to tell those who miss it.")},
        ["match", "until", "why"],
    )
    inhibition = obj(
        {
            "by": some(of_rules),
            "mutes": some(of_rules),
            "same": word(("subject", "account"), "About what."),
            "for": span,
        },
        ["by", "mutes"],
    )
    lists = {
        "routes": route,
        "quiet_hours": quiet,
        "digests": obj({"to": whom, "at": times}, ["at"]),
        "caps": cap,
        "silences": silence,
        "inhibit": inhibition,
    }
    consent = word(CONSENT, "Which contacts get mail: only who said yes, or all who did not say no.")
    return obj({**{key: {"type": "array", "items": items} for key, items in lists.items()}, "consent": consent})
