"""What a file is, told by its first bytes and never by its name (rule S1). Pure.

Programs that a double click starts are refused: those of Windows, Linux and macOS, Java classes, Windows shortcuts,
Android and WebAssembly code. Archives and documents are kept as they came and never opened; a script is text like a log,
which nothing here runs and no browser is told to show.
"""

from enum import Enum

PROGRAMS: tuple[bytes, ...] = (
    b"MZ",  # Windows and DOS
    b"ZM",
    b"\x7fELF",  # Linux
    b"\xfe\xed\xfa\xce",  # macOS, in both orders of bytes, and of several machines at once; Java classes
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xbe\xba\xfe\xca",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a shortcut of Windows
    b"dex\n",  # Android
    b"\x00asm",  # WebAssembly
)
HEAD = max(map(len, PROGRAMS))
"""How many bytes it takes to tell."""


class FileKind(Enum):
    """What matters about a file."""

    PROGRAM = "program"
    OTHER = "other"


def kind_of(head: bytes) -> FileKind:
    """The kind of a file that begins with `head`, its first HEAD bytes or all there are."""
    return FileKind.PROGRAM if head.startswith(PROGRAMS) else FileKind.OTHER
