"""HTML from outside is cleaned and shut in; quotes are folded in view and never cut (rule S8)."""

import time

import pytest

from cases import html_mail, mail_text
from cases.models import Message
from tests.cases.opened import a_case

HOSTILE = '<p onclick="x()">Hi<script>alert(1)</script><style>p{}</style><img src="https://spy.example/1.gif"><form><input></form></p>'


def test_s8_nothing_in_the_html_acts_or_is_fetched():
    shown = html_mail.clean(HOSTILE + '<a href="javascript:x">a</a><a href="https://e.example">b</a>', picture="picture")

    assert shown == (
        '<p>Hi<em>[picture]</em></p><p></p><a rel="noopener noreferrer nofollow">a</a>'
        '<a href="https://e.example" rel="noopener noreferrer nofollow">b</a>'
    )


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("Hej\n\nDen ons 18 nov. 2026 kl 12:00 skrev Support <s@p.example>:\n> gammalt\n", "Hej\n\n"),
        ("Hi\n\nOn Wed, Nov 18, 2026 at 12:00 Support\n<s@p.example> wrote:\n> old", "Hi\n\n"),
        ("Hej\n-----Ursprungligt meddelande-----\nFrån: x\nSkickat: y\nÄmne: z\n\nold", "Hej\n"),
        ("Hi\nFrom: A\nSent: now\nTo: b\nSubject: c\n\nold", "Hi\n"),
        ("From: here it works\nfine", "From: here it works\nfine"),
        ("I answer\n> a\nyes\n> b\nno", "I answer\n> a\nyes\n> b\nno"),
        ("> all of it", "> all of it"),
    ],
)
def test_s8_quotes_are_folded_and_never_cut(text, visible):
    assert html_mail.fold(text) == (visible, text[len(visible) :])


@pytest.mark.parametrize("text", ["On " + "x" * 200_000, "From:\n" * 30_000, ("On " + "a " * 100 + "\n") * 900, "> \n" * 60_000])
def test_s8_hostile_text_folds_in_bounded_time(text):
    begun = time.monotonic()

    assert "".join(html_mail.fold(text)) == text
    assert time.monotonic() - begun < 20


def test_s8_html_alone_reads_as_text():
    assert mail_text.readable("<style>x</style><p>Hello&nbsp;you</p><ul><li>one<li>two</ul><a href='https://e.example'>here</a>") == (
        "Hello you\n\n– one\n– two\nhere <https://e.example>"
    )


def test_s8_the_html_of_a_mail_is_shown_shut_in_and_to_nobody_else(acme, borealis, client_of):
    case = a_case(acme)
    message = Message.objects.create(case=case, voice="client", way="email", text="Hi", html=HOSTILE, at=case.opened_at, cause="x")
    url = f"/cases/{case.pk}/messages/{message.pk}/html/"

    page = client_of(acme.requester).get(url)

    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert b"alert(1)" not in page.content
    assert client_of(borealis.approver).get(url).status_code == 404
