"""Hostile values in every field of a message, delivered to a real SMTP server and read back as a mail client does."""

import html.parser
import unicodedata
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from sqlalchemy import insert

from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.store.schema import accounts, contacts, messages, requests
from notifications.delivery import deliver
from tests.notifications.hostile import VALUES
from tests.notifications.smtp_server import PostOffice, SmtpServer
from tests.notifications.world import NOW, RULESET, SHIPPED

HEADERS = {"Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"}
HEADERS |= {"X-Leadrelay-Subject", "X-Leadrelay-Template", "List-Unsubscribe", "List-Unsubscribe-Post"}
TAGS = {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "small", "table", "tr", "th", "td", "ul", "li"}
TAGS |= {"a", "br", "strong", "em", "span", "hr"}
ATTRIBUTES = {"lang", "charset", "name", "content", "style", "scope", "href", "rel"}
OURS = "https://leads.werkplaats.example"


class Page(html.parser.HTMLParser):
    """What a page would do: its elements, attributes and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {str(value) for name, value in attrs if name in ("href", "src", "action", "background")}

    def handle_comment(self, data: str) -> None:
        self.tags.add(f"comment {data}")


def storable(value: str) -> str:
    """As intake keeps it: databases take neither lone surrogates nor zero bytes."""
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[str, EmailMessage, bytes]]]:
    """(value, mail, raw) of every value, half of them to us and half to prospects who bear the value as their name."""
    folder = tmp_path_factory.mktemp("hostile")
    database = Database(f"sqlite:///{folder}/leads.db")
    database.migrate()
    with database.begin() as conn:
        for number, value in enumerate(map(storable, VALUES)):
            one = str(number)
            conn.execute(insert(accounts).values(id=one, name=value, industry=value, tier="key"))
            person = {"name": value, "phone": value, "job_title": value, "email": f"c{one}@devries.example"}
            conn.execute(insert(contacts).values(id=one, account=one, **person))
            asked = {"summary": value, "product": value, "source": value, "referrer": value, "kind": "renewal"}
            conn.execute(
                insert(requests).values(id=one, contact=one, account=one, received_at=NOW, status="open", **asked)
            )
            conn.execute(insert(messages).values(**_message(number, value)))
    office = PostOffice()
    with SmtpServer(office) as server:
        settings = Settings.of(
            folder,
            {
                "mail": {"url": server.url, "from": "Verkoop <verkoop@werkplaats.example>"},
                "base_url": OURS,
                "web": {"secret": "a secret that is long enough to sign with"},
            },
        )
        done = deliver(database, RULESET, SHIPPED, settings, NOW, clock=lambda: NOW)
    database.close()
    assert done.as_dict()["sent"] == len(VALUES), done.as_dict()
    found = {
        str(mail["X-Leadrelay-Subject"]): (mail, raw)
        for mail, (_, raw) in zip(office.mails(), office.taken, strict=True)
    }
    yield [(value, *found[f"request/{number}"]) for number, value in enumerate(VALUES)]


def _message(number: int, value: str) -> dict[str, object]:
    to = f"contact/{number}" if number % 2 else "an"
    decision = f"key-account|request/{number}|1|0"
    about = {"subject": f"request/{number}", "decision": decision, "reason": value}
    template, language = ("key_account", "overdue", "new_request")[number % 3], ("nl", "en")[number // 2 % 2]
    how = {"language": language, "template": template, "urgency": "now"}
    return {"key": f"{decision}|key_account|{to}", "at": NOW, "to": to, **about, **how}


Delivered = list[tuple[str, EmailMessage, bytes]]


def test_there_are_enough_of_them(delivered: Delivered):
    assert len(delivered) == len(VALUES) >= 200


def test_headers_are_ours_and_go_to_one_reader(delivered: Delivered):
    for number, (value, mail, raw) in enumerate(delivered):
        what = ascii(value)[:60]
        assert not mail.defects, what
        assert set(mail.keys()) <= HEADERS and len(mail.keys()) == len(set(mail.keys())), what
        (to,) = mail["To"].addresses
        assert to.addr_spec == (f"c{number}@devries.example" if number % 2 else "an@example.com"), what
        (sender,) = mail["From"].addresses
        assert str(sender) == "Verkoop <verkoop@werkplaats.example>", what
        assert len(mail["Subject"]) <= 180 and _inert(str(mail["Subject"])), what
        assert raw.replace(b"\r\n", b"").find(b"\n") < 0 and max(map(len, raw.split(b"\r\n"))) < 998, what
        links = str(mail["List-Unsubscribe"] or "").strip()
        assert links.startswith(f"<{OURS}/") if number % 2 else not links, what


def test_the_text_part_is_text(delivered: Delivered):
    for value, mail, _ in delivered:
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert all(_inert(line) for line in text.replace("\r\n", "\n").split("\n")), ascii(value)[:60]
        assert len(text) < 60_000, ascii(value)[:60]


def test_the_page_has_our_elements_and_our_links_alone(delivered: Delivered):
    for value, mail, _ in delivered:
        page = Page(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
        assert page.tags <= TAGS, (ascii(value)[:60], page.tags - TAGS)
        assert page.attributes <= ATTRIBUTES, (ascii(value)[:60], page.attributes - ATTRIBUTES)
        assert all(link.startswith(OURS) for link in page.links), (ascii(value)[:60], page.links)


def test_nothing_is_attached(delivered: Delivered):
    for value, mail, raw in delivered:
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"], ascii(value)[:60]
        assert b"\n49\n" not in raw


def _inert(line: str) -> bool:
    """No control characters, nothing that reverses or hides, nothing that cannot be encoded."""
    line.encode("utf-8")
    return not any(
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in "\u202e\u2066\u200b\ufeff" for char in line
    )
