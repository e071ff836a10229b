"""What hangs together across files: each kind of finding has a small bad file, and nothing in use is called unused.

    untidy/project/          a project in which everything is used
    untidy/CODE.bad.yaml     put in it, in place of the file that its first line names; or a folder, put over it
    untidy/CODE.txt          what is then found

`REWRITE_GOLDEN=1 pytest tests/rulebook/test_upkeep.py` writes the .txt files again; read the difference.
"""

# ruff: noqa: E501 - a row of a table is read best as one

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.act import approval, assign
from leadrelay.messages.policy import MERGED
from leadrelay.rulebook.lint.upkeep import check_upkeep
from leadrelay.rulebook.lint.uses import SENT_BY_ITSELF
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.rulebook.problem import in_order, show
from notifications import alarm

HERE = Path(__file__).parent / "untidy"
CASES = sorted(path for path in HERE.iterdir() if path.name != "project" and path.suffix != ".txt")
PROJECT = read_files(HERE / "project")


def name_of(case: Path) -> str:
    return case.name.removesuffix(".bad.yaml")


def files_of(case: Path) -> dict[str, str]:
    if case.is_dir():
        return PROJECT | read_files(case)
    text = case.read_text(encoding="utf-8")
    return PROJECT | {text.partition("\n")[0].removeprefix("# ").strip(): text}


def found(files: dict[str, str]) -> list[tuple[str, str, int]]:
    """File, code and line of every finding; the files themselves must have no faults."""
    loaded = load(files)
    assert loaded.errors == []
    return [(one.place.file, one.code, one.place.line) for one in in_order(check_upkeep(loaded))]


def changed(file: str, *pairs: tuple[str, str], more: dict[str, str] | None = None) -> dict[str, str]:
    """The project with words in a file replaced."""
    text = PROJECT[file]
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return PROJECT | {file: text} | (more or {})


def test_in_the_project_everything_is_used() -> None:
    loaded = load(PROJECT)
    assert [*loaded.problems, *check_upkeep(loaded)] == []


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_each_kind_is_explained(case: Path) -> None:
    loaded = load(files_of(case))
    problems = in_order(check_upkeep(loaded))
    said = "\n\n".join(show(problem, loaded.files) for problem in problems) + "\n"
    golden = HERE / f"{name_of(case)}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert loaded.errors == []
    assert said == golden.read_text(encoding="utf-8")
    assert name_of(case) in {problem.code for problem in problems}
    assert all(problem.remedy and problem.severity == "warning" for problem in problems)


