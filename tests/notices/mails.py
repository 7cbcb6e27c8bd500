"""Mails as they come in, each with what must become of it where no route knows it: ordinary, automatic and broken ones.

All bytes are of our own making. Large ones are made when they are asked for.
"""

import base64
from collections.abc import Callable

from notices.models import MailState

HELD, IGNORED = MailState.HELD, MailState.IGNORED
CRLF = b"\r\n"


def written(*lines: str, charset: str = "utf-8") -> bytes:
    """A mail of these lines."""
    return "\r\n".join(lines).encode(charset) + CRLF


def ordinary(*more: str, body: str = "Could you call me?", sender: str = "Rolf Testsson <rolf@acme.example>") -> bytes:
    """What a person writes, with more fields."""
    return written(
        f"From: {sender}",
        "To: support@provider.example",
        "Subject: A question",
        "Date: Wed, 18 Nov 2026 12:00:00 +0100",
        "Message-ID: <a1@acme.example>",
        *more,
        "",
        body,
    )


def multipart(boundary: str, *parts: str, kind: str = "mixed", head: tuple[str, ...] = ()) -> bytes:
    """A mail of these parts, each with its own head."""
    inner = [line for part in parts for line in (f"--{boundary}", part)]
    return ordinary(
        f'Content-Type: multipart/{kind}; boundary="{boundary}"', "MIME-Version: 1.0", *head, body="\r\n".join([*inner, f"--{boundary}--"])
    )


def out_of_office() -> bytes:
    return ordinary("Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", body="I am away until Monday.")


def bounce() -> bytes:
    return multipart(
        "b1",
        "Content-Type: text/plain\r\n\r\nThis mail could not be delivered.",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.acme.example\r\n\r\n"
        "Final-Recipient: rfc822; rolf@acme.example\r\nAction: failed\r\nStatus: 5.1.1",
        "Content-Type: message/rfc822\r\n\r\nMessage-ID: <notice-7.1795000000@127.0.0.1>\r\nSubject: Booked\r\n\r\nSee you.",
        kind="report; report-type=delivery-status",
        head=("Return-Path: <>", "Auto-Submitted: auto-replied"),
    )


def many_parts(count: int = 10_000) -> bytes:
    part = b"--p\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return ordinary('Content-Type: multipart/mixed; boundary="p"', body="")[:-2] + part * count + b"--p--\r\n"


def deep(depth: int = 1_000) -> bytes:
    heads = [f'Content-Type: multipart/mixed; boundary="d{level}"\r\n\r\n--d{level}\r\n'.encode() for level in range(depth)]
    return b"From: rolf@acme.example\r\nSubject: Deep\r\n" + b"".join(heads) + b"Content-Type: text/plain\r\n\r\nBottom\r\n"


