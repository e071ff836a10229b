"""Messages in words: every shipped template, empty and full; hostile facts stay inert in every part of the mail."""

import email
import email.policy
import html.parser
import re
import unicodedata
from email.message import EmailMessage

import pytest

from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.own_fields import load_fields
from leadrelay.rulebook.sandbox import Rendered, Wording
from leadrelay.rulebook.wording import lint, shape_of
from notifications.audience import Reader
from notifications.context import KNOWN, Company, Link, build
from notifications.mail import compose
from notifications.message import Message
from notifications.preview import example
from tests.notifications.world import NAMES, NOW, ROOT, RULE, SHIPPED

FIELDS = Fields((Field("request.extra.machine_type", Type.CHOICE, "what they ask", ("lathe", "mill")),))
OWN = "rules/fields.yaml"
SHIPPED_FIELDS = load_fields(Context({OWN: (ROOT / OWN).read_text("utf-8")}))
WORDING = Wording(SHIPPED)
COMPANY = Company("Werkplaats BV", "EUR", "Europe/Amsterdam")
AN = Reader("an", "An Peeters", "an@example.com", "nl")


def message(
    template: str = "key_account", subject: str = "request/42", reason: str = "because", **more: str
) -> Message:
    return Message(
        1, f"k|{template}", NOW, "an", "mail", "nl", template, subject, "now", reason, "key-account|x", **more
    )


def rendered(
    one: Message, facts: dict[str, Value], language: str = "nl", reader: Reader = AN, fields: Fields = FIELDS
) -> Rendered:
    context = build(one, reader, facts, fields, COMPANY, RULE, language, NOW, [Link("Open", "https://lr.example/r/42")])
    return WORDING.render(one.template, language, context)


def parsed(one: Message, words: Rendered, reader: Reader = AN) -> EmailMessage:
    mail = compose(one, reader, words, "Verkoop <verkoop@werkplaats.example>", NOW, "Europe/Amsterdam")
    return email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)  # type: ignore[return-value]


def test_there_are_templates_for_the_whole_process():
    assert len(NAMES) >= 16


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("template", NAMES)
@pytest.mark.parametrize("kind", ["request", "opportunity", "contact", "account"])
def test_every_template_renders_with_all_facts_and_with_none(template: str, language: str, kind: str):
    one = message(template, f"{kind}/42")
    for facts in (dict(example(kind, SHIPPED_FIELDS, NOW)), {}):
        words = rendered(one, facts, language, fields=SHIPPED_FIELDS)
        for part in words:
            assert part.strip() and not re.search(r"None|\{\{|\{%|\}\}|undefined|[A-Z]\.[A-Z]+\b| ,|\.\.", _shown(part))
        assert "\n" not in words.subject and len(words.subject) <= 180
        assert max(map(len, words.text.splitlines())) < 200


def _shown(part: str) -> str:
    """What a reader sees: HTML without its tags."""
    return re.sub(r"<[^>]*>", "", part).replace("!DOCTYPE", "")


def test_the_context_has_exactly_what_templates_are_checked_against():
    context = build(message(), AN, {}, FIELDS, COMPANY, RULE, "nl", NOW)
    internal = {"zone", "home", "currency", "words", "outside"}
    assert set(context) - internal == set(shape_of(FIELDS))
    assert context["request"]["extra"] == {"machine_type": None}
    assert all(FIELDS.get(path) for paths in KNOWN.values() for path in paths)


def test_a_message_says_what_why_known_and_what_to_do():
    facts = {**example("request", FIELDS, NOW), "request.extra.machine_type": "lathe"}
    words = rendered(message(reason="routing/key-account: A top customer."), facts)
    assert words.subject == "Direct: topklant De Vries Machinebouw wil over voorwaarden praten"
    assert [line for line in words.text.splitlines() if line in ("Waarom je dit krijgt", "Wat er bekend is")] == [
        "Waarom je dit krijgt",
        "Wat er bekend is",
    ]
    for part in (
        "routing/key-account: A top customer.",
        "- Verwachte waarde: € 12.500",
        "- Ontvangen: vr 20 nov 2026 06:13",
        "- Belang: topklant",
        "- Machine type: lathe",
        "- Open: https://lr.example/r/42",
    ):
        assert part in words.text
    assert '<a href="https://lr.example/r/42" rel="noreferrer">Open</a>' in words.html
    assert '<html lang="nl">' in words.html