ROUTING, WAITING, TEAM = "rules/routing.yaml", "rules/waiting.yaml", "rules/team.yaml"
LIST = "rules/lists/other.yaml"
OFFER = "templates/{}/offer.j2"
PLANTED = [
    # a rule that used something goes, or uses something else
    ("rules/lists/targets.csv", "unused-list", "", changed(ROUTING, ("{in_list: targets}", "Philips"))),
    ("rules/lists/targets.csv", "unused-list", "", changed(ROUTING, ("in_list: targets", "contains: targets"))),
    (LIST, "unused-list", "", PROJECT | {LIST: "- one\n"}),
    (LIST, "unused-list", "", PROJECT | {LIST: "- one\n", "rules/tests/t.yaml": (
        "tests:\n  - {test: t, now: 2026-11-20, given: {account: {name: other}}, expect: {request.status: open}}\n")}),
    ("templates/en/news.j2", "unused-template", "", changed(ROUTING, ("template: news", "template: overdue"), more={
        WAITING: PROJECT[WAITING].replace("template: news", "template: overdue")})),
    ("templates/nl/letter.j2", "unused-template", "", changed("rules/sequences/readers.yaml", ("letter", "news"))),
    ("templates/en/offer.j2", "unused-template", "", PROJECT | {OFFER.format("en"): PROJECT["templates/en/news.j2"],
        OFFER.format("nl"): PROJECT["templates/nl/news.j2"], "rules/messages.yaml": (
            "routes:\n  - {route: offers, match: {template: offer}, send: now}\n")}),
    ("templates/nl/letter.j2", "unused-language", "", changed(TEAM, (", language: nl", ""), more={
        "rules/sequences/readers.yaml":
            "sequence: readers\nlist: readers\nsteps:\n  - {after: 3 days, then: [{task: {for: an, what: x, due: 1 day}}]}\n",
        WAITING: PROJECT[WAITING].replace("template: news", "template: letter")})),
    (TEAM, "unused-person", "id: dirk", changed(TEAM, ("    pools: [field]\n", ""))),
    (TEAM, "unused-pool", "field: {", changed(ROUTING, ("pool: field", "pool: inside"))),
    (TEAM, "unused-pool", "night: {", changed(TEAM, ("pools:\n  inside", "pools:\n  night: {lead: an}\n  inside"))),
    ("rules/calendar.yaml", "unused-calendar", "belgium:", changed(TEAM, (", calendar: belgium", ""))),
    ("rules/fields.yaml", "unused-field", "machine:", changed(ROUTING, ("request.extra.machine: lathe", "request.product: lathe"))),
    ("rules/fields.yaml", "unused-field", "machine:", changed(ROUTING, ("request.extra.machine: lathe", "request.product: lathe"),
        more={"rules/tests/t.yaml":
              "tests:\n  - {test: t, now: 2026-11-20, given: {request: {extra.machine: mill}}, expect: {request.status: open}}\n"})),
    # what nothing fills
    (WAITING, "never-known", "owner.capacity", changed(TEAM, (", capacity: 20", ""))),
    (WAITING, "never-known", "owner.deputy", changed(TEAM, (", deputy: an", ""))),
    (WAITING, "never-known", "owner.away_days", changed(TEAM, ("    away: [{from: 2026-12-21, until: 2027-01-04, deputy: an}]\n", ""))),
    (WAITING, "never-known", "opportunity.approver", changed(WAITING, ("subject: request", "subject: opportunity"),
        ("request.status: open", "opportunity.closed_at: {known: false}"),
        ("request.received_at: {older_than: 4 working hours}, request.first_response_at: {known: false}",
         "opportunity.next_step_at: {past: true}"), ("to: request.owner", "to: opportunity.owner"),
        ("request.desk: sales, request.extra.step: {known: false}", "opportunity.stage: quote"),
        ("{set: {extra.step: begun}}", "{set: {product: begun}}"),
        ("owner.capacity: {at_most: 10}", "opportunity.approver: {known: true}"),
        ("request.kind: new_project", "opportunity.name: x"), more={
            ROUTING: PROJECT[ROUTING].replace("extra.machine: lathe", "extra.machine: lathe, request.extra.step: x")})),
    (WAITING, "list-nobody-fills", "raeders", changed(WAITING, ("contains: readers", "contains: raeders"))),
    (WAITING, "list-nobody-fills", "joined.reader", changed(WAITING, (
        "contact.lists: {contains: readers}", "contact.joined.reader: {known: true}"))),
    # one for all
    (WAITING, "one-person-flow", "id: waits", changed(WAITING, ("to: request.owner", "to: sales_director"), (
        "for: sales_director", "for: an"))),
    (WAITING, "one-person-flow", "id: waits", changed(WAITING, ("to: request.owner", "to: an"))),
    (WAITING, "one-person-flow", "id: waits", changed(WAITING, ("to: request.owner", "to: chiefs"), more={
        TEAM: PROJECT[TEAM] + "  chiefs: {members: [an]}\n"})),
    (TEAM, "one-person-pool", "inside: {", changed(TEAM, ("language: nl, capacity: 20", "language: nl, capacity: 20, active: false"))),
    (TEAM, "one-person-pool", "field: {", changed(TEAM, ("    pools: [field]\n", "    pools: [field]\n    active: false\n"))),
    (TEAM, "one-deputy", "id: an,", changed(TEAM, (
        "manager: an}", "manager: an, away: [{from: 2026-12-20, until: 2026-12-24, deputy: an}]}"), (
        "capacity: 20}", "capacity: 20, away: [{from: 2026-12-24, until: 2026-12-31, deputy: an}]}"))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "code", "mark", "files"), PLANTED, ids=lambda one: one if isinstance(one, str) else ""
)
def test_planted_faults_are_found_at_their_place(file: str, code: str, mark: str, files: dict[str, str]) -> None:
    """The place is the first line of the file with the mark in it; a rule's actions stand below its id."""
    line = next(number for number, text in enumerate(files[file].splitlines(), 1) if mark in text)
    line += 2 if code == "one-person-flow" else 0
    assert (file, code, line) in found(files)


