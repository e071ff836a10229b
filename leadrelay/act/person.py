"""Who does something by hand at the command line."""

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.errors import UnknownPerson
from leadrelay.leads.team import Person, Team
from leadrelay.store.owners import whole_team


class Doer(Struct, frozen=True):
    """A person of the team, or nobody in particular: then history says `command line`."""

    person: Person | None = None

    @property
    def cause(self) -> str:
        """What history says of it."""
        return f"person {self.person.id}" if self.person else "command line"

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that let them through gates."""
        return self.person.roles if self.person else ()


def doer(conn: Connection, team: Team, name: str | None) -> Doer:
    """The person with that id; without a name nobody in particular. Raises UnknownPerson."""
    return Doer() if name is None else Doer(named(conn, team, name))


def named(conn: Connection, team: Team, name: str) -> Person:
    """The person with that id, of the team file or imported. Raises UnknownPerson."""
    person = whole_team(conn, team).people.get(name)
    if person is None:
        raise UnknownPerson(person=name)
    return person
