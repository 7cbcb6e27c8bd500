"""Documents for people to keep, as PDF: drawn from our own templates, with our own font, reaching out to nothing (rule P4).

A document may use files of our static folder. Whatever else it asks for, by whatever address, is refused, and the
document with it: what somebody typed must never make this server fetch anything. What is typed stays text, for
templates escape it.

The same input gives the same bytes: the document is dated `at`, and its identifier is drawn from what it says.
"""

import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

VARIANT = "pdf/ua-1"
"""Tagged, so that a program can read it out; what else that standard asks for is kept by `templates/pdf/base.html`."""


class FetchRefused(Exception):
    """A document asked for something that is not ours to give. An error of its template, never of who asked for it."""


def render(*, template: str, context: Mapping[str, Any], language: str, zone: ZoneInfo, at: datetime) -> bytes:
    """The `template`, which extends `pdf/base.html`, as a PDF in `language` with times in `zone`, made at the instant `at`.

    Raises FetchRefused where the document asks for anything but a file of our static folder.
    """
    made = {"language": language, "zone": zone.key, "made_at": at, "made_at_utc": at.astimezone(UTC).isoformat(timespec="seconds")}
    with translation.override(language), timezone.override(zone):
        html = render_to_string(template, {**context, **made})
    folder = Path(settings.STATICFILES_DIRS[0]).resolve()
    files = _OurFiles(folder)
    document = HTML(string=html, base_url=f"{folder.as_uri()}/", url_fetcher=files)
    written: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=sha256(html.encode()).digest()[:16])
    if files.refused:
        raise FetchRefused(files.refused)
    return written


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
