"""A stream that only the holder of a passphrase or key can read, and nobody can change, cut or reorder unnoticed.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015), as in age: chunks of 64 KiB, each sealed with
ChaCha20-Poly1305 (RFC 8439) under the nonce `prefix | number of the chunk | whether it is the last`. So a chunk that is missing,
doubled or out of its place does not open, nor does a stream without its last chunk. The key is that of the archive
alone: derived with a salt of its own, by scrypt (RFC 7914) from a passphrase, or by HKDF (RFC 5869) from a random key.
"""

import base64
import binascii
import io
import os
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.backup.errors import BackupFailed, Damaged

MAGIC = b"TILLGODO SEALED 1\n"
CHUNK = 64 * 1024
TAG = 16
SALT = 16
PREFIX = 7
MOST_CHUNKS = 2**32
WORK = 17
"""log2 of scrypt's cost: 128 MiB and some tenths of a second a try, as OWASP advises."""
MOST_WORK = 20
"""A head that asks for more is not obeyed: it would only use up memory."""
SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True)
class Secret:
    """What an archive is sealed with: a passphrase, or a random key of 32 bytes."""

    kind: bytes
    value: bytes

    @classmethod
    def passphrase(cls, text: str) -> "Secret":
        """Raises BackupFailed for one that is too short to protect anything."""
        if len(text) < SHORTEST_PASSPHRASE:
            raise BackupFailed(f"A passphrase has at least {SHORTEST_PASSPHRASE} characters.")
        return cls(b"P", text.encode())

    @classmethod
    def key(cls, text: str) -> "Secret":
        """A key as a Fernet key is written: 32 bytes in URL-safe base64. Raises BackupFailed."""
        try:
            value = base64.urlsafe_b64decode(text.strip())
        except (binascii.Error, ValueError):
            value = b""
        if len(value) != 32:
            raise BackupFailed("The key is not 32 bytes in URL-safe base64; `manage.py reseal --new-key` makes one.")
        return cls(b"K", value)

    def cipher(self, salt: bytes, work: int) -> ChaCha20Poly1305:
        """The cipher of one archive."""
        if self.kind == b"P":
            return ChaCha20Poly1305(Scrypt(salt=salt, length=32, n=2**work, r=8, p=1).derive(self.value))
        return ChaCha20Poly1305(HKDF(algorithm=SHA256(), length=32, salt=salt, info=MAGIC).derive(self.value))


class SealingWriter(io.RawIOBase):
    """Seals what is written to it; only `close` writes the last chunk, without which nothing opens."""

    def __init__(self, below: BinaryIO, secret: Secret, *, work: int = WORK) -> None:
        salt, self._prefix = os.urandom(SALT), os.urandom(PREFIX)
        self._head = MAGIC + secret.kind + bytes([work]) + salt + self._prefix
        self._cipher, self._below = secret.cipher(salt, work), below
        self._waiting, self._number = bytearray(), 0
        below.write(self._head)

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        """Take `data`; at least one byte waits, so that the last chunk is known to be the last."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk. What lies below is left open."""
        if not self.closed:
            self._put(bytes(self._waiting), last=True)
        super().close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        if self._number >= MOST_CHUNKS:
            raise BackupFailed("The archive is too large to be sealed.")
        self._below.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), chunk, self._head))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Reads what a SealingWriter sealed. Raises Damaged, also for another passphrase or key: nobody can tell them apart."""

    def __init__(self, below: BinaryIO, secret: Secret) -> None:
        rest = below.read(2 + SALT + PREFIX)
        if len(rest) != 2 + SALT + PREFIX or not 10 <= rest[1] <= MOST_WORK:
            raise Damaged("The head of the sealed archive is damaged.")
        if rest[:1] != secret.kind:
            raise BackupFailed("The archive is sealed with " + ("a passphrase." if rest[:1] == b"P" else "a key, not a passphrase."))
        self._head, self._prefix = MAGIC + rest, rest[-PREFIX:]
        self._cipher, self._below = secret.cipher(rest[2 : 2 + SALT], rest[1]), below
        self._next, self._number = below.read(CHUNK + TAG), 0
        self._open, self._ended = b"", False

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fill `buffer` with what opens."""
        while not self._open and not self._ended:
            self._open = self._take()
        part, self._open = self._open[: len(buffer)], self._open[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _take(self) -> bytes:
        chunk, self._next = self._next, self._below.read(CHUNK + TAG)
        self._ended = not self._next
        try:
            opened = self._cipher.decrypt(_nonce(self._prefix, self._number, last=self._ended), chunk, self._head)
        except InvalidTag:
            message = "The archive does not open: the passphrase or key is another one, or it was changed or cut off."
            raise Damaged(message) from None
        self._number += 1
        return opened


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
