"""The one way by which we fetch from, or send to, an address that a person named.

Who names an address must not have us look into our own network for them. So the address is read strictly
(`core.addresses`), its name is resolved by us, once, and refused unless everything it leads to is public; then we
connect to the very address that was checked, while the certificate must be that of the name. Each redirect begins
all over again. No proxy, no cookie, no saved password takes part, and nothing of what a server says comes into a
message or a log, for addresses of calendars are secrets and answers may be.

A server that is slow, endless or hostile costs a bounded time and memory: the connection is cut when the time is over,
whatever it is doing, and what was read is counted as it arrives, packed and unpacked.

Never called inside a transaction.
"""

import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from queue import Empty, SimpleQueue
from time import monotonic
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from core.addresses import AddressRefused, Place, Refusal, is_loopback, is_public, place_of
from core.errors import DomainError

__all__ = ["AddressRefused", "Answer", "FetchFailed", "Reply", "Trouble", "call", "check_address", "fetch", "post"]

LONGEST_SECONDS = 20.0
"""For all of it: names, redirects, and the last byte."""
LONGEST_WAIT_SECONDS = 8.0
"""For a connection, and for the next bytes on it."""
LONGEST_LOOK_UP_SECONDS = 5.0
MOST_REDIRECTS = 3
MOST_ADDRESSES = 4
CHUNK_BYTES = 64 * 1024

PASSED_ON = {301, 302, 303, 307, 308}
NOT_THERE = {401, 403, 404, 410}
UNCHANGED = 304


class Trouble(TextChoices):
    """Why an address that is allowed could not be fetched."""

    UNREACHABLE = "unreachable", _("The server could not be reached.")
    UNTRUSTED = "untrusted", _("The server has no valid certificate for this address.")
    TOO_SLOW = "too_slow", _("The server took too long to answer.")
    TOO_LARGE = "too_large", _("The server sent more than we read.")
    PASSED_ON = "passed_on", _("The server passes on to another address, which is not allowed.")
    TOO_MANY = "too_many", _("The server passes on from one address to the next, too many times.")
    NOT_THERE = "not_there", _("The server says that nothing can be read at this address. It may have been renewed.")
    ANSWERED = "answered", _("The server answered with an error.")
    GARBLED = "garbled", _("The answer of the server could not be understood.")


