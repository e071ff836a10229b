"""Who a message is for: the reader's name, address and language, or the reason why it cannot or should not go."""

from email.errors import MessageError
from email.headerregistry import Address

from msgspec import Struct

from leadrelay.leads.mailbox import ascii_domain
from leadrelay.leads.team import Team
from leadrelay.rulebook.filters import clean
from notifications.facts import Facts
from notifications.message import State
from notifications.permission import CONTACT, FIELDS, Permission

ANYBODY = Permission()


__all__ = ["CONTACT", "Reader", "Refusal", "reader_of", "usable"]


class Reader(Struct, frozen=True):
    """Somebody who can be written to. `channels`: the channel for messages of an urgency, where it is not mail."""

    id: str
    name: str
    address: str
    language: str | None = None
    channels: tuple[tuple[str, str], ...] = ()


class Refusal(Struct, frozen=True):
    """Why nobody is written to: `dead` cannot be delivered, `suppressed` should not be."""

    state: State
    reason: str


def reader_of(to: str, team: Team, contact: Facts | None, permission: Permission = ANYBODY) -> Reader | Refusal:
    """The reader that `to` names: a person of the team, or a contact (contact/3) whose facts are given."""
    return _contact(to, contact, permission) if to.startswith(CONTACT) else _person(to, team)


def _person(to: str, team: Team) -> Reader | Refusal:
    person = team.people.get(to)
    if person is None:
        return Refusal(State.DEAD, f"there is nobody called '{to}' in the team")
    if not person.active:
        return Refusal(State.SUPPRESSED, f"{to} is not active")
    if not person.email.strip():
        return Refusal(State.DEAD, f"{to} has no e-mail address")
    address = usable(person.email)
    if address is None:
        return Refusal(State.DEAD, f"the e-mail address of {to} cannot be used: {clean(person.email, 80)}")
    return Reader(to, clean(person.name, 80), address, person.language, person.channels)


def _contact(to: str, facts: Facts | None, permission: Permission) -> Reader | Refusal:
    if facts is None:
        return Refusal(State.DEAD, f"there is no {to}")
    if why := permission.refusal(to, {name: facts.get(f"contact.{name}") for name in FIELDS}):
        return Refusal(State.SUPPRESSED, why)
    written = str(facts.get("contact.email") or "")
    if not written.strip():
        return Refusal(State.DEAD, f"{to} has no e-mail address")
    address = usable(written)
    if address is None:
        return Refusal(State.DEAD, f"the e-mail address of {to} cannot be used: {clean(written, 80)}")
    language = facts.get("contact.language")
    name = clean(str(facts.get("contact.name") or address), 80)
    return Reader(to, name, address, str(language) if language else None)


def usable(written: str) -> str | None:
    """An address that is exactly one mailbox, its domain in ASCII (IDNA); None for anything else."""
    text = written.strip()
    local, _, domain = text.rpartition("@")
    if not local or not domain or any(not char.isprintable() or char in ' ,;:<>()[]\\"' for char in text):
        return None
    try:
        address = Address(addr_spec=f"{local}@{ascii_domain(domain)}")
    except (MessageError, ValueError, IndexError):
        return None
    return address.addr_spec if local.isascii() and "@" not in local else None
