"""`lists`, `consent` and `push`: what they print, what they keep, and what they refuse."""

from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Run

ADD = ("--add", "contact/3", "--by", "an", "--reason", "met at the fair")


@pytest.fixture
def known(small: Path, run: Run) -> Path:
    """The small project with one contact."""
    (small / "contacts.csv").write_text("id,name,email\n3,Sanne,sanne@devries.example\n", encoding="utf-8")
    assert run("--project", small, "import", small / "contacts.csv", "--as", "contacts", "--now", NOW).code == 0
    return small


def test_a_contact_joins_and_leaves_with_reason_and_person(known: Path, run: Run) -> None:
    chosen = ("--project", known, "--now", NOW)
    assert run(*chosen, "lists", "webinar", *ADD, "--json").json["changed"] is True
    assert run(*chosen, "lists", "webinar", *ADD).out == "contact/3 was on it already: webinar.\n"
    assert run(*chosen, "lists", "--json").json["lists"] == [
        {
            "list": "webinar",
            "members": 1,
            "left": 0,
            "oldest_at": "2026-11-20T09:13:00+01:00",
            "newest_at": "2026-11-20T09:13:00+01:00",
        }
    ]
    [member] = run(*chosen, "lists", "webinar", "--json").json["members"]
    assert (member["contact"], member["reason"], member["cause"]) == ("contact/3", "met at the fair", "person an")
    assert "met at the fair" in run(*chosen, "lists", "webinar").out
    left = run(*chosen, "lists", "webinar", "--remove", "contact/3", "--by", "an", "--reason", "a mistake")
    assert left.out == "contact/3 has left webinar: a mistake (an).\n"
    [row] = run(*chosen, "export", "lists", "--format", "json").json
    assert (row["left_reason"], row["cause"]) == ("a mistake", "person an")
    changes = run(*chosen, "export", "history", "--format", "json").json
    assert [one["new"] for one in changes if one["field"] == "lists"] == [["webinar"], None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lists", "webinar", "--add", "contact/3"), "who does it and why"),
        (("lists", "webinar", "--add", "request/3", "--by", "an", "--reason", "x"), "is not a contact"),
        (("lists", "webinar", "--add", "contact/9", "--by", "an", "--reason", "x"), "There is no contact/9"),
        (("lists", "webinar", "--add", "contact/3", "--by", "zoe", "--reason", "x"), "nobody called 'zoe'"),
        (("consent", "request/3", "given", "--source", "x", "--by", "an"), "is not a contact"),
        (("consent", "contact/9", "given", "--source", "x", "--by", "an"), "There is no contact/9"),
        (("consent", "contact/3", "given", "--source", "x", "--by", "zoe"), "nobody called 'zoe'"),
        (("push", "news"), "no marketing system 'news'"),
    ],
)
def test_what_is_refused(known: Path, run: Run, arguments: tuple[str, ...], said: str) -> None:
    ran = run("--project", known, "--now", NOW, *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_consent_is_kept_with_its_source_and_a_yes_takes_back_a_no(known: Path, run: Run) -> None:
    chosen = ("--project", known, "--now", NOW)
    for said in ("objected", "given"):
        told = run(*chosen, "consent", "contact/3", said, "--source", "fair", "--by", "an", "--json").json
        assert (told["said"], told["source"], told["at"]) == (said, "fair", "2026-11-20T09:13:00+01:00")
        [row] = run(*chosen, "export", "contacts", "--format", "json").json
        assert (row["consent"], row["objected_at"] is None) == (said == "given", said == "given")
        assert (row["consent_source"], row["consent_at"]) == ("fair", "2026-11-20T09:13:00+01:00")


def test_push_without_a_system_says_so(known: Path, run: Run) -> None:
    assert "There is no marketing system" in run("--project", known, "--now", NOW, "push").out
    assert run("--project", known, "--now", NOW, "push", "--json").json == {"systems": []}


def test_who_gets_no_mail_is_said_when_it_joins_a_list(known: Path, run: Run) -> None:
    chosen = ("--project", known, "--now", NOW)
    (known / "again.csv").write_text("id,name,email\n4,Sanne,SANNE@devries.example\n", encoding="utf-8")
    assert run(*chosen, "import", known / "again.csv", "--as", "contacts").code == 0
    assert run(*chosen, "consent", "contact/3", "withdrawn", "--source", "telephone", "--by", "an").code == 0
    added = run(*chosen, "lists", "webinar", "--add", "contact/4", "--by", "an", "--reason", "met at the fair")
    assert added.out.splitlines()[-1] == "It gets no mail from it: contact/4 gave no consent."
    again = run(*chosen, "lists", "webinar", *ADD, "--json").json
    assert again["gets_no_mail"] == "contact/3 gave no consent"
