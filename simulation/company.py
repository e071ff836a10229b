"""Who works at the simulated company: how quick they are, when they are on leave, and who leaves the firm."""

import random
from datetime import timedelta
from pathlib import Path

import yaml
from msgspec import Struct, field

from simulation.looks import START

PROVINCES = ((1000, 2999), (3000, 4999), (5000, 6999), (7000, 9999))
FIRST = ("Anke", "Bas", "Carla", "Dirk", "Els", "Freek", "Gerda", "Hugo", "Ilse", "Jos", "Karin", "Luuk", "Mia", "Niek")
LAST = ("Aerts", "Bos", "Claes", "Drost", "Evers", "Faber", "Groen", "Huls", "Ieven", "Jonk", "Kok", "Lang", "Mol")


class Seller(Struct):
    """One person: `pace` multiplies how long they take, `leave` are days off (both included), `left` their last day."""

    id: str
    name: str
    roles: tuple[str, ...]
    pools: tuple[str, ...]
    manager: str | None
    pace: float
    territory: tuple[int, int] | None = None
    leave: list[tuple[int, int]] = field(default_factory=list)
    left: int | None = None
    since: int = 0

    def at_work(self, day: int) -> bool:
        """Whether they are there on that day of the simulation."""
        if self.left is not None and day >= self.left:
            return False
        return day >= self.since and not any(first <= day <= last for first, last in self.leave)


class Company(Struct):
    """Everybody, by id; `changes` are the days on which the team file has to be written anew."""

    people: dict[str, Seller]
    changes: tuple[int, ...]

    def write(self, path: Path, day: int) -> None:
        """Writes rules/team.yaml as it is on that day: who left is not active, who comes later is not there yet."""
        people = [self._entry(one, day) for one in self.people.values() if one.since <= day]
        pools = {
            "inside_sales": {"lead": "inside_lead"},
            "field_sales": {"lead": "director", "fallback": "inside_sales"},
            "account_managers": {"lead": "director"},
            "marketing": {"lead": "marketing_lead"},
        }
        text = yaml.safe_dump({"people": people, "pools": pools}, sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8")

    def _entry(self, one: Seller, day: int) -> dict[str, object]:
        entry: dict[str, object] = {"id": one.id, "name": one.name, "email": f"{one.id}@company.example"}
        entry |= {"roles": list(one.roles)} if one.roles else {}
        entry |= {"pools": list(one.pools)} if one.pools else {}
        entry |= {"manager": one.manager} if one.manager else {}
        if one.territory:
            between = {"between": list(one.territory)}
            entry["territory"] = {"account.country": "NL", "account.postcode_number": between}
        if one.leave:
            entry["away"] = [{"from": _date(first), "until": _date(last)} for first, last in one.leave]
        if one.left is not None and day >= one.left:
            entry["active"] = False
        return entry


def _date(day: int) -> object:
    return (START + timedelta(days=day)).date()


def company_of(seed: int, days: int, requests: int) -> Company:
    """A company that can just handle so many requests a day, over so many days."""
    dice = random.Random(f"{seed}/company")
    people = [
        Seller("general", "Gea Generaal", ("general_management",), (), None, 1.0),
        Seller("director", "Door Directeur", ("sales_director",), (), "general", 1.0),
        Seller("inside_lead", "Ineke Binnen", ("inside_sales_lead",), ("inside_sales",), "director", 1.0),
        Seller("marketing_lead", "Mark Markt", ("marketing_lead",), ("marketing",), "general", 1.0),
        Seller("operator", "Otto Ops", ("ops",), (), "general", 1.0),
    ]
    sizes = {"inside_sales": max(2, requests // 14), "field_sales": max(4, requests // 12), "account_managers": 3}
    sizes["marketing"] = max(1, requests // 70)
    roles = {"field_sales": ("seller",), "account_managers": ("account_manager",)}
    for pool, size in sizes.items():
        for number in range(size):
            manager = {"inside_sales": "inside_lead", "marketing": "marketing_lead"}.get(pool, "director")
            territory = PROVINCES[number % 5] if pool == "field_sales" and number % 5 < 4 else None
            name = f"{FIRST[(number * 3) % len(FIRST)]} {LAST[(number * 5) % len(LAST)]}"
            pace = dice.choice((0.5, 0.8, 1.0, 1.0, 1.3, 2.5))
            who = Seller(f"{pool}_{number}", name, roles.get(pool, ()), (pool,), manager, pace, territory)
            who.leave = _leave(dice, days)
            people.append(who)
    changes = _turnover(dice, people, days)
    return Company({one.id: one for one in people}, changes)


def _leave(dice: random.Random, days: int) -> list[tuple[int, int]]:
    """Two or three weeks a year, and a few days of illness."""
    found = []
    for year in range(0, days, 365):
        summer = year + dice.randrange(150, 230)
        found.append((summer, summer + dice.choice((13, 20))))
        ill = year + dice.randrange(10, 140)
        found.append((ill, ill + dice.randrange(1, 4)))
    return sorted(one for one in found if one[0] < days)


def _turnover(dice: random.Random, people: list[Seller], days: int) -> tuple[int, ...]:
    """Every half year somebody leaves the firm, and three weeks later somebody comes."""
    changes = set()
    for number, day in enumerate(range(100, days, 180)):
        stay = [one for one in people if one.left is None and "_" in one.id and one.id[-1].isdigit() and not one.since]
        goes = dice.choice(stay)
        goes.left = day
        comes = Seller(
            f"new_{number}", f"Nieuw {LAST[number]}", goes.roles, goes.pools, goes.manager, 1.2, goes.territory
        )
        comes.since = day + 21
        people.append(comes)
        changes |= {day, day + 21}
    return tuple(sorted(one for one in changes if one < days))
