"""The simulated market: companies and their people, what they ask, how they write their names, and when they visit."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct, field

from simulation.looks import Look

Row = dict[str, object]

_BEGIN = ("Bar", "Del", "Fen", "Gol", "Kes", "Lum", "Mar", "Nor", "Pel", "Ros", "Sol", "Tar", "Ver", "Zan")
_MIDDLE = ("ta", "vi", "ne", "ro", "ki", "lo", "ma", "de", "su", "bri", "cor", "dan", "fel", "gra")
_END = ("x", "nt", "ga", "lis", "mer", "nova", "rund", "stra", "tec", "vaart", "zet", "born")
_TRADE = ("Staalbouw", "Metaal", "Techniek", "Robotics", "Machining", "Aerospace", "Logistiek", "Voeding", "Offshore")
_FORM = ("B.V.", "BV", "N.V.", "GmbH", "Ltd", "")
_FIRST = ("Sanne", "Piet", "Lotte", "Jan", "Emma", "Tom", "Anke", "Jeroen", "Sofie", "Mark", "Laura", "Bas")
_LAST = ("Jansen", "de Vries", "Peeters", "Bakker", "Smith", "Maes", "Klein", "Brouwer", "Wagner", "Dekker")
_AREAS = (
    ("NL", "1012"),
    ("NL", "3511"),
    ("NL", "5611"),
    ("NL", "7511"),
    ("BE", "2000"),
    ("DE", "48149"),
)
_INDUSTRIES = ("metal", "manufacturing", "aerospace", "offshore", "food", "education")
_CHANNELS = ("web_form",) * 6 + ("phone",) * 5 + ("email",) * 4 + ("telemarketing",) * 2 + ("visit", "event", "other")
_SOURCES = ("site", "newsletter", "fair", "referral", "search", "campaign")
_KINDS = ("new_project",) * 8 + ("information",) * 5 + ("other",) * 4 + ("reorder",) * 4 + ("renewal",) * 2
_KINDS += ("price_confirmation", "renegotiation")
_QUESTIONS = {
    "nl": {
        "new_project": "Wij zoeken een machine voor een nieuwe hal",
        "renewal": "Ons onderhoudscontract loopt af, wij willen verlengen",
        "renegotiation": "Wij willen opnieuw over de prijs praten",
        "reorder": "Graag nog eens dezelfde bestelling als vorig jaar",
        "price_confirmation": "Wij bevestigen de afgesproken prijs",
        "information": "Stuurt u mij de brochure?",
        "other": "Kunt u mij bellen?",
    },
    "en": {
        "new_project": "We are looking for a machine for a new hall",
        "renewal": "Our service contract ends, we would like to renew",
        "renegotiation": "We want to talk about the price again",
        "reorder": "The same order as last year, please",
        "price_confirmation": "We confirm the agreed price",
        "information": "Could you send me the brochure?",
        "other": "Could you call me?",
    },
}


class Buyer(Struct, frozen=True):
    """Somebody who asks, at a company."""

    name: str
    email: str
    phone: str
    language: str


class Firm(Struct, frozen=True):
    """A company of the market. `known`: it is an account from the beginning."""

    id: str
    name: str
    domain: str
    country: str
    postcode: str
    employees: int
    industry: str
    relation: str
    buyers: tuple[Buyer, ...]


class Market(Struct):
    """Every company there is; what happens on a day hangs on the seed and the day alone."""

    seed: int
    per_day: int
    firms: list[Firm] = field(default_factory=list)

    def known(self) -> Iterator[Row]:
        """The accounts that the company has from the beginning."""
        for firm in self.firms[: len(self.firms) // 2]:
            row: Row = {"id": firm.id, "name": firm.name, "domain": firm.domain, "relation": firm.relation}
            row |= {"country": firm.country, "postcode": firm.postcode, "employees": firm.employees}
            yield row | {"industry": firm.industry}

    def requests(self, look: Look) -> list[Row]:
        """What is asked between the former look and this one."""
        dice = random.Random(f"{self.seed}/asks/{look.moment.isoformat()}")
        share = self.per_day / 3 if look.working else self.per_day / 10
        number = int(share) + (dice.random() < share % 1)
        moments = sorted(look.moment - timedelta(seconds=dice.randrange(60, 3 * 3600)) for _ in range(number))
        return [self._request(dice, look, moment, count) for count, moment in enumerate(moments)]

    def visits(self, look: Look) -> list[Row]:
        """Visits to the site since the former look: a few come again and again."""
        dice = random.Random(f"{self.seed}/visits/{look.moment.isoformat()}")
        rows: list[Row] = []
        for number in range(self.per_day // 20):
            buyer = dice.choice(dice.choice(self.firms).buyers)
            for again in range(dice.choice((1, 1, 1, 4))):
                at = look.moment - timedelta(minutes=3 * again + 1)
                key = f"V-{look.day}-{look.moment.hour}-{number}-{again}"
                row: Row = {"id": key, "at": at.isoformat(), "kind": "site_visit", "direction": "in"}
                rows.append(row | {"contact.email": buyer.email, "contact.name": buyer.name})
        return rows

    def _request(self, dice: random.Random, look: Look, moment: datetime, count: int) -> Row:
        firm = self.firms[min(int(dice.expovariate(5 / len(self.firms))), len(self.firms) - 1)]
        buyer, kind = dice.choice(firm.buyers), dice.choice(_KINDS)
        row: Row = {
            "id": f"R-{look.day:04}-{look.moment.hour:02}-{count:03}",
            "received_at": moment.isoformat(),
            "channel": dice.choice(_CHANNELS),
            "source": dice.choice(_SOURCES),
            "prompted": dice.random() < 0.3,
            "kind": kind if dice.random() < 0.85 else "",
            "summary": _QUESTIONS[buyer.language][kind],
            "language": buyer.language,
            "contact.name": buyer.name,
            "contact.email": buyer.email if dice.random() < 0.9 else "",
            "contact.phone": buyer.phone,
            "contact.language": buyer.language,
            "account.name": _as_written(dice, firm.name),
            "account.country": firm.country,
            "account.postcode": firm.postcode,
        }
        if dice.random() < 0.3:
            row["account.employees"] = firm.employees
        return row


def market_of(seed: int, per_day: int, days: int) -> Market:
    """A market in which most ask more than once."""
    dice = random.Random(f"{seed}/market")
    wanted = max(40, per_day * days // 25)
    names: dict[str, None] = {}
    while len(names) < wanted:
        stem = (
            dice.choice(_BEGIN)
            + "".join(dice.choice(_MIDDLE) for _ in range(dice.choice((1, 1, 2))))
            + dice.choice(_END)
        )
        names[f"{stem} {dice.choice(_TRADE)}"] = None
    return Market(seed, per_day, [_firm(dice, number, name) for number, name in enumerate(names)])


def _firm(dice: random.Random, number: int, name: str) -> Firm:
    domain = f"{name.lower().replace(' ', '-')}.example"
    country, area = dice.choice(_AREAS)
    people = dict.fromkeys(f"{dice.choice(_FIRST)} {dice.choice(_LAST)}" for _ in range(dice.choice((1, 1, 2, 3))))
    buyers = []
    for count, who in enumerate(people):
        address = who.lower().replace(" ", ".")
        email = f"{address}@{domain}" if dice.random() < 0.8 else f"{address}{number}@gmail.com"
        buyers.append(Buyer(who, email, f"+316{number % 90_000 + 10_000:05}{count:03}", dice.choice(("nl", "en"))))
    return Firm(
        f"A-{number:05}",
        f"{name} {dice.choice(_FORM)}".strip(),
        domain,
        country,
        f"{area} AB" if country == "NL" else area,
        dice.choice((3, 12, 40, 80, 260, 1200)),
        dice.choice(_INDUSTRIES),
        dice.choice(("suspect", "prospect", "prospect", "customer", "customer", "former_customer")),
        tuple(buyers),
    )


def _as_written(dice: random.Random, name: str) -> str:
    """The company's name as people write it."""
    way = dice.random()
    if way < 0.75:
        return name
    bare = name.rsplit(" ", 1)[0] if name.endswith(_FORM[:5]) else name
    if way < 0.9:
        return bare.lower() if way < 0.82 else bare.upper()
    place = dice.randrange(1, len(bare) - 1)
    return bare[:place] + bare[place + 1 :] if way < 0.95 else f"{bare} {dice.choice(_FORM)}".strip()
