"""What draws documents: WeasyPrint, in a process of its own, which knows no database, no settings and no secret.

A page takes most of a second of a core. In the process that answers people all others would wait with it, for one thread at a
time runs there; so it is drawn in another one, which gives way to whoever wants the core (`nice`). That process is begun by
`core/pdf_process.py`, draws one order after the other, and ends where nobody holds the other end of its connection any more.

A document may use files of our static folder. Whatever else it asks for, by whatever address, is refused (rule P4).
"""

import gc
import logging
import mimetypes
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from core.pdf_process import MOST_SECONDS, STYLE_SHEET, Drawn, FetchRefused, Inside, Order

END_OF_METADATA = b"</rdf:RDF>"
GIVES_WAY = 10
"""How much further back than others the process stands for a core (`nice`): it gets a tenth of one that others want, too."""


def draw(order: Order) -> bytes:
    """The PDF. Raises FetchRefused where the document asks for anything but a file of the folder."""
    files = _OurFiles(order.folder, order.files)
    with _nothing_collected():
        sheet, fonts = _style(files.folder)
        document = HTML(string=order.html, base_url=f"{files.folder.as_uri()}/", url_fetcher=files)
        sheets = [sheet, CSS(string=f":root {{ --accent: {order.accent}; }}")] if order.accent else [sheet]
        written: bytes = document.write_pdf(
            stylesheets=sheets,
            font_config=fonts,
            finisher=lambda _document, pdf: _finish(pdf, order.inside),
            pdf_variant=order.variant,
            pdf_tags=True,
            pdf_identifier=order.identifier,
            attachments=[_attached(order.inside, order.made_at)] if order.inside else None,
        )
    files.check()
    return written


def serve(orders: Connection) -> None:
    """Draw what is ordered, until nobody can order any more."""
    said = _Said()
    logging.getLogger("weasyprint").addHandler(said)
    while True:
        try:
            written = orders.recv_bytes()
        except (EOFError, OSError):
            return
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # whose signal ends the process, whatever it is at
        drawn = _drawn(written, said)
        signal.setitimer(signal.ITIMER_PROF, 0)
        with suppress(BrokenPipeError):
            orders.send_bytes(drawn.written())


def _drawn(written: bytes, said: "_Said") -> Drawn:
    """What became of it. An error of the library is told as text: the process goes on."""
    said.lines.clear()
    number = ""
    try:
        order = Order.read(written)
        number = order.number
        return Drawn(number=number, content=draw(order), said=tuple(said.lines))
    except FetchRefused as refusal:
        return Drawn(number=number, refused=str(refusal), said=tuple(said.lines))
    except Exception as error:  # whatever it is, whoever ordered hears of it, and raises it
        failed, errno = f"{type(error).__name__}: {error}", getattr(error, "errno", None) or 0
        return Drawn(number=number, failed=failed, errno=errno, said=tuple(said.lines))


class _Said(logging.Handler):
    """What the library warns of, to be logged by whoever ordered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


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
            raise FetchRefused(str(self.refused))


if __name__ == "__main__":
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):  # it ends with whoever ordered, and not before what is ordered is drawn
        signal.signal(asked_to_end, signal.SIG_IGN)
    with suppress(OSError):  # where that is not allowed, it is drawn nevertheless
        os.nice(GIVES_WAY)
    serve(Connection(int(sys.argv[1])))
