"""`person`: other addresses of a contact, what is held about somebody, and forgetting them."""

from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Run


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
