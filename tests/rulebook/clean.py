"""Random rulebooks that are clean by the way they are made, for the promise that the linter does not cry wolf.

Every rule has one test per field, so that no line says what another says; each rule has a product of its own, or the
rules go from narrow to wide along one scale; alternatives and exclusions are about fields that nothing else is about.
"""

from itertools import pairwise

from hypothesis import strategies as st

from tests.rulebook.projects import head

LISTS = {"rules/lists/big.yaml": "[Acme, Globex BV, Initech]\n"}
SINGLE: dict[str, list[str]] = {
    "account.tier": ["key", "[key, important]", "{not: key, known: any}", "{known: false}"],
    "account.employees": ["{at_least: 250}", "{between: [10, 50]}", "{not: {over: 20}}", "7", "{over: 5, under: 90}"],
    "request.expected_value": ["{over: 99.95}", "{at_most: 10000}", "{known: true, not: 500}"],
    "account.name": ["{in_list: big}", "{contains: [bv, nv]}", "{not: {in_list: big}, known: any}", '{matches: "a*b"}'],
    "account.domain": ["{starts_with: shop}", "{ends_with: .nl, not: {starts_with: shop}}", "{known: true}"],
    "request.received_at": ["{older_than: 2 days}", "{newer_than: 4 working hours}", "{at_least: 2026-01-01}"],
    "account.last_order_at": ["{older_than: 1 month, newer_than: 1 year}", "{not: {older_than: 30 days}}"],
    "request.extra.deadline_on": ["{within: 2 weeks}", "{past: false}", "{under: 2027-01-01}"],
    "request.extra.machine_type": ["lathe", "{not: lathe, known: true}"],
    "request.extra.tags": ["{contains: vip}", "{contains: [a, b], not: {contains: c}}"],
    "request.owner": ["{same_as: account.owner}", "{known: false}", "{not: {same_as: account.owner}}"],
    "account.flagged": ["true", "{not: true}"],
    "contact.site_visits_3w": ["{over: 2}", "0", "{between: [1, 3]}"],
    "account.province": ["Utrecht", "[Limburg, Vlaanderen]"],
}
SCOPES = ["", "scope: {request.status: open}\n", "scope:\n  request.status: open\n  request.desk: {known: false}\n"]
SCALES: list[tuple[str, list[str]]] = [
    ("account.employees", ["{at_least: 1000}", "{at_least: 250}", "{at_least: 10}", "{known: true}"]),
    ("request.expected_value", ["{between: [10, 20]}", "{between: [5, 20]}", "{at_most: 30.5}", "{under: 31}"]),
    ("account.tier", ["key", "[key, important]", "{known: true}"]),
    ("request.received_at", ["{older_than: 1 week}", "{older_than: 3 days}", "{older_than: 4 hours}", "{past: true}"]),
    ("account.name", ["{starts_with: acme}", "{contains: [acme, bolt]}", "{contains: o}"]),
]


@st.composite
def conditions(draw: st.DrawFn, paths: list[str]) -> list[str]:
    """Lines about some of the paths, each taken once, some of them as alternatives or exclusions."""
    taken = [paths.pop(draw(st.integers(0, len(paths) - 1))) for _ in range(draw(st.integers(1, min(4, len(paths)))))]
    tests = [f"{path}: {draw(st.sampled_from(SINGLE[path]))}" for path in taken]
    shape = draw(st.integers(0, 3)) if len(tests) > 2 else 0
    if shape == 1:
        return [*tests[2:], f"any: [{{{tests[0]}}}, {{{tests[1]}}}]"]
    if shape == 2:
        return [*tests[2:], f"none: [{{{tests[0]}}}, {{{tests[1]}}}]"]
    if shape == 3:
        return [f"any: [{{{tests[0]}, all: [{{{tests[1]}}}]}}, {{{tests[2]}}}]", *tests[3:]]
    return tests


def _rule(number: int, lines: list[str]) -> str:
    when = "".join(f"      {line}\n" for line in lines)
    return f"  - id: r{number}\n    when:\n{when}    then: [{{route: sales}}]\n"


@st.composite
def _by_product(draw: st.DrawFn) -> str:
    """Rules that never meet, as each is about a product of its own."""
    rules = []
    for number in range(draw(st.integers(1, 5))):
        lines = draw(conditions(list(SINGLE)))
        rules.append(_rule(number, [f"request.product: p{number}", *lines]))
    hit = draw(st.sampled_from(["first", "all"]))
    return _book(draw, hit, "rules:\n" + "".join(rules))


@st.composite
def _by_scale(draw: st.DrawFn) -> str:
    """Rules from narrow to wide, each of which takes what is left."""
    path, steps = draw(st.sampled_from(SCALES))
    return _book(draw, "first", "rules:\n" + "".join(_rule(n, [f"{path}: {step}"]) for n, step in enumerate(steps)))


def _book(draw: st.DrawFn, hit: str, rules: str) -> str:
    end = "otherwise: [{route: inside_sales}]\n" if hit == "first" else ""
    return head(hit=hit) + draw(st.sampled_from(SCOPES)) + rules + end


@st.composite
def _tables(draw: st.DrawFn) -> str:
    """A table whose rows part a scale between them: complete, or with an `otherwise` for the unknown."""
    cuts = sorted(draw(st.sets(st.integers(1, 900), min_size=1, max_size=6)))
    cells = [f"{{under: {cuts[0]}}}"]
    cells += [f"{{at_least: {low}, under: {high}}}" for low, high in pairwise(cuts)]
    cells.append(f"{{at_least: {cuts[-1]}}}")
    complete = draw(st.booleans())
    rows = [f"[{cell}, any, sales]" for cell in cells]
    if draw(st.booleans()):
        cell = cells.pop(draw(st.integers(0, len(cells) - 1)))
        rows.remove(f"[{cell}, any, sales]")
        rows += [f"[{cell}, key, sales]", f"[{cell}, {{not: key, known: any}}, archive]"]
    rows += ["[{known: false}, any, archive]"] if complete else []
    path = draw(st.sampled_from(["account.employees", "request.expected_value", "request.extra.size"]))
    path = "account.extra.fleet_size" if path.endswith("size") else path
    lines = "".join(f"    - {row}\n" for row in rows)
    ordered = draw(st.sampled_from(["", "  ordered: false\n", "  ordered: true\n"]))
    text = head(hit="first") + f"table:\n  when: [{path}, account.tier]\n  then: [route]\n{ordered}  rows:\n{lines}"
    return text + ("" if complete else "otherwise: [{route: inside_sales}]\n")


def books() -> st.SearchStrategy[str]:
    """A clean rulebook as text, with the lists in LISTS beside it."""
    return st.one_of(_by_product(), _by_product(), _by_scale(), _tables())