USED_AFTER_ALL = {
    "a list that is mentioned": changed(ROUTING, ("account.name: {in_list: targets}", "request.summary: {mentions: targets}")),
    "a list of free mail": changed(ROUTING, ("{in_list: targets}", "Philips"), more={
        "rules/matching.yaml": "free_mail: targets\n"}),
    "a list in a territory": changed(ROUTING, ("{in_list: targets}", "Philips"), more={TEAM: PROJECT[TEAM].replace(
        "pools: [field]", "territory: {account.name: {in_list: targets}}\n    pools: [field]")}),
    "a list in a report": changed(ROUTING, ("{in_list: targets}", "Philips"), more={"rules/reports/r.yaml":
        "report: r\nof: account\nwhere: {account.name: {in_list: targets}}\ncolumns: [account.id]\n"}),
    "a field in a template": changed(ROUTING, ("request.extra.machine: lathe", "request.product: lathe"), more={
        "templates/en/news.j2": PROJECT["templates/en/news.j2"].replace(
            "{{ who }}", "{{ request.extra.machine | label }}")}),
    "a field that a map fills": changed(ROUTING, ("request.extra.machine: lathe", "request.product: lathe"), more={
        "rules/maps/m.yaml": "kind: requests\ncolumns: {Machine: request.extra.machine}\n"}),
    "a field in a report": changed(ROUTING, ("request.extra.machine: lathe", "request.product: lathe"), more={
        "rules/reports/r.yaml": "report: r\nof: request\ncolumns: [request.extra.machine]\n"}),
    "a field that a stage demands": changed("rules/fields.yaml", ("  step:", "  step:"), more={
        "rules/fields.yaml": PROJECT["rules/fields.yaml"] + "opportunity:\n  site: {type: text, about: Where}\n",
        "rules/stages.yaml": "stages:\n  - {stage: quote, demands: [extra.site]}\n"}),
    "a template of an escalation": PROJECT | {OFFER.format(one): PROJECT["templates/en/news.j2"] for one in ("en", "nl")} | {
        "rules/messages.yaml":
            "routes:\n  - {route: r, match: {urgency: now}, escalate: {after: 1 hour, to: an, template: offer}}\n"},
    "a template that the process speaks of": PROJECT | {
        OFFER.format(one): PROJECT["templates/en/news.j2"] for one in ("en", "nl")} | {
        "rules/process.yaml": "process:\n  M1: {title: Offers, program: ['The template offer, by hand.']}\n"},
    "a calendar of a pool": changed(TEAM, (", calendar: belgium", ""), ("fallback: inside", "fallback: inside, calendar: belgium")),
    "a calendar of a rulebook": changed(TEAM, (", calendar: belgium", ""), more={
        WAITING: PROJECT[WAITING].replace("hit: all", "hit: all\ncalendar: belgium")}),
    "a pool that a message names": changed(TEAM, ("pools:\n  inside", "pools:\n  night: {members: [an]}\n  inside"), more={
        "rules/messages.yaml": "routes:\n  - {route: r, match: {to: night}, send: now}\n"}),
    "a person whom a field may name": changed(TEAM, ("    pools: [field]\n", ""), more={
        ROUTING: PROJECT[ROUTING].replace("to: request.owner", "to: account.owner")}),
    "a language of contacts": changed(TEAM, (", language: nl", "")),
    "a shadow rule": changed(WAITING, ("  - id: reader-asks", "  - id: reader-asks\n    mode: shadow")),
}  # fmt: skip


@pytest.mark.parametrize("files", USED_AFTER_ALL.values(), ids=USED_AFTER_ALL)
def test_what_is_used_in_another_way_is_not_called_unused(files: dict[str, str]) -> None:
    assert found(files) == []


def test_rules_with_errors_are_not_looked_at() -> None:
    files = changed(ROUTING, ("{in_list: targets}", "{in_list: tragets}"))
    assert check_upkeep(load(files)) == []


def test_what_the_program_sends_by_itself_is_known() -> None:
    assert {assign.FALLBACK_TEMPLATE, approval.TEMPLATE, alarm.TEMPLATE, *MERGED} <= SENT_BY_ITSELF


