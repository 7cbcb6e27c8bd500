"""What a mail is made of, read from its bytes (RFC 5322, 2045–2047, 2231): fields of its head, and its parts.

Anybody can send us anything, so nothing here raises, whatever the bytes are, and no work grows beyond what is useful:
fields, parts and depth are counted, sizes are cut. What lies beyond is left unread, and `complete` says so; the bytes
themselves are kept elsewhere and lose nothing. Attached mails are parts like any others and are not looked into.

Pure: no Django, no clock, no I/O.
"""

import binascii
import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from email.utils import collapse_rfc2231_value
from itertools import islice

LONGEST_HEAD = 256 * 1024
LONGEST_FIELD = 64 * 1024
MOST_FIELDS = 1_000
MOST_PARTS = 1_000
MOST_LINES_LIKE_BOUNDARIES = 20_000
DEEPEST = 10
LARGEST_TEXT = 1024 * 1024

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_LINE_END = re.compile(rb"\r?\n")
_HEAD_ENDS = re.compile(rb"\n\r?\n")
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_CHARSET = re.compile(
    r"utf-(?:8|16|32)(?:-\w+)?|iso\w+[-_]\w+|cp\d+|koi8-\w|mac-\w+|big5\w*|gb\w+|euc_\w+|shift_jis\w*|hz|johab|tis-620", re.ASCII
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


@dataclass(frozen=True)
class Head:
    """The fields before a body: their values by name in lower case, unfolded but not decoded, in order."""

    fields: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.fields

    def all(self, name: str) -> list[str]:
        """Every value of the field, as written."""
        return [to_text(value) for value in self.fields.get(name.lower(), ())]

    def first(self, name: str) -> str:
        """The first value of the field, as written; empty where there is none."""
        return next(iter(self.all(name)), "")

    def words(self, name: str) -> str:
        """The first value as people read it, encoded words decoded (RFC 2047)."""
        return decode_words(self.first(name))


@dataclass(frozen=True)
class Part:
    """A part that holds no others. Its content is decoded when asked for, and only so much of it as is asked for."""

    head: Head
    content_type: str
    parameters: Mapping[str, str]
    is_attachment: bool
    name: str
    whole: bytes = field(repr=False)
    start: int
    end: int

    def content(self, most: int = LARGEST_TEXT) -> bytes:
        """At most about `most` bytes, without their transfer encoding."""
        encoding = self.head.first("content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return unbase64(self.whole[self.start : min(self.end, self.start + 2 * most)])[:most]
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.whole[self.start : min(self.end, self.start + 3 * most)])[:most]
        return self.whole[self.start : min(self.end, self.start + most)]

    def text(self, most: int = LARGEST_TEXT) -> str:
        """The same as text in its charset, or whatever else it turns out to be written in; lines end in LF."""
        return "\n".join(to_text(self.content(most), self.parameters.get("charset", "")).splitlines())


@dataclass(frozen=True)
class Structure:
    """A whole mail: its head, and the parts that hold no others, in order. Not `complete`: there was more than is useful."""

    head: Head
    parts: tuple[Part, ...]
    complete: bool = True


def walk(whole: bytes) -> Structure:
    """The structure of a mail, whatever its bytes are. The work is bounded by size × depth.

    A multipart without its boundary is text.
    """
    head, _ = _head(whole, 0, len(whole))
    parts: list[Part] = []
    complete, ahead = True, [(0, len(whole), 0)]
    while ahead:
        start, end, depth = ahead.pop()
        part = _part(whole, start, end)
        room = MOST_PARTS - len(parts) - len(ahead)
        within = list(islice(_within(part), room + 1)) if depth < DEEPEST else []
        complete &= len(within) <= room and (depth < DEEPEST or not _is_multipart(part))
        ahead += [(*place, depth + 1) for place in reversed(within[:room])]
        if not within and len(parts) < MOST_PARTS:
            parts.append(replace(part, content_type="text/plain") if depth < DEEPEST and _is_multipart(part) else part)
    return Structure(head, tuple(parts), complete)


def to_text(data: bytes, charset: str = "") -> str:
    """The bytes as text, without NUL. A charset that is unknown, or ASCII that is not, is UTF-8 or else Windows’ own."""
    known = _known_charset(charset)
    if known:
        return data.decode(known, "replace").replace("\0", "")
    try:
        return data.decode("utf-8").replace("\0", "")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace").replace("\0", "")


def decode_words(value: str) -> str:
    """A field's text with its encoded words decoded (RFC 2047); neighbours in one charset may share a character."""
    told, end = [], 0
    run: tuple[str, bytes] = ("", b"")
    for found in _WORD.finditer(value):
        between, charset = value[end : found.start()], found[1].lower()
        if between.strip() or charset != run[0]:
            told += [to_text(run[1], run[0]), between if between.strip() or not end else ""]
            run = (charset, b"")
        run = (charset, run[1] + _unword(found[2], found[3]))
        end = found.end()
    return "".join([*told, to_text(run[1], run[0]), value[end:]])


def unbase64(data: bytes) -> bytes:
    """What can be read of base64, however broken."""
    clean = _NOT_BASE64.sub(b"", data)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _unword(encoding: str, text: str) -> bytes:
    data = text.encode("ascii", "replace")
    return unbase64(data) if encoding in "bB" else binascii.a2b_qp(data, header=True)


def _known_charset(charset: str) -> str:
    """The codec of that name, if it is one of characters and not ASCII, which many claim and few keep to."""
    try:
        name = codecs.lookup(charset).name if charset.isascii() else ""
    except (LookupError, ValueError):
        return ""
    if name == "iso8859-1":
        return "cp1252"  # as browsers have it
    return name if _CHARSET.fullmatch(name) else ""


def _head(whole: bytes, start: int, end: int) -> tuple[Head, int]:
    """The fields that a mail or part begins with, and where its body begins. A body without a head has no fields."""
    first = whole[start : start + 2]
    if first[:1] == b"\n" or first == b"\r\n":
        return Head(), start + (1 if first[:1] == b"\n" else 2)
    if not _begins_with_a_field(whole[start : min(end, start + 300)]):
        return Head(), start
    ends = _HEAD_ENDS.search(whole, start, end)
    lines = _LINE_END.split(_FOLD.sub(b"", whole[start : min(ends.start() if ends else end, start + LONGEST_HEAD)]))
    fields: dict[str, tuple[bytes, ...]] = {}
    for line in lines[:MOST_FIELDS]:
        found = _FIELD.match(line)
        if found:
            name = found[1].decode("ascii").lower()
            fields[name] = (*fields.get(name, ()), found[2].strip()[:LONGEST_FIELD])
    return Head(fields), ends.end() if ends else end


def _begins_with_a_field(beginning: bytes) -> bool:
    """Whether there is a head at all; the line that mailbox files put before a mail is passed over."""
    if beginning.startswith((b"From ", b">From ")):
        beginning = beginning.partition(b"\n")[2]
    return _FIELD.match(beginning.partition(b"\n")[0]) is not None


def _part(whole: bytes, start: int, end: int) -> Part:
    head, body = _head(whole, start, end)
    kind, parameters = _with_parameters(head, "content-type")
    disposition, more = _with_parameters(head, "content-disposition")
    return Part(
        head=head,
        content_type=kind if "/" in kind else "text/plain",
        parameters=parameters,
        is_attachment=disposition == "attachment",
        name=" ".join(decode_words(more.get("filename") or parameters.get("name", "")).split())[:200],
        whole=whole,
        start=body,
        end=end,
    )


def _with_parameters(head: Head, name: str) -> tuple[str, dict[str, str]]:
    """A field's value in lower case, and its parameters (RFC 2231). What cannot be read at all is as if it were not there."""
    value = Message()
    try:
        value[name] = head.first(name)[:4000]
        given = value.get_params(failobj=[], header=name)
        parameters = {key.lower(): collapse_rfc2231_value(text) for key, text in reversed(given[1:])}
        return given[0][0].strip().lower() if given else "", parameters
    except Exception:  # Python's own reading of parameters raises all sorts of things
        return "", {}


def _is_multipart(part: Part) -> bool:
    return part.content_type.startswith("multipart/")


def _within(part: Part) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart are; none for any other part, or where its boundary is not found."""
    boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
    if not _is_multipart(part) or not boundary:
        return
    begun = None
    for line, after, last in _boundaries(part, b"\n--" + boundary):
        if begun is not None:
            yield begun, line
        begun = after
        if last:
            return
    if begun is not None and begun < part.end:
        yield begun, part.end


def _boundaries(part: Part, line: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each line that is a boundary: where the part before it ends, where the next begins, and whether it is the last."""
    at = part.start - 1
    for _ in range(MOST_LINES_LIKE_BOUNDARIES):
        at = part.whole.find(line, max(at, 0), part.end)
        if at < 0:
            return
        after = at + len(line)
        ends = part.whole.find(b"\n", after, part.end)
        rest = part.whole[after : min(ends if ends >= 0 else part.end, after + 100)].strip()
        if rest in (b"", b"--"):
            yield at - (part.whole[at - 1 : at] == b"\r"), ends + 1 if ends >= 0 else part.end, rest == b"--"
        at = ends if ends >= 0 else part.end
