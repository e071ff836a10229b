"""Who is concerned with an opportunity: their deciders, influencers and users, our people beside the owner (M15)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.person import Doer, named
from leadrelay.clock import Instant
from leadrelay.errors import NotSo, UnknownSubject
from leadrelay.leads.team import Team
from leadrelay.store import members
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert
from leadrelay.store.noted import noted


class Member(NamedTuple):
    """Somebody whom an opportunity concerns: a contact of theirs or a person of ours, by id."""

    kind: str
    id: str

    @classmethod
    def of(cls, text: str) -> "Member":
        """contact/3, or a person's id (also person/an)."""
        kind, slash, name = text.partition("/")
        return cls("contact", name) if slash and kind == "contact" else cls("person", name if slash else text)

    def __str__(self) -> str:
        return f"contact/{self.id}" if self.kind == "contact" else self.id


class Members(Struct, frozen=True):
    """Changes who is concerned with opportunities. Every method raises UnknownSubject when there is no such
    opportunity, and NotSo when it is closed."""

    database: Database
    team: Team
    now: Instant

    def add(self, opportunity: str, member: Member, role: str, doer: Doer, phase: str | None = None) -> None:
        """Adds somebody in a role, or gives whoever is there another one. `phase`: where a contact is in buying.

        Raises UnknownSubject for a contact that does not exist, UnknownPerson, and NotSo for the owner."""
        with self._open(opportunity, doer) as (conn, owner):
            if member.kind == "contact" and not stored_of(conn, "contact", {member.id}):
                raise UnknownSubject(subject=member)
            if member.kind == "person":
                named(conn, self.team, member.id)
            self._check_owner(opportunity, member, owner)
            put = (member.kind, member.id, role.strip().casefold(), phase)
            members.put(conn, opportunity, put, self.now, doer.cause)

    def remove(self, opportunity: str, member: Member, doer: Doer) -> None:
        """Takes somebody off. Raises NotSo for the owner, of whom there is always one, and for who is not on it."""
        with self._open(opportunity, doer) as (conn, owner):
            self._check_owner(opportunity, member, owner)
            if not members.remove(conn, opportunity, member.kind, member.id):
                subject = f"opportunity/{opportunity}"
                remedy = f"'leadrelay team {subject}' shows whom it has."
                raise NotSo(subject=subject, what=f"does not have {member}", remedy=remedy)

    def _check_owner(self, opportunity: str, member: Member, owner: object) -> None:
        if member.kind == "person" and member.id == owner:
            subject = f"opportunity/{opportunity}"
            remedy = f"There is always one: 'leadrelay assign {subject} --to PERSON --by WHO' makes it another."
            raise NotSo(subject=subject, what=f"has {owner} as its owner", remedy=remedy)

    @contextmanager
    def _open(self, opportunity: str, doer: Doer) -> Iterator[tuple[Connection, object]]:
        """A transaction about an open opportunity, with its owner."""
        subject = f"opportunity/{opportunity}"
        with self.database.begin() as conn:
            values = stored_of(conn, "opportunity", {opportunity}).get(opportunity)
            if values is None:
                raise UnknownSubject(subject=subject)
            if values.get("closed_at") is not None:
                raise NotSo(subject=subject, what="is closed", remedy="Nobody works on it any more.")
            with noted(conn, opportunity, self.now, doer.cause):
                yield conn, values.get("owner")
            upsert(conn, "opportunity", [{"id": opportunity, "last_touched_at": self.now}], self.now, doer.cause)
