"""Messages in words: the right template, language and layout for each, from the facts as they are now."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leadrelay.clock import Instant
from leadrelay.messages import to_ops
from leadrelay.rulebook.model import OTHERWISE, Rule, Ruleset
from leadrelay.rulebook.sandbox import Rendered, Wording
from leadrelay.shipped import with_own_words
from notifications.audience import Reader
from notifications.context import MOST_REASONS, Company, Part, build
from notifications.facts import Facts
from notifications.links import IN_BRIEF, Links
from notifications.message import Message

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings


class Renderer:
    """Renders the messages of one project; compiled templates are kept from one message to the next.

    `links` makes the links to act by. Raises BadSettings for a secret that cannot be used."""

    def __init__(self, ruleset: Ruleset, files: Mapping[str, str], settings: "Settings") -> None:
        self.wording, self.links = Wording(with_own_words(files, to_ops.ABOUT)), Links(settings)
        self._ruleset = ruleset
        self._company = Company(settings.company.name, settings.company.currency, str(settings.zone))
        self._language = settings.company.language
        self._rules: dict[str, Rule] = {rule.key: rule for _, rule in ruleset.rules()}

    def render(
        self, message: Message, reader: Reader, facts: Facts, now: Instant, parts: Sequence[Part] = ()
    ) -> Rendered:
        """A message in its own language, or else in the company's, with the messages that it carries.

        Raises UnknownTemplate, BadTemplate."""
        language = self.wording.language_of(message.template, message.language, self._language)
        rule = self._rules.get(message.rule)
        if rule is not None and rule.id == OTHERWISE:
            rule = None  # its key, 'routing/otherwise', says more than its id
        links = () if parts else self.links.of(message, reader, facts, language)
        acts = {one.key: self.links.of(one, reader, known, language, IN_BRIEF) for one, known in parts[:MOST_REASONS]}
        fields, company = self._ruleset.fields, self._company
        zone = self._zone_of(reader)
        context = build(message, reader, facts, fields, company, rule, language, now, links, parts, acts, zone)
        return self.wording.render(message.template, language, context)

    def _zone_of(self, reader: Reader) -> str:
        """The zone that a person of the team lives in; that of their calendar, or for who has none the company's."""
        team = self._ruleset.team
        person = team.people.get(reader.id)
        own = team.zones.get(person.calendar) if person else None
        return own or self._company.zone
