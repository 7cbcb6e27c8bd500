"""Reading a mailbox over IMAP (rule S8): MAILBOX_URL names it, and the product has it for itself.

What is unseen is fetched without being marked, kept, and only then marked as seen: a crash in between means that the
same bytes come again, which are the same mail. Nothing is ever deleted there. A mail that is too large stays in
the mailbox, and its head is held for staff. The password stands in no log and no error.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import monotonic
from urllib.parse import unquote, urlsplit

from django.conf import settings
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from notices import holding, mailroom

SOURCE = "imap"
MOST_AT_ONCE = 100
LONGEST_RUN = timedelta(minutes=1)
TIMEOUT_SECONDS = 20.0
PORTS = {"imaps": 993, "imap+tls": 143, "imap": 143}


class MailboxMisnamed(Exception):
    """MAILBOX_URL cannot be read, or would send the password over a network unencrypted."""


class MailboxUnread(Exception):
    """The mailbox could not be read to the end; what was left is there at the next try."""


@dataclass(frozen=True)
class Place:
    """Where the mailbox is, and who opens it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str


def read_due(*, at: datetime) -> int:
    """Take in what is unseen in the mailbox, if there is one; returns how many mails that were (rule S8).

    At most a hundred, for about a minute; the rest is for the next tick. None in a restored copy, for what it marks as
    read the original would never see. Raises MailboxMisnamed or MailboxUnread.
    """
    if not settings.MAILBOX_URL or holding.is_held():
        return 0
    place = place_of(settings.MAILBOX_URL)
    try:
        return _read(place, at)
    except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
        said = f"{type(error).__name__}: {error}".replace(place.password, "…")
        raise MailboxUnread(f"{place.host}: {said}"[:500]) from None  # a chain would carry what the server said


def place_of(url: str) -> Place:
    """What MAILBOX_URL says. Raises MailboxMisnamed, in words that tell nothing of it but what is wrong."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise MailboxMisnamed("MAILBOX_URL is no address: imaps://user:password@host:993/INBOX is meant") from None
    if parts.scheme not in PORTS or not parts.hostname or not parts.username or not parts.password:
        raise MailboxMisnamed("MAILBOX_URL must be like imaps://user:password@host:993/INBOX")
    if parts.scheme == "imap" and not _is_this_machine(parts.hostname):
        raise MailboxMisnamed("MAILBOX_URL must be imaps:// or imap+tls://: imap:// would tell the network the password")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Place(parts.scheme, parts.hostname, port, unquote(parts.username), unquote(parts.password), folder)


def _read(place: Place, at: datetime) -> int:
    ends, taken, refused = monotonic() + LONGEST_RUN.total_seconds(), 0, 0
    with _opened(place) as box:
        for uid in box.uids("UNSEEN", charset=None)[:MOST_AT_ONCE]:
            try:
                taken += _take_in(box, uid, at)
            except imaplib.IMAP4.abort:
                raise  # the connection is gone
            except (imaplib.IMAP4.error, ImapToolsError, mailroom.MailTooLarge):
                refused += 1
            if monotonic() > ends:
                break
    if refused:
        raise MailboxUnread(f"{place.host}: {refused} of its mails were not handed out")
    return taken


@contextmanager
def _opened(place: Place) -> Iterator[BaseMailBox]:
    """The mailbox, signed in to; whatever happens the line is closed afterwards."""
    box = _connected(place)
    try:
        sign_in = box.login if (place.user + place.password).isascii() else box.login_utf8
        sign_in(place.user, place.password, initial_folder=place.folder)
        yield box
        box.client.logout()
    finally:
        with suppress(OSError):
            box.client.shutdown()


def _connected(place: Place) -> BaseMailBox:
    if place.scheme == "imaps":
        return MailBox(place.host, place.port, timeout=TIMEOUT_SECONDS, ssl_context=ssl.create_default_context())
    if place.scheme == "imap+tls":
        return MailBoxStartTls(place.host, place.port, timeout=TIMEOUT_SECONDS, ssl_context=ssl.create_default_context())
    return MailBoxUnencrypted(place.host, place.port, timeout=TIMEOUT_SECONDS)


def _take_in(box: BaseMailBox, uid: str, at: datetime) -> bool:
    """Keep one mail, then mark it as seen; False where it is gone meanwhile."""
    told = _answer(box, uid, "(RFC822.SIZE INTERNALDATE)")[0]
    size = re.search(rb"RFC822\.SIZE (\d+)", told)
    if size is None:
        return False
    at = reached_at(told, at)
    whole = int(size[1]) <= mailroom.LARGEST
    handed_out = _answer(box, uid, "(BODY.PEEK[])" if whole else "(BODY.PEEK[HEADER])")[1]
    if int(size[1]) and not handed_out:
        raise imaplib.IMAP4.error("FETCH: no bytes of a mail that has some")
    if whole:
        mailroom.receive(raw=handed_out, source=SOURCE, at=at)
    else:
        mailroom.receive_head(head=handed_out, source=SOURCE, at=at)
    _mark(box, uid)
    return True


def reached_at(told: bytes, at: datetime) -> datetime:
    """When the mail reached its server (rule S4), as that says of it; never later than `at`, and `at` where it says nothing."""
    said = re.search(rb'INTERNALDATE "([^"]{1,40})"', told)
    try:
        return min(parsedate_to_datetime(said[1].decode("ascii").strip()).astimezone(UTC), at) if said else at
    except (ValueError, TypeError, OverflowError):
        return at


def _mark(box: BaseMailBox, uid: str) -> None:
    """Mark a mail as seen, and nothing more: the library's own way also sweeps out what others have marked as deleted."""
    status, _ = box.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    if status != "OK":
        raise imaplib.IMAP4.error(f"STORE: {status}")


def _answer(box: BaseMailBox, uid: str, wanted: str) -> tuple[bytes, bytes]:
    """What the server says of a mail, and the bytes that it hands out with it."""
    status, answered = box.client.uid("FETCH", uid, wanted)
    if status != "OK":
        raise imaplib.IMAP4.error(f"FETCH {wanted}: {status}")
    said = [item[0] if isinstance(item, tuple) else item or b"" for item in answered]
    handed_out = next((item[1] for item in answered if isinstance(item, tuple)), b"")
    return b" ".join(said), handed_out


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
