"""Message templates: every fault is found with its place, and the sandbox runs nothing but words."""

import time
from pathlib import Path

import pytest
from markupsafe import Markup

from leadrelay.clock import parse_time
from leadrelay.errors import BadTemplate, UnknownTemplate
from leadrelay.leads.fields import Field, Fields, Type
from leadrelay.rulebook.filters import Voice, clean, cut, day, duration, join, label, money, number, paragraphs, say
from leadrelay.rulebook.filters import time as wall_clock
from leadrelay.rulebook.load import load, read_files, template_names
from leadrelay.rulebook.outside import to_contacts
from leadrelay.rulebook.sandbox import Wording
from leadrelay.rulebook.wording import lint
from leadrelay.rulebook.words import CHOICES, HEADINGS, LABELS, label_of
from leadrelay.zone import zone_of

ROOT = Path(__file__).parents[2]
SHIPPED = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.j2")}
LAYOUTS = {path: text for path, text in SHIPPED.items() if path.count("/") == 1}
FIELDS = Fields((Field("request.extra.machine_type", Type.CHOICE, "what they ask", ("lathe", "mill")),))
GOOD = """{% extends layout %}
{% block subject %}News of {{ account.name }}{% endblock %}
{% block intro %}Read this.{% endblock %}
{% block todo %}Call.{% endblock %}
"""


def intro(text: str) -> str:
    return GOOD.replace("Read this.", text)


def faults(source: str, **more: str) -> list[str]:
    files = {**LAYOUTS, "templates/en/x.j2": source, **more}
    return [
        f"{one.place.line}:{one.place.column} {one.code}: {one.message} | {one.remedy}" for one in lint(files, FIELDS)
    ]


def test_the_shipped_templates_have_no_fault_and_both_languages():
    assert lint(SHIPPED, load(read_files(ROOT), proofread=False).ruleset.fields) == []
    names = template_names(SHIPPED)
    assert {"key_account", "new_request", "overdue", "nudge", "hand_over", "doubt"} <= names
    assert len(SHIPPED) == 2 * len(names) + 2


@pytest.mark.parametrize(
    "text",
    [
        "{{ request.summary }}",
        "{{ request['summary'] }}",
        "{{ request.expected_value | money }}",
        "{{ account.name or contact.name or 'somebody' }}",
        "{{ account.name | default('somebody') | cut(20) }}",
        "{{ request.extra.machine_type | label }}",
        "{% if opportunity.scotsman.time %}in time{% endif %}",
        "{% if request.expected_value > 100000 and account.tier == 'key' %}big{% endif %}",
        "{% if request.kind in ['renewal', 'renegotiation'] %}terms{% endif %}",
        "{% if request.product is none %}of what?{% endif %}",
        "{% for list in contact.lists %}{{ list }} {% endfor %}",
        "{% for fact in facts %}{{ fact.label }}: {{ fact.value }} {% endfor %}",
        "{{ 'a' ~ account.name }}{{ 'b' if account.flagged else 'c' }}",
        "{# {{ anything() }} #}{% raw %}{{ anything() }}{% endraw %}",
        "{{ person.name }} {{ rule.id }} {{ company.name }} {{ reason }} {{ subject }} {{ now | time }}",
    ],
)
def test_what_a_template_may_say(text: str):
    assert faults(intro(text)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{{ acount.tier }}", "3:21 template-unknown: Unknown field 'acount.tier'. | Did you mean 'account.tier'?"),
        (
            "{{ account.tierr | label }}",
            "3:21 template-unknown: Unknown field 'account.tierr'. | Did you mean 'account.tier'?",
        ),
        ("{{ reasn }}", "3:21 template-unknown: Unknown name 'reasn'. | Did you mean 'reason'?"),
        (
            "{{ request.extra.machine_typ }}",
            "3:21 template-unknown: Unknown field 'request.extra.machine_typ'."
            " | Did you mean 'request.extra.machine_type'?",
        ),
        (
            "{% if xyzzy.plugh %}a{% endif %}",
            "3:24 template-unknown: Unknown field 'xyzzy.plugh'. | 'leadrelay fields' lists all that there are.",
        ),
        (
            "{{ reason.__class__ }}",
            "3:21 template-unknown: Unknown field 'reason.__class__'. | 'leadrelay fields' lists all that there are.",
        ),
        (
            "{{ request.expected_value }}",
            "3:21 template-bare: 'request.expected_value' is of type money and has to be put into words."
            " | Write {{ request.expected_value | money }}.",
        ),
        (
            "{{ request.kind or 'x' }}",
            "3:21 template-bare: 'request.kind' is of type choice and has to be put into words."
            " | Write {{ request.kind | label }}.",
        ),
        (
            "{{ account }}",
            "3:21 template-bare: 'account' is a group of facts and cannot be printed."
            " | Name one of them, such as account.id.",
        ),
        (
            "{{ request.summary | money }}",
            "3:21 template-filter: 'request.summary' is of type text; 'money' is not for that."
            " | 'money' is for fields of type money.",
        ),
        (
            "{% for char in request.summary %}x{% endfor %}",
            "3:21 template-loop: This is no list to loop over. | Loop over facts, links, or a field of type list.",
        ),
        (
            "<b>Read</b> this",
            "3:18 template-markup: A message has no markup of its own."
            " | Write plain words: the layouts lay them out, for text and for HTML.",
        ),
    ],
)
def test_a_fault_has_its_place_and_its_remedy(text: str, fault: str):
    assert faults(intro(text)) == [fault]


