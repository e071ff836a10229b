"""Who gets in: links that were tampered with, are too old or for something else; the headers; failures; the secret."""

import string
import threading
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.clock import HOUR, SECOND
from leadrelay.errors import BadSettings
from leadrelay.links import Fault, Opened, Purpose, Signer, Ticket, signer_of
from leadrelay.settings import read_settings
from leadrelay.settings_model import Settings
from leadrelay.store.database import Database
from leadrelay.web.server import WebServer
from tests.web.world import SECRET, Ear, Site, make_project, served, text_of

TICKET = Ticket(Purpose.TAKE, "request/42", "an", "m1", 10 * HOUR)
SAFE = string.ascii_letters + string.digits + "-_."


def test_a_token_opens_for_its_own_purpose_until_it_expires() -> None:
    signer = Signer(SECRET)
    token = signer.sign(TICKET) or ""
    assert signer.open(token, 9 * HOUR, Purpose.TAKE) == Opened(TICKET, None)
    assert signer.open(token, 10 * HOUR - 1, Purpose.SNOOZE, Purpose.TAKE).fault is None
    assert signer.open(token, 10 * HOUR, Purpose.TAKE).fault is Fault.EXPIRED
    assert signer.open(token, 9 * HOUR, Purpose.SNOOZE).fault is Fault.OTHER_PURPOSE
    assert Signer(SECRET[::-1]).open(token, 9 * HOUR, Purpose.TAKE) == Opened(None, Fault.NOT_OURS)
    assert SECRET not in token


@settings(max_examples=300)
@given(st.integers(0, 400), st.sampled_from(SAFE), st.booleans())
def test_no_changed_token_opens(place: int, char: str, insert: bool) -> None:
    signer = Signer(SECRET)
    token = signer.sign(TICKET) or ""
    place %= len(token)
    changed = token[:place] + char + token[place + (not insert) :]
    found = signer.open(changed, 0, *Purpose)
    assert (found.fault is None) == (changed == token)


@given(st.text(max_size=80))
def test_no_other_text_opens(text: str) -> None:
    assert Signer(SECRET).open(text, 0, *Purpose) == Opened(None, Fault.NOT_OURS)


