"""Documents for people to keep, as PDF: drawn from our own templates, with our own font, reaching out to nothing (rule P4).

A document may use files of our static folder. Whatever else it asks for, by whatever address, is refused, and the
document with it: what somebody typed must never make this server fetch anything. What is typed stays text, for
templates escape it. Templates are filled in here; what draws them is a process of its own (`core/pdf_process.py`).

The same input gives the same bytes: the document is dated `at`, and its identifier is drawn from what it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from core import pdf_process
from core.colours import is_colour
from core.pdf_process import STYLE_SHEET, FetchRefused, Inside, NotDrawn, Order, TooBusyToDraw

__all__ = ["ARCHIVED", "STYLE_SHEET", "USUAL", "VARIANT", "FetchRefused", "Inside", "NotDrawn", "Paper", "TooBusyToDraw", "render"]

VARIANT = "pdf/ua-1"
"""Tagged, so that a program can read it out; what else that standard asks for is kept by `templates/pdf/base.html`."""
ARCHIVED = "pdf/a-3b"
"""Readable for decades with nothing but itself, and with files inside (ISO 19005-3)."""


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

    Raises FetchRefused where the document asks for anything but a file of our static folder, NotDrawn where the drawing fails,
    TooBusyToDraw where it may be asked for again.
    """
    made = {"language": language, "zone": zone.key, "made_at": at, "made_at_utc": at.astimezone(UTC).isoformat(timespec="seconds")}
    with translation.override(language), timezone.override(zone):
        html = render_to_string(template, {**context, **made})
    inside = paper.inside
    return pdf_process.draw(
        Order(
            html=html,
            folder=Path(settings.STATICFILES_DIRS[0]).resolve(),
            variant=paper.variant,
            identifier=sha256(html.encode() + (inside.content if inside else b"")).digest()[:16],
            made_at=at,
            accent=paper.colour if is_colour(paper.colour) else "",
            inside=inside,
            files=paper.files,
        )
    )
