"""Answers to invitations, in the shapes in which well-known calendar programs mail them. All bytes are of our own making."""

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sessions.models import Attendee, CalendarObject, Session, Side
from tests.cast import NOON, Cast, Client
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_session

ROLF = "rolf@acme.example"


@dataclass(frozen=True)
class Said:
    """What an answer says, and from whom the mail claims to be."""

    uid: str
    partstat: str = "ACCEPTED"
    address: str = ROLF
    sender: str = ""
    sequence: str = "0"
    stamp: str = "20261118T110500Z"
    method: str = "REPLY"

    def but(self, **other: str) -> "Said":
        return replace(self, **other)


def an_invited_session(cast: Cast, client: Client, *, starts_at: datetime = TUESDAY, sequence: int = 0, **columns) -> Session:
    """A session on Tuesday to which Rolf, Anna and Tessa are invited."""
    session = a_session(cast, client, starts_at=starts_at, **columns)
    CalendarObject.objects.create(session=session, sequence=sequence)
    invited = ((client.requester, Side.CLIENT), (client.approver, Side.CLIENT), (cast.tessa.person, Side.TECHNICIAN))
    for person, side in invited:
        Attendee.objects.create(session=session, person=person, side=side, address=person.email, sequence=sequence)
    return session


def said(session: Session, **other: str) -> Said:
    return Said(uid=f"{session.calendar_object.uid}@provider.example").but(**other)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def later(minutes: int) -> str:
    """A stamp so many minutes after NOON."""
    return stamp(NOON + timedelta(minutes=minutes))


def gmail(it: Said) -> bytes:
    attendee = f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={it.partstat};CN=\r\n Rolf;X-NUM-GUESTS=0:mailto:{it.address}"
    calendar = _calendar(
        it,
        "-//Google Inc//Google Calendar 70.9054//EN",
        f"DTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\n{attendee}\r\nCREATED:20261118T100000Z\r\n"
        "DESCRIPTION:See you\\, there.\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE",
    )
    inner = _parts(
        "00alt",
        ('text/plain; charset="UTF-8"; format=flowed; delsp=yes', _base64("Rolf has answered.")),
        ('text/html; charset="UTF-8"', "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Rolf has =\r\nanswered.</p>"),
        (f'text/calendar; charset="UTF-8"; method={it.method}', f"Content-Transfer-Encoding: 7bit\r\n\r\n{calendar}"),
    )
    body = _parts(
        "00mix",
        ('multipart/alternative; boundary="00alt"', f"\r\n{inner}"),
        ('application/ics; name="invite.ics"', 'Content-Disposition: attachment; filename="invite.ics"\r\n' + _base64(calendar)),
    )
    return _mail(it, 'multipart/mixed; boundary="00mix"', body, "Sender: Google Calendar <calendar-notification@google.example>")


def outlook(it: Said) -> bytes:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\n"
        "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
        "DTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\n"
        "END:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
    )
    calendar = _calendar(
        it,
        "Microsoft Exchange Server 2010",
        f"ATTENDEE;PARTSTAT={it.partstat};CN=Rolf Testsson:MAILTO:{it.address}\r\nCOMMENT;LANGUAGE=en-US:\\n\r\nCLASS:PUBLIC\r\n"
        "PRIORITY:5\r\nDTSTART;TZID=W. Europe Standard Time:20261124T090000\r\nDTEND;TZID=W. Europe Standard Time:20261124T100000\r\n"
        "TRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\nLOCATION;LANGUAGE=en-US:\r\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\r\nX-MICROSOFT-DISALLOW-COUNTER:FALSE",
        before=zone,
    )
    body = _parts(
        "_000_",
        ('text/plain; charset="iso-8859-1"', "Content-Transfer-Encoding: quoted-printable\r\n\r\n\r\n"),
        ('text/html; charset="iso-8859-1"', "\r\n<html><body></body></html>"),
        (f'text/calendar; charset="utf-8"; method={it.method}', _base64(calendar)),
    )
    return _mail(it, 'multipart/alternative;\r\n\tboundary="_000_"', body, "X-MS-Exchange-Transport: 1", "Thread-Topic: Booked")


