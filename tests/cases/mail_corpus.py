"""Mails that come to the support address, each with the place in which it must end (rule S8).

All bytes are of our own making; large ones are made when they are asked for. A `Scene` says what the mails refer to: a case
of Acme's, reported by Rolf, and one of Borealis'. Each mail ends in one of these: `NEW` a case of Acme's is opened; `JOINS`
it is the client's word in Acme's case; `NOTED` it is kept in the case without being anybody's word; `REPORTED` it tells
of a mail of ours that is not lost yet, and nobody has to do anything; `HELD` for staff;
`IGNORED` what machines send to everybody.
"""

# ruff: noqa: E501 a specimen to a line

import base64
import quopri
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

NEW, JOINS, NOTED, REPORTED, HELD, IGNORED = "new", "joins", "noted", "handled", "held", "ignored"
CRLF = b"\r\n"


@dataclass(frozen=True)
class Scene:
    """What mails can refer to: addresses, Message-IDs of mails that we sent, and signed tags of subjects."""

    address: str
    our_id: str
    our_first_id: str
    tag: str
    number: int
    others_address: str
    others_tag: str
    others_id: str


@dataclass(frozen=True)
class Specimen:
    """One entry: the mails in the order in which they come, where they end, and words that the message then has."""

    name: str
    make: Callable[[Scene], Sequence[bytes]]
    ends: str
    says: str = ""


def mail(
    *fields: str,
    body: str | bytes = "It is still so.",
    sender: str = "Rolf Testsson <rolf@acme.example>",
    to: str = "support@provider.example",
    subject: str = "Users are not created",
    identifier: str = "<m1@acme.example>",
) -> bytes:
    """What a person writes, with more fields."""
    head = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Wed, 18 Nov 2026 13:00:00 +0100",
        f"Message-ID: {identifier}",
        *fields,
    ]
    raw = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + CRLF + CRLF + raw + CRLF


def of_parts(*parts: bytes, kind: str = "mixed", fields: Sequence[str] = (), **given: str) -> bytes:
    """A mail of these parts, each with its own head."""
    inner = b"".join(b"--B1\r\n" + part + CRLF for part in parts) + b"--B1--"
    return mail("MIME-Version: 1.0", f'Content-Type: multipart/{kind}; boundary="B1"', *fields, body=inner, **given)


def part(content_type: str, content: bytes | str, *fields: str) -> bytes:
    """One part."""
    raw = content.encode() if isinstance(content, str) else content
    return "\r\n".join([f"Content-Type: {content_type}", *fields]).encode() + CRLF + CRLF + raw


def file(name: str, content: bytes, content_type: str = "application/octet-stream", disposition: str = "attachment") -> bytes:
    """A file as a part."""
    head = (f'Content-Disposition: {disposition}; filename="{name}"', "Content-Transfer-Encoding: base64")
    return part(f'{content_type}; name="{name}"', base64.encodebytes(content), *head)


def replying(scene: Scene, *fields: str, **given: str) -> bytes:
    """An ordinary reply: to the case's own address, in answer to our last mail."""
    given = {"to": scene.address, "subject": f"Re: {scene.tag} Users are not created"} | given
    return mail(f"In-Reply-To: {scene.our_id}", f"References: {scene.our_first_id} {scene.our_id}", *fields, **given)


