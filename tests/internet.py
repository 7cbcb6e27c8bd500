"""An internet for tests: names that lead where the test says, and real servers with real certificates on this machine.

Public addresses are only pretended: a connection to one that has a server here goes to it, any other is refused. What
leads to this machine is let through for real, so that a trap (`Trap`) sees whatever the product should not have done.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core import outbound
from core.addresses import is_loopback

Answering = Callable[[str], Iterable[bytes]]
"""Given the head of a request, what is sent, piece by piece."""

CALENDARS = "calendars.example"
CALENDARS_ADDRESS = "93.184.216.34"


@dataclass
class Internet:
    """`names` lead to addresses; `servers` are the ports on this machine of addresses. `contacts` is what was connected to."""

    names: dict[str, list[str]] = field(default_factory=dict)
    servers: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in self.names:
            return self.names[host]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(address[0]) for *_kind, address in found]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.contacts.append(address)
        if address in self.servers:
            return socket.create_connection(("127.0.0.1", self.servers[address]), timeout=seconds)
        if is_loopback(address) or address in {"0.0.0.0", "::"}:
            return socket.create_connection((address, port), timeout=seconds)
        raise ConnectionRefusedError


def an_internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """No name leads anywhere until the test says so."""
    internet = Internet()
    monkeypatch.setattr(outbound, "resolve", internet.resolve)
    monkeypatch.setattr(outbound, "connect", internet.connect)
    return internet


class Trap:
    """A socket that listens for whoever should not come: on every address of this machine, in either family."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) if _has_v6() else _v4()
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _address = self._socket.accept()
                self.visits += 1
                visitor.close()


class Site:
    """A server for one port on this machine, by https where it has a certificate; `heads` are the requests it got."""

    def __init__(self, answer: Answering, context: ssl.SSLContext | None) -> None:
        self.answer, self._context = answer, context
        self.heads: list[str] = []
        self._socket = _v4()
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _address = self._socket.accept()
                threading.Thread(target=self._serve, args=[visitor], daemon=True).start()

    def _serve(self, visitor: socket.socket) -> None:
        with closing(visitor), suppress(OSError, ssl.SSLError):
            visitor.settimeout(10)
            line = self._context.wrap_socket(visitor, server_side=True) if self._context else visitor
            with closing(line):
                head = _head(line)
                self.heads.append(head)
                for piece in self.answer(head):
                    line.sendall(piece)


@dataclass
class Authority:
    """Who vouches for the certificates of the tests: `path` is what a client has to trust."""

    path: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def context(self, *hosts: str) -> ssl.SSLContext:
        """What a server of these hosts speaks TLS with."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        certificate = _certificate(hosts[0], key, self.key, self.certificate.subject).add_extension(names, critical=False)
        signed = certificate.sign(self.key, hashes.SHA256())
        path = self.path.with_name(f"{hosts[0]}.pem")
        path.write_bytes(_pem(key) + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def an_authority(folder: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of the tests")])
    builder = _certificate("Authority of the tests", key, key, name)
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    path = folder / "authority.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(path, certificate, key)


@contextmanager
def trap() -> Iterator[Trap]:
    listening = Trap()
    try:
        yield listening
    finally:
        listening.close()


@contextmanager
def site(answer: Answering, context: ssl.SSLContext | None = None) -> Iterator[Site]:
    standing = Site(answer, context)
    try:
        yield standing
    finally:
        standing.close()


def response(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> list[bytes]:
    """A whole answer; a header `If_None_Match` is sent as If-None-Match."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    length = [] if "Transfer_Encoding" in headers or "Content_Length" in headers else [f"Content-Length: {len(body)}"]
    return ["\r\n".join([*lines, *length, "", ""]).encode(), body]


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, authority: ec.EllipticCurvePrivateKey, issuer: x509.Name
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(tz=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    return builder.not_valid_after(now + timedelta(days=2)).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _head(line: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (piece := line.recv(4096)):
        head += piece
    return head.decode("latin-1")


def _v4() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _has_v6() -> bool:
    return socket.has_dualstack_ipv6()
