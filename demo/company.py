"""Invents the demo's world from one seed: accounts, contacts, three weeks of requests, and how people react."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")
FIRST_DAY = datetime(2026, 11, 2, tzinfo=ZONE)
WEEKS = 3
REQUESTS = 200
COLD = 8

Row = dict[str, object]


@dataclass(frozen=True)
class Company:
    """One invented account with its contact."""

    id: str
    name: str
    domain: str
    relation: str
    country: str
    postcode: str
    employees: int | None
    industry: str | None
    tier: str | None
    owner: str | None
    contact: str
    language: str


_STEMS = (
    "Van Gelder", "Hoogland", "Bruggeman", "Kempen", "Delta", "Veldhuis", "Oosterling", "Brandsma", "Meersman", "Claes",
    "Wouters", "Lindqvist", "Harrow", "Ashdown", "Keller", "Baumann", "Verschuren", "Tiemens", "Roelofs", "De Backer",
)  # fmt: skip
_TRADES = ("Staalbouw", "Metaal", "Precision", "Robotics", "Offshore Works", "Techniek", "Aerospace", "Machining")
_INDUSTRIES = ("metal", "manufacturing", "aerospace", "offshore", "food", "education", None)
_FIRST = ("Sanne", "Piet", "Lotte", "Jan", "Emma", "Tom", "Anke", "Jeroen", "Sofie", "Mark", "Laura", "Bas")
_LAST = ("Jansen", "de Vries", "Peeters", "Bakker", "Smith", "Maes", "Klein", "Brouwer", "Wagner", "Dekker")
_PLACES = (
    ("NL", "1012"),
    ("NL", "3511"),
    ("NL", "5611"),
    ("NL", "7511"),
    ("BE", "2000"),
    ("BE", "9000"),
    ("DE", "48149"),
)

_QUESTIONS = {
    "nl": {
        "new_project": "Wij zoeken een {machine} voor een nieuwe hal",
        "renewal": "Ons onderhoudscontract loopt af, wij willen verlengen",
        "renegotiation": "Wij willen opnieuw over de prijs praten",
        "reorder": "Graag nog eens dezelfde {machine} als vorig jaar",
        "price_confirmation": "Wij bevestigen de afgesproken prijs",
        "information": "Stuurt u mij de brochure van de {machine}?",
        "other": "Kunt u mij bellen?",
    },
    "en": {
        "new_project": "We are looking for a {machine} for a new hall",
        "renewal": "Our service contract ends, we would like to renew",
        "renegotiation": "We want to talk about the price again",
        "reorder": "The same {machine} as last year, please",
        "price_confirmation": "We confirm the agreed price",
        "information": "Could you send me the brochure of the {machine}?",
        "other": "Could you call me?",
    },
}
_MACHINES = {
    "lathe": ("draaibank", "lathe"),
    "mill": ("freesmachine", "mill"),
    "saw": ("zaag", "saw"),
    "robot": ("robot", "robot"),
}
_KINDS = (
    ("new_project",) * 9 + ("information",) * 5 + ("other",) * 4 + ("reorder",) * 3 + ("renewal", "price_confirmation")
)
_CHANNELS = (
    ("web_form",) * 6 + ("phone",) * 5 + ("email",) * 4 + ("telemarketing",) * 2 + ("visit", "event", "crm", "other")
)
_SOURCES = ("site", "newsletter", "fair", "referral", "search", "campaign")

KEY_ACCOUNTS = (
    Company(
        id="A-key-1",
        name="Hoogland Metaal",
        domain="hoogland.example",
        relation="customer",
        country="NL",
        postcode="5611",
        employees=640,
        industry="metal",
        tier="key",
        owner="an",
        contact="Sanne Dekker",
        language="nl",
    ),
    Company(
        id="A-key-2",
        name="Keller Aerospace",
        domain="keller.example",
        relation="customer",
        country="DE",
        postcode="48149",
        employees=1800,
        industry="aerospace",
        tier="key",
        owner="bram",
        contact="Mark Wagner",
        language="en",
    ),
)


def companies(dice: random.Random) -> list[Company]:
    """Two key accounts and about seventy others, some of them known customers."""
    found = list(KEY_ACCOUNTS)
    names = dict.fromkeys(f"{dice.choice(_STEMS)} {dice.choice(_TRADES)}" for _ in range(90))
    for number, name in enumerate(name for name in names if name not in {one.name for one in KEY_ACCOUNTS}):
        country, area = dice.choice(_PLACES)
        relation = dice.choice(("suspect", "suspect", "suspect", "prospect", "prospect", "customer", "former_customer"))
        owner = dice.choice(("chris", "daan", "els")) if relation == "customer" else None
        found.append(
            Company(
                f"A-{number:03}",
                name,
                f"{name.lower().replace(' ', '')}.example",
                relation,
                country,
                f"{area} AB" if country == "NL" else area,
                dice.choice((None, 4, 12, 40, 80, 260, 1200)),
                dice.choice(_INDUSTRIES),
                None,
                owner,
                f"{dice.choice(_FIRST)} {dice.choice(_LAST)}",
                dice.choice(("nl", "nl", "en")),
            )
        )
    return found


def account_rows(known: list[Company]) -> list[Row]:
    """The accounts that the company's books already hold: everybody but the strangers."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "domain": one.domain,
            "relation": one.relation,
            "country": one.country,
            "postcode": one.postcode,
            "employees": one.employees,
            "industry": one.industry,
            "tier": one.tier,
            "owner": one.owner,
        }
        for one in known
        if one.relation != "suspect"
    ]