NAMES = st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=3, max_size=8, unique=True)


@st.composite
def tidy_projects(draw: st.DrawFn) -> dict[str, str]:
    """Projects of whatever size in which each list, template, field, person, pool and calendar has its use."""
    names = [f"{one}_x" for one in draw(NAMES)]
    whos = ["pools: [p_{0}]", "roles: [r_{0}]"]
    people, pools, calendars, rules, fields, files = [], [], [], [], [], {}
    for number, name in enumerate(names):
        kind = draw(st.integers(0, 3))
        people.append(f"  - {{id: {name}, name: X, calendar: c_{name}, {whos[kind % 2].format(name)}}}")
        pools += [f"  p_{name}: {{members: [{name}, {names[number - 1]}]}}"] if kind % 2 == 0 else []
        calendars.append(f"  c_{name}: {{hours: {{monday: 09:00-12:00}}}}")
        fields.append(f"  f_{name}: {{type: text}}")
        test = draw(st.sampled_from(("in_list", "mentions")))
        path = draw(st.sampled_from(("account.name", "request.summary")))
        who = f"{{pool: p_{name}}}" if kind % 2 == 0 else f"r_{name}"
        then = f"[{{assign: {who}}}, {{notify: {{to: request.owner, template: t_{name}}}}}]"
        rules.append(
            f"  - {{id: {name}, when: {{{path}: {{{test}: l_{name}}}, request.extra.f_{name}: x}}, then: {then}}}"
        )
        rules.append(
            f"  - {{id: also_{name}, when: {{request.product: {name}}}, then: [{{set: {{extra.f_{name}: y}}}}]}}"
        )
        files |= {f"rules/lists/l_{name}.yaml": "- a\n", f"templates/en/t_{name}.j2": PROJECT["templates/en/news.j2"]}
    default = "  default: {zone: Europe/Amsterdam, hours: {monday-friday: 09:00-17:00}}\n"
    return files | {
        "templates/base.txt.j2": PROJECT["templates/base.txt.j2"],
        "templates/base.html.j2": PROJECT["templates/base.html.j2"],
        "rules/calendar.yaml": "calendars:\n" + default + "\n".join(calendars) + "\n",
        "rules/team.yaml": "people:\n" + "\n".join(people) + ("\npools:\n" + "\n".join(pools) if pools else "") + "\n",
        "rules/fields.yaml": "request:\n" + "\n".join(fields) + "\n",
        "rules/book.yaml": "rulebook: book\nsubject: request\nflow: route\nhit: all\nrules:\n"
        + "\n".join(rules)
        + "\n",
    }


def check_tidy(files: dict[str, str]) -> Loaded:
    loaded = load(files, proofread=False)
    assert [one.message for one in loaded.problems] == []
    assert [one.message for one in check_upkeep(loaded)] == []
    return loaded


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=tidy_projects())
def test_no_false_word_about_random_tidy_projects(files: dict[str, str]) -> None:
    check_tidy(files)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=tidy_projects(), data=st.data())
def test_what_one_use_less_leaves_unused_is_found(files: dict[str, str], data: st.DataObject) -> None:
    """Takes the one rule out that names a list and a template: both are found, and they alone."""
    lines = files["rules/book.yaml"].splitlines()
    uses = [line for line in lines if "in_list" in line or "mentions" in line]
    gone = data.draw(st.sampled_from(uses))
    name = gone.split("id: ")[1].split(",")[0]
    rest = gone.replace(f"in_list: l_{name}", "contains: a").replace(f"mentions: l_{name}", "contains: a")
    rest = rest.replace(f", {{notify: {{to: request.owner, template: t_{name}}}}}", "")
    book = "\n".join(rest if line == gone else line for line in lines)
    more = "\n".join(
        f"  - {{id: more_{at}, when: {{request.product: z{at}}}, then: [{{route: sales}}]}}" for at in range(9)
    )
    problems = found(files | {"rules/book.yaml": f"{book}\n{more}\n"})
    assert [(file, code) for file, code, _ in problems] == [
        (f"rules/lists/l_{name}.yaml", "unused-list"),
        (f"templates/en/t_{name}.j2", "unused-template"),
    ]
