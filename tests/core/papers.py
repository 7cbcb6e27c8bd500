"""Orders for documents, and reading a PDF as its reader does: the text on each page, by the fonts' own tables of characters."""

import re
from io import BytesIO
from pathlib import Path

import pikepdf
from django.conf import settings

from core import pdf
from core.pdf_process import Order
from tests.cast import NOON


def an_order(html: str) -> Order:
    """For this page, without a template."""
    return Order(
        html=html, folder=Path(settings.STATICFILES_DIRS[0]).resolve(), variant=pdf.VARIANT, identifier=b"0123456789abcdef", made_at=NOON
    )


def pages_of(document: bytes) -> list[str]:
    """The text of each page, in the order it is drawn, with a blank between what is drawn apart."""
    with pikepdf.open(BytesIO(document)) as pdf:
        return [" ".join("".join(_words(page)).split()) for page in pdf.pages]


def _words(page):
    fonts = {str(name): _characters(font) for name, font in page.Resources.Font.items()}
    characters = {}
    for step in pikepdf.parse_content_stream(page):
        if str(step.operator) == "Tf":
            characters = fonts[str(step.operands[0])]
        elif str(step.operator) in ("Tj", "TJ"):
            drawn = step.operands[0] if str(step.operator) == "TJ" else [step.operands[0]]
            codes = b"".join(bytes(part) for part in drawn if isinstance(part, pikepdf.String))
            yield "".join(characters.get(codes[at : at + 2], "?") for at in range(0, len(codes), 2)) + " "


def _characters(font):
    """What each code of a font stands for."""
    table = font.ToUnicode.read_bytes().decode()
    return {
        bytes.fromhex(code): bytes.fromhex(text).decode("utf-16-be")
        for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL)
        for code, text in re.findall(r"<([0-9a-f]+)> *<([0-9a-f]+)>", block, re.IGNORECASE)
    }
