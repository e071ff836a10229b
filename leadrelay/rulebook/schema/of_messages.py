"""The part of the JSON Schema that is about rules/messages.yaml."""

from collections.abc import Collection
from functools import cached_property
from typing import get_args

from msgspec import Struct

from leadrelay.leads.fields import Type
from leadrelay.messages.policy import MERGED, By
from leadrelay.rulebook.message_words import CONSENT, URGENCIES
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.schema.of_conditions import HOURS, SOME_TIME, VALUES, Schema, obj, ref, some, text, word
from leadrelay.rulebook.whos import CONTACT

_MOST: Schema = {"type": "integer", "minimum": 1, "description": "How many at most."}
_CLOCK: Schema = {"type": "string", "pattern": r"^([01]?\d|2[0-4]):[0-5]\d$"}
_SUBJECT: Schema = {"type": "string", "pattern": "^(request|opportunity|contact|account)/."}
_SPAN, _MOMENT = ref("duration"), VALUES[Type.TIME]


def messages_schema(ruleset: Ruleset, templates: Collection[str]) -> Schema:
    """The schema of the file, with the project's own people, templates, rulebooks and rules to choose from."""
    words = _Words(ruleset, templates)
    lists = {
        "routes": _route(words),
        "quiet_hours": _quiet_hours(words),
        "digests": obj({"to": words.whom, "at": {**some(_CLOCK), "description": "When, such as 08:30."}}, ["at"]),
        "caps": obj(
            {"to": words.whom, "at_most": _MOST, "per": SOME_TIME, "roll_up": _MOST, "bypass": words.bypass},
            ["at_most", "per"],
        ),
        "silences": obj(
            {"match": words.match, "from": _MOMENT, "until": _MOMENT, "why": text("What to tell those who miss it.")},
            ["match", "until", "why"],
        ),
        "inhibit": obj(
            {
                "by": some(words.template),
                "mutes": some(words.template),
                "same": word(("subject", "account"), "About what."),
                "for": _SPAN,
            },
            ["by", "mutes"],
        ),
    }
    consent = word(CONSENT, "Which contacts get mail: only who said yes, or all who did not say no.")
    return obj({**{key: {"type": "array", "items": items} for key, items in lists.items()}, "consent": consent})


class _Words(Struct, frozen=True, dict=True):
    """What several parts of the file choose from."""

    ruleset: Ruleset
    templates: Collection[str]

    @cached_property
    def whom(self) -> Schema:
        team = self.ruleset.team
        roles = (role for one in team.active() for role in one.roles)
        names = dict.fromkeys([*team.people, *team.pools, *roles, CONTACT])
        somebody = some(word(list(names), "A person, role or pool, or contact."))
        return {**somebody, "description": "For whom; everybody without it."}

    @cached_property
    def template(self) -> Schema:
        return word(sorted(set(self.templates) - set(MERGED)), "A template of messages.")

    @cached_property
    def bypass(self) -> Schema:
        return {**some(self.template), "description": "Templates that neither wait nor count."}

    @cached_property
    def match(self) -> Schema:
        return obj(
            {
                "to": {**self.whom, "description": "Who gets the message."},
                "template": some(self.template),
                "rulebook": some(word([book.name for book in self.ruleset.rulebooks], "A rulebook.")),
                "rule": some(word([rule.key for _, rule in self.ruleset.rules()], "A rule.")),
                "urgency": some(word(URGENCIES, "As the rule says it.")),
                "about": {
                    **some(_SUBJECT),
                    "description": "request/42, or account/7 for all that is its.",
                },
            },
            description="Which messages: all that is given must fit.",
        )


def _route(words: _Words) -> Schema:
    group = obj(
        {
            "by": {"type": "array", "items": word(get_args(By), "What they have in common."), "minItems": 0},
            "wait": _SPAN,
            "interval": _SPAN,
        },
        description="Messages that go in one mail: how long the first waits, and how far mails keep apart.",
    )
    escalate = obj({"after": _SPAN, "to": words.whom, "template": words.template}, ["after", "to", "template"])
    return obj(
        {
            "route": text("A name for the route."),
            "match": words.match,
            "send": word(URGENCIES, "At once or in the digest; without it, as the rule says."),
            "group": group,
            "repeat": obj({"every": _SPAN, "at_most": _MOST}, ["every", "at_most"]),
            "escalate": {**escalate, "description": "Who is told when nobody reacts."},
        },
        ["route"],
    )


def _quiet_hours(words: _Words) -> Schema:
    return obj(
        {
            "to": words.whom,
            "hours": {**HOURS, "description": "When it is quiet, such as monday-friday: 19:00-07:00."},
            "days_off": {"type": "boolean", "description": "Also all of a day on which the reader does not work."},
            "then": word(("hold", "digest"), "What becomes of what comes then."),
            "bypass": words.bypass,
        }
    )
