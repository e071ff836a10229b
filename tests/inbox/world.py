"""Mails that come in, written out as servers and people write them."""

from email.message import EmailMessage

from notifications.mail import digest
from notifications.message import Message


def bounce(
    to: str,
    status: str = "5.1.1",
    said: str = "550 5.1.1 User unknown",
    original: str = "<x@y.example>",
    action: str = "failed",
) -> bytes:
    """A report by RFC 3464 about a mail to `to`, with the Message-ID of that mail."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: verkoop@werkplaats.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{to}-{status}@mx.example>
Date: Fri, 20 Nov 2026 09:00:00 +0100
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--B
Content-Type: text/rfc822-headers

From: verkoop@werkplaats.example
To: {to}
Message-ID: {original}

--B--
""".encode()


def complaint(to: str, original: str) -> bytes:
    """An abuse report."""
    return f"""\
From: fbl@provider.example
To: abuse@werkplaats.example
Subject: Email Feedback Report
Message-ID: <arf-1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{to}>

--B
Content-Type: text/rfc822-headers

Message-ID: {original}

--B--
""".encode()


def mail(
    sender: str,
    subject: str = "Re: lathes",
    to: str = "verkoop@werkplaats.example",
    said: str = "Yes, please call me.",
    **headers: str,
) -> bytes:
    """A mail that somebody wrote, or their program."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{abs(hash((sender, subject, to)))}@mail.example>"
    message["Date"] = "Fri, 20 Nov 2026 09:05:00 +0100"
    for name, text in headers.items():
        message[name.replace("_", "-")] = text
    message.set_content(said)
    return message.as_bytes()


def id_of(key: str) -> str:
    """The Message-ID of the message with this key."""
    one = Message(0, key, 0, "", "mail", "en", "", "", "now", "", "r|request/1|1|0")
    return f"<{digest(one)[:32]}@werkplaats.example>"
