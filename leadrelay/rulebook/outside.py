"""Which message templates are read by contacts, and what such a template may name of what we know (M12).

A contact reads what rules and sequences send to `contact`, and every template whose name begins with `script_`: the
words that a colleague copies into a mail to them.
"""

from collections.abc import Iterable

from leadrelay.rulebook.model import Notify, Rule, Rulebook
from leadrelay.rulebook.whos import CONTACT

SCRIPT = "script_"
"""How the names of scripts begin."""
_OPEN = frozenset(
    {
        *(f"request.{name}" for name in ("product", "received_at", "kind", "language")),
        *(f"contact.{name}" for name in ("name", "email", "phone", "job_title", "language")),
        *(f"account.{name}" for name in ("name", "industry", "country")),
        "owner.name",
        *(f"opportunity.{name}" for name in ("product", "quote_sent_at", "quote_valid_until", "quote_total")),
        *(f"person.{name}" for name in ("name", "language")),
        *("company.name", "who", "language", "now", "links", "words", "title", "outside"),
    }
)
_ENTITIES = ("request", "contact", "account", "owner", "opportunity", "person", "company", "rule")
_WORDS = ("reason", "subject", "what", "urgency", "facts", "count", "more", "messages")
REMEDY = (
    "Leave it out, or name what a contact may read, such as contact.name, request.product, owner.name, "
    "opportunity.quote_total; docs/messages.md lists it all."
)


def internal(path: str) -> bool:
    """Whether a name of the context (account.tier, reason) is ours alone. Fields of the company's own are not: whoever
    adds one knows what it holds."""
    if path in _OPEN or ".extra." in path or path.startswith("links."):
        return False
    head = path.partition(".")[0]
    return head in _ENTITIES or head in _WORDS


def to_contacts(books: Iterable[Rulebook], names: Iterable[str]) -> frozenset[str]:
    """The names of the templates that contacts read, of rules and among all `names` there are."""
    found = {name for name in names if name.startswith(SCRIPT)}
    for book in books:
        for rule in book.every_rule():
            found |= _sent_by(rule)
    return frozenset(found)


def _sent_by(rule: Rule) -> set[str]:
    """The templates that a rule sends to the contact, at once or later."""
    steps = (rule.then, *(step.then for step in rule.later))
    actions = [action for then in steps for action in then]
    return {one.template for one in actions if isinstance(one, Notify) and CONTACT in one.to}
