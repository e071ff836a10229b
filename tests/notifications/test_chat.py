"""Chat channels through Apprise's own plugins, against a real HTTP server: what is posted, and what failures become."""

import json
import logging
import ssl
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from leadrelay.clock import MINUTE
from leadrelay.leads.team import Team
from leadrelay.rulebook.sandbox import Rendered
from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from notifications import carriers
from notifications.audience import Reader
from notifications.chat import ChatCarrier
from notifications.chat_text import CUT, cut_to, for_chat
from notifications.delivery import deliver
from notifications.message import Message
from notifications.outcome import Fate
from notifications.parcel import Parcel
from tests.notifications.hostile import VALUES
from tests.notifications.http_server import HANG_UP, HttpServer
from tests.notifications.world import NOW, RULESET, SHIPPED, TEAM, fill, states

TOKEN = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7Q"
NO_CONNECTION = "http://127.0.0.1:9"


def slack(url: str) -> ChatCarrier:
    carrier = ChatCarrier(f"slack://{TOKEN}/#alerts")
    carrier.plugin.webhook_url = f"{url}/services"
    return carrier


def telegram(url: str) -> ChatCarrier:
    carrier = ChatCarrier("tgram://123456789:abcdefg_hijklmnop/12315544/?detect=no")
    carrier.plugin.notify_url = f"{url}/bot"
    return carrier


def local(scheme: str, rest: str) -> Callable[[str], ChatCarrier]:
    return lambda url: ChatCarrier(f"{scheme}://{url.removeprefix('http://')}{rest}")


CHANNELS: dict[str, Callable[[str], ChatCarrier]] = {
    "slack": slack,
    "telegram": telegram,
    "ntfy": local("ntfy", "/alerts"),
    "webhook": local("json", "/hook?+x-key=s3cret"),
}


def parcel(text: str, subject: str = "Key account De Vries wants to talk") -> Parcel:
    message = Message(1, "k|1", NOW, "an", "mail", "en", "key_account", "request/42", "now", "why", "r|request/42|1|0")
    return Parcel(message, Reader("an", "An", "an@example.com"), Rendered(subject, text, ""), "a@b.example", NOW, "UTC")


def words(posted: Any) -> list[str]:
    """Every text in a request, wherever its channel puts it."""
    found = [urllib.parse.unquote(value) for name, value in posted.headers.items() if name in ("title", "x-title")]
    try:
        return found + list(_texts(json.loads(posted.body)))
    except ValueError:
        return [*found, posted.body.decode()]


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


@pytest.mark.parametrize("name", CHANNELS)
def test_what_arrives(name: str):
    with HttpServer() as server:
        carrier = CHANNELS[name](server.url)
        assert carrier.deliver(parcel("What is known\n- Value: € 12.500\n\nGo to\n- Open: https://lr.example/r/42\n"),
                               lambda: True).fate is Fate.ACCEPTED  # fmt: skip
    (posted,) = server.posted
    told = "\n".join(words(posted))
    assert "Key account De Vries wants to talk" in told
    assert "€ 12.500" in told and "https://lr.example/r/42" in told


def test_teams_which_is_reached_over_https_alone(certificate: tuple[Path, ssl.SSLContext]):
    ca, context = certificate
    with HttpServer(certificate=context) as server:
        carrier = ChatCarrier(f"workflows://127.0.0.1:{server.port}/WORKFLOWID/SIGNATURE/")
        assert carrier.deliver(parcel("x"), lambda: True).fate is Fate.UNREACHED  # nobody vouches for the certificate
        carrier.plugin.verify_certificate = str(ca)
        values = VALUES[::8]
        for value in values:
            text = f"- Question: {value}\n\n- Open: https://lr.example/r/42\n"
            assert carrier.deliver(parcel(text, value or "-"), lambda: True).fate is Fate.ACCEPTED
    assert len(server.posted) == len(values)
    for posted in server.posted:
        told = "\n".join(words(posted)).lower().replace("\\", "")  # Apprise 2 escapes signs of Markdown by itself
        assert len(posted.body) < 6_000 and "https://lr.example/r/42" in told
        assert not any(bad in told for bad in (*FORBIDDEN, "@everyone", "@channel"))


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (400, Fate.PERMANENT),
        (401, Fate.PERMANENT),
        (404, Fate.PERMANENT),
        (302, Fate.PERMANENT),
        (408, Fate.TEMPORARY),
        (425, Fate.TEMPORARY),
        (429, Fate.TEMPORARY),
        (500, Fate.TEMPORARY),
        (503, Fate.TEMPORARY),
        (HANG_UP, Fate.UNKNOWN),
    ],
)
def test_what_the_server_answers_is_what_becomes_of_it(name: str, status: int, fate: Fate):
    with HttpServer(lambda path: status) as server:
        outcome = CHANNELS[name](server.url).deliver(parcel("x"), lambda: True)
    assert outcome.fate is fate
    assert len(server.posted) == 1, "tried once, and no redirect followed"