def large() -> bytes:
    attachment = base64.encodebytes(b"\0" * (30 * 1024 * 1024 * 3 // 4))
    head = "Content-Type: text/plain\r\n\r\nSee the log."
    file = "Content-Type: application/octet-stream; name=log.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nHERE"
    return multipart("big", head, file).replace(b"HERE", attachment)


def long_head() -> bytes:
    return ordinary("X-Padding: " + "y" * (2 * 1024 * 1024), "X-After: z")


MADE: dict[str, tuple[Callable[[], bytes], MailState]] = {
    "from a person": (ordinary, HELD),
    "out of office": (out_of_office, IGNORED),
    "out of office, the old way": (lambda: ordinary("X-Autoreply: yes"), IGNORED),
    "not automatic, it says": (lambda: ordinary("Auto-Submitted: no"), HELD),
    "bounce": (bounce, HELD),
    "null return path": (lambda: ordinary("Return-Path: <>"), HELD),
    "mailer daemon": (lambda: ordinary(sender="MAILER-DAEMON@mx.acme.example"), HELD),
    "newsletter": (lambda: ordinary("Precedence: bulk"), IGNORED),
    "junk": (lambda: ordinary("Precedence: Junk"), IGNORED),
    "mailing list": (lambda: ordinary("List-Id: Users <users.list.example>"), IGNORED),
    "can be unsubscribed from": (lambda: ordinary("List-Unsubscribe: <https://list.example/u>"), IGNORED),
    "our own, come back": (lambda: ordinary().replace(b"<a1@acme.example>", b"<notice-5.1795000000@127.0.0.1>"), IGNORED),
    "from our own address by itself": (lambda: ordinary("Auto-Submitted: auto-generated", sender="support@provider.example"), IGNORED),
    "somebody else's invitation": (
        lambda: multipart("i", "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR"),
        HELD,
    ),
    "empty": (lambda: b"", HELD),
    "one byte": (lambda: b"\xff", HELD),
    "only line ends": (lambda: b"\r\n\r\n\r\n", HELD),
    "no head": (lambda: written("hello there, this is no field", "", "and more"), HELD),
    "only a head": (lambda: b"From: rolf@acme.example\r\nSubject: Nothing more", HELD),
    "only LF": (lambda: ordinary().replace(b"\r\n", b"\n"), HELD),
    "mailbox line before it": (lambda: b"From rolf@acme.example Wed Nov 18 12:00:00 2026\n" + ordinary(), HELD),
    "NUL everywhere": (lambda: ordinary(body="a\0b").replace(b"question", b"que\0stion"), HELD),
    "subject over 998": (lambda: ordinary().replace(b"A question", b"S" * 5_000), HELD),
    "subject in words": (lambda: ordinary().replace(b"A question", b"=?utf-8?q?Fr=C3=A5?= =?utf-8?q?ga?= =?x?y?z?= =?utf-8?b?w6U?="), HELD),
    "injected fields": (
        lambda: ordinary().replace(b"A question", b"=?utf-8?q?A=0D=0ABcc:_x@evil.example=0D=0A=0D=0Abody?="),
        HELD,
    ),
    "windows-1252 as us-ascii": (
        lambda: ordinary("Content-Type: text/plain; charset=us-ascii", body="HERE").replace(b"HERE", "Hjälp – ”nu”".encode("cp1252")),
        HELD,
    ),
    "charset that nobody knows": (lambda: ordinary("Content-Type: text/plain; charset=klingon", body="Hjälp"), HELD),
    "charset that is no charset": (lambda: ordinary("Content-Type: text/plain; charset=zlib_codec", body="Hjälp"), HELD),
    "broken base64": (lambda: ordinary("Content-Transfer-Encoding: base64", body="SGVs*bG8gd29ybGQ"), HELD),
    "broken quoted-printable": (lambda: ordinary("Content-Transfer-Encoding: quoted-printable", body="a=ZZb=\r\n=C3"), HELD),
    "boundary that never comes": (lambda: ordinary('Content-Type: multipart/mixed; boundary="gone"', body="Text"), HELD),
    "no boundary": (lambda: ordinary("Content-Type: multipart/mixed", body="Text"), HELD),
    "broken parameters": (lambda: ordinary("Content-Type: text/plain; charset*1*=x''%ff; charset*=1; =; name=\"a"), HELD),
    "name in pieces": (
        lambda: multipart("n", "Content-Disposition: attachment; filename*0*=utf-8''r%C3%A5d; filename*1=.txt\r\n\r\nx"),
        HELD,
    ),
    "two From": (lambda: ordinary("From: anna@acme.example"), HELD),
    "date that is none": (lambda: ordinary().replace(b"Wed, 18 Nov 2026 12:00:00 +0100", b"99 Foo -1 99:99:99 +9999"), HELD),
    "surrogates and odd signs": (lambda: ordinary(body="\u202e\ufeff\u2028 x").replace(b"question", b"\xed\xa0\x80"), HELD),
    "an HTML mail only": (lambda: ordinary("Content-Type: text/html; charset=utf-8", body="<script>alert(1)</script><p>Hi"), HELD),
    "a mail inside": (
        lambda: multipart("m", "Content-Type: message/rfc822\r\n\r\nSubject: Inner\r\nAuto-Submitted: auto-replied\r\n\r\nx"),
        HELD,
    ),
    "2 MB of head": (long_head, HELD),
    "10,000 parts": (many_parts, HELD),
    "1,000 deep": (deep, HELD),
    "30 MB": (large, HELD),
}
SMALL = [name for name in MADE if name not in ("30 MB", "10,000 parts", "2 MB of head")]


def bytes_of(name: str) -> bytes:
    """The bytes of the mail of this name."""
    return MADE[name][0]()
