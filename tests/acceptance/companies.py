"""Generated companies for triage, and a plain oracle written from M3: it shares no code with what it judges."""

from dataclasses import dataclass

from hypothesis import strategies as st

PRODUCTS = ("robot", "saw", "lathe")
SELLERS = ("daan", "els", "chris")
PEOPLE = ("piet", "wil")
COMPANIES = ("own", "parent", "grandparent", "former")
SAYINGS: tuple[tuple[str, str | None, str], ...] = (
    ("new", "new_project", "Wij hebben plannen"),
    ("new", None, "Wij denken aan een nieuwe machine"),
    ("terms", "renewal", "Het contract"),
    ("terms", None, "Wij willen ons onderhoudscontract heronderhandelen"),
    ("reorder", "reorder", "Zie bijlage"),
    ("reorder", None, "Graag een nabestelling"),
    ("price", "price_confirmation", "Ja"),
    ("price", None, "Akkoord met uw offerte"),
    ("price", "other", "We accept your quote"),
    ("running", None, "Hoe staat het met de offerte?"),
    ("running", None, "A question: any news on it?"),
    ("information", "information", "Stuurt u iets op"),
    ("information", None, "Graag de brochure"),
    ("complaint", None, "Het is kapot"),
    ("complaint", None, "Het is kapot. Hoe staat het met de offerte?"),
    ("nothing", None, "Belt u mij even?"),
)
"""What is meant, the kind that is given, and the words."""


@dataclass(frozen=True)
class Deal:
    """A deal of a generated company; `contact` and `decider` are people, `company` is one of COMPANIES."""

    id: str
    company: str
    contact: str | None
    decider: str | None
    product: str | None
    seller: str | None
    closed: bool


@dataclass(frozen=True)
class World:
    """A company with its deals, and one request: who asks from where, what they mean and say, what they name."""

    asker: str | None
    has_account: bool
    parents: int
    relation: str | None
    owner: str | None
    deals: tuple[Deal, ...]
    saying: tuple[str, str | None, str]
    product: str | None
    spoken: str | None
    named: int | None


@dataclass(frozen=True)
class Answer:
    """What has to come of it: triage, the deal, whom to ask or tell (empty with a template: whoever is there)."""

    triage: str
    deal: str | None
    told: frozenset[str]
    template: str | None
    outcome: str | None


def maybe(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *values))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any company: several deals, parents, moved contacts, and whatever may be unknown."""
    deals = tuple(
        Deal(
            f"D{number}x",
            draw(st.sampled_from(COMPANIES)),
            draw(maybe(*PEOPLE)),
            draw(maybe(*PEOPLE)),
            draw(maybe(*PRODUCTS)),
            draw(maybe(*SELLERS)),
            draw(st.integers(0, 4)) == 0,
        )
        for number in range(1, 1 + draw(st.integers(0, 4)))
    )
    saying = draw(st.sampled_from(SAYINGS))
    spoken = draw(maybe(*PRODUCTS))
    named = draw(st.one_of(st.none(), st.none(), st.sampled_from(range(len(deals))) if deals else st.none()))
    return World(
        draw(maybe(*PEOPLE)),
        draw(st.integers(0, 5)) > 0,
        draw(st.integers(0, 2)),
        draw(maybe("prospect", "customer", "former_customer", "ambassador")),
        draw(maybe("an", "bram")),
        deals,
        saying,
        draw(maybe(*PRODUCTS)),
        spoken,
        named,
    )


def oracle(world: World) -> Answer:
    """What M3 says has to come of it."""
    family = ["own", "parent", "grandparent"][: 1 + world.parents] if world.has_account else []
    known = []
    for deal in world.deals:
        theirs = world.asker is not None and world.asker in (deal.contact, deal.decider)
        if not deal.closed and (theirs or deal.company in family):
            known.append(deal)
    deal, doubtful = which(world, known, family)
    shown = [deal] if deal else doubtful
    sellers = frozenset(one.seller for one in shown if one.seller)
    relation, owner = (world.relation, world.owner) if world.has_account else (None, None)
    triage, about_deal = judged(world.saying[0], relation, deal, doubtful)
    name = deal.id if deal else None
    if triage == "doubt" and about_deal:
        asked = frozenset({owner}) if owner else sellers | {"fleur"}
        return Answer("doubt", None, asked, "doubt", None)
    if triage == "doubt":
        return Answer("doubt", name, frozenset({"fleur"}), "doubt", None)
    if triage == "running":
        return Answer("running", name, sellers, "running_deal", "follow_up")
    if triage == "order":
        with_deal = world.saying[0] == "price" and deal is not None
        return Answer(
            "order", name, sellers if with_deal else frozenset(), "price_accepted" if with_deal else None, "order"
        )
    consulted = frozenset({owner}) if owner else sellers
    if world.saying[0] in ("terms", "complaint"):  # these wait for nobody (M5), and are no sale (M8)
        consulted = frozenset()
    return Answer("new", name, consulted, "seller_consulted" if consulted else None, None)


def which(world: World, known: list[Deal], family: list[str]) -> tuple[Deal | None, list[Deal]]:
    """The one deal that is asked about, or those that it may be."""
    if world.named is not None and world.deals[world.named] in known:
        return world.deals[world.named], []
    points: dict[str, int] = {}
    reasons: dict[str, set[str]] = {}
    for deal in known:
        why = set()
        if world.asker is not None and world.asker in (deal.contact, deal.decider):
            why.add("it is the asker's")
        if world.product is not None and world.product == deal.product:
            why.add("of that product")
        others = [one for one in known if one is not deal and one.product == deal.product]
        if world.spoken is not None and world.spoken == deal.product and not others:
            why.add("the words say so")
        reasons[deal.id], points[deal.id] = why, len(why)
    wrong = [deal.id for deal in known if world.product and deal.product and world.product != deal.product]
    if len(known) == 1:
        only = known[0]
        a_parents = only.company in family[1:]
        if only.id in wrong or (a_parents and not points[only.id]):
            return None, known
        return only, []
    pointed = [deal for deal in known if points[deal.id]]
    for deal in pointed:
        rest = [one for one in pointed if one is not deal]
        beats_all = all(reasons[one.id] < reasons[deal.id] for one in rest)
        left_behind = deal.company not in family and reasons[deal.id] == {"it is the asker's"}
        if beats_all and deal.id not in wrong and not left_behind:
            return deal, []
    return None, pointed if len(pointed) > 1 else known


def judged(meaning: str, relation: str | None, deal: Deal | None, doubtful: list[Deal]) -> tuple[str, bool]:
    """What it is, and whether what is in doubt is the deal."""
    buys = relation in ("customer", "ambassador")
    if meaning == "reorder":
        return ("order" if buys else "doubt"), False
    if meaning in ("price", "running", "information") and doubtful:
        return "doubt", True
    if meaning == "price":
        if buys:
            return "order", False
        return ("running" if deal else "doubt"), False
    if meaning in ("running", "information") and deal:
        return "running", False
    return "new", False
