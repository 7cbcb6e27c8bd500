"""Documents as PDF: kept for years, the same every time, and reaching out to nothing (rule P4; what is typed stays text)."""

import gc
import logging
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pikepdf
import pytest
import time_machine
from django.conf import settings
from fontTools.ttLib import TTFont

from core import pdf, pdf_drawing, pdf_process
from tests.cast import NOON, STOCKHOLM
from tests.core.papers import an_order, pages_of
from tests.core.reaching import REACHES_OUT, TYPED, listening

PROVIDER = SimpleNamespace(
    name="Example Support",
    legal_name="Example Support AB",
    organisation_number="556677-8899",
    address="Storgatan 1\n111 22 Stockholm",
    email="support@provider.example",
)


@pytest.fixture
def drawn(settings):
    """Draws a template that says what the test wants."""
    kept = deepcopy(settings.TEMPLATES)

    def draw(body, language="en", at=NOON, **context):
        page = (
            "{% extends 'pdf/base.html' %}{% load paper %}{% block title %}A title{% endblock %}{% block content %}"
            + body
            + "{% endblock %}"
        )
        options = kept[0]["OPTIONS"] | {"loaders": [("django.template.loaders.locmem.Loader", {"said.html": page})]}
        options["loaders"].append("django.template.loaders.filesystem.Loader")
        settings.TEMPLATES = [kept[0] | {"OPTIONS": options, "APP_DIRS": False}]
        return pdf.render(template="said.html", context={"provider": PROVIDER, **context}, language=language, zone=STOCKHOLM, at=at)

    return draw


def test_p4_a_document_says_who_made_it_when_and_in_which_language(drawn):
    document = drawn("<p>Kvitto</p>", language="sv")

    with pikepdf.open(BytesIO(document)) as opened:
        assert str(opened.docinfo.Title) == "A title"
        assert str(opened.docinfo.Author) == "Example Support AB"
        assert str(opened.docinfo.CreationDate) == "D:20261118110000+00'00"
        assert str(opened.Root.Lang) == "sv"
        assert opened.Root.MarkInfo.Marked
        assert b"pdfuaid" in opened.Root.Metadata.read_bytes()


def test_p4_a_document_is_drawn_with_our_own_font(drawn):
    document = drawn("<p>Åäö → − €</p><p><b>Łódź</b></p>")

    with pikepdf.open(BytesIO(document)) as opened:
        fonts = {str(font.BaseFont).split("+")[1] for page in opened.pages for font in page.Resources.Font.values()}
    assert {name.partition("Sans")[0] for name in fonts} == {"IBM-Plex-"}


def test_p4_dates_on_paper_have_their_year_and_the_zone_of_the_document(drawn):
    body = "<p>{{ made_at|dated }} · {{ made_at|dated_clock }} · {{ zone }}</p>"

    english, swedish = (pages_of(drawn(body, language=language))[0] for language in ("en", "sv"))

    assert "18 Nov 2026 · 18 Nov 2026 12:00 · Europe/Stockholm" in english
    assert "18 nov 2026 · 18 nov 2026 12:00 · Europe/Stockholm" in swedish


def test_a_long_document_numbers_its_pages(drawn):
    pages = pages_of(drawn("<p>Line</p>" * 120))

    assert len(pages) > 2
    assert f"Page 2 of {len(pages)}" in pages[1]


def test_the_same_input_gives_the_same_bytes_on_any_day(drawn):
    order = an_order("<p>Kept</p>")
    with time_machine.travel(NOON):
        first, here = drawn("<p>Kept</p>"), pdf_drawing.draw(order)
    with time_machine.travel(NOON + timedelta(days=900)):
        again, here_again = drawn("<p>Kept</p>"), pdf_drawing.draw(order)

    assert (first, here) == (again, here_again)
    assert first != drawn("<p>Kept!</p>")
    assert first != drawn("<p>Kept</p>", at=NOON + timedelta(seconds=1))


