"""`person`: other addresses of a contact, what is held about somebody, and forgetting them."""

from pathlib import Path

import pytest

from tests.cli.conftest import NOW, REQUESTS, Run


@pytest.fixture
def known(small: Path, run: Run) -> Path:
    """The small project with one contact."""
    (small / "contacts.csv").write_text("id,name,email\n3,Sanne de Vries,sanne@devries.example\n", encoding="utf-8")
    assert run("--project", small, "import", small / "contacts.csv", "--as", "contacts", "--now", NOW).code == 0
    return small


def test_a_second_address_is_kept_or_refused(known: Path, run: Run) -> None:
    chosen = ("--project", known, "--now", NOW)
    assert run(*chosen, "person", "address").out == "No address waits to be judged.\n"
    said = ("person", "address", "contact/3", "Sanne@home.example", "--by", "an")
    kept = run(*chosen, *said, "--keep", "--json").json
    assert kept == {"addresses": [{"contact": "contact/3", "address": "Sanne@home.example", "state": "kept"}]}
    refused = run(*chosen, *said, "--refuse", "--json").json
    assert [one["state"] for one in refused["addresses"]] == ["refused"]
    assert "contact/3" in run(*chosen, "person", "address", "contact/3").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("account/3", "a@b.nl", "--keep", "--by", "an"), "contact/3"),
        (("contact/9", "a@b.nl", "--keep", "--by", "an"), "contact/9"),
        (("contact/3", "no address", "--keep", "--by", "an"), "is no e-mail address"),
        (("contact/3", "a@b.nl", "--keep", "--by", "nobody"), "nobody"),
        (("contact/3", "a@b.nl"), "Whose is it?"),
    ],
)
def test_what_is_refused_says_why(known: Path, run: Run, words: tuple[str, ...], told: str) -> None:
    done = run("--project", known, "--now", NOW, "person", "address", *words)
    assert done.code == 2 and told in done.err


ADDRESS = "jan@groot.example"


@pytest.fixture
def asked(small: Path, run: Run) -> Path:
    """The small project after its first requests: mails written, a row rejected, a mail come in."""
    (small / "inbox").mkdir()
    rows = REQUESTS + f'4,no time,phone,other,"Call Jan,\nplease",{ADDRESS},Jan de Groot,Groot BV,250\n'
    (small / "inbox" / "requests.csv").write_text(rows, encoding="utf-8")
    assert run("--project", small, "import", small / "inbox" / "requests.csv", "--now", NOW).code in (0, 1)
    reply = f"From: Jan <{ADDRESS}>\r\nTo: us@example.com\r\nSubject: hi\r\nMessage-ID: <1@x>\r\n\r\nCall me.\r\n"
    (small / "inbox" / "reply.eml").write_text(reply, encoding="utf-8")
    assert run("--project", small, "inbox", small / "inbox", "--now", NOW).code == 0
    assert run("--project", small, "run", "--now", NOW).code == 0
    return small


def holding(folder: Path, address: str = ADDRESS) -> list[str]:
    """Every file below a folder with the address in it, its bytes looked at, also those of the database and its log."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if address.encode() in path.read_bytes().lower())


def test_show_has_everything_and_forget_leaves_no_byte(asked: Path, run: Run) -> None:
    chosen = ("--project", asked, "--now", NOW)
    there = set(holding(asked))
    assert {"requests.csv", "reply.eml"} <= there
    assert any(name.startswith("leadrelay.db") for name in there)  # the file itself, or its log
    shown = run(*chosen, "person", "show", ADDRESS.upper()).json
    assert shown["requests"] == ["1"] and shown["tables"]["requests"][0]["summary"] == "A lathe"
    assert "inbox/requests.csv" in shown["files"] and shown["tables"]["activities"]
    before = run(*chosen, "report", "forecast", "--json").json
    planned = run(*chosen, "person", "forget", ADDRESS, "--by", "an", "--dry-run", "--json").json
    assert planned["rows"]["requests"] == 1 and holding(asked)
    done = run(*chosen, "person", "forget", ADDRESS, "--by", "an", "--json")
    assert done.code == 0 and holding(asked) == []
    assert "inbox/reply.eml" in done.json["files"]["removed"]
    assert any("keyed hash" in line for line in done.json["stays"])
    kept = (asked / "inbox" / "requests.csv").read_text(encoding="utf-8")
    assert "piet@klein.example" in kept and kept.startswith("id,received_at") and "please" not in kept
    assert run(*chosen, "report", "forecast", "--json").json == before
    assert run(*chosen, "audit").code == 0
    assert run(*chosen, "run").code == 0 and holding(asked) == []


def test_who_was_forgotten_is_not_brought_back_by_a_file_but_may_come_back(asked: Path, run: Run) -> None:
    chosen = ("--project", asked, "--now", NOW)
    assert run(*chosen, "person", "forget", ADDRESS, "--by", "an").code == 0
    again = asked / "again.csv"
    again.write_text(f"id,name,email\n9,Jan,{ADDRESS.upper()}\n", encoding="utf-8")
    done = run(*chosen, "import", again, "--as", "contacts", "--json")
    assert done.code == 1 and "asked to be forgotten" in done.json["rejections"][0]["reason"]
    assert done.json["rejections"][0]["value"] == "" and not (asked / "again.csv.rejected.csv").exists()
    old = asked / "old.csv"
    old.write_text(f"id,received_at,summary,contact.email\n7,2026-11-01 09:00,A mill,{ADDRESS}\n", encoding="utf-8")
    assert run(*chosen, "import", old).code == 1
    new = asked / "new.csv"
    new.write_text(f"id,received_at,summary,contact.email\n8,2026-11-21 09:00,A mill,{ADDRESS}\n", encoding="utf-8")
    later = ("--project", asked, "--now", "2026-11-21 10:00")
    assert run(*later, "import", new).code == 0
    assert run(*later, "person", "show", ADDRESS).json["said"].keys() == {"objected_at", "forgotten_at"}
    assert run(*later, "person", "remember", ADDRESS, "--by", "an").code == 0
    assert run(*later, "import", again, "--as", "contacts").code == 0
    assert run(*later, "person", "show", ADDRESS).json["said"].keys() == {"objected_at"}
    assert run(*later, "person", "remember", ADDRESS, "--by", "an").code == 2


def test_a_system_that_cannot_be_told_stops_it_and_rules_that_name_them_are_told(
    asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWS_TOKEN", "a-token-of-the-tests")
    with (asked / "leadrelay.toml").open("a", encoding="utf-8") as file:
        file.write('\n[marketing.news]\nkind = "webhook"\nurl = "http://127.0.0.1:9"\nsecret_env = "NEWS_TOKEN"\n')
    chosen = ("--project", asked, "--now", NOW)
    contact = run(*chosen, "person", "show", ADDRESS).json["contacts"][0]
    joins = ("lists", "news", "--add", f"contact/{contact}", "--by", "an", "--reason", "asked")
    assert run(*chosen, *joins).code == 0
    refused = run(*chosen, "person", "forget", ADDRESS, "--by", "an")
    assert refused.code == 2 and "Nothing was erased" in refused.err and holding(asked)
    assert run(*chosen, "person", "show", ADDRESS).json["said"].keys() == {"objected_at"}
    done = run(*chosen, "person", "forget", ADDRESS, "--by", "an", "--anyway", "--json")
    assert done.code == 0 and any("could not be told" in line for line in done.json["todo"])
    assert holding(asked) == []


def test_an_address_that_is_none_is_refused(asked: Path, run: Run) -> None:
    assert run("--project", asked, "person", "forget", "jan", "--by", "an").code == 2
