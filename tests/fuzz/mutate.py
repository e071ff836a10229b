"""Seeds, and what is done to them: cut, doubled, swapped, spliced, and filled with what programs stumble over."""

from collections.abc import Callable, Sequence
from random import Random

DIGITS = "0123456789"
TOKENS = (
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\x00",
    "\x1b[31m",
    "\x9b",
    "\u202e",
    "\ufeff",
    "\ud800",
    "\U0010ffff",
    "é",
    "ß",
    "İ",
    "\u0130",
    "0",
    "-0",
    "-1",
    "1e999",
    "1e-999",
    "9" * 20,
    "9" * 400,
    "0.1",
    "1_000",
    "0x10",
    "NaN",
    "inf",
    "-Infinity",
    "true",
    "null",
    "~",
    "yes",
    "no",
    "{}",
    "[]",
    "[[",
    "]]",
    "{",
    "}",
    "{a: b}",
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "!!python/object:x",
    "|",
    ">",
    "%",
    "@",
    "'",
    '"',
    '""',
    "\\",
    "\\u0000",
    ",",
    ";",
    "|",
    "=",
    "==",
    "=cmd()",
    "+1",
    "../",
    "/",
    "//",
    "%00",
    "%ff",
    "%2f",
    "?",
    "#",
    "*",
    "&",
    "a" * 300,
    "x" * 5000,
    "é" * 300,
    "[" * 200,
    "{" * 60,
    "(" * 200,
    "2026-11-20",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "12/11/10",
    "24:00",
    "99999999999999 days",
    "0 days",
    "-1 hour",
    "1 working day",
    "/Date(99999999999999)/",
    "request",
    "request.status",
    "contact",
    "request.extra.x",
    "owner.id",
    "any",
    "all",
    "none",
    "not",
    "known: false",
    "in_list",
    "mentions",
    "over",
    "between",
    "within",
    "otherwise",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "{{ x.__class__ }}",
    "{# #}",
    "<x>",
    "</x>",
    "<!DOCTYPE x>",
    "<![CDATA[",
    "&amp;",
    "&#0;",
    "http://x",
    "a@b.c",
    "@",
    "a@b@c",
    "xn--80ak6aa92e",
    "NL",
    "closed",
    "open",
    "order",
    "won",
    "1",
    "42",
    "request/42",
)  # fmt: skip
"""What is put in."""

Change = Callable[[str, Random, Sequence[str]], str]


def _span(text: str, random: Random, longest: int = 60) -> tuple[int, int]:
    start = random.randrange(len(text) + 1)
    return start, min(len(text), start + random.randrange(1, longest))


def insert(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """A token somewhere."""
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(TOKENS) + text[at:]


def replace(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """A token in the place of something."""
    start, end = _span(text, random, 20)
    return text[:start] + random.choice(TOKENS) + text[end:]


def delete(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """Something less."""
    start, end = _span(text, random)
    return text[:start] + text[end:]


def double(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """Something again, once or often."""
    start, end = _span(text, random)
    return text[:end] + text[start:end] * random.choice((1, 1, 2, 50)) + text[end:]


def splice(text: str, random: Random, seeds: Sequence[str]) -> str:
    """Something of another seed."""
    other = random.choice(seeds)
    start, end = _span(other, random, 200)
    at = random.randrange(len(text) + 1)
    return text[:at] + other[start:end] + text[at:]


def cut(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """Only a beginning."""
    return text[: random.randrange(len(text) + 1)]


def swap_lines(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """Two lines in each other's place."""
    lines = text.split("\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def indent(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """A line moved to the left or right."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    lines[at] = "  " + lines[at] if random.random() < 0.5 else lines[at].removeprefix("  ")
    return "\n".join(lines)


def number(text: str, random: Random, _seeds: Sequence[str]) -> str:
    """Another number where one stands."""
    places = [at for at, char in enumerate(text) if char in DIGITS]
    if not places:
        return insert(text, random, _seeds)
    at = random.choice(places)
    end = at
    while end < len(text) and text[end] in DIGITS:
        end += 1
    other = random.choice(("0", "-1", "1e999", "9" * 15, "9" * 20, "9" * 400, "1.5", "00", str(random.getrandbits(70))))
    return text[:at] + other + text[end:]


def word(text: str, random: Random, seeds: Sequence[str]) -> str:
    """A word of a seed in the place of another word."""
    words = text.split(" ")
    words[random.randrange(len(words))] = random.choice(random.choice(seeds).split(" "))
    return " ".join(words)


CHANGES: tuple[Change, ...] = (
    insert,
    replace,
    delete,
    double,
    splice,
    cut,
    swap_lines,
    indent,
    number,
    number,
    word,
    word,
)


def mutated(random: Random, seeds: Sequence[str]) -> str:
    """One of the seeds, changed a few times."""
    text = random.choice(seeds)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        text = random.choice(CHANGES)(text, random, seeds)
    return text[:200_000]
