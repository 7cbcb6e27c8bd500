"""Documents for people to keep, as PDF: drawn from our own templates, with our own font, reaching out to nothing (rule P4).

A document may use files of our static folder. Whatever else it asks for, by whatever address, is refused, and the
document with it: what somebody typed must never make this server fetch anything. What is typed stays text, for
templates escape it.

The same input gives the same bytes: the document is dated `at`, and its identifier is drawn from what it says.
"""

import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

VARIANT = "pdf/ua-1"
"""Tagged, so that a program can read it out; what else that standard asks for is kept by `templates/pdf/base.html`."""
STYLE_SHEET = "tillgodo/pdf.css"

_one_at_a_time = Lock()
"""Fonts are shared, and the libraries that draw with them are not made for several threads."""


class FetchRefused(Exception):
    """A document asked for something that is not ours to give. An error of its template, never of who asked for it."""


def render(*, template: str, context: Mapping[str, Any], language: str, zone: ZoneInfo, at: datetime) -> bytes:
    """The `template`, which extends `pdf/base.html`, as a PDF in `language` with times in `zone`, made at the instant `at`.

    Raises FetchRefused where the document asks for anything but a file of our static folder.
    """
    made = {"language": language, "zone": zone.key, "made_at": at, "made_at_utc": at.astimezone(UTC).isoformat(timespec="seconds")}
    with translation.override(language), timezone.override(zone):
        html = render_to_string(template, {**context, **made})
    files = _OurFiles(Path(settings.STATICFILES_DIRS[0]).resolve())
    with _one_at_a_time:
        sheet, fonts = _style(files.folder)
        document = HTML(string=html, base_url=f"{files.folder.as_uri()}/", url_fetcher=files)
        identifier = sha256(html.encode()).digest()[:16]
        written: bytes = document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant=VARIANT, pdf_identifier=identifier)
    files.check()
    return written


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

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The file at `url`. Raises FetchRefused where that is not a file of the folder."""
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self.folder) or not path.is_file():
            self.refused.append(url)
            raise FetchRefused(url)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": mimetypes.guess_type(path.name)[0] or ""})

    def check(self) -> None:
        """Raises FetchRefused where something was refused."""
        if self.refused:
            raise FetchRefused(self.refused)
