"""Which mails machines send (RFC 3834, 2919, 3464). None of them is ever answered, so that no two machines write to each other.

A mail of our own that comes back is known by its Message-ID, or by our own address as its author.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from secrets import token_hex
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from clients import provider
from notices.incoming import Mail, addresses

LISTS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-owner", "list-archive", "list-subscribe")
BULK = ("bulk", "list", "junk")
NOT_SAID_BY_PEOPLE = ("mailer-daemon", "postmaster", "double-bounce")


class Sign(StrEnum):
    """By what a mail shows that a machine sent it."""

    OWN = "own"
    REPORT = "report"
    AUTO_SUBMITTED = "auto_submitted"
    PRECEDENCE = "precedence"
    LIST = "list"
    NULL_RETURN_PATH = "null_return_path"


SAID = {
    Sign.OWN: gettext_noop("It is a mail of our own that came back."),
    Sign.REPORT: gettext_noop("A mail server reports what became of a mail. See whether one of ours did not arrive."),
    Sign.AUTO_SUBMITTED: gettext_noop("A machine sent it by itself, an out-of-office answer for instance."),
    Sign.PRECEDENCE: gettext_noop("It was sent to many at once."),
    Sign.LIST: gettext_noop("It came through a mailing list."),
    Sign.NULL_RETURN_PATH: gettext_noop("It has no return address. Somebody has to read it."),
}
"""The same in whole sentences, in English; pages translate them."""


def sign_of(mail: Mail) -> Sign | None:
    """The first sign that a machine sent the mail; None for the mail of a person."""
    return next((sign for sign, shows in _SHOWS if shows(mail)), None)


def is_automatic(mail: Mail) -> bool:
    """Whether a machine sent the mail. Such a mail is never answered."""
    return sign_of(mail) is not None


def may_be_answered(mail: Mail) -> bool:
    """Whether an automatic answer to the mail is harmless: a person wrote it, from one address that is not ours."""
    return not is_automatic(mail) and mail.author != "" and not is_our_address(mail.author)


def is_own(mail: Mail) -> bool:
    """Whether we sent it ourselves: it has one of our Message-IDs, or our address and the mark of a machine."""
    return is_own_id(mail.message_id) or (is_auto_submitted(mail) and is_our_address(mail.author))


def is_own_id(message_id: str) -> bool:
    """Whether `message_id` is one that we give (`notices.delivery.message_id`, `new_id`); so in References as well."""
    shapes = r"notice-\d{1,20}\.\d{1,20}|[a-z]{1,20}-\d{1,20}\.[0-9a-f]{32}"
    return re.fullmatch(rf"<(?:{shapes})@{re.escape(own_host())}>", message_id, re.ASCII) is not None


def new_id(kind: str, number: int) -> str:
    """A Message-ID that nobody can guess, for a mail about something with this number."""
    return f"<{kind}-{number}.{token_hex(16)}@{own_host()}>"


def is_auto_submitted(mail: Mail) -> bool:
    """Auto-Submitted is there and says anything but “no” (RFC 3834); or one of its forerunners is."""
    said = [value.partition(";")[0].strip().lower() for value in mail.head.all("auto-submitted")]
    return any(value != "no" for value in said) or "x-autoreply" in mail.head or "x-autorespond" in mail.head


def is_bulk(mail: Mail) -> bool:
    """Precedence is bulk, list or junk."""
    return any(value.strip().lower() in BULK for value in mail.head.all("precedence"))


def is_from_list(mail: Mail) -> bool:
    """It has one of the fields that mailing lists add (RFC 2369, 2919)."""
    return any(name in mail.head for name in LISTS)


def has_null_return_path(mail: Mail) -> bool:
    """Nobody is to be told where it cannot be delivered, as with every answer of a mail server."""
    return mail.return_path == "" or any(
        address.partition("@")[0] in NOT_SAID_BY_PEOPLE for address in (mail.return_path or "", mail.author)
    )


def is_report(mail: Mail) -> bool:
    """It tells what became of a mail: not delivered, delivered late, read (RFC 3464, 8098)."""
    return mail.head.first("content-type").strip().lower().startswith("multipart/report")


def our_addresses() -> set[str]:
    """The addresses that we write from."""
    known = provider.known()
    ours = [known.email, known.booking_address] if known else []
    return {address.lower() for address in [*ours, *addresses([settings.DEFAULT_FROM_EMAIL])]}


def is_our_address(address: str) -> bool:
    """Whether mail to `address` comes back to us: one that we write from, with anything after a plus, or of the cases' own domain."""
    local, _, domain = address.lower().partition("@")
    known = provider.known()
    if known and known.case_domain and domain == known.case_domain.lower():
        return True
    return bool(domain) and f"{local.partition('+')[0]}@{domain}" in our_addresses()


def own_host() -> str:
    """What stands after the @ in our Message-IDs."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


_SHOWS: tuple[tuple[Sign, Callable[[Mail], bool]], ...] = (
    (Sign.OWN, is_own),
    (Sign.REPORT, is_report),
    (Sign.AUTO_SUBMITTED, is_auto_submitted),
    (Sign.PRECEDENCE, is_bulk),
    (Sign.LIST, is_from_list),
    (Sign.NULL_RETURN_PATH, has_null_return_path),
)
