"""Reads rules/team.yaml: people and pools, with who is away and who stands in."""

import difflib
import re
from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from datetime import date

from msgspec import Struct, field

from leadrelay.clock import Day, day_of
from leadrelay.leads.team import Away, Person, Pool, Team
from leadrelay.rulebook.conditions import read_condition
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.people_checks import Places, check_team
from leadrelay.rulebook.place import home
from leadrelay.rulebook.spreading import read_spreading, read_weight

FILE = "rules/team.yaml"
PERSON_KEYS = (
    *("id", "name", "email", "roles", "pools", "territory"),
    *("language", "calendar", "capacity", "weight", "away", "manager", "active", "channels"),
)
POOL_KEYS = ("members", "lead", "fallback", "calendar", "by", "then", "present", "weights")
URGENCIES = ("now", "digest")
AWAY_KEYS = ("from", "until", "deputy")

# What a name may stand for: the problem when nothing is called so, as code and message.
_CALENDAR = ("unknown-calendar", "There is no calendar '{name}'.")
_PERSON = ("unknown-person", "There is no person '{name}'.")
_POOL = ("unknown-pool", "There is no pool '{name}'.")
_ANYBODY = ("unknown-who", "There is no pool, person or role '{name}'.")

_ID = re.compile(r"[^\W_][\w-]*")
_CHANNEL = re.compile("[a-z][a-z0-9_]*")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)*")


def load_team(ctx: Context) -> Team:
    """The team of rules/team.yaml; nobody when there is no such file. What is wrong is reported and left out.

    Needs the context's fields and lists (for territories) and calendars; absences go by the zone of each person's."""
    zone = ctx.calendars["default"].zone.key
    zones = {name: calendar.zone.key for name, calendar in ctx.calendars.items()}
    document = ctx.document(FILE)
    if document is None:
        return Team(zone=zone)
    ctx.keys(document, ("people", "pools"), "this file")
    reader = _Reader(ctx)
    reader.find(document)
    people = {name: reader.person(name, node) for name, node in reader.people.items()}
    pools = {name: reader.pool(name, node, people) for name, node in reader.pools.items()}
    team = Team(people, pools, zone, zones)
    ctx.places |= reader.places
    check_team(ctx, team, reader.places)
    return team


