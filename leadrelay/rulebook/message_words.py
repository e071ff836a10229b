"""What the parts of rules/messages.yaml have in common: matches, people, templates, subjects and durations."""

import re
from collections.abc import Collection

from msgspec import Struct

from leadrelay.duration import Duration
from leadrelay.messages.policy import MERGED, Match, Names
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.literals import duration
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.nodes import Mapping, Node
from leadrelay.rulebook.whos import CONTACT, TEAM_FILE, known_names

MATCH_KEYS = ("to", "template", "rulebook", "rule", "urgency", "about")
URGENCIES = ("now", "digest")
CONSENT = ("required", "unless_refused")
"""Who of the contacts gets mail: only who said yes, or everybody who did not say no."""
_ABOUT = re.compile(r"(request|opportunity|contact|account)/.+")


class MessageWords(Struct):
    """Reads them, held against what the context knows."""

    ctx: Context
    rulebooks: tuple[Rulebook, ...]

    def match(self, node: Node | None) -> Match:
        """Which messages are meant."""
        given = self.ctx.mapping(node, "'match'")
        if given is None:
            return Match()
        self.ctx.keys(given, MATCH_KEYS, "'match'")
        rules = [rule.key for book in self.rulebooks for rule in book.every_rule()]
        return Match(
            to=self.people(given.get("to")),
            template=self.templates(given.get("template")),
            rulebook=self.known(given.get("rulebook"), "rulebook", [book.name for book in self.rulebooks]),
            rule=self.known(given.get("rule"), "rule", rules),
            urgency=self.urgencies(given.get("urgency")),
            about=self.subjects(given.get("about")),
        )

    def known(self, node: Node | None, what: str, known: Collection[str]) -> Names:
        """Names of rulebooks or rules that exist."""
        found = self.ctx.texts(node, f"A {what}")
        for item in found:
            if item.text not in known and f"{what} {item.text}" not in self.ctx.broken:
                self.ctx.unknown(f"unknown-{what}", what, item, known)
        return frozenset(item.text for item in found)

    def urgencies(self, node: Node | None) -> Names:
        """now, or digest."""
        found = self.ctx.texts(node, "'urgency'")
        for item in found:
            if item.text not in URGENCIES:
                self.ctx.unknown("unknown-choice", "value for 'urgency'", item, URGENCIES)
        return frozenset(item.text for item in found)

    def subjects(self, node: Node | None) -> Names:
        """Subjects such as request/42; an account stands for all that belongs to it."""
        found = self.ctx.texts(node, "'about'")
        for item in found:
            if not _ABOUT.fullmatch(item.text):
                message = f"'{item.text}' is no subject."
                self.ctx.report(item.place, "unknown-subject", message, "Write request/42 or account/7.")
        return frozenset(item.text for item in found)

    def people(self, node: Node | None) -> Names:
        """Ids, roles and pools that exist; a team that was imported is not known here."""
        found = self.ctx.texts(node, "'to'")
        if node is not None and not found:
            self.ctx.report(node.place, "no-value", "Nobody is named here.", "Name a person, role or pool.")
        known = [*known_names(self.ctx), CONTACT]
        for item in found:
            if item.text not in known and TEAM_FILE in self.ctx.files and TEAM_FILE not in self.ctx.broken:
                message = f"'{item.text}' is no person, role or pool."
                self.ctx.report(item.place, "unknown-who", message, suggestion(item.text, known))
        return frozenset(item.text for item in found)

    def templates(self, node: Node | None) -> Names:
        """Templates that exist, and that messages of rules can have."""
        found = self.ctx.texts(node, "A template")
        known = sorted(self.ctx.templates - set(MERGED))
        for item in found:
            if item.text not in known:
                self.ctx.unknown("unknown-template", "template in templates/", item, known)
        return frozenset(item.text for item in found)

    def needed(self, entry: Mapping, key: str, remedy: str) -> Node | None:
        """The node under a key; one that is missing is reported."""
        if key not in entry:
            self.ctx.report(entry.place, "missing-key", f"'{key}' is missing here.", remedy)
        return entry.get(key)

    def needed_span(self, entry: Mapping, key: str, remedy: str) -> Duration | None:
        """A duration that must be there, and be some time."""
        span = duration(self.needed(entry, key, remedy), key, self.ctx, "default")
        if span is not None and span.amount == 0:
            self.ctx.report(entry.key(key), "no-time", f"'{key}' is no time at all.", "Write some, such as 1 hour.")
            return None
        return span

    def span(self, entry: Mapping | None, key: str) -> Duration | None:
        """A duration that may be there."""
        return duration(entry.get(key), key, self.ctx, "default") if entry is not None else None