@pytest.mark.parametrize("name", CHANNELS)
def test_a_server_that_is_not_there_was_not_reached(name: str):
    outcome = CHANNELS[name](NO_CONNECTION).deliver(parcel("x"), lambda: True)
    assert (outcome.fate, outcome.broken) == (Fate.UNREACHED, True)


def test_what_is_not_ours_any_more_does_not_go():
    with HttpServer() as server:
        assert CHANNELS["webhook"](server.url).deliver(parcel("x"), lambda: False).fate is Fate.UNREACHED
    assert server.posted == []


FORBIDDEN = ("<!", "<@", "<#", "<http", "<b", "<script", "<at>", "<img", "<a ", "](", "][", "\u202e", "\u200b", "\x1b")


@pytest.mark.parametrize("name", CHANNELS)
def test_hostile_values_call_nobody_and_are_no_markup(name: str):
    assert len(VALUES) >= 200
    with HttpServer() as server:
        carrier = CHANNELS[name](server.url)
        for value in VALUES:
            mail = parcel(
                f"What is known\n- Question: {value}\n\nGo to\n- Open: https://lr.example/r/42\n", value or "-"
            )
            assert carrier.deliver(mail, lambda: True).fate is Fate.ACCEPTED, ascii(value)[:60]
    assert len(server.posted) == len(VALUES), "one message each, however long"
    for value, posted in zip(VALUES, server.posted, strict=True):
        assert len(posted.body) < 20_000, ascii(value)[:60]
        assert {one for one in posted.headers if "evil" in one or one == "bcc"} == set()
        for text in words(posted):
            text.encode()
            shown = text.replace("&lt;", "‹").replace("&gt;", "›") if name == "telegram" else text
            assert not any(bad in shown.lower().replace("<b>", "").replace("</b>", "") for bad in FORBIDDEN), ascii(
                value
            )
            assert "@everyone" not in text and "@channel" not in text and "@here" not in text, ascii(value)[:80]
        assert "https://lr.example/r/42" in "".join(words(posted)), ascii(value)[:60]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:30])
def test_text_for_chat_is_inert(value: str):
    text = for_chat(value)
    text.encode()
    assert not set("<>`\r\u202e\u200b\x00\x1b") & set(text)
    assert "](" not in text and for_chat(text) == text
    assert len(cut_to(text, 1_000).encode()) <= 1_000


def test_addresses_of_people_stay_what_they_are():
    assert for_chat("an@example.com and @here") == "an@example.com and ＠here"


def test_a_cut_keeps_the_links_at_the_end():
    text = "a" * 5_000 + "\n- Open: https://lr.example/r/42\n"
    short = cut_to(text, 2_000)
    assert CUT in short and short.endswith("https://lr.example/r/42\n") and len(short.encode()) <= 2_000


def settings(folder: Path, **channels: str) -> Settings:
    return Settings.of(folder, {"company": {"name": "W", "language": "nl"}, "channels": channels})


def run(database: Database, folder: Path, now: int = NOW, **channels: str) -> dict[str, Any]:
    people = {**TEAM.people, "an": replace(TEAM.people["an"], channels=(("now", "hook"),))}
    ruleset = replace(RULESET, team=Team(people))
    return deliver(database, ruleset, SHIPPED, settings(folder, **channels), now, clock=lambda: now).as_dict()


def ways(database: Database) -> list[tuple[str, str]]:
    with database.read() as conn:
        return [(row[0], row[1]) for row in conn.execute(select(messages.c.state, messages.c.channel))]