class FetchFailed(DomainError):
    """Nothing was fetched."""

    def __init__(self, reason: Trouble) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def message(self) -> str | StrPromise:
        """What went wrong, without a word of the server's."""
        return self.reason.label


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server gave. `unchanged`: nothing new since the `etag` or `last_modified` that were sent along."""

    status: int
    body: bytes
    etag: str
    last_modified: str

    @property
    def unchanged(self) -> bool:
        """Whether what we have is still what there is."""
        return self.status == UNCHANGED


@dataclass(frozen=True)
class Reply:
    """What a server replied: headers by their names in small letters, and the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether it took what it was sent."""
        return 200 <= self.status < 300


def check_address(url: str) -> Place:
    """Say at once whether `url` may be fetched; only its name is looked up. Raises AddressRefused."""
    place = place_of(url, loopback=settings.OUTBOUND_LOOPBACK)
    _addresses(place, LONGEST_LOOK_UP_SECONDS)
    return place


def fetch(url: str, *, most_bytes: int, accept: str = "*/*", etag: str = "", last_modified: str = "") -> Answer:
    """What is at `url`, at most `most_bytes`, or that it is as it was. Raises AddressRefused, FetchFailed."""
    headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "Tillgodo", "Connection": "close"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    clock = _Clock(LONGEST_SECONDS)
    found = _visit(url, headers, most_bytes, clock)
    for _hop in range(MOST_REDIRECTS):
        if isinstance(found, Answer):
            return found
        try:
            found = _visit(found, headers, most_bytes, clock)
        except AddressRefused:
            raise FetchFailed(Trouble.PASSED_ON) from None
    if isinstance(found, Answer):
        return found
    raise FetchFailed(Trouble.TOO_MANY)


def post(url: str, body: bytes, *, headers: Mapping[str, str]) -> None:
    """Send `body` to `url`, which must say that it took it (2xx); what else it says is not read, and it cannot pass us on.

    Raises AddressRefused, FetchFailed. Whoever calls again after that may send the same twice.
    """
    status = call(url, body=body, headers=headers, most_bytes=0).status
    if not 200 <= status < 300:
        raise FetchFailed(Trouble.PASSED_ON if status in PASSED_ON else Trouble.ANSWERED)


def call(url: str, *, body: bytes | None = None, headers: Mapping[str, str], most_bytes: int) -> Reply:
    """What a server replies, whatever it is, and no more than `most_bytes` of it: to a POST of `body`, to a GET without one.

    It cannot pass us on. Raises AddressRefused, FetchFailed.
    """
    place = place_of(url, loopback=settings.OUTBOUND_LOOPBACK)
    clock = _Clock(LONGEST_SECONDS)
    method = "GET" if body is None else "POST"
    sent = {**headers, "Accept-Encoding": "identity", "User-Agent": "Tillgodo", "Connection": "close"}
    try:
        with closing(_open(place, clock)) as line, clock.cuts(line), closing(_speak(place, line, clock)) as connection:
            connection.request(method, place.target, body=body, headers=sent, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                said = response.read(most_bytes, decode_content=False) if most_bytes else b""
                reply = Reply(response.status, {name.lower(): value for name, value in response.headers.items()}, said)
        if said:
            clock.left()  # a connection that we cut looks like one that ended
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        clock.left()
        raise FetchFailed(_trouble(error)) from None  # the cause would bring the address into logs
    return reply


def resolve(host: str, port: int) -> list[str]:
    """The addresses that a name leads to."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_kind, address in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address, which is no name, so that nobody is asked again where it leads."""
    return socket.create_connection((address, port), timeout=seconds)


class _Clock:
    """How much time is left, and the end of a connection that would outlast it."""

    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """Seconds. Raises FetchFailed when none are."""
        left = self._ends - monotonic()
        if left <= 0:
            raise FetchFailed(Trouble.TOO_SLOW)
        return left

    @contextmanager
    def cuts(self, line: socket.socket) -> Iterator[None]:
        """Hang up when the time is over, in the middle of whatever is waited for: a byte now and then buys no more."""
        twin = line.dup()  # `line` itself is taken over by TLS
        timer = threading.Timer(self.left(), _hang_up, [twin])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            twin.close()


class _Line(HTTPConnection):
    """A connection that is there already."""

    line: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.line


class _TlsLine(HTTPSConnection):
    """The same, on which the server proves that it bears the name."""

    line: socket.socket

    def _new_conn(self) -> socket.socket:
        return self.line


def _addresses(place: Place, seconds: float) -> list[str]:
    """Where the name leads to, all of it allowed. An answer that does not come in time is none."""
    found: SimpleQueue[list[str]] = SimpleQueue()
    threading.Thread(target=_look_up, args=[place, found], daemon=True).start()
    try:
        addresses = found.get(timeout=min(seconds, LONGEST_LOOK_UP_SECONDS))
    except Empty:
        addresses = []
    if not addresses or not all(_may_be_asked(address, place) for address in addresses):
        raise AddressRefused(Refusal.NOT_PUBLIC)
    return addresses


def _look_up(place: Place, found: SimpleQueue[list[str]]) -> None:
    try:
        found.put(resolve(place.host, place.port))
    except (OSError, UnicodeError):
        found.put([])


def _may_be_asked(address: str, place: Place) -> bool:
    if settings.OUTBOUND_LOOPBACK and is_loopback(address):
        return True
    return place.secure and is_public(address)


