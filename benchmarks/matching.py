"""Matching: precision and recall on noisy and on near names, and the time of one match among 100,000 accounts."""

import csv
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from rapidfuzz import fuzz, process

from benchmarks.name_noise import noisy_pairs
from leadrelay.intake.lookup import find
from leadrelay.matching.names import name_of
from leadrelay.matching.policy import MatchPolicy
from leadrelay.matching.score import SAME, Party, compare
from leadrelay.store import match_index
from leadrelay.store.changes import write_new
from leadrelay.store.database import Database
from tests.matching.held_out import HELD_OUT_DIFFERENT, HELD_OUT_SAME
from tests.matching.second_list import SECOND_DIFFERENT, SECOND_SAME

EXPORT = Path(__file__).parents[1].parent / "shared" / "data" / "crm_export"
PAIRS = 5_000
ACCOUNTS = 100_000
ASKED = 400
_CHANGES = (("North", "South"), ("East", "West"), ("First", "Second"), ("Junior", "Senior"), ("Import", "Export"))
_KIN = ("Nederland", "Holding", "Deutschland", "International", "Lease", "Ireland Operations", "Bank", "Foundation")
_SOUNDS = "ba be bo da de di do fa fe ga go ha hi jo ka ke ki la le li lo ma me mi na no pa po ra re ri ro sa se ta"
_SYLLABLES = _SOUNDS.split()
_TRADES = ("Bouw", "Trading", "Services", "Logistics", "Foods", "Techniek", "Consulting", "Systems", "Group", "Media")


def account_names() -> list[str]:
    """The distinct names of accounts, and of the companies of leads."""
    names: set[str] = set()
    for file, column in (("Accounts.csv", "Account Name"), ("Leads.csv", "Company")):
        with (EXPORT / file).open(encoding="utf-8", newline="") as rows:
            names |= {row[column].strip() for row in csv.DictReader(rows)}
    return sorted(names - {""})


def near_pairs(names: list[str], count: int, seed: int = 7) -> list[tuple[str, str, str]]:
    """Pairs (kind, name, another company's name): nearest neighbours among the names, and names with one word changed
    or added that makes another company of them."""
    chance = random.Random(seed)
    pairs: list[tuple[str, str, str]] = []
    for one in names:
        for other, _, _ in process.extract(one, names, scorer=fuzz.ratio, limit=3):
            if (
                one < other
                and name_of(one).key != name_of(other).key
                and not name_of(one).spelled & name_of(other).spelled
            ):
                pairs.append(("nearest", one, other))
    while len(pairs) < count:
        name, number, (left, right) = chance.choice(names), chance.randrange(2, 99), chance.choice(_CHANGES)
        pairs.append(("number", f"{name} {number}", f"{name} {number + 1}"))
        pairs.append(("opposite", f"{left} {name}", f"{right} {name}"))
        pairs.append(("another city", f"{name} Utrecht", f"{name} Rotterdam"))
        pairs.append(("parent and child", name, f"{name} {chance.choice(_KIN)}"))
    return pairs[:count]


def invented(count: int, seed: int = 11) -> list[str]:
    """Names of companies that do not exist."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3, 3, 4)))).title() for _ in range(count // 4)]
    forms = ("", " BV", " NV", " GmbH", " Ltd")
    return [
        " ".join(chance.choices(words, k=chance.choice((1, 1, 2)))) + f" {chance.choice(_TRADES)}{chance.choice(forms)}"
        for _ in range(count)
    ]


def _answer(left: str, right: str) -> str:
    return compare(Party(left), Party(right)).answer


def quality(names: list[str]) -> None:
    """Prints precision and recall, per kind of noise."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, left, right in noisy_pairs(names, PAIRS):
        found[kind][_answer(left, right)] += 1
    near: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, left, right in near_pairs(names, PAIRS):
        near[kind][_answer(left, right)] += 1
    print(f"{PAIRS} pairs of one company, {PAIRS} of two; {len(names)} real names\n")
    print(f"{'one company':20}{'same':>8}{'doubt':>8}{'different':>11}{'recall':>9}")
    for kind, counts in [*found.items(), ("all", sum(found.values(), Counter()))]:
        recall = counts[SAME] / counts.total()
        print(f"{kind:20}{counts[SAME]:8}{counts['doubt']:8}{counts['different']:11}{recall:9.1%}")
    print(f"\n{'two companies':20}{'same':>8}{'doubt':>8}{'different':>11}")
    for kind, counts in near.items():
        print(f"{kind:20}{counts[SAME]:8}{counts['doubt']:8}{counts['different']:11}")
    right = sum(counts[SAME] for counts in found.values())
    wrong = sum(counts[SAME] for counts in near.values())
    print(f"\nprecision of 'same': {right / (right + wrong):.2%} ({wrong} wrong of {right + wrong})")
    lists = {"held-out list": (HELD_OUT_SAME, HELD_OUT_DIFFERENT), "second list": (SECOND_SAME, SECOND_DIFFERENT)}
    for name, (one, two) in lists.items():
        found_here, wrong_here = (sum(_answer(*pair) == SAME for pair in pairs) for pairs in (one, two))
        print(f"{name}: {found_here} of {len(one)} found, {wrong_here} of {len(two)} wrong")


def speed() -> None:
    """Prints the time of one match among many accounts, in SQLite."""
    names = invented(ACCOUNTS)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        database.migrate()
        began = time.perf_counter()
        with database.begin() as conn:
            for start in range(0, len(names), 5_000):
                rows = [{"id": str(start + at), "name": name} for at, name in enumerate(names[start : start + 5_000])]
                write_new(conn, "account", rows)
            match_index.ensure(conn)
        print(f"\n{ACCOUNTS:,} accounts written and filed, and filed anew, in {time.perf_counter() - began:.0f} s")
        times, seen = [], 0
        with database.read() as conn:
            for _, _, asked in noisy_pairs(names, ASKED, seed=13):
                began = time.perf_counter()
                seen += bool(find(conn, {"name": asked}, MatchPolicy(), ()).accounts)
                times.append((time.perf_counter() - began) * 1_000)
        times.sort()
        print(
            f"one match: median {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms; "
            f"{seen} of {ASKED} noisy names found somebody"
        )
        database.engine.dispose()


def main() -> None:
    """Quality, then speed."""
    quality(account_names())
    speed()


if __name__ == "__main__":
    main()