def test_links_lead_to_the_web_alone():
    links = [Link("a", "javascript:alert(1)"), Link("b", "data:text/html,x"), Link("c", "https://ok.example")]
    context = build(message(), AN, {}, FIELDS, COMPANY, None, "en", NOW, links)
    assert [link["label"] for link in context["links"]] == ["c"]


HOSTILE = [
    "a\r\nBcc: victim@example.com\r\n\r\n<p>body</p>",
    "\nSubject: other",
    "x\rX-Evil: 1",
    "<script>alert(1)</script>",
    "</td></table><h1>gotcha</h1>",
    '" onmouseover="alert(1)',
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>click</a>",
    "javascript:alert(1)",
    "<!-- <!DOCTYPE html>",
    "&lt;b&gt; &amp; &#106;",
    "{{ 7*7 }}{% for x in y %}",
    "{{ request.__class__.__mro__ }}",
    "{# comment #}",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "\u200b\ufeff\u2060",
    "\ud800 lone \udfff",
    "\x00\x07\x1b[2J",
    "x" * 100_000,
    "<b>" * 50_000,
    "é" * 100_000,
    "@everyone <!channel> <@U123>",
    "=?utf-8?q?=0d=0aBcc:_x@y?=",
    "Sanne <x@y.example>, other@example.com",
    "name\u2028Bcc: a@b\u2029x\x85y",
    "%s %(x)s {0} $x",
    "--leadrelay-boundary--\r\n",
    "\r\n.\r\nMAIL FROM:<x@y>",
    "\U000e0041\U000e0042 tags",
    "",
    "   ",
]
HEADERS = ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
HEADERS += ["X-Leadrelay-Subject", "X-Leadrelay-Template"]
TEXTS = ("account.name", "contact.name", "contact.email", "contact.phone", "request.summary", "request.product")


class Tags(html.parser.HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def tags(page: str) -> Tags:
    parser = Tags()
    parser.feed(page)
    parser.close()
    return parser


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("template", ["key_account", "nurture_mail", "overdue"])
def test_hostile_facts_are_inert_in_every_part(value: str, template: str):
    plain = dict.fromkeys(TEXTS, "plain")
    reader = Reader("an", value, "an@example.com", "nl")
    hostile = dict.fromkeys(TEXTS, value) | {"contact.lists": (value, value)}
    one = message(template, reason=value)
    words = rendered(one, {**example("request", FIELDS, NOW), **hostile}, reader=reader)
    mail = parsed(one, words, reader)

    assert not mail.defects
    assert sorted(mail.keys()) == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == ["an@example.com"]
    assert len(mail["Subject"]) <= 180 and _inert(mail["Subject"])
    raw = compose(one, reader, words, "Verkoop <verkoop@werkplaats.example>", NOW, "Europe/Amsterdam").as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) < 998 and b"\n" not in raw.replace(b"\r\n", b"")
    parts = list(mail.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in parts)
    assert all(_inert(line) for line in text.splitlines())
    assert len(text) < 60_000 and len(page) < 200_000

    safe = rendered(one, {**example("request", FIELDS, NOW), **plain, "contact.lists": ("a", "b")})
    seen, wanted = tags(page), tags(safe.html)
    rows = [("tr", ()), ("th", ("scope", "style")), ("td", ("style",))]
    assert {one for one in seen.found if one not in rows} <= {one for one in wanted.found if one not in rows}
    assert seen.links == ["https://lr.example/r/42"]
    assert "49" not in "".join(seen.text) or "7*7" not in value


def _inert(line: str) -> bool:
    """No control characters, nothing that reverses or hides, nothing that cannot be encoded."""
    line.encode("utf-8")
    return not any(
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in "\u202e\u2066\u200b" for char in line
    )


def test_facts_of_shipped_templates_are_linted_with_own_fields_too():
    assert lint(SHIPPED, SHIPPED_FIELDS) == []
