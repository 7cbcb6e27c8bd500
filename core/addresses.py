"""Addresses that people name for us to fetch or to send to, and whether one may lead there (rule R2).

Only https, only names, only the public internet. Whoever could have us ask a machine of our own network would learn
what only that network may know, so an address is refused unless everything about it is plain: no user name in it, no
number instead of a name (in any of the spellings that programs take for one), no unusual port. Where its name leads to
is asked in `core.outbound`, and judged by `is_public`.

Pure: no network, no clock.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.db.models import TextChoices
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from core.errors import DomainError

LONGEST = 2_000
PORTS = {443, 8443}
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""The last label of what some program somewhere reads as an IPv4 address: 127.0.0.1, 127.1, 2130706433, 0x7f.1."""

Address = IPv4Address | IPv6Address

GLOBAL_V6 = IPv6Network("2000::/3")
NEVER_V4 = [
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a provider's NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: here clouds tell machines their secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]
NEVER_V6 = [
    IPv6Network(each)
    for each in (
        "2001::/23",  # Teredo, ORCHID and others that carry or hide another address
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
]


class Refusal(TextChoices):
    """Why an address is refused. Unknown names and private ones are told alike: nobody learns the names of a network."""

    UNREADABLE = "unreadable", _("This is not a complete web address. Copy it again, from https:// to its end.")
    NOT_HTTPS = "not_https", _("The address must begin with https://.")
    USER_INFO = "user_info", _("The address must not hold a user name or password. Use a private address that needs none.")
    PORT = "port", _("The address names a port that is not allowed. Use one without a port.")
    NOT_PUBLIC = "not_public", _("No server on the public internet is known by this name. Check the address.")


class AddressRefused(DomainError):
    """The address will not be asked."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def message(self) -> str | StrPromise:
        """What is wrong with it."""
        return self.reason.label


@dataclass(frozen=True)
class Place:
    """Where a request goes, taken apart once and for all: what was checked is what is asked."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The address as it was understood."""
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}{self.target}"


def place_of(url: str, *, loopback: bool = False) -> Place:
    """What `url` names. With `loopback`, for tests, also http, any port, and names without a dot.

    Raises AddressRefused.
    """
    parts = _parts(url)
    scheme = parts.scheme.lower()
    if scheme != "https" and not (loopback and scheme == "http"):
        raise AddressRefused(Refusal.NOT_HTTPS)
    if "@" in parts.netloc:
        raise AddressRefused(Refusal.USER_INFO)
    port = _port(parts) or (443 if scheme == "https" else 80)
    if port not in PORTS and not loopback:
        raise AddressRefused(Refusal.PORT)
    target = iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    return Place(secure=scheme == "https", host=_host(parts, loopback), port=port, target=target)


def is_public(address: str) -> bool:
    """Whether a resolved address is one of the public internet: for one host, and no disguise of another address."""
    try:
        found: Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        apart = found in GLOBAL_V6 and not any(found in network for network in NEVER_V6) and found.scope_id is None
    else:
        apart = not any(found in network for network in NEVER_V4)
    return apart and found.is_global and not (found.is_multicast or found.is_reserved or found.is_private)


def is_loopback(address: str) -> bool:
    """Whether a resolved address is this machine."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _parts(url: str) -> SplitResult:
    """The parts of an address without anything that two programs might read in two ways."""
    url = url.strip()
    if not url or len(url) > LONGEST or "\\" in url or any(sign <= " " or sign == "\x7f" for sign in url):
        raise AddressRefused(Refusal.UNREADABLE)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AddressRefused(Refusal.UNREADABLE) from None
    if not parts.scheme or (parts.scheme.lower() in {"http", "https"} and not parts.netloc):
        raise AddressRefused(Refusal.UNREADABLE)
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise AddressRefused(Refusal.PORT) from None


def _host(parts: SplitResult, loopback: bool) -> str:
    """The name, in small ASCII letters without the dot at its end: of labels that are no number, and of more than one."""
    try:
        host = (parts.hostname or "").encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        raise AddressRefused(Refusal.UNREADABLE) from None
    labels = host.split(".")
    if ":" in host or NUMBER.fullmatch(labels[-1]):
        raise AddressRefused(Refusal.NOT_PUBLIC)
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(Refusal.UNREADABLE)
    if len(labels) == 1 and not loopback:
        raise AddressRefused(Refusal.NOT_PUBLIC)
    return host