def test_now_by_chat_and_the_rest_by_mail(database: Database, tmp_path: Path):
    fill(database, "an", "bram", "contact/3")
    fill(database, "an", urgency="digest")
    with HttpServer() as server:
        run(database, tmp_path, hook=server.url.replace("http", "json") + "/x")
    assert ways(database) == [("sent", "hook"), ("sent", "mail"), ("sent", "mail"), ("sent", "mail")]
    assert len(server.posted) == 1 and len(list((tmp_path / "var/mail").iterdir())) == 3


@pytest.mark.parametrize("url", ["", "nonsense://s3cret", "json://127.0.0.1:{port}/gone/s3cret"])
def test_what_a_channel_will_never_take_goes_by_mail(sqlite_database: Database, tmp_path: Path, url: str):
    fill(sqlite_database, "an")
    with HttpServer(lambda path: 410) as server:
        channels = {"hook": url.format(port=server.port)} if url else {}
        assert run(sqlite_database, tmp_path, **channels)["sent"] == 1
    assert ways(sqlite_database) == [("sent", "mail")]
    error = states(sqlite_database)[0][2]
    assert error is None if not url else "by mail instead" in str(error) and "s3cret" not in str(error)


def test_a_channel_that_is_down_is_waited_for_while_mail_goes(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, "an", "an", "bram")
    done = run(sqlite_database, tmp_path, hook="json://127.0.0.1:9/x")
    assert (done["sent"], done["failed"]) == (1, 2)
    with HttpServer() as server:
        run(sqlite_database, tmp_path, NOW + 2 * MINUTE, hook=server.url.replace("http", "json"))
    assert len(server.posted) == 2
    assert {state for state, _ in ways(sqlite_database)} == {"sent"}


def test_an_answer_that_never_comes_is_asked_for_once_more(sqlite_database: Database, tmp_path: Path):
    fill(sqlite_database, "an")
    with HttpServer(lambda path: HANG_UP) as server:
        hook = server.url.replace("http", "json")
        run(sqlite_database, tmp_path, hook=hook)
        assert ways(sqlite_database)[0][0] == "failed"
        run(sqlite_database, tmp_path, NOW + 5 * MINUTE, hook=hook)
    assert len(server.posted) == 2
    assert ways(sqlite_database)[0][0] == "unknown"


SECRETS = ("hush-hush", "s3cret-path", "T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7Q")


def test_secrets_appear_nowhere(sqlite_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    fill(sqlite_database, "an", "bram")
    mail = "smtp://robot:hush-hush@127.0.0.1:9?timeout=0.2&starttls=no"
    summaries = []
    with HttpServer(lambda path: 500) as server:
        hook = server.url.replace("http://", "json://robot:hush-hush@") + "/s3cret-path"
        for number, url in enumerate((hook, "json://robot:hush-hush@127.0.0.1:9/s3cret-path", f"slack://{TOKEN}/%%")):
            project = Settings.of(
                tmp_path, {"channels": {"hook": url}, "mail": {"url": mail}, "company": {"language": "nl"}}
            )
            people = {**TEAM.people, "an": replace(TEAM.people["an"], channels=(("now", "hook"),))}
            now = NOW + number * 60 * MINUTE
            done = deliver(
                sqlite_database, replace(RULESET, team=Team(people)), SHIPPED, project, now, clock=lambda: NOW
            )
            summaries.append(json.dumps(done.as_dict(), default=str))
            summaries.append(f"{project} {project!r} {carriers.Carriers(project)}")
    with sqlite_database.read() as conn:
        rows = json.dumps([list(row) for row in conn.exec_driver_sql("SELECT * FROM messages")], default=str)
    everything = "\n".join([caplog.text, rows, *summaries])
    everything += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    assert "cannot be used" in rows and "hook" in json.dumps(summaries)
    assert not [secret for secret in SECRETS if secret in everything]


def test_apprise_and_the_http_library_are_heard_by_nobody_else(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    before = [(logging.getLogger(name).level, logging.getLogger(name).propagate) for name in ("apprise", "urllib3")]
    with HttpServer(lambda path: 500) as server:
        slack(server.url).deliver(parcel("x"), lambda: True)
    assert caplog.text == ""
    after = [(logging.getLogger(name).level, logging.getLogger(name).propagate) for name in ("apprise", "urllib3")]
    assert before == after