class _Reader(Struct):
    """Finds every name first, and reads people and pools then, so that a reference is checked where it stands."""

    ctx: Context
    people: dict[str, Mapping] = field(default_factory=dict)
    pools: dict[str, Mapping | None] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    places: Places = field(default_factory=dict)

    def find(self, document: Mapping) -> None:
        """Finds the ids of people, the names of pools, and the roles."""
        for node in self.ctx.sequence(document.get("people"), "'people'") or ():
            entry = self.ctx.mapping(node, "A person")
            if entry is not None and (name := self._id_of(entry)):
                self.people[name] = entry
                self.roles.update(_words(entry.get("roles")))
        pools = self.ctx.mapping(document.get("pools"), "'pools'")
        for key, node in pools.items() if pools else ():
            if self._good_name(key, "pool"):
                self.pools[key.text] = self.ctx.mapping(node, f"The pool {key.text}")
                self.places[f"pool {key.text}"] = key.place
        self._find_undeclared()

    def _find_undeclared(self) -> None:
        """A pool that only people name is one too, unless it looks like a slip of the pen; then it is no pool."""
        declared = tuple(self.pools)
        for entry in self.people.values():
            for item in self.ctx.texts(entry.get("pools"), "A pool"):
                slip = difflib.get_close_matches(item.text, declared, n=1, cutoff=0.75)
                if item.text not in self.pools and not slip and self._good_name(item, "pool"):
                    self.pools[item.text] = None
                    self.places[f"pool {item.text}"] = item.place

    def _id_of(self, entry: Mapping) -> str | None:
        node = entry.get("id")
        if node is None:
            self.ctx.report(entry.place, "missing-key", "This person has no id.", "Add id: a short word, such as an.")
        if self.ctx.text(node, "'id'") is None or not isinstance(node, Scalar) or not self._good_name(node, "person"):
            return None
        same = [name for name in self.people if name.casefold() == node.text.casefold()]
        if same:
            first = self.places[f"person {same[0]}"]
            self.ctx.report(
                node.place,
                "duplicate-id",
                f"There is a person '{same[0]}' already, in line {first.line}.",
                "Give one of them another id; upper and lower case count as the same.",
            )
            return None
        self.places[f"person {node.text}"] = node.place
        return node.text

    def _good_name(self, node: Scalar, what: str) -> bool:
        if _ID.fullmatch(node.text):
            return True
        self.ctx.report(
            node.place,
            "bad-name",
            f"'{node.text}' cannot name a {what}.",
            "Use letters, digits, - and _ only; a word with a dot is read as a field.",
        )
        return False

    def person(self, name: str, entry: Mapping) -> Person:
        """The person that an entry describes."""
        ctx = self.ctx
        ctx.keys(entry, PERSON_KEYS, "a person")
        active = ctx.yes_no(entry.get("active"), "'active'")
        pools = self._pools_of(name, entry)
        return Person(
            id=name,
            name=ctx.text(entry.get("name"), "'name'") or name,
            email=self._email(entry),
            roles=tuple(dict.fromkeys(item.text.strip() for item in ctx.texts(entry.get("roles"), "A role"))),
            pools=pools,
            territory=read_condition(entry.get("territory"), ctx, "request") if "territory" in entry else None,
            language=self._language(entry),
            calendar=self._calendar(entry, pools),
            capacity=ctx.whole(entry.get("capacity"), "'capacity'"),
            away=self._absences(name, entry),
            manager=self._known(entry.get("manager"), _PERSON, self.people),
            active=True if active is None else active,
            channels=self._channels(entry),
            weight=read_weight(entry.get("weight"), ctx) or 1.0,
        )

    def pool(self, name: str, node: Mapping | None, people: Dictionary[str, Person]) -> Pool:
        """The pool of that name, with the members it names first and those who name it after them."""
        joined = [one.id for one in people.values() if name in one.pools]
        if node is None:
            return Pool(name, tuple(joined))
        self.ctx.keys(node, POOL_KEYS, "a pool")
        named = [
            item.text
            for item in self.ctx.texts(node.get("members"), "A member")
            if self._known(item, _PERSON, self.people)
        ]
        members = tuple(dict.fromkeys(named + joined))
        return Pool(
            name,
            members,
            self._known(node.get("lead"), _PERSON, self.people),
            self._known(node.get("fallback"), _ANYBODY, [*self.pools, *self.people, *sorted(self.roles)]),
            self._known(node.get("calendar"), _CALENDAR, self.ctx.calendars),
            *read_spreading(node, members, self.ctx),
        )

    def _calendar(self, entry: Mapping, pools: tuple[str, ...]) -> str:
        """A person's own calendar, or else that of the first pool that has one."""
        own = self._known(entry.get("calendar"), _CALENDAR, self.ctx.calendars)
        nodes = (self.pools[name] for name in pools if name in self.pools)
        named = (node.get("calendar") for node in nodes if node is not None)
        known = (node.text for node in named if isinstance(node, Scalar) and node.text in self.ctx.calendars)
        return own or next(known, "default")

    def _known(self, node: Node | None, kind: tuple[str, str], known: Collection[str]) -> str | None:
        """The name that stands there, if something of that kind is called so; otherwise it is reported."""
        code, message = kind
        name = self.ctx.text(node, "A name")
        if name is None or name in known or node is None:
            return name
        self.ctx.report(node.place, code, message.format(name=name), suggestion(name, known))
        return None

    def _pools_of(self, name: str, entry: Mapping) -> tuple[str, ...]:
        """The pools that a person names, and those that name the person."""
        own = [
            item.text for item in self.ctx.texts(entry.get("pools"), "A pool") if self._known(item, _POOL, self.pools)
        ]
        by_pool = [pool for pool, node in self.pools.items() if node and name in _words(node.get("members"))]
        return tuple(dict.fromkeys(own + by_pool))

    def _email(self, entry: Mapping) -> str:
        node = entry.get("email")
        email = self.ctx.text(node, "'email'") or ""
        if node is not None and email and not _EMAIL.fullmatch(email):
            self.ctx.report(
                node.place, "bad-email", f"'{email}' is not an e-mail address.", "Write it as an@example.com."
            )
            return ""
        return email

    def _channels(self, entry: Mapping) -> tuple[tuple[str, str], ...]:
        """The channel per urgency. Which channels there are, the settings say: they are no part of the rules."""
        named = self.ctx.mapping(entry.get("channels"), "'channels'")
        if named is None:
            return ()
        self.ctx.keys(named, URGENCIES, "'channels'")
        found = []
        for urgency in URGENCIES:
            node = named.get(urgency)
            if (channel := self.ctx.text(node, "A channel")) is None or node is None:
                continue
            if _CHANNEL.fullmatch(channel):
                found.append((urgency, channel))
            else:
                remedy = "Write 'mail', or a name of [channels] in leadrelay.toml; addresses stand there, never here."
                self.ctx.report(node.place, "bad-name", f"'{channel}' cannot name a channel.", remedy)
        return tuple(found)

    def _language(self, entry: Mapping) -> str | None:
        """The language, which should be one that the project has templates in."""
        node = entry.get("language")
        word = self.ctx.text(node, "'language'")
        parts = (file.split("/") for file in map(home, self.ctx.files) if file.startswith("templates/"))
        known = sorted({part[1] for part in parts if len(part) > 2})
        if word is not None and node is not None and known and word not in known:
            self.ctx.report(
                node.place,
                "unknown-language",
                f"There are no templates in '{word}', so messages come in the company's language.",
                f"Add a folder templates/{word}, or use one of: {', '.join(known)}.",
                "warning",
            )
        return word

    def _absences(self, name: str, entry: Mapping) -> tuple[Away, ...]:
        found: list[Away] = []
        for item in self.ctx.sequence(entry.get("away"), "'away'") or ():
            node = self.ctx.mapping(item, "An absence")
            if node is not None and (away := self._away(node)):
                self.places[f"away {name} {len(found)}"] = node.key("deputy")
                found.append(away)
        return tuple(found)

    def _away(self, node: Mapping) -> Away | None:
        self.ctx.keys(node, AWAY_KEYS, "an absence")
        first, last = self._day(node, "from"), self._day(node, "until")
        deputy = self._known(node.get("deputy"), _PERSON, self.people)
        if first is None or last is None:
            return None
        if last < first:
            self.ctx.report(
                node.key("until"),
                "away-backwards",
                "This absence ends before it begins.",
                "Exchange the two days; both are included.",
            )
            return None
        return Away(first, last, deputy)

    def _day(self, node: Mapping, key: str) -> Day | None:
        value = node.get(key)
        if value is None:
            self.ctx.report(
                node.place,
                "missing-key",
                f"This absence has no '{key}'.",
                "Write {from: 2026-12-21, until: 2027-01-04}.",
            )
        text = self.ctx.text(value, f"'{key}'")
        if text is None or value is None:
            return None
        try:
            return day_of(date.fromisoformat(text))
        except ValueError:
            self.ctx.report(value.place, "bad-date", f"'{text}' is not a date.", "Write it as 2026-12-24.")
            return None


def _words(node: Node | None) -> list[str]:
    """The texts at a node, without saying what is wrong with it: that is said where it is read."""
    items = [node] if isinstance(node, Scalar) else getattr(node, "items", [])
    return [item.text.strip() for item in items if isinstance(item, Scalar)]