def by_python(scene: Scene) -> bytes:
    """What Python's own library makes, with an inline image."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "rolf@acme.example", scene.address, "Re: bild"
    message["Message-ID"], message["In-Reply-To"] = "<py@acme.example>", scene.our_id
    message.set_content("Så här ser det ut.")
    message.add_alternative("<p>Så här ser det ut: <img src='cid:1'></p>", subtype="html")
    message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="skärm.png", cid="<1>")
    return bytes(message)


def report(scene: Scene, status: str, action: str) -> bytes:
    """A mail server tells what became of our mail (RFC 3464)."""
    return of_parts(
        part("text/plain", "Your message could not be delivered."),
        part("message/delivery-status", f"Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; rolf@acme.example\r\nAction: {action}\r\nStatus: {status}"),
        part("message/rfc822", f"Message-ID: {scene.our_id}\r\nFrom: support@provider.example\r\nSubject: {scene.tag}\r\n\r\nHello"),
        kind="report; report-type=delivery-status", fields=("Return-Path: <>", "Auto-Submitted: auto-replied"),
        sender="MAILER-DAEMON@mx.acme.example", subject="Undelivered Mail Returned to Sender", identifier="<dsn@mx.acme.example>",
    )  # fmt: skip


def away(scene: Scene, **given: str) -> bytes:
    """An out-of-office answer to our mail."""
    return replying(scene, "Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", body="I am away until Monday.", **given)


def large() -> bytes:
    """Thirty megabytes of log."""
    return of_parts(part("text/plain", "See the log, which is large."), file("log.bin", b"\0" * (22 * 1024 * 1024)), subject="Large log")


def ten_thousand_parts() -> bytes:
    """More parts than anybody reads."""
    piece = b"--B1\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return mail('Content-Type: multipart/mixed; boundary="B1"', body=piece * 10_000 + b"--B1--", subject="Many parts")


def attached_mail() -> bytes:
    """A mail with another mail in it, whose text and references are not its own."""
    inner = b"From: boss@acme.example\r\nSubject: [#1] old\r\nIn-Reply-To: <x@y>\r\n\r\nINNER TEXT"
    head = ('Content-Disposition: attachment; filename="old.eml"',)
    return of_parts(part("text/plain", "See the attached mail."), part("message/rfc822", inner, *head), subject="Forwarded")


def inline_pdf() -> bytes:
    """Apple Mail: text, an inline PDF, more text."""
    return of_parts(
        part("text/plain; charset=utf-8", "Above the file."), file("avtal.pdf", b"%PDF-1.4\n%%EOF", "application/pdf", "inline"),
        part("text/plain; charset=utf-8", "Below the file."), subject="With a PDF in the middle",
    )  # fmt: skip


def winmail() -> bytes:
    """Outlook's own wrapping."""
    return of_parts(
        part("text/plain", "See attached."),
        file("winmail.dat", b"\x78\x9f\x3e\x22" + b"\1" * 200, "application/ms-tnef"),
        subject="Outlook",
    )


def long_name() -> bytes:
    """A file name in pieces, in two charsets (RFC 2231)."""
    head = ("Content-Disposition: attachment; filename*0*=UTF-8''loggar%20fr%C3%A5n; filename*1*=%20i%20g%C3%A5r; filename*2=.txt",)
    return of_parts(part("text/plain", "Names in pieces."), part("text/plain", "log", *head), subject="RFC 2231")


def only_html(html: str, **given: str) -> bytes:
    """No plain text at all."""
    return mail("MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8", body=html, **given)


def quoted_below(mark: str, lines: Sequence[str]) -> str:
    """An answer above a quotation."""
    return "\r\n".join(["It works now.", "", mark, *[f"> {line}" for line in lines]])


STRANGER = "Eve <eve@elsewhere.example>"
OURS = "Disa Testsson <disa@provider.example>"
OTHERS = "Rolf Testsson <rolf@borealis.example>"
B64 = "Content-Transfer-Encoding: base64"
QP = "Content-Transfer-Encoding: quoted-printable"


def _fresh(name: str, raw: Callable[[], bytes], ends: str = NEW, says: str = "") -> Specimen:
    return Specimen(name, lambda _scene: [raw()], ends, says)


def _about(name: str, raw: Callable[[Scene], bytes], ends: str = JOINS, says: str = "") -> Specimen:
    return Specimen(name, lambda scene: [raw(scene)], ends, says)


