"""What is one mailbox, however it was written."""

import pytest

from leadrelay.leads.mailbox import mailbox_of


@pytest.mark.parametrize(
    "written",
    [
        "jan@bücher.example",
        " JAN@Bücher.Example ",
        "jan@xn--bcher-kva.example",
        "Jan@BÜCHER.EXAMPLE.",
        "jan@bu\u0308cher.example",
        "Jan <jan@bücher.example>",
        '"Jan, de" <JAN@bücher.example>',
        "mailto:jan@bücher.example",
        "ｊａｎ@bücher.example",
        "jan@bücher\u3002example",
        "\u200bjan@bücher.example\u00a0",
    ],
)
def test_one_mailbox_however_it_is_written(written: str) -> None:
    assert mailbox_of(written) == "jan@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("written", "mailbox"),
    [
        ("jan+news@x.nl", "jan+news@x.nl"),
        ("j.an@x.nl", "j.an@x.nl"),
        ("jan@sub.x.nl", "jan@sub.x.nl"),
        ("", ""),
        ("  ", ""),
        ("no address", "no address"),
        ("a@b@c.nl", "a@b@c.nl"),
        ("jan@" + "x" * 70 + ".nl", "jan@" + "x" * 70 + ".nl"),
    ],
)
def test_what_is_another_mailbox_or_none(written: str, mailbox: str) -> None:
    assert mailbox_of(written) == mailbox
