"""HTML of mails is cleaned before it is seen, and read as text where there is no other (rule S8)."""

import pytest

from cases import html_mail
from cases.models import Message, Voice
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<svg onload=alert(1)>",
    "<style>body{background:url(https://spy.example)}</style>",
    '<form action="https://evil.example"><input name=p></form>',
    '<iframe src="https://evil.example"></iframe>',
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    '<p style="position:fixed">x</p>',
    '<base href="https://evil.example">',
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
]
FORBIDDEN = (
    "<script",
    "onerror",
    "onload",
    "javascript:",
    "<style",
    "style=",
    "<form",
    "<iframe",
    "<img",
    "<svg",
    "<base",
    "<meta",
    "data:text",
)


@pytest.mark.parametrize("html", HOSTILE)
def test_s8_nothing_that_acts_or_fetches_is_left(html):
    cleaned = html_mail.clean(html).lower()

    assert [word for word in FORBIDDEN if word in cleaned] == []


def test_s8_a_letter_without_plain_text_is_read():
    html = "<head><title>No</title></head><p>Hello&nbsp;<b>there</b></p><ul><li>one<li>two</ul><a href='https://a.example/x'>the log</a>"

    assert html_mail.text_of(html) == "Hello there\n\n- one\n- two\nthe log <https://a.example/x>"


@pytest.mark.parametrize(
    "html",
    ["<div>" * 100_000, "<b><p>" * 80_000, "<p>" * 160_000, "<" * 300_000, "<!--" * 100_000, "<a href=" * 50_000, "<![CDATA[" * 50_000],
    ids=range(7),
)
def test_s8_hostile_html_is_read_to_its_end(html):
    assert isinstance(html_mail.text_of(html), str)


def test_s8_images_are_counted_and_left_out():
    assert html_mail.images("<IMG src=a><img src=b> images") == 2


@pytest.fixture
def letter(acme):
    case = a_case(acme)
    facts = {"case": case, "voice": Voice.CLIENT, "text": "Hi", "at": NOON, "author": acme.requester}
    return Message.objects.create(html="<p>Hi <script>alert(1)</script><img src=https://spy.example></p>", cause="letter", **facts)


def test_s8_the_page_of_the_html_can_do_nothing(letter, acme, client_of):
    response = client_of(acme.requester).get(f"/cases/{letter.case_id}/messages/{letter.pk}/html/")

    assert response.status_code == 200
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b"<script" not in response.content
    assert b"1 image is left out" in response.content


def test_s8_a_stranger_and_a_message_without_html_get_404(letter, acme, borealis, client_of):
    plain = letter.case.messages.exclude(pk=letter.pk).get()

    assert client_of(borealis.requester).get(f"/cases/{letter.case_id}/messages/{letter.pk}/html/").status_code == 404
    assert client_of(acme.requester).get(f"/cases/{letter.case_id}/messages/{plain.pk}/html/").status_code == 404


def test_s8_the_html_of_a_note_is_for_staff_only(letter, acme, client_of):
    disa = a_dispatcher()
    facts = {"case": letter.case, "voice": Voice.NOTE, "text": "Note", "at": NOON, "author": disa, "html": "<p>Secret</p>"}
    note = Message.objects.create(cause="note", **facts)

    assert client_of(acme.requester).get(f"/cases/{letter.case_id}/messages/{note.pk}/html/").status_code == 404
    assert client_of(disa).get(f"/cases/{letter.case_id}/messages/{note.pk}/html/").status_code == 200
