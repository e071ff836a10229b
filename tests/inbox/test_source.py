"""Where mail comes in: maildir, mbox, .eml files and a real IMAP server; and what is said when it cannot be read."""

import json
import mailbox
from pathlib import Path

import pytest

from leadrelay.cli import main
from leadrelay.errors import BadInbox
from notifications.inbox.source import mails
from tests.inbox.imap_server import PASSWORD, USER, imap_server
from tests.inbox.world import bounce, mail
from tests.notifications.world import NOW
from tests.web.world import make_project

TWO = [mail("a@b.example", "One"), mail("c@d.example", "Two")]


def subjects(source: str) -> list[bytes]:
    return sorted(line for raw in mails(source, NOW, 30) for line in raw.splitlines() if line.startswith(b"Subject"))


def test_files_of_every_form(tmp_path: Path) -> None:
    folder, maildir, mbox = tmp_path / "eml", tmp_path / "maildir", tmp_path / "mbox"
    folder.mkdir()
    (folder / ".hidden").write_bytes(b"Subject: no")
    box, old = mailbox.Maildir(maildir), mailbox.mbox(mbox)
    for number, raw in enumerate(TWO):
        (folder / f"{number}.eml").write_bytes(raw)
        box.add(raw)
        old.add(raw)
    old.close()
    for source in (folder, maildir, mbox):
        assert subjects(str(source)) == [b"Subject: One", b"Subject: Two"], source
    assert subjects(str(folder / "0.eml")) == [b"Subject: One"]


def test_imap_is_read_and_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADRELAY_IMAP_PASSWORD", PASSWORD)
    monkeypatch.setenv("LEADRELAY_IMAP_USER", USER)
    with imap_server(TWO) as server:
        assert subjects(f"imap://127.0.0.1:{server.server_address[1]}/INBOX") == [b"Subject: One", b"Subject: Two"]
    verbs = [command.upper().split()[:2] for command in server.asked]
    assert [first for first, *_ in verbs] == ["CAPABILITY", "LOGIN", "EXAMINE", "UID", "UID", "UID", "LOGOUT"]
    assert "SINCE 21-Oct-2026" in server.asked[3]
    assert all("BODY.PEEK" in command for command in server.asked if "FETCH" in command.upper())


@pytest.mark.parametrize(
    ("password", "path", "said"),
    [("wrong", "/INBOX", "wrong password"), (PASSWORD, "/Nothing", "the folder 'Nothing' cannot be opened")],
)
def test_what_imap_refuses_is_said_without_secrets(
    monkeypatch: pytest.MonkeyPatch, password: str, path: str, said: str
) -> None:
    monkeypatch.setenv("LEADRELAY_IMAP_PASSWORD", password)
    with imap_server([]) as server, pytest.raises(BadInbox) as raised:
        list(mails(f"imap://{USER}:hush@127.0.0.1:{server.server_address[1]}{path}", NOW, 30))
    assert said in str(raised.value)
    assert password not in str(raised.value).replace("wrong password", "")
    assert "hush" not in str(raised.value)


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    for source in (str(tmp_path / "nothing"), "imap://127.0.0.1:1/INBOX"):
        with pytest.raises(BadInbox):
            list(mails(source, NOW, 30))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, box = tmp_path / "company", tmp_path / "in"
    make_project(project).database.close()
    box.mkdir()
    (box / "1").write_bytes(bounce("who@else.example"))
    arguments = ["inbox", str(box), "--project", str(project), "--now", "2026-11-20 09:13"]
    assert main(arguments) == 0
    assert "1 read: 1 hard_bounce" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["read"], printed["counts"]) == (1, {"hard_bounce": 1})
    assert printed["mails"][0]["recipients"] == ["who@else.example"]
    assert main(["inbox", str(tmp_path / "none"), *arguments[2:]]) == 2
    assert "there is no such file or folder" in capsys.readouterr().err
