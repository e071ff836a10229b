"""What `inbox` shows of each mail: whom it is about and why, never an empty cell."""

from email.message import EmailMessage

import pytest

from notifications.inbox.classify import classify
from notifications.inbox.take import Taken
from notifications.inbox.verdict import Kind, Report


def mail(subject: str, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Jan <jan@acme.example>"
    made["Subject"] = subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("x")
    return made


@pytest.mark.parametrize(
    ("report", "about", "whom", "told"),
    [
        (classify(mail("Re: your offer")), [], "jan@acme.example", "Re: your offer"),
        (classify(mail("Away", Auto_Submitted="auto-replied")), ["contact/7"], "contact/7", "Away"),
        (Report(Kind.HARD_BOUNCE, ("a@b.example",), "5.1.1 unknown"), ["contact/7"], "a@b.example", "5.1.1 unknown"),
        (Report(Kind.DELIVERED, ("a@b.example",), "", "RFC 3464"), [], "a@b.example", "Re: your offer"),
    ],
)
def test_whom_and_why(report: Report, about: list[str], whom: str, told: str) -> None:
    subject = "Away" if report.kind is Kind.AUTO_REPLY else "Re: your offer"
    taken = Taken("x", report, about, "noted", "jan@acme.example", subject)
    assert (taken.whom, taken.told) == (whom, told)