FORBIDDEN = [
    ("{{ request.summary.upper() }}", "A call"),
    ("{{ person.__class__.__mro__() }}", "A call"),
    ("{{ range(10) }}", "A call"),
    ("{{ self.intro() }}", "A call"),
    ("{{ super() }}", "A call"),
    ("{{ 'x' * 1000000000 }}", "Arithmetic ('*')"),
    ("{{ [1] * 1000000000 }}", "Arithmetic ('*')"),
    ("{{ 9 ** 9 ** 9 }}", "Arithmetic ('**')"),
    ("{{ '%1000000000d' % 1 }}", "Arithmetic ('%')"),
    ("{{ 1 + 1 }}", "Arithmetic ('+')"),
    ("{{ -person.name }}", "Arithmetic ('-')"),
    ("{{ reason | attr('format') }}", "The filter 'attr'"),
    ("{{ reason | safe }}", "The filter 'safe'"),
    ("{{ reason | center(1000000000) }}", "The filter 'center'"),
    ("{{ reason | paragraphs }}", "The filter 'paragraphs'"),
    ("{% if reason is callable %}x{% endif %}", "The test 'callable'"),
    ("{% set x = reason %}", "'{% set %}'"),
    ("{% set x %}{{ reason }}{% endset %}", "'{% set %}'"),
    ("{% with x = reason %}{% endwith %}", "'{% with %}'"),
    ("{% macro m() %}{% endmacro %}", "'{% macro %}'"),
    ("{% call reason() %}{% endcall %}", "'{% call %}'"),
    ("{% include 'en/x.j2' %}", "'{% include %}'"),
    ("{% import 'en/x.j2' as x %}", "'{% import %}'"),
    ("{% from 'en/x.j2' import x %}", "'{% from %}'"),
    ("{% filter cut %}x{% endfilter %}", "'{% filter %}'"),
    ("{{ facts[0] }}", "An index"),
    ("{{ reason[1:] }}", "An index"),
    ("{{ {'a': 1} }}", "A dictionary"),
    ("{% autoescape false %}x{% endautoescape %}", "'{% autoescape %}'"),
    (
        "{% for a in facts %}{% for b in facts %}{% for c in facts %}x{% endfor %}{% endfor %}{% endfor %}",
        "More than 2 loops inside each other",
    ),
    ("{% for a in facts recursive %}x{% endfor %}", "More than 2 loops inside each other"),
]


@pytest.mark.parametrize(("text", "what"), FORBIDDEN)
def test_what_is_forbidden_is_a_fault_and_never_becomes_code(text: str, what: str):
    found = [fault for fault in faults(intro(text)) if "template-forbidden" in fault]
    assert found and found[0].partition("template-forbidden: ")[2].startswith(what)
    wording = Wording({**LAYOUTS, "templates/en/x.j2": intro(text)})
    with pytest.raises(BadTemplate, match=r"templates/en/x\.j2:3"):
        wording.render("x", "en", {"person": {"name": "An"}, "facts": [], "reason": "because"})


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("", ["template-block", "template-block", "template-block", "template-layout"]),
        (GOOD.replace("layout", "'base.txt.j2'"), ["template-layout"]),
        (GOOD.replace("{% block todo %}Call.{% endblock %}", ""), ["template-block"]),
        (GOOD.replace("block todo", "block todoo"), ["template-block", "template-block"]),
        (GOOD + "\nlost words", ["template-outside"]),
        (GOOD + "{% if %}", ["template-syntax"]),
        (intro("{{ reason"), ["template-syntax"]),
        (intro("{% if reason %}"), ["template-syntax"]),
        (intro("{% loop %}"), ["template-syntax"]),
        (intro("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}"), ["template-syntax"]),
        (intro("x" * 60_000), ["template-too-long"]),
    ],
)
def test_frame_and_syntax(source: str, codes: list[str]):
    found = [fault.split()[1].rstrip(":") for fault in faults(source)]
    assert found == codes


