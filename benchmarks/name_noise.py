"""Company names as other people write them: every kind of noise is a function of a name and a source of chance."""

import random
from collections.abc import Callable, Mapping

FORMS = ("BV", "B.V.", "NV", "GmbH", "Ltd", "Ltd.", "Limited", "Inc", "Inc.", "LLC", "Corp.", "Company", "S.A.", "AG")
CITIES = ("Amsterdam", "Eindhoven", "Antwerpen", "Gent", "Berlin", "Lyon", "Chicago", "Utrecht", "London", "Madrid")
ACCENTS = {"e": "é", "a": "á", "o": "ö", "u": "ü", "i": "í", "c": "ç", "n": "ñ"}
SHORT = {
    "international": "Intl",
    "manufacturing": "Mfg",
    "services": "Svcs",
    "service": "Svc",
    "solutions": "Sol.",
    "associates": "Assoc.",
    "brothers": "Bros",
    "systems": "Sys.",
    "company": "Co.",
    "group": "Grp",
    "investments": "Inv.",
    "realty": "Rlty",
    "merchant": "Mrch.",
    "technologies": "Tech",
    "center": "Ctr",
    "centers": "Ctrs",
    "stores": "Strs",
    "markets": "Mkts",
    "electronics": "Elec.",
    "restaurant": "Rest.",
    "maintenance": "Maint.",
    "business": "Bus.",
    "music": "Mus.",
}
Noise = Callable[[str, random.Random], str]


def typo(name: str, chance: random.Random) -> str:
    """One letter left out, doubled, replaced, added, or two changed round, inside the longest word or another."""
    words = name.split()
    place = chance.choice([at for at, word in enumerate(words) if len(word) == max(map(len, words)) or len(word) > 4])
    word = words[place]
    at = chance.randrange(1, max(2, len(word) - 1))
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    words[place] = chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:] if at < len(word) else word + word[-1],
            word[:at] + letter + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
        )
    )
    return " ".join(words)


def legal_form(name: str, chance: random.Random) -> str:
    """A legal form behind it."""
    return f"{name}{chance.choice((' ', ', '))}{chance.choice(FORMS)}"


def order(name: str, chance: random.Random) -> str:
    """The first word goes last, sometimes behind a comma."""
    words = name.split()
    if len(words) < 2:
        return name
    return " ".join([*words[1:-1], words[-1] + chance.choice(("", ",")), words[0]])


def accents(name: str, chance: random.Random) -> str:
    """An accent on one or two letters."""
    places = [at for at, letter in enumerate(name) if letter in ACCENTS]
    for at in chance.sample(places, min(2, len(places))):
        name = name[:at] + ACCENTS[name[at]] + name[at + 1 :]
    return name


def city(name: str, chance: random.Random) -> str:
    """A city behind it."""
    place = chance.choice(CITIES)
    return chance.choice((f"{name} {place}", f"{name} ({place})", f"{name}, {place}", f"{name} - {place}"))


def abbreviation(name: str, _chance: random.Random) -> str:
    """Frequent words cut short."""
    return " ".join(SHORT.get(word.lower(), word) for word in name.split())


def ampersand(name: str, chance: random.Random) -> str:
    """& for and, and for &, + for either."""
    if " & " in name:
        return name.replace(" & ", chance.choice((" and ", " + ", " en ", "&")))
    return name.replace(" and ", chance.choice((" & ", " + ")))


def case(name: str, chance: random.Random) -> str:
    """Capitals and small letters."""
    return chance.choice((name.upper(), name.lower(), name.swapcase()))


def spacing(name: str, chance: random.Random) -> str:
    """Spaces doubled, left out, or hyphens for them."""
    return chance.choice((name.replace(" ", "  "), name.replace(" ", "", 1), name.replace(" ", "-"), f" {name} "))


def punctuation(name: str, chance: random.Random) -> str:
    """Without apostrophes and points, or with points."""
    return chance.choice((name.replace("'", ""), name.replace("'", "’"), name.replace(".", ""), name + "."))


def missing_word(name: str, chance: random.Random) -> str:
    """One word of three or more is left out."""
    words = name.split()
    if len(words) > 2:
        del words[chance.randrange(len(words))]
    return " ".join(words)


def domain(name: str, chance: random.Random) -> str:
    """As the name of its site."""
    bare = "".join(letter for letter in name.lower() if letter.isalnum() and letter.isascii())
    return f"{chance.choice(('', 'www.'))}{bare}.{chance.choice(('com', 'nl', 'net'))}"


def several(name: str, chance: random.Random) -> str:
    """Two of the others."""
    for one in chance.sample((case, accents, legal_form, ampersand, punctuation, typo), 2):
        name = one(name, chance)
    return name


KINDS: Mapping[str, Noise] = {
    "typo": typo,
    "legal form": legal_form,
    "order": order,
    "accents": accents,
    "city": city,
    "abbreviation": abbreviation,
    "& and and": ampersand,
    "case": case,
    "spacing": spacing,
    "punctuation": punctuation,
    "missing word": missing_word,
    "domain": domain,
    "two of these": several,
}


def noisy_pairs(names: list[str], count: int, seed: int = 5) -> list[tuple[str, str, str]]:
    """`count` pairs (kind, name, the same as somebody else writes it), kinds in turn; all of them differ."""
    chance = random.Random(seed)
    pairs: list[tuple[str, str, str]] = []
    kinds = [(kind, noise) for kind, noise in KINDS.items() if any(noise(name, chance) != name for name in names)]
    while len(pairs) < count:
        kind, noise = kinds[len(pairs) % len(kinds)]
        name, changed = "", ""
        while changed == name:
            name = chance.choice(names)
            changed = noise(name, chance)
        pairs.append((kind, name, changed))
    return pairs
