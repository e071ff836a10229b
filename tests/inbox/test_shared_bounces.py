"""The 297 bounce mails of ../shared/data/bounces, each classified; docs/inbox.md has the same figures."""

from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from notifications.inbox.classify import classify
from notifications.inbox.verdict import Kind

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "bounces"
DOCS = Path(__file__).parents[2] / "docs" / "inbox.md"
NOT_BOUNCES = {"is-not-bounce-01", "is-not-bounce-02"}
UNRECOGNISED = {"lhost-fml-03", "lhost-sendmail-14"}
"""A mailing list's warning of a loop, and a report that a person forwarded by hand."""
HARD = "postfix-02 postfix-04 postfix-57 sendmail-01 sendmail-15 sendmail-22 sendmail-42 exim-02 exim-05 exim-61"
SOFT = "postfix-08 postfix-39 postfix-63 postfix-70 sendmail-05 sendmail-07 sendmail-12 sendmail-38 exim-01 exim-55"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="needs ../shared/data/bounces"),
]


def kinds() -> dict[str, Kind]:
    return {file.stem: classify(message_from_bytes(file.read_bytes())).kind for file in sorted(FOLDER.glob("*.eml"))}


def test_each_is_classified() -> None:
    found = kinds()
    assert len(found) == 297
    assert {name for name, kind in found.items() if kind is Kind.MAIL} == NOT_BOUNCES | UNRECOGNISED
    assert {name for name, kind in found.items() if kind is Kind.COMPLAINT} == {
        n for n in found if n.startswith("arf-")
    }
    assert {name for name, kind in found.items() if kind is Kind.AUTO_REPLY} == {n for n in found if "rfc3834" in n}
    assert {name for name, kind in found.items() if kind is Kind.DELIVERED} == {"rfc3464-28"}
    assert {found[f"lhost-{name}"] for name in HARD.split()} == {Kind.HARD_BOUNCE}
    assert {found[f"lhost-{name}"] for name in SOFT.split()} == {Kind.SOFT_BOUNCE}


def test_the_docs_have_these_figures() -> None:
    counts, docs = Counter(kinds().values()), DOCS.read_text("utf-8")
    for kind, number in counts.items():
        assert f"| {kind.value} | {number} |" in docs


def test_bounces_say_whom_they_are_about() -> None:
    without = []
    for file in sorted(FOLDER.glob("*.eml")):
        report = classify(message_from_bytes(file.read_bytes()))
        if report.kind in (Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE) and not report.recipients:
            without.append(file.stem)
    assert without == []
