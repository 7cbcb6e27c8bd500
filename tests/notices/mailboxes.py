"""Mailboxes for tests: a real IMAP server on this machine, and one that breaks off in the middle."""

import datetime
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imap_tools import MailBoxUnencrypted

USER, PASSWORD = "room@provider.example", "s3cret/@:å"
PATIENCE_SECONDS = 60


class Mailbox:
    """A mailbox on this machine, from the sender's side."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"imap://room%40provider.example:s3cret%2F%40%3A%C3%A5@127.0.0.1:{port}/INBOX"

    def put(self, *mails: bytes) -> None:
        with self._opened() as box:
            for mail in mails:
                box.append(mail, "INBOX")

    def unseen(self) -> int:
        with self._opened() as box:
            return len(box.uids("UNSEEN", charset=None))

    def all(self) -> int:
        with self._opened() as box:
            return len(box.uids("ALL", charset=None))

    def mark_all_deleted(self) -> None:
        """As a person's mail program does until it sweeps."""
        with self._opened() as box:
            box.client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")

    def _opened(self) -> MailBoxUnencrypted:
        return MailBoxUnencrypted("127.0.0.1", self.port, timeout=PATIENCE_SECONDS).login_utf8(USER, PASSWORD)


@contextmanager
def a_mailbox(*options: str) -> Iterator[Mailbox]:
    """A server that nobody here wrote (pymap), with an empty mailbox."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "pymap"), "--host", "127.0.0.1", "--port", str(port), *options]
    command += ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Mailbox(port)
    finally:
        server.kill()
        server.wait()


KNOWN_TO_ALL = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n", b"LOGOUT": b"* BYE\r\n{tag} OK done\r\n"}


class Breaking(StreamRequestHandler):
    """Says what `script` has for what a command begins with, and hangs up when it has nothing to say."""

    script: dict[bytes, bytes]

    def handle(self) -> None:
        self.wfile.write(self.script.get(b"", b"* OK ready\r\n"))
        for line in self.rfile:
            tag, _, command = line.strip().partition(b" ")
            begun = max((begin for begin in self.script if begin and command.startswith(begin)), key=len, default=b"")
            answer = self.script[begun] if begun else KNOWN_TO_ALL.get(command, b"")
            if not answer:
                return
            self.wfile.write(answer.replace(b"{tag}", tag).replace(b"{line}", command))


@contextmanager
def a_breaking_server(script: dict[bytes, bytes]) -> Iterator[str]:
    """The address of a server that follows the script."""
    handler = type("Scripted", (Breaking,), {"script": script})
    with ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"imap://room:s3cret@127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that only itself vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(begins).not_valid_after(begins + datetime.timedelta(days=30))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, secret


def _wait_for(port: int) -> None:
    for _ in range(PATIENCE_SECONDS * 20):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(port)
