"""Mails that nobody should have to read: whole ones, broken in every way that a machine or an enemy breaks them (SEC3)."""

import random
from collections.abc import Callable, Sequence

from tests.cases.mail_corpus import CORPUS, Scene, mail

CHARSETS = ["utf-8", "utf-16", "utf-7", "iso-2022-jp", "klingon", "us-ascii", "zlib_codec", "x" * 300, "", "utf-8; charset=latin-1"]
DATES = ["yesterday", "Wed, 99 Nov 2026 99:99:99 +9999", "-1", "9" * 400, "Mon, 1 Jan 0000 00:00:00 GMT", ""]
SNIPPETS = [
    b"\0",
    b"\r\n\r\n",
    b"--B1--\r\n",
    b"=?utf-8?b?" + b"A" * 3_000 + b"?=",
    b"\xff\xfe",
    b"begin 644 x.exe\r\nM" + b"\x20" * 60 + b"\r\n`\r\nend\r\n",
    b"Content-Type: multipart/mixed; boundary=\r\n\r\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%41; filename*99999*=%00; filename*=%%%\r\n",
    b"PK\3\4" + b"\0" * 500,
    b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n\x78\x9f\x3e\x22" + b"\xff" * 300,
    b"References: " + b"<a@b> " * 3_000 + b"\r\n",
    b"Subject: " + b"s" * 70_000 + b"\r\n",
    b"From: a@b, c@d, " * 200 + b"\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    "\u202e\u2028\U0001f600".encode(),
]


def seeds(scene: Scene) -> list[bytes]:
    """The corpus, without what is large by itself: that is in the corpus' own test."""
    made = [raw for specimen in CORPUS for raw in specimen.make(scene)]
    return [raw for raw in made if len(raw) < 100_000]


def mutated(whole: bytes, dice: random.Random) -> bytes:
    """One of the mails, broken up to four times over."""
    for _ in range(dice.randint(1, 4)):
        whole = dice.choice(WAYS)(whole, dice)
    return whole


def heavy(dice: random.Random) -> bytes:
    """One that is large or deep."""
    return dice.choice(HEAVY)()


HEAVY: Sequence[Callable[[], bytes]] = (
    lambda: mail("X-Long: " + "y" * (10 * 1024 * 1024)),
    lambda: mail('Content-Type: multipart/mixed; boundary="B"', body=b"--B\r\n\r\n" * 1_000_000),
    lambda: mail(*(f"X-{number}: {number}" for number in range(50_000))),
    lambda: b"".join(f'Content-Type: multipart/mixed; boundary="d{n}"\r\n\r\n--d{n}\r\n'.encode() for n in range(1_000)),
    lambda: mail("Content-Type: text/html", body=b"<div>" * 200_000),
    lambda: mail(body=b"> " * 500_000),
    lambda: mail(body=b"On x wrote:\n" * 60_000),
)
"""A head of 10 MB, a million boundaries, 50,000 fields, a thousand levels, and texts without end."""


def _cut(whole: bytes, dice: random.Random) -> bytes:
    return whole[: dice.randint(0, len(whole))]


def _flipped(whole: bytes, dice: random.Random) -> bytes:
    changed = bytearray(whole)
    for _ in range(min(len(changed), dice.randint(1, 40))):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _put_in(whole: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(whole))
    return whole[:at] + dice.choice(SNIPPETS) + whole[at:]


def _doubled(whole: bytes, dice: random.Random) -> bytes:
    begins, ends = sorted(dice.randint(0, len(whole)) for _ in range(2))
    return whole[:ends] + whole[begins:ends] * dice.randint(1, 5) + whole[ends:]


def _other_charset(whole: bytes, dice: random.Random) -> bytes:
    return whole.replace(b"utf-8", dice.choice(CHARSETS).encode()).replace(
        b"text/plain", f"text/plain; charset={dice.choice(CHARSETS)}".encode()
    )


def _other_date(whole: bytes, dice: random.Random) -> bytes:
    return whole.replace(b"Wed, 18 Nov 2026 13:00:00 +0100", dice.choice(DATES).encode())


def _shuffled_lines(whole: bytes, dice: random.Random) -> bytes:
    lines = whole.split(b"\r\n")[:2_000]
    dice.shuffle(lines)
    return b"\r\n".join(lines)


def _without_line_ends(whole: bytes, dice: random.Random) -> bytes:
    return whole.replace(b"\r\n", dice.choice([b"\n", b"\r", b"", b"\n\n"]))


WAYS: Sequence[Callable[[bytes, random.Random], bytes]] = (
    _cut,
    _flipped,
    _put_in,
    _doubled,
    _other_charset,
    _other_date,
    _shuffled_lines,
    _without_line_ends,
)