@given(st.sampled_from(Purpose), st.text(max_size=60), st.text(max_size=60), st.integers(0, 2**50))
def test_whatever_is_signed_is_read_back(purpose: Purpose, subject: str, holder: str, expires: int) -> None:
    ticket = Ticket(purpose, subject, holder, "m", expires // SECOND * SECOND)
    token = Signer(SECRET).sign(ticket)
    assert token is not None
    assert token.isascii()
    assert Signer(SECRET).open(token, -1, purpose) == Opened(ticket, None)


def test_what_is_too_long_has_no_link() -> None:
    assert Signer(SECRET).sign(TICKET._replace(subject="request/" + "x" * 2_000)) is None


def test_without_a_secret_there_are_no_links() -> None:
    assert signer_of(Settings()) is None


WEAK = ("x", "too little", "fifteen-letters", "aaaaaaaaaaaaaaaaaaaaaaaa", "abababababababababababab",
        "changeme-changeme", "Password-Password-2026", "1234567890123456")  # fmt: skip


@pytest.mark.parametrize("name", ["WEB__SECRET", "WEB__API_KEY", "SYSTEMS__HUBSPOT__SECRET"])
def test_what_can_be_guessed_is_refused_and_not_repeated(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leadrelay.toml").write_text("", "utf-8")
    for secret in WEAK:
        monkeypatch.setenv(f"LEADRELAY_{name}", secret)
        with pytest.raises(BadSettings, match=r"openssl rand -hex 32") as raised:
            read_settings(tmp_path)
        assert f"LEADRELAY_{name}" in str(raised.value)
        assert secret == "x" or secret not in str(raised.value)
    monkeypatch.setenv(f"LEADRELAY_{name}", SECRET)
    read_settings(tmp_path)


def _tampered(path: str) -> list[str]:
    head, _, token = path.rpartition("/")
    text, _, signature = token.partition(".")
    return [
        f"{head}/{token[:-1]}",
        f"{head}/{text}.",
        f"{head}/{text}",
        f"{head}/x{token}",
        f"{head}/{text}.{signature[::-1]}",
        f"{head}/%00%0d%0aSet-Cookie:x=1",
        f"{head}/{'A' * 4_000}",
        f"{head}/é.é",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tampered_expired_and_misused_links_are_refused_kindly(site: Site, method: str) -> None:
    before = site.stored()
    take = site.link(Purpose.TAKE)
    leave = site.link(Purpose.UNSUBSCRIBE, "contact/3", "contact/3")
    cases = [(path, 403, "not a link of ours") for path in _tampered(take) + _tampered(leave)]
    cases += [
        (site.link(Purpose.TAKE, holder="bram", lasts=-SECOND), 410, "too old to be used"),
        (site.link(Purpose.UNSUBSCRIBE, "contact/3", "contact/3", lasts=-HOUR), 410, "te oud"),
        (leave.replace("/unsubscribe/", "/act/"), 403, "voor iets anders"),
        (take.replace("/act/", "/unsubscribe/"), 403, "voor iets anders"),
    ]
    for path, status, said in cases:
        answer = site.client.request(method, path, headers={"accept-language": "en"})
        assert (answer.status_code, said in text_of(answer.text)) == (status, True), path
        assert "set-cookie" not in answer.headers
    assert site.stored() == before


@pytest.mark.parametrize(
    ("purpose", "subject", "holder", "status"),
    [(Purpose.TAKE, "request/42", "contact/3", 403), (Purpose.UNSUBSCRIBE, "request/42", "an", 404)],
)
def test_contacts_and_people_cannot_do_what_the_others_can(
    site: Site, purpose: Purpose, subject: str, holder: str, status: int
) -> None:
    before = site.stored()
    assert site.client.post(site.link(purpose, subject, holder)).status_code == status
    assert site.stored() == before


@pytest.mark.parametrize("path", ["/health", "/", "/act", "/act/x", "/unsubscribe/x", "/docs", "/openapi.json"])
def test_every_answer_has_the_headers_that_keep_it_to_itself(site: Site, path: str) -> None:
    answer = site.client.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    expected = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    assert expected.items() <= dict(answer.headers).items()
    assert "server" not in answer.headers
    assert "<script" not in answer.text
    assert "http" not in answer.text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("header", "said"),
    [("nl-BE,nl;q=0.9,en;q=0.8", "Hier is niets"), ("fr, de;q=0.5", "There is nothing"), ("", "There is nothing")],
)
def test_pages_speak_the_language_of_the_reader(site: Site, header: str, said: str) -> None:
    answer = site.client.get("/nothing", headers={"accept-language": header})
    assert (answer.status_code, said in answer.text) == (404, True)


def test_a_form_that_is_too_large_is_refused(site: Site) -> None:
    before, path = site.stored(), site.link(Purpose.NOT_INTERESTING)
    assert site.client.post(path, content=b"why=" + b"x" * 200_000).status_code == 413
    assert site.stored() == before


def test_a_locked_database_is_a_page_and_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADRELAY_WEB__SECRET", SECRET)
    project = make_project(tmp_path / "company")
    project.database.close()
    project.database = Database(project.settings.database_url, wait=0.05)
    with served(project) as site:
        path = site.link(Purpose.TAKE)
        with project.database.begin() as conn:  # another writer, which keeps its lock
            conn.exec_driver_sql("UPDATE requests SET summary = summary")
            assert site.client.get(path).status_code == 200
            answer = site.client.post(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "Nothing was changed" in answer.text
        assert site.client.post(path).status_code == 200
    project.database.close()


def test_health_needs_the_database(site: Site) -> None:
    assert site.client.get("/health").json() == {"status": "ok"}
    path = site.project.folder / "var" / "leadrelay.db"
    path.rename(path.with_suffix(".away"))
    answer = site.client.get("/health")
    path.with_suffix(".away").rename(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "sqlite" not in answer.text


def test_tokens_are_in_no_log_and_no_table(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    path = site.link(Purpose.TAKE)
    site.client.get(path)
    site.client.post(path)
    token = path.rpartition("/")[2]
    out, err = capfd.readouterr()
    kept = str(site.stored()) + out + err + "\n".join(site.ear.lines)
    assert token not in kept
    assert token.rpartition(".")[2] not in kept
    assert SECRET not in kept


def test_a_taken_address_is_said_and_does_not_end_the_thread(site: Site) -> None:
    stop, ear = threading.Event(), Ear()
    second = WebServer(site.project, ear, stop)  # the same host and port
    second.start()
    assert ear.heard.wait(20)
    assert "cannot be used: Address already in use" in ear.lines[0]
    assert second.is_alive()
    stop.set()
    second.join(20)
    assert not second.is_alive()


def test_links_are_off_without_a_secret(site: Site) -> None:
    path = site.link(Purpose.TAKE)
    web = site.project.settings.web.model_copy(update={"secret": None})
    site.project.settings = site.project.settings.model_copy(update={"web": web})
    with served(site.project) as other:
        assert "no links to act" in other.ear.lines[-1]
        assert httpx.post(str(other.client.base_url) + path, trust_env=False).status_code == 403
