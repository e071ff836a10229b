"""Hostile lead values on the pages: whatever is in them, the page has the elements it always has, and words."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from leadrelay.links import Purpose
from leadrelay.store.schema import accounts, contacts, requests
from tests.notifications.hostile import VALUES as MAIL_VALUES
from tests.web.world import Site

_FRAMES = (
    "{}",
    "a{}b",
    '"{}',
    "'{}",
    "</p>{}",
    "</title>{}",
    "<!--{}-->",
    "{}\r\nSet-Cookie: x=1",
    "&#x3c;{}",
    "]]>{}",
)
_CORES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><input name=to value=evil>',
    "' onfocus=alert(1) autofocus='",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=https://evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example>",
    "{{ 7 * 7 }}",
    "{% for x in range(9999999) %}x{% endfor %}",
    "{{ ''.__class__.__mro__ }}",
    "${7*7}",
    "@everyone <!channel>",
    "\u202egnp.exe\u202c",
    "\u2066\u200b\u2069\ufeff",
    "\x00\x07\x1b[31m\x7f",
    "\u2028\u2029\x85\x0b\x0c",
    "x" * 100_000,
    "{who}{at}{0}%s%(x)s",
    "<style>*{display:none}</style>",
    "\U000e0041\U000e0042",
    "'; DROP TABLE requests; --",
)
VALUES = (*(frame.replace("{}", core, 1) for core in _CORES for frame in _FRAMES), *MAIL_VALUES)


class _Elements(HTMLParser):
    """The elements of a page with their attributes, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", ((data, None),)))


def _put(site: Site, value: str) -> None:
    kept = value.replace("\x00", "").encode("utf-8", "replace").decode()  # no database takes the rest in a text
    with site.project.database.begin() as conn:
        conn.execute(update(accounts).values(name=kept))
        conn.execute(update(contacts).values(name=kept))
        conn.execute(update(requests).values(summary=kept))


@pytest.mark.parametrize("purpose", [Purpose.TAKE, Purpose.NOT_INTERESTING])
def test_whatever_a_lead_holds_the_page_is_the_same(site: Site, purpose: Purpose) -> None:
    assert len(VALUES) >= 200
    link = site.link(purpose)
    wanted = _Elements(site.client.get(link).text).found
    for value in VALUES:
        _put(site, value)
        answer = site.client.get(link)
        page = _Elements(answer.text)
        assert answer.status_code == 200
        assert page.found == wanted, value[:80]
        words = "".join(page.words)
        assert not any(ord(char) < 32 and char != "\n" for char in words), value[:80]
        assert not any(char in words for char in "\u202e\u202c\u2066\u2069\u200b\ufeff\u2028\u2029"), value[:80]
        assert "set-cookie" not in answer.headers
        assert len(answer.text) < 6_000


def test_a_hostile_reason_is_one_line_of_text(site: Site) -> None:
    for number, value in enumerate(VALUES[::4]):
        with site.project.database.begin() as conn:
            conn.execute(update(requests).values(status="open", outcome=None, reason=None, closed_at=None))
        why = value[:800].encode("utf-8", "replace").decode()
        link = site.link(Purpose.NOT_INTERESTING, message=f"m{number}")  # each link acts once
        assert site.client.post(link, data={"why": why}).status_code == 200
        with site.project.database.read() as conn:
            [reason] = conn.execute(requests.select().where(requests.c.id == "42")).mappings()
        assert reason["reason"].startswith("not interesting, says An Peeters"), value[:80]
        assert "\n" not in reason["reason"]
        assert len(reason["reason"]) < 300