def test_words_outside_the_blocks_are_pointed_at():
    assert faults(GOOD + "\nlost words")[0].startswith("6:1 template-outside: Words outside the blocks")


def test_every_language_has_every_template_and_there_are_layouts():
    problems = lint({"templates/en/x.j2": GOOD, "templates/nl/y.j2": GOOD}, FIELDS)
    assert [(one.place.file, one.code) for one in problems] == [
        ("templates/en/x.j2", "template-language"),
        ("templates/nl/y.j2", "template-language"),
        ("templates/base.txt.j2", "template-layout"),
        ("templates/base.html.j2", "template-layout"),
    ]
    assert problems[0].message == "The template 'x' does not exist in 'nl'."
    assert lint({}, FIELDS) == []


def test_other_files_are_left_alone():
    assert lint({"templates/README.md": "{{", "rules/a.yaml": "{{", "templates/en/notes.txt": "{{"}, FIELDS) == []


def test_linting_is_quick():
    many = {
        **LAYOUTS,
        **{f"templates/en/t{number}.j2": SHIPPED["templates/en/key_account.j2"] for number in range(100)},
    }
    began = time.process_time()
    assert lint(many, Fields()) == []
    assert (time.process_time() - began) / 100 < 0.02  # about 1 ms; a wide margin for a busy machine


WORDS = {"hello": "", "why": "", "known": "", "todo": "", "links": "", "rule": "", "sent_by": "", "now": ""}
CONTEXT = {
    "outside": False,
    "person": {"name": "An"},
    "rule": {"id": ""},
    "company": {"name": "C"},
    "reason": "because",
    "subject": "request/1",
    "facts": [],
    "links": [],
    "messages": [],
    "language": "en",
    "words": WORDS,
}


@pytest.mark.parametrize(
    ("text", "context", "message"),
    [
        ("{{ nothing.at.all }}", {}, "'nothing' is undefined"),
        ("{{ person.nme }}", {}, "nme"),
        ("{{ reason.__class__ }}", {}, "__class__"),
        ("{{ person }}", {}, "a whole group of facts cannot be printed"),
        ("{{ who }}", {"who": object()}, None),
        ("{{ now | date }}", {"now": 10**30}, "templates/en/x.j2:3"),
    ],
)
def test_what_fails_while_rendering_is_told_with_its_line(text: str, context: dict[str, object], message: str | None):
    wording = Wording({**LAYOUTS, "templates/en/x.j2": intro(text)})
    full = {**CONTEXT, "account": {"name": "A"}, **context}
    if message is None:
        assert "object" in wording.render("x", "en", full).text
        return
    with pytest.raises(BadTemplate) as error:
        wording.render("x", "en", full)
    assert message in str(error.value)
    assert "templates/en/x.j2:3" in str(error.value)


def test_an_unknown_template_names_the_known_ones():
    with pytest.raises(UnknownTemplate, match=r"no template 'y' for language 'en'.*Known templates: x"):
        Wording({**LAYOUTS, "templates/en/x.j2": GOOD}).render("y", "en", CONTEXT)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("a\r\nBcc: x@y\n", "a Bcc: x@y "),
        ("a\x00\x1b[31mb", "a [31mb"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2066a\u2069\u200b\ufeff\u00ad", "a"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("x" * 100_000, "x" * 1999 + "…"),
        ("👩\u200d💻 café", "👩\u200d💻 café"),
    ],
)
def test_clean(text: str, cleaned: str):
    assert clean(text) == cleaned


