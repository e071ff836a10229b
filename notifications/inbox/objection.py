"""Whether somebody who writes back wants no more mail: 'STOP', 'remove me', 'schrijf mij uit', by lists of ops.

The words of `rules/lists/objection-words.yaml` mean it wherever they stand in what the writer wrote; those of
`objection-alone.yaml` when the mail says little else, as 'stop' does. What takes it back ('don't unsubscribe') is in
`objection-denials.yaml`."""

import re
from collections.abc import Iterable, Mapping
from email.message import Message

from msgspec import Struct

from leadrelay.leads.consent import ALONE, ANYWHERE, TAKEN_BACK
from leadrelay.rulebook.phrases import Phrases, words_of
from leadrelay.shipped import shipped_list
from notifications.inbox.parts import notice, value

FEW = 6
"""So many words at most are little else."""
LONGEST = 2_000
_ANSWER = re.compile(r"^\s*(?:re|fw|fwd|aw|antw|antwoord|sv|doorst)\s*:", re.IGNORECASE)
_QUOTED = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:original|oorspronkelijk|forwarded|doorgestuurd)|_{8,}|-- ?$"
    r"|(?:on|op|le|am)\b.{0,200}\b(?:wrote|schreef|geschreven|a écrit|schrieb)\b.{0,80}:\s*$"
    r"|(?:from|van|de|von|sent|verzonden)\s*:\s.*)",
    re.IGNORECASE,
)


class Objections(Struct, frozen=True):
    """The words, made ready."""

    anywhere: Phrases
    alone: Phrases
    taken_back: Phrases

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[object]]) -> "Objections":
        """From the lists of a project."""
        ready = [Phrases(map(str, lists.get(name, ()))) for name in (ANYWHERE, ALONE, TAKEN_BACK)]
        return cls(*ready)

    @classmethod
    def of_project(cls, lists: Mapping[str, Iterable[object]]) -> "Objections":
        """The same; a list that the project does not have is the one that is shipped. Raises OSError."""
        return cls.of({name: lists.get(name) or shipped_list(name) for name in (ANYWHERE, ALONE, TAKEN_BACK)})

    def found(self, mail: Message) -> str | None:
        """The words by which this mail says that its writer wants no more; None if it does not say so."""
        own = own_words(mail)
        subject = value(mail, "Subject")
        texts = [own] if _ANSWER.match(subject) or not subject else [own, subject]
        for text in texts:
            if any(self.taken_back.found(text)):
                continue
            if found := next(iter(self.anywhere.found(text)), None):
                return found
            spoken = [word for word in words_of(text) if word[0].isalnum()]
            if len(spoken) <= FEW and (found := next(iter(self.alone.found(text)), None)):
                return found
        return None


NO_WORDS = Objections.of({})
"""No words mean it."""


def own_words(mail: Message) -> str:
    """What the writer wrote, above what the mail quotes and above the signature."""
    lines = []
    for line in notice(mail)[:LONGEST].splitlines():
        if _QUOTED.match(line):
            break
        lines.append(line)
    return "\n".join(lines).strip()
