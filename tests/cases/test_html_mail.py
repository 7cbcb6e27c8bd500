"""HTML of mails is cleaned before it is seen, and read as text where there is no other (rule S8)."""

from time import process_time

import pytest

from cases import html_mail, mail_text
from cases.models import Message, Voice
from notices import incoming
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


BOLD = "".join(f"<b x={number}>" for number in range(390))
AMPLIFIED = {
    "opened again in each paragraph": f"<p>{BOLD}</p>" + "<p>x</p>" * 24_000,
    "opened again in each item": f"<p>{BOLD}" + "<li>x</li>" * 19_000,
    "opened again in each row": f"<table>{BOLD}" + "<tr></tr>x" * 19_000,
    "deep, and closed by tags that were never opened": "<div></q>" * 22_000,
    "tags that never end": "<a " * 66_000,
    "tags that end by a stroke": "<a/" * 66_000,
    "quotes that never end": "<a b='" * 33_000,
}


@pytest.mark.parametrize("name", AMPLIFIED)
def test_s8_sec3_no_html_takes_longer_or_grows_larger_than_its_length_tells(name):
    html = AMPLIFIED[name][:200_000]
    mail = incoming.parse(b"Content-Type: text/html\r\n\r\n" + html.encode())
    begun = process_time()

    text = mail_text.text_of(mail)

    assert process_time() - begun < 2
    assert len(text) <= 200_000
    assert len(html_mail.clean(html)) < 5 * len(html)


def test_s8_what_is_badly_nested_is_put_in_order_and_keeps_its_words():
    html = "<p>a<b>b<p>c</b>d<ul><li>e<li>f</ul><table><tr><td>g<td>h<tr><td>i</table>1 < 2 <A HREF='https://a.example/?q=\"'>j</A>"

    assert html_mail.clean(html) == (
        "<p>a<b>b</b></p><p>cd</p><ul><li>e</li><li>f</li></ul>"
        "<table><tbody><tr><td>g</td><td>h</td></tr><tr><td>i</td></tr></tbody></table>"
        '1 &lt; 2 <a href="https://a.example/?q=&quot;" rel="noopener noreferrer nofollow">j</a>'
    )


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