def apple(it: Said) -> bytes:
    attendee = f'ATTENDEE;CN="Rolf, Testsson";CUTYPE=INDIVIDUAL;EMAIL="{it.address}";PARTSTAT={it.partstat}'
    attendee += f";ROLE=REQ-PARTICIPANT:mailto:{it.address}"
    calendar = _calendar(
        it,
        "-//Apple Inc.//macOS 14.5//EN",
        f"CREATED:20261118T100000Z\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\nLAST-MODIFIED:{it.stamp}\r\n{_folded(attendee)}",
    )
    body = _parts(
        "Apple-Mail-1",
        ("text/plain;\r\n\tcharset=us-ascii", "Content-Transfer-Encoding: 7bit\r\n\r\nRolf has accepted."),
        (f'text/calendar;\r\n\tmethod={it.method};\r\n\tname="iCal-20261118-1.ics";\r\n\tcharset=utf-8', _base64(calendar)),
    )
    return _mail(it, 'multipart/alternative;\r\n\tboundary="Apple-Mail-1"', body, "X-Mailer: Apple Calendar")


def thunderbird(it: Said) -> bytes:
    calendar = _calendar(
        it,
        "-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
        f"CREATED:20261118T100000Z\r\nATTENDEE;CN=Rolf;PARTSTAT={it.partstat};ROLE=REQ-PARTICIPANT:mailto:{it.address}\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z",
    )
    body = _parts(
        "----tb",
        ("text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit\r\n\r\nRolf har tackat ja."),
        (f"text/calendar; method={it.method}; charset=UTF-8", f"Content-Transfer-Encoding: 8bit\r\n\r\n{calendar}"),
    )
    return _mail(it, 'multipart/mixed; boundary="----tb"', body, "User-Agent: Mozilla Thunderbird")


def bare(it: Said) -> bytes:
    """The whole mail is the calendar object, by itself, from a program that marks its mails as automatic."""
    calendar = _calendar(it, "-//Groupware//EN", f"ATTENDEE;PARTSTAT={it.partstat}:mailto:{it.address}\r\nDTSTART:20261124T080000Z")
    return _mail(it, f"text/calendar; method={it.method}", calendar, "Auto-Submitted: auto-generated").replace(b"\r\n", b"\n")


def as_a_file(it: Said) -> bytes:
    """Only as an attached file whose type says nothing."""
    calendar = _calendar(it, "-//Phone//EN", f"ATTENDEE;PARTSTAT={it.partstat}:mailto:{it.address}")
    file = ('application/octet-stream; name="reply.ics"', 'Content-Disposition: attachment; filename="reply.ics"\r\n' + _base64(calendar))
    return _mail(it, "multipart/mixed; boundary=f", _parts("f", ("text/plain", "\r\nYes"), file))


SHAPES = {"Gmail": gmail, "Outlook": outlook, "Apple": apple, "Thunderbird": thunderbird, "bare": bare, "as a file": as_a_file}


def _calendar(it: Said, program: str, lines: str, *, before: str = "") -> str:
    own = "ORGANIZER;CN=Example Support:mailto:support@provider.example"
    sequence = f"SEQUENCE:{it.sequence}\r\n" if it.sequence else ""
    stamped = f"DTSTAMP:{it.stamp}\r\n" if it.stamp else ""
    event = f"BEGIN:VEVENT\r\n{own}\r\nUID:{it.uid}\r\n{lines}\r\n{stamped}{sequence}SUMMARY:Disk is full\r\nEND:VEVENT\r\n"
    head = f"PRODID:{program}\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\nMETHOD:{it.method}\r\n"
    return f"BEGIN:VCALENDAR\r\n{head}{before}{event}END:VCALENDAR\r\n"


def _mail(it: Said, content_type: str, body: str, *more: str) -> bytes:
    head = [
        *more,
        f"From: Rolf Testsson <{it.sender or it.address}>",
        "To: Example Support <support@provider.example>",
        f"Subject: {it.partstat.title()}: Disk is full",
        "Date: Wed, 18 Nov 2026 12:05:00 +0100",
        f"Message-ID: <{it.partstat}.{it.stamp}@acme.example>",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        "",
        body,
    ]
    return "\r\n".join(head).encode()


def _parts(boundary: str, *parts: tuple[str, str]) -> str:
    return "".join(f"--{boundary}\r\nContent-Type: {kind}\r\n{rest}\r\n" for kind, rest in parts) + f"--{boundary}--\r\n"


def _base64(text: str) -> str:
    return "Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")


def _folded(line: str) -> str:
    return "\r\n ".join(line[at : at + 70] for at in range(0, len(line), 70))