ZONE = zone_of("Europe/Amsterdam")
NOW = parse_time("2026-11-20 12:13", ZONE)
NL, EN = Voice("nl", now=NOW), Voice("en", now=NOW)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (money(1_250_000, NL), "€ 12.500"),
        (money(1_250_050, NL), "€ 12.500,50"),
        (money(1_250_000, EN), "€12,500"),
        (money(-5, EN), "-€0.05"),
        (money(100, Voice("en", currency="USD")), "US$1"),
        (money(None, NL), "—"),
        (number(1250, NL), "1.250"),
        (number(2.5, NL), "2,5"),
        (number(None, NL), "—"),
        (day(20777, NL), "20 november 2026"),
        (day(20777, EN), "20 November 2026"),
        (day(None, EN), "—"),
        (wall_clock(NOW, NL), "vr 20 nov 2026 12:13"),
        (wall_clock(NOW, EN), "Fri 20 Nov 2026 12:13"),
        (wall_clock(NOW, Voice("en", "America/New_York")), "Fri 20 Nov 2026 06:13"),
        (wall_clock(None, EN), "—"),
        (duration(NOW - 4 * 3_600_000_000, NL), "4 uur"),
        (duration(NOW + 3 * 86_400_000_000, EN), "3 days"),
        (duration(NOW - 30_000_000, EN), "30 seconds"),
        (duration(None, EN), "—"),
        (label("key", NL), "topklant"),
        (label("web_form", EN), "web form"),
        (label("own_choice", NL), "own choice"),
        (label(True, NL), "ja"),
        (label(False, EN), "no"),
        (label(None, EN), "—"),
        (join(("a", "spring_list"), NL), "a, spring list"),
        (join((), NL), "—"),
        (cut("one two three", 9), "one two…"),
        (cut("abcdefghij", 5), "abcd…"),
        (cut(None), ""),
        (say(None, Type.TEXT, NL), "—"),
        (say("x", Type.TEXT, NL), "x"),
        (say(1_250_000, Type.MONEY, Voice("de")), "12.500 €"),
        (say(1_250_000, Type.MONEY, Voice("tlh_XX_nonsense")), "€12,500"),
    ],
)
def test_facts_are_said_in_the_language_of_the_reader(said: str, words: str):
    assert said == words


def test_paragraphs_for_text_and_for_html():
    assert paragraphs("  one\n  two\n\n\n three ") == "one two\n\nthree"
    assert paragraphs(Markup("one\n\ntwo &lt;b&gt;")) == "<p>one</p>\n<p>two &lt;b&gt;</p>"


def test_every_language_has_all_the_words():
    for words in (HEADINGS, LABELS, CHOICES):
        assert set(words["en"]) == set(words["nl"])
    assert set(LABELS["en"]) <= set(Fields().by_path)
    fields = [one for one in Fields().by_path.values() if one.path != "account.province"]  # names are their own words
    core = {choice for field in fields for choice in field.choices}
    assert core <= set(CHOICES["en"])
    assert label_of("request.extra.machine_type", "nl") == "Machine type"


INTERNAL = [
    "{{ opportunity.win_chance }}",
    "{{ opportunity.expected_value | money }}",
    "{{ opportunity.name }}",
    "{{ request.triage | label }}",
    "{{ request.summary }}",
    "{{ request['reason'] }}",
    "{{ owner.manager }}",
    "{{ account.owner }}",
    "{{ rule.id }}",
    "{{ reason }}",
    "{{ what }}",
    "{% if account.tier == 'key' %}dear{% endif %}",
    "{% if opportunity.scotsman.money %}x{% endif %}",
    "{% for fact in facts %}{{ fact.label }}{% endfor %}",
]


@pytest.mark.parametrize("text", INTERNAL)
def test_what_is_ours_alone_is_a_fault_in_what_a_contact_reads_and_none_in_what_we_read(text: str):
    files = {**LAYOUTS, "templates/en/x.j2": intro(text)}
    found = lint(files, FIELDS, outside={"x"})
    assert {one.code for one in found} == {"template-internal"}
    assert {(one.place.file, one.place.line) for one in found} == {("templates/en/x.j2", 3)}
    assert "docs/messages.md" in found[0].remedy
    assert lint(files, FIELDS) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ contact.name }}, {{ owner.name }} of {{ company.name }}",
        "{{ request.product }} {{ request.received_at | time }} {{ request.extra.machine_type | label }}",
        "{% if opportunity.quote_total %}{{ opportunity.quote_total | money }}{% endif %}",
        "{% for link in links %}{{ link.label }}{% endfor %}",
    ],
)
def test_what_a_contact_may_read(text: str):
    assert lint({**LAYOUTS, "templates/en/x.j2": intro(text)}, FIELDS, outside={"x"}) == []


def test_contacts_read_the_scripts_and_what_rules_send_them_at_once_or_later():
    ruleset = load(read_files(ROOT), proofread=False).ruleset
    found = to_contacts(ruleset.rulebooks, template_names(SHIPPED))
    scripts = {f"script_{one}" for one in ("inbound", "outbound", "appointment", "closing")}
    assert scripts | {"nurture_mail", "case_study", "webinar_invitation", "webinar_thanks", "keeping_in_touch"} == found


def test_check_knows_who_reads_a_template():
    files = dict(read_files(ROOT))
    for path in ("templates/en/script_closing.j2", "templates/nl/case_study.j2"):
        edited = files | {path: intro("{{ opportunity.win_chance }}")}
        places = [one.place.file for one in load(edited).problems if one.code == "template-internal"]
        assert places == [path]
