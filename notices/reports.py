"""Reports about mails of ours, written as mail servers write them (RFC 3464, RFC 5965), for providers that only call (rule S8).

So there is one way for both: `notices.bounces` reads them, wherever they came from.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from notices import machine_mail
from notices.models import Notice
from notices.outbox import one_line

_STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_NAME = re.compile(r"notice-\d{1,18}\.\d{1,18}", re.ASCII)
BOUNDARY = "report-of-a-provider"


def name_of(notice: Notice) -> str:
    """What a provider is to remember of a notice, whatever it makes of the Message-ID: `notices.bounces` finds it by this."""
    return f"notice-{notice.pk}.{int(notice.written_at.timestamp())}"


def written(*, about: str, recipient: str, said: str, complained: bool, at: datetime | None) -> bytes:
    """A report that a mail to `recipient` did not arrive, or that its reader complained about it.

    `about` is the name that we gave it (`name_of`) or its Message-ID; `said` what the other mail server answered. The
    same facts make the same bytes.
    """
    recipient, said = one_line(recipient)[:254], one_line(said)[:1000]
    kind = "feedback-report" if complained else "delivery-status"
    told = _complaint(recipient) if complained else _failure(recipient, said)
    head = [
        "Return-Path: <>",
        "From: mailer-daemon@provider.invalid",
        f"Subject: {'Complaint about' if complained else 'Not delivered:'} a mail to {recipient}",
        *([f"Date: {format_datetime(at.astimezone(UTC))}"] if at else []),
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={kind}; boundary="{BOUNDARY}"',
    ]
    parts = (
        ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", said],
        [f"Content-Type: message/{kind}", "", *told],
        ["Content-Type: text/rfc822-headers", "", f"Message-ID: {_message_id(about)}"],
    )
    body = [line for part in parts for line in (f"--{BOUNDARY}", *part, "")]
    return "\r\n".join([*head, "", *body, f"--{BOUNDARY}--", ""]).encode(errors="replace")


def _failure(recipient: str, said: str) -> list[str]:
    status = _STATUS.search(said)
    return [
        "Reporting-MTA: dns; provider.invalid",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        f"Status: {status[0] if status else '5.0.0'}",
    ]


def _complaint(recipient: str) -> list[str]:
    return ["Feedback-Type: abuse", "User-Agent: provider", "Version: 1", f"Original-Rcpt-To: {recipient}"]


def _message_id(about: str) -> str:
    """As `notices.bounces` knows it: our names get our host."""
    return f"<{about}@{machine_mail.own_host()}>" if _NAME.fullmatch(about) else one_line(about)[:255]