def test_no_document_is_marked_by_those_before_it(drawn):
    first = drawn("<p>Kvitto</p>", language="sv")
    for number in range(5):
        drawn(f"<h1>Łódź {number}</h1><p style='font-weight: 600'>→ € {'x' * number}</p>")

    assert drawn("<p>Kvitto</p>", language="sv") == first


def test_several_at_once_are_each_what_they_are_alone(drawn):
    alone = drawn("<p>{{ number }}</p>", number=3)
    context = {"provider": PROVIDER, "number": 3}

    with ThreadPoolExecutor(4) as pool:
        together = list(
            pool.map(
                lambda _: pdf.render(template="said.html", context=context, language="en", zone=STOCKHOLM, at=NOON),
                range(8),
            )
        )

    assert together == [alone] * 8


@pytest.mark.parametrize("markup", REACHES_OUT)
def test_whatever_is_not_a_file_of_ours_is_refused(drawn, markup):
    with listening() as door:
        asking = markup.format(port=door.port, static=settings.STATICFILES_DIRS[0])

        with pytest.raises(pdf.FetchRefused):
            drawn(f"{asking}<p>Text</p>")

        assert not door.visited()


def test_the_door_that_nobody_came_to_would_have_noticed():
    with listening() as door:
        socket.create_connection(("127.0.0.1", door.port)).close()

        assert door.visited()


def test_a_link_out_of_our_folder_is_refused(drawn, settings, tmp_path):
    (tmp_path / "tillgodo").mkdir()
    (tmp_path / "tillgodo" / "pdf.css").write_text("p { color: black }")
    (tmp_path / "away.svg").symlink_to("/etc/hostname")
    settings.STATICFILES_DIRS = [tmp_path]

    assert drawn("<p>Text</p>")
    with pytest.raises(pdf.FetchRefused):
        drawn('<img src="away.svg">')


def test_a_file_of_ours_is_drawn(drawn):
    assert len(drawn('<img src="tillgodo/mark.svg">')) > len(drawn(""))


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_is_text_and_fetches_nothing(drawn, typed):
    with listening() as door:
        said = typed.format(port=door.port)

        document = drawn("<p>{{ said }}</p><p class='running-head'>{{ said }}</p>", said=said)

        assert not door.visited()
    assert "".join(said.split()) in "".join("".join(pages_of(document)).split())
    with pikepdf.open(BytesIO(document)) as opened:
        assert "/AF" not in opened.Root
        assert "/Names" not in opened.Root


def test_our_style_sheet_is_understood_wholly(drawn, caplog):
    pdf_process.end()
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        drawn("<p>Text</p>")
        understood = list(caplog.records)
        drawn("<style>p { colour: red }</style><p>Text</p>")

    assert understood == []
    assert len(caplog.records) == 1


def test_documents_ask_for_no_features_of_fonts():
    """The library makes a list of them for each piece of text, and never gives it back: a tenth of a MiB for each invoice."""
    styled = [settings.ROOT / "static" / pdf.STYLE_SHEET, *(settings.ROOT / "templates").glob("**/pdf/**/*.html")]

    assert len(styled) > 10
    assert not [path.name for path in styled if re.search(r"font-(variant|feature)|small-caps", path.read_text())]


def test_sums_stand_beneath_each_other_without_them():
    for path in (settings.ROOT / "static/vendor/ibm-plex-sans").glob("*-Latin1.woff2"):
        font = TTFont(path)
        glyphs = font.getBestCmap()
        assert len({font["hmtx"][glyphs[ord(digit)]][0] for digit in "0123456789"}) == 1, path.name


def test_garbage_is_looked_for_again_after_a_document_and_after_one_that_was_refused():
    order = an_order("<p>Kvitto</p>")

    pdf_drawing.draw(order)
    assert gc.isenabled()

    with pytest.raises(pdf.FetchRefused):
        pdf_drawing.draw(replace(order, html="<img src='http://127.0.0.1/a.png' alt=''>"))
    assert gc.isenabled()