def contact_rows(known: list[Company]) -> list[Row]:
    """A contact for each known account."""
    return [
        {"id": f"C-{one.id}", "name": one.contact, "email": _mail(one), "account": one.id, "language": one.language}
        for one in known
        if one.relation != "suspect"
    ]


def activity_rows(known: list[Company]) -> list[Row]:
    """Visits of about a year ago, and strangers' visits to the site in the past weeks."""
    visited = [one for one in known if one.relation == "prospect"][:6]
    return [
        {
            "id": f"V-{one.id}",
            "at": (FIRST_DAY - timedelta(days=350 + 3 * number)).isoformat(),
            "kind": "visit",
            "contact": f"C-{one.id}",
            "summary": "Visited",
        }
        for number, one in enumerate(visited)
    ]


def _mail(one: Company) -> str:
    return f"{one.contact.lower().replace(' ', '.')}@{one.domain}"


def _moments(dice: random.Random) -> list[datetime]:
    """When requests come in: mostly in the working day, sometimes at night or in the weekend."""
    moments = []
    for _ in range(REQUESTS - 4 - COLD):
        day = FIRST_DAY + timedelta(days=dice.randrange(7 * WEEKS - 2))
        hour = dice.choice((8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16, 20))
        moments.append(day.replace(hour=hour, minute=dice.randrange(60)))
    return sorted(moments)


def request_rows(dice: random.Random, known: list[Company]) -> list[Row]:
    """About two hundred requests, oldest first; renegotiations, doubtful ones and cold ones among them."""
    numbers = count(1)
    rows = [_request(dice, next(numbers), moment, dice.choice(known)) for moment in _moments(dice)]
    key, other = KEY_ACCOUNTS
    for company, day, kind in ((key, 3, "renewal"), (other, 10, "renegotiation")):
        moment = FIRST_DAY + timedelta(days=day, hours=10, minutes=5)
        rows.append(
            {**_request(dice, next(numbers), moment, company), **_asks(company, kind, "mill"), "prompted": "no"}
        )
    for day in (4, 11):  # the mail address says one company, the form another
        asker, named = [one for one in known if one.relation == "customer"][day % 3 : day % 3 + 2]
        row = _request(dice, next(numbers), FIRST_DAY + timedelta(days=day, hours=11), asker)
        rows.append({**row, "account.name": named.name, "account.domain": named.domain})
    for day in range(COLD):  # they lay in a mailbox that nobody looked at
        moment = FIRST_DAY - timedelta(days=33 + day, hours=-10)
        rows.append(_request(dice, next(numbers), moment, dice.choice(known)))
    return sorted(rows, key=lambda row: (str(row["received_at"]), str(row["id"])))


def _asks(company: Company, kind: str, machine: str) -> Row:
    words = _MACHINES[machine][company.language == "en"]
    return {"kind": kind, "summary": _QUESTIONS[company.language][kind].format(machine=words)}


def _request(dice: random.Random, number: int, moment: datetime, company: Company) -> Row:
    kind, machine = dice.choice(_KINDS), dice.choice(tuple(_MACHINES))
    channel = dice.choice(_CHANNELS)
    worth = dice.choice((None, None, 4_500, 12_000, 38_000, 75_000, 140_000)) if kind == "new_project" else None
    return {
        "id": f"R-{number:03}",
        "received_at": moment.isoformat(),
        "channel": channel,
        "source": dice.choice(_SOURCES),
        "prompted": "yes" if channel in ("telemarketing", "visit", "event") else "no",
        "received_by": dice.choice(("inside sales", "reception", "marketing")),
        **_asks(company, kind, machine),
        "language": company.language,
        "expected_value": worth,
        "extra.machine_type": machine,
        "contact.name": company.contact,
        "contact.email": _mail(company),
        "account.name": company.name,
        "account.domain": company.domain,
        "account.relation": company.relation,
        "account.country": company.country,
        "account.postcode": company.postcode,
        "account.employees": company.employees,
        "account.industry": company.industry,
    }


def reactions(open_requests: list[tuple[str, datetime]], now: datetime) -> list[Row]:
    """What people did since the last look: most requests are answered within hours, one in six stays silent."""
    rows: list[Row] = []
    for request, received in open_requests:
        patience = random.Random(request).random()  # each request's own fate, whatever happens to the others
        if patience < 1 / 6:
            continue
        answered = received + timedelta(hours=1 + 30 * patience)
        if answered <= now:
            rows.append(
                {"id": request, "first_response_at": answered.isoformat(), "last_touched_at": answered.isoformat()}
            )
    return rows
