"""A sealed stream opens for its secret alone, and not where anything of it was changed, cut off, doubled or put elsewhere."""

import io

import pytest

from core.backup.errors import BackupFailed, Damaged
from core.backup.sealed import CHUNK, MAGIC, TAG, OpeningReader, SealingWriter, Secret

KEY = Secret.key("A" * 43 + "=")
HEAD = len(MAGIC) + 2 + 16 + 7
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]


def sealed(content, secret=KEY, **how):
    below = io.BytesIO()
    writer = SealingWriter(below, secret, **how)
    for start in range(0, len(content), 10_000):
        writer.write(content[start : start + 10_000])
    writer.close()
    return below.getvalue()


def opened(stream, secret=KEY):
    below = io.BytesIO(stream)
    assert below.read(len(MAGIC)) == MAGIC
    return OpeningReader(below, secret).read()


@pytest.mark.parametrize("size", SIZES)
def test_rel13_what_was_sealed_opens(size):
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert opened(sealed(content)) == content


def test_rel13_a_passphrase_opens_and_another_does_not():
    stream = sealed(b"the ledger", Secret.passphrase("correct horse battery"), work=10)

    assert opened(stream, Secret.passphrase("correct horse battery")) == b"the ledger"
    with pytest.raises(Damaged, match="does not open"):
        opened(stream, Secret.passphrase("correct horse batterz"))
    with pytest.raises(BackupFailed, match="with a passphrase"):
        opened(stream)
    assert stream != sealed(b"the ledger", Secret.passphrase("correct horse battery"), work=10)


def chunks(stream):
    whole = CHUNK + TAG
    return stream[:HEAD], [stream[at : at + whole] for at in range(HEAD, len(stream), whole)]


HARM = {
    "the last chunk is missing": lambda head, parts: head + b"".join(parts[:-1]),
    "the last byte is missing": lambda head, parts: head + b"".join(parts)[:-1],
    "two chunks changed places": lambda head, parts: head + b"".join([parts[1], parts[0], *parts[2:]]),
    "a chunk stands twice": lambda head, parts: head + b"".join([parts[0], parts[0], *parts[1:]]),
    "a bit changed": lambda head, parts: head + bytes([parts[0][0] ^ 1]) + b"".join(parts)[1:],
    "something follows": lambda head, parts: head + b"".join(parts) + b"more",
    "another salt": lambda head, parts: head[:-1] + bytes([head[-1] ^ 1]) + b"".join(parts),
    "nothing but a head": lambda head, _parts: head,
    "half a head": lambda head, _parts: head[:-3],
}


@pytest.mark.parametrize("harm", HARM)
def test_rel13_a_stream_that_was_touched_does_not_open(harm):
    head, parts = chunks(sealed(b"x" * (2 * CHUNK + 5)))
    assert len(parts) == 3

    with pytest.raises(Damaged):
        opened(HARM[harm](head, parts))


def test_rel13_a_head_that_asks_for_all_memory_is_not_obeyed():
    stream = bytearray(sealed(b"", Secret.passphrase("correct horse battery"), work=10))
    stream[len(MAGIC) + 1] = 31

    with pytest.raises(Damaged, match="head"):
        opened(bytes(stream), Secret.passphrase("correct horse battery"))


@pytest.mark.parametrize("text", ["", "short", "A" * 44, "ä" * 43])
def test_rel13_what_is_no_key_is_refused(text):
    with pytest.raises(BackupFailed, match="32 bytes"):
        Secret.key(text)


def test_rel13_a_short_passphrase_is_refused():
    with pytest.raises(BackupFailed, match="12 characters"):
        Secret.passphrase("elevenchars")
