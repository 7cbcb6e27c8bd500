"""Documents for people to keep, as PDF: drawn from our own templates, with our own font, reaching out to nothing (rule P4).

A document may use files of our static folder. Whatever else it asks for, by whatever address, is refused, and the
document with it: what somebody typed must never make this server fetch anything. What is typed stays text, for
templates escape it.

The same input gives the same bytes: the document is dated `at`, and its identifier is drawn from what it says.
"""

import gc
import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from core.colours import is_colour

VARIANT = "pdf/ua-1"
"""Tagged, so that a program can read it out; what else that standard asks for is kept by `templates/pdf/base.html`."""
ARCHIVED = "pdf/a-3b"
"""Readable for decades with nothing but itself, and with files inside (ISO 19005-3)."""
STYLE_SHEET = "tillgodo/pdf.css"
END_OF_METADATA = b"</rdf:RDF>"

_one_at_a_time = Lock()
"""Fonts are shared, and the libraries that draw with them are not made for several threads."""


class FetchRefused(Exception):
    """A document asked for something that is not ours to give. An error of its template, never of who asked for it."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A file inside an archived document, which says the same as it for machines; `metadata` tells them so, as RDF descriptions."""

    name: str
    content: bytes
    description: str
    metadata: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """How a document is made: to be read out, or to be archived; with which file inside; with `colour`, #rrggbb, for its accents.

    `files`: bytes to be taken for files of our static folder, by their names there.
    """

    variant: str = VARIANT
    inside: Inside | None = None
    colour: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


USUAL = Paper()


def render(*, template: str, context: Mapping[str, Any], language: str, zone: ZoneInfo, at: datetime, paper: Paper = USUAL) -> bytes:
    """The `template`, which extends `pdf/base.html`, as a PDF in `language` with times in `zone`, made at the instant `at`.

    Raises FetchRefused where the document asks for anything but a file of our static folder.
    """
    made = {"language": language, "zone": zone.key, "made_at": at, "made_at_utc": at.astimezone(UTC).isoformat(timespec="seconds")}
    with translation.override(language), timezone.override(zone):
        html = render_to_string(template, {**context, **made})
    files = _OurFiles(Path(settings.STATICFILES_DIRS[0]).resolve(), paper.files)
    with _one_at_a_time, _nothing_collected():
        sheet, fonts = _style(files.folder)
        document = HTML(string=html, base_url=f"{files.folder.as_uri()}/", url_fetcher=files)
        sheets = [sheet, CSS(string=f":root {{ --accent: {paper.colour}; }}")] if is_colour(paper.colour) else [sheet]
        inside = paper.inside
        written: bytes = document.write_pdf(
            stylesheets=sheets,
            font_config=fonts,
            finisher=lambda _document, pdf: _finish(pdf, inside),
            pdf_variant=paper.variant,
            pdf_tags=True,
            pdf_identifier=sha256(html.encode() + (inside.content if inside else b"")).digest()[:16],
            attachments=[_attached(inside, at)] if inside else None,
        )
    files.check()
    return written


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Until the end of the block, nothing looks for garbage: a page only grows, and going through it takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _attached(inside: Inside, at: datetime) -> Attachment:
    moment = at.astimezone(UTC)
    return Attachment(
        file_obj=BytesIO(inside.content),
        name=inside.name,
        description=inside.description,
        created=moment,
        modified=moment,
        relationship="Alternative",
    )


def _finish(pdf: Any, inside: Inside | None) -> None:
    """The library names each file inside twice, and knows no metadata but its own."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
    if inside and inside.metadata:
        for stream in pdf.objects:
            if getattr(stream, "extra", {}).get("Type") == "/Metadata":
                stream.stream = [part.replace(END_OF_METADATA, inside.metadata + END_OF_METADATA) for part in stream.stream]


@cache
def _style(folder: Path) -> tuple[CSS, FontConfiguration]:
    """Our style sheet with our fonts unpacked: once for the life of a process, for that takes longer than a page."""
    files, fonts = _OurFiles(folder), FontConfiguration()
    sheet = CSS(filename=folder / STYLE_SHEET, font_config=fonts, url_fetcher=files)
    files.check()
    return sheet, fonts


class _OurFiles(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Gives a document files of one folder, and nothing else: no network, no inline data, no other folder.

    The library goes on without what it cannot have, so that what was refused is remembered.
    """

    def __init__(self, folder: Path, given: Mapping[str, bytes] | None = None) -> None:
        super().__init__()
        self.folder = folder
        self.given = {folder / name: content for name, content in (given or {}).items()}
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The file at `url`. Raises FetchRefused where that is not a file of the folder."""
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self.folder) or not (path in self.given or path.is_file()):
            self.refused.append(url)
            raise FetchRefused(url)
        return URLFetcherResponse(
            url, self.given.get(path) or path.read_bytes(), {"Content-Type": mimetypes.guess_type(path.name)[0] or ""}
        )

    def check(self) -> None:
        """Raises FetchRefused where something was refused."""
        if self.refused:
            raise FetchRefused(self.refused)
