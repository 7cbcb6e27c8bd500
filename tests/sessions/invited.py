"""The mails about a session as they go over the wire, taken apart as a calendar program does."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from django.core import mail
from icalendar import Calendar

from notices import delivery


@dataclass(frozen=True)
class Mail:
    """One mail: who gets it, and its bytes as SMTP sends them."""

    to: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """As mail programs read it."""
        return message_from_bytes(self.raw, policy=policy.SMTP)

    @property
    def part(self) -> Any:
        """What calendar programs look for."""
        return next((part for part in self.message.walk() if part.get_content_type() == "text/calendar"), None)

    @property
    def ics(self) -> bytes:
        """The calendar object, byte for byte."""
        assert self.part is not None
        return bytes(self.part.get_payload(decode=True))

    @property
    def calendar(self) -> Any:
        return Calendar.from_ical(self.ics)

    @property
    def event(self) -> Any:
        (event,) = self.calendar.walk("VEVENT")
        return event

    @property
    def told(self) -> tuple[str, str, int, str]:
        """Who is told to do what, at which SEQUENCE, and what is the STATUS then."""
        return self.to.split("@")[0], str(self.calendar["method"]), int(self.event["sequence"]), str(self.event["status"])


def sent(*, at: datetime) -> list[Mail]:
    """What goes out now, by whom it is for."""
    mail.outbox.clear()
    delivery.deliver_due(at=at)
    mails = [Mail(message.to[0], message.message().as_bytes(linesep="\r\n")) for message in mail.outbox]
    return sorted(mails, key=lambda mail: mail.to)


def invitations(mails: list[Mail]) -> list[tuple[str, str, int, str]]:
    """Who is told what, of those mails that carry something for calendars."""
    return [mail.told for mail in mails if mail.part is not None]