def _visit(url: str, headers: dict[str, str], most_bytes: int, clock: _Clock) -> Answer | str:
    """One request, looked at from the start; where the server passes on, the address to go to."""
    place = place_of(url, loopback=settings.OUTBOUND_LOOPBACK)
    try:
        with closing(_open(place, clock)) as line, clock.cuts(line), closing(_speak(place, line, clock)) as connection:
            connection.request("GET", place.target, headers=headers, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                if response.status in PASSED_ON:
                    return urljoin(place.url, response.headers.get("Location", ""))
                return _understand(response, headers, most_bytes, clock)
    except (OSError, HTTPError, HTTPException, ValueError, zlib.error) as error:
        clock.left()
        raise FetchFailed(_trouble(error)) from None  # the cause would bring the address into logs


def _open(place: Place, clock: _Clock) -> socket.socket:
    """A connection to the first of the place's addresses that takes one."""
    for address in _addresses(place, clock.left())[:MOST_ADDRESSES]:
        with suppress(OSError):
            return connect(address, place.port, min(clock.left(), LONGEST_WAIT_SECONDS))
    clock.left()
    raise FetchFailed(Trouble.UNREACHABLE)


def _speak(place: Place, line: socket.socket, clock: _Clock) -> HTTPConnection:
    seconds = min(clock.left(), LONGEST_WAIT_SECONDS)
    connection: _Line | _TlsLine
    if place.secure:
        checking = ssl.create_default_context()  # the chain, and that the certificate is that of the name
        connection = _TlsLine(place.host, place.port, timeout=seconds, ssl_context=checking, server_hostname=place.host)
    else:
        connection = _Line(place.host, place.port, timeout=seconds)
    connection.line = line
    return connection


def _understand(response: BaseHTTPResponse, sent: dict[str, str], most_bytes: int, clock: _Clock) -> Answer:
    if response.status == UNCHANGED and not sent.keys() & {"If-None-Match", "If-Modified-Since"}:
        raise FetchFailed(Trouble.GARBLED)
    if response.status not in {200, UNCHANGED}:
        raise FetchFailed(Trouble.NOT_THERE if response.status in NOT_THERE else Trouble.ANSWERED)
    body = b"" if response.status == UNCHANGED else _body(response, most_bytes)
    clock.left()  # a connection that we cut looks like one that ended
    etag, last_modified = _kept(response, "ETag", 300), _kept(response, "Last-Modified", 100)
    return Answer(status=response.status, body=body, etag=etag, last_modified=last_modified)


def _body(response: BaseHTTPResponse, most_bytes: int) -> bytes:
    """All that the server sends. Raises FetchFailed as soon as it is too much, packed or unpacked."""
    packing = response.headers.get("Content-Encoding", "").strip().lower() or "identity"
    if packing not in {"identity", "gzip", "x-gzip"}:
        raise FetchFailed(Trouble.GARBLED)
    if _announced(response) > most_bytes:
        raise FetchFailed(Trouble.TOO_LARGE)
    unpacking = None if packing == "identity" else zlib.decompressobj(16 + zlib.MAX_WBITS)
    body, arrived = bytearray(), 0
    while chunk := response.read(CHUNK_BYTES, decode_content=False):
        arrived += len(chunk)
        body += chunk if unpacking is None else unpacking.decompress(chunk, most_bytes + 1 - len(body))
        if max(arrived, len(body)) > most_bytes:
            raise FetchFailed(Trouble.TOO_LARGE)
    if unpacking is not None and not unpacking.eof:
        raise FetchFailed(Trouble.GARBLED)
    return bytes(body)


def _announced(response: BaseHTTPResponse) -> int:
    """How many bytes the server says that it will send; 0 where it says nothing."""
    length = response.headers.get("Content-Length", "")
    return int(length) if len(length) < 20 and length.isascii() and length.isdigit() else 0


def _kept(response: BaseHTTPResponse, name: str, longest: int) -> str:
    """A header that we send back next time, if it is one that can be."""
    value = response.headers.get(name, "")
    return value if len(value) <= longest and value.isascii() and value.isprintable() else ""


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble.UNTRUSTED
    if isinstance(error, TimeoutError):
        return Trouble.TOO_SLOW
    return Trouble.UNREACHABLE if isinstance(error, OSError) else Trouble.GARBLED


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