THREADS = [
    _about("a reply to the case's address", replying, says="It is still so."),
    _about("Swedish prefix", lambda s: replying(s, subject=f"SV: {s.tag} Users"), says="It is still so."),
    _about("forwarded, Swedish", lambda s: replying(s, subject=f"VB: {s.tag} Users")),
    _about("forwarded, German", lambda s: replying(s, subject=f"WG: AW: {s.tag} Users")),
    _about("three prefixes at once", lambda s: replying(s, subject=f"Re: SV: Re[2]: {s.tag} Users")),
    _about("References only", lambda s: mail(f"References: <a@b> {s.our_first_id}", subject="No tag")),
    _about(
        "our Message-ID amid ten others",
        lambda s: mail("References: " + " ".join([*(f"<{n}@b>" for n in range(5)), s.our_id, *(f"<{n}@c>" for n in range(5))])),
    ),
    _about("folded References", lambda s: mail(f"References: <a@b>\r\n\t{s.our_first_id}\r\n <z@y>")),
    _about("In-Reply-To only", lambda s: mail(f"In-Reply-To: {s.our_id}", subject="Subject rewritten")),
    _about("only the address", lambda s: mail(to=s.address, subject="Something else")),
    _about("the address in Cc", lambda s: mail(f"Cc: {s.address}", to="anna@acme.example")),
    _about("the address in Delivered-To only", lambda s: mail(f"Delivered-To: {s.address}", to="undisclosed-recipients:;")),
    _about("the address in capitals", lambda s: mail(to=s.address.upper())),
    _about("only the signed tag", lambda s: mail(subject=f"Re: {s.tag} Users are not created")),
    _about(
        "the tag encoded in words",
        lambda s: mail(subject="=?utf-8?b?" + base64.b64encode(f"Sv: {s.tag} Användare".encode()).decode() + "?="),
    ),
    _about("a colleague answers", lambda s: replying(s, sender="Anna Testsson <anna@acme.example>")),
    _about("by Python, with an image", by_python, says="Så här ser det ut."),
    _about(
        "quoted below",
        lambda s: replying(s, body=quoted_below("On Wed, 18 Nov 2026 Disa wrote:", ["Have you tried?"])),
        says="Have you tried?",
    ),
    _about(
        "quoted below, Swedish",
        lambda s: replying(s, body=quoted_below("Den ons 18 nov. 2026 kl 12:00 skrev Disa:", ["Har du provat?"])),
        says="Har du provat?",
    ),
    _about(
        "quoted by Outlook",
        lambda s: replying(s, body="Klart.\r\n\r\n-----Ursprungligt meddelande-----\r\nFrån: Disa\r\n\r\nHej"),
        says="Hej",
    ),
    _about("nothing but a file", lambda s: of_parts(file("log.txt", b"log"), to=s.address, fields=(f"In-Reply-To: {s.our_id}",))),
    _about("empty body", lambda s: replying(s, body="")),
    Specimen("the same mail twice", lambda s: [replying(s), replying(s)], JOINS, "It is still so."),
    Specimen(
        "the same mail to two of our addresses",
        lambda s: [replying(s, "Delivered-To: a@provider.example"), replying(s, "Delivered-To: b@provider.example")],
        JOINS,
    ),
]
MACHINES = [
    _about("out of office", away, NOTED),
    Specimen("out of office, ten times", lambda s: [away(s, identifier=f"<away{n}@acme.example>") for n in range(10)], NOTED),
    _about("not delivered, 5.1.1", lambda s: report(s, "5.1.1", "failed"), NOTED),
    _about("delivered late, 4.4.1", lambda s: report(s, "4.4.1", "delayed"), REPORTED),
    _about("newsletter that quotes our tag", lambda s: mail("Precedence: bulk", subject=s.tag), NOTED),
    _about("list mail with our reference", lambda s: mail("List-Id: <l.acme.example>", f"References: {s.our_id}"), NOTED),
    _about("our own mail come back", lambda s: mail(identifier=s.our_id), IGNORED),
    _fresh("null return path", lambda: mail("Return-Path: <>"), HELD),
    _fresh("from our own address", lambda: mail("Auto-Submitted: auto-generated", sender="support@provider.example"), IGNORED),
]
WRONG_PEOPLE = [
    _fresh("a stranger", lambda: mail(sender=STRANGER), HELD),
    _about("a stranger with a stolen tag", lambda s: mail(sender=STRANGER, subject=f"Re: {s.tag}"), HELD),
    _about("a stranger with the address", lambda s: mail(sender=STRANGER, to=s.address), HELD),
    _about("a stranger with our Message-ID", lambda s: mail(f"In-Reply-To: {s.our_id}", sender=STRANGER), HELD),
    _fresh("a forged tag from a stranger", lambda: mail(sender=STRANGER, subject="Re: [#1 AAAAAAAAAA] pay here"), HELD),
    _about("a forged tag from a client", lambda s: mail(subject=f"Re: [#{s.number} AAAAAAAAAA] Users"), NEW),
    _about("the number of another client's case", lambda s: mail(subject=f"Re: {s.others_tag} Users"), NEW),
    _about("the address of another client's case", lambda s: mail(to=s.others_address), NEW),
    _about("an answer to another client's mail", lambda s: mail(f"In-Reply-To: {s.others_id}"), NEW),
    _fresh("two senders", lambda: mail(sender="rolf@acme.example, eve@elsewhere.example"), HELD),
    _fresh("no sender", lambda: mail().replace(b"From: Rolf Testsson <rolf@acme.example>\r\n", b""), HELD),
    _fresh("two From fields", lambda: b"From: eve@elsewhere.example\r\n" + mail(), HELD),
]
STRANGE = [
    _fresh("ordinary", mail, says="It is still so."),
    _fresh("backslashes in the body", lambda: mail(body="It lies in C:\\new\\table and \\\\server\\share"), says="C:\\new\\table"),
    _fresh("windows-1252 declared as us-ascii", lambda: mail("Content-Type: text/plain; charset=us-ascii", body="Hjälp – ”nu”".encode("cp1252")), says="Hjälp – ”nu”"),
    _fresh("latin-1 without a charset", lambda: mail(body="Räksmörgås".encode("latin-1")), says="Räksmörgås"),
    _fresh("quoted-printable", lambda: mail("Content-Type: text/plain; charset=utf-8", QP, body=quopri.encodestring("Åäö = bra".encode())), says="Åäö = bra"),
    _fresh("broken base64", lambda: mail(B64, body="SGVs*bG8gd29ybGQ"), says="Hello world"),
    _fresh("unknown charset", lambda: mail("Content-Type: text/plain; charset=klingon", body="Hjälp"), says="Hjälp"),
    _fresh("winmail.dat", winmail, says="See attached."),
    _fresh("Apple's inline PDF", inline_pdf, says="Above the file."),
    _fresh("an attached mail", attached_mail, says="See the attached mail."),
    _fresh("file names of RFC 2231", long_name, says="Names in pieces."),
    _fresh("thirty megabytes", large, says="See the log"),
    _fresh("ten thousand parts", ten_thousand_parts),
    _fresh("subject over 998", lambda: mail(subject="S" * 5_000), says="It is still so."),
    _fresh("no subject", lambda: mail(subject=""), says="It is still so."),
    _fresh("fields injected through the subject", lambda: mail(subject="=?utf-8?q?A=0D=0ABcc:_x@evil.example=0D=0A=0D=0Abody?="), says="It is still so."),
    _fresh("script in subject and body", lambda: mail(subject="<script>alert(1)</script>", body="<script>alert(2)</script>"), says="<script>alert(2)"),
    _fresh("only HTML", lambda: only_html("<p>Hello <b>there</b></p><script>alert(1)</script>"), says="Hello"),
    _fresh("hostile HTML", lambda: only_html('<img src="https://spy.example/p.gif" onerror=alert(1)><a href="javascript:alert(1)">Click</a>'), says="Click"),
    _fresh("100,000 characters", lambda: mail(body="A long story. " * 8_000), says="A long story."),
    _fresh("a million characters", lambda: mail(body="x" * 1_000_000), says="xxx"),
    _fresh("an executable", lambda: of_parts(part("text/plain", "Run this."), file("setup.exe", b"MZ" + b"\0" * 400)), says="Run this."),
    _fresh("an archive bomb", lambda: of_parts(part("text/plain", "Unpack this."), file("logs.zip", b"PK\3\4" + b"\0" * 4_000)), says="Unpack this."),
    _fresh("names that climb", lambda: of_parts(part("text/plain", "Climbs."), file("../../etc/passwd", b"x")), says="Climbs."),
    _fresh("NUL in subject and body", lambda: mail(subject="A\0B", body="a\0b"), says="ab"),
    _fresh("emoji and right to left", lambda: mail(subject="=?utf-8?b?8J+YgA==?=", body="שלום 😀"), says="😀"),
    _fresh("only LF", lambda: mail().replace(CRLF, b"\n"), says="It is still so."),
    _fresh("a date that is none", lambda: mail().replace(b"Wed, 18 Nov 2026 13:00:00 +0100", b"yesterday"), says="It is still so."),
    _fresh("boundary that never comes", lambda: mail('Content-Type: multipart/mixed; boundary="gone"', body="Text as it is"), says="Text as it is"),
    _fresh("a thousand levels", lambda: mail('Content-Type: multipart/mixed; boundary="d0"', body="".join(f'--d{n}\r\nContent-Type: multipart/mixed; boundary="d{n + 1}"\r\n\r\n' for n in range(1_000)))),
    _fresh("no head at all", lambda: b"hello there, this is no field\r\n\r\nand more", HELD),
    _fresh("nothing", lambda: b"", HELD),
]  # fmt: skip
CORPUS = [*THREADS, *MACHINES, *WRONG_PEOPLE, *STRANGE]
