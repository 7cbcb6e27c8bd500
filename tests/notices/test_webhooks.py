"""Mail that a provider hands in by webhook is kept like any other, once, and only from whoever knows the secret (rule S8)."""

import json
from datetime import UTC, datetime
from types import ModuleType

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client as Browser
from django.urls import include, path

from config import urls
from notices import incoming, mailroom, webhook_urls
from notices.models import IncomingMail
from notices.views import webhooks
from tests.cast import NOON
from tests.notices import mails, provider_calls
from tests.notices.provider_calls import BASIC, KEY, SECRET

MANDRILL = f"https://{SECRET}@support.example/mail/mandrill/"
MIME, TRACKING = "/mail/mailgun/inbound_mime/", "/mail/mailgun/tracking/"
INBOUND = "/mail/postmark/inbound/"
EVERYWHERE = [("postmark", INBOUND), ("mailgun", MIME), ("mailgun", TRACKING), ("mandrill", "/mail/mandrill/")]


@pytest.fixture
def hooked(db, settings):
    """An installation whose provider is the one that is named; returns a browser that calls with the secret."""

    def hook(provider, secret=BASIC):
        module = ModuleType(f"urls_with_{provider}")
        vars(module)["urlpatterns"] = [path("mail/", include(webhook_urls.of(provider))), *urls.urlpatterns]
        settings.ROOT_URLCONF = module
        settings.MAIL_PROVIDER = provider
        settings.ANYMAIL = {
            "WEBHOOK_SECRET": SECRET,
            "MAILGUN_WEBHOOK_SIGNING_KEY": KEY,
            "MANDRILL_WEBHOOK_KEY": KEY,
            "MANDRILL_WEBHOOK_URL": MANDRILL,
        }
        return Browser(HTTP_AUTHORIZATION=secret) if secret else Browser()

    with time_machine.travel(NOON, tick=False):
        yield hook


def sent(browser, where, call):
    return browser.post(where, call if isinstance(call, bytes) else json.dumps(call), content_type="application/json").status_code


def kept():
    return [(bytes(mail.raw), mail.source, mail.received_at) for mail in IncomingMail.objects.order_by("pk")]


ENVELOPE = b"Return-Path: <rolf@acme.example>\r\nDelivered-To: support+abc@provider.example\r\n"


def test_s8_postmark_hands_in_the_whole_mail_and_the_same_call_twice_is_one(hooked):
    browser, raw = hooked("postmark"), mails.ordinary(body="Hej på er")

    assert [sent(browser, INBOUND, provider_calls.postmark_mail(raw)) for _ in range(2)] == [200, 200]

    assert kept() == [(ENVELOPE + raw, "webhook", NOON)]


def test_s8_mailgun_hands_in_the_whole_mail_however_its_form_is_sent(hooked):
    browser, raw = hooked("mailgun"), mails.ordinary()
    call = provider_calls.mailgun_mail(raw, **provider_calls.mailgun_signature(timestamp="1700000000"))

    whole = browser.post(MIME, call)
    urlencoded = browser.post(MIME, provider_calls.urlencoded(call), content_type="application/x-www-form-urlencoded")

    assert (whole.status_code, urlencoded.status_code) == (200, 200)
    assert kept() == [(ENVELOPE + raw, "webhook", datetime.fromtimestamp(1_700_000_000, UTC))]


def test_s8_mandrill_hands_in_several_mails_at_once(hooked):
    browser, raws = hooked("mandrill"), [mails.ordinary(), mails.out_of_office()]
    form, signature = provider_calls.mandrill(MANDRILL, *map(provider_calls.mandrill_mail, raws))

    answers = [browser.post("/mail/mandrill/", form, headers={"X-Mandrill-Signature": signature}).status_code for _ in range(2)]

    assert answers == [200, 200]
    front = b"Delivered-To: support+abc@provider.example\r\n"
    assert [raw for raw, _, _ in kept()] == [front + raw for raw in raws]


def test_s4_a_mail_that_a_provider_says_comes_from_the_future_came_now(hooked):
    browser = hooked("mailgun")

    browser.post(MIME, provider_calls.mailgun_mail(mails.ordinary(), **provider_calls.mailgun_signature(timestamp="4000000000")))

    assert [at for _, _, at in kept()] == [NOON]


def test_s8_of_its_pieces_a_mail_is_made_the_same_each_time(hooked):
    browser = hooked("postmark")

    assert [sent(browser, INBOUND, provider_calls.postmark_mail()) for _ in range(2)] == [200, 200]

    read = incoming.parse(kept()[0][0])
    assert len(kept()) == 1
    assert (read.author, read.subject, read.message_id) == ("rolf@acme.example", "Fråga om åäö", "<a1@acme.example>")
    assert (read.answers_to, read.text.strip()) == (("<b2@acme.example>",), "Kan ni ringa mig på måndag?")
    assert [(part.name, part.content(99)) for part in read.parts if part.is_attachment] == [("logg.txt", "åäö".encode())]


def test_s8_of_pieces_that_make_no_mail_the_call_is_kept_whole(hooked):
    browser, call = hooked("postmark"), {"FromFull": 7, "Subject": "Help!", "Attachments": [{"Name": None}]}

    assert sent(browser, INBOUND, call) == 200

    raw = kept()[0][0]
    assert json.loads(raw.partition(b"\r\n\r\n")[2]) == call
    assert mailroom.handle_due(at=NOON) == 1
    assert IncomingMail.objects.get().state == "held"


def test_s8_a_null_sender_of_the_envelope_is_seen(hooked):
    call = provider_calls.postmark_mail(mails.ordinary(), Headers=[{"Name": "Return-Path", "Value": "<>"}])

    sent(hooked("postmark"), INBOUND, call)

    assert kept()[0][0].startswith(b"Return-Path: <>\r\n")


def test_s8_an_envelope_writes_no_fields_of_its_own(hooked):
    call = provider_calls.postmark_mail(mails.ordinary(), OriginalRecipient="a@b\r\nFrom: max@provider.example")

    sent(hooked("postmark"), INBOUND, call)

    assert b"max@" not in kept()[0][0]


@pytest.mark.parametrize("secret", ["", "Basic d3Jvbmc6c2VjcmV0", "Basic \xff", "Bearer x", "Basic " + "A" * 10_000])
@pytest.mark.parametrize(
    ("provider", "where"), [("postmark", INBOUND), ("mailgun", MIME), ("mailgun", TRACKING), ("mandrill", "/mail/mandrill/")]
)
def test_nobody_without_the_secret_hands_in_anything(hooked, provider, where, secret):
    browser = hooked(provider, secret)

    assert sent(browser, where, provider_calls.postmark_mail(mails.ordinary())) == 403
    assert kept() == []


def test_who_is_signed_in_has_no_more_than_anybody(hooked, cast):
    browser = hooked("postmark", "")
    browser.force_login(cast.ada)

    assert (browser.get(INBOUND).status_code, sent(browser, INBOUND, provider_calls.postmark_mail())) == (405, 403)


@pytest.mark.parametrize("more", [{"signature": "0" * 64}, {"token": "other"}, {"timestamp": "1"}])
def test_the_secret_alone_is_not_enough_where_a_provider_signs(hooked, more):
    answer = hooked("mailgun").post(MIME, provider_calls.mailgun_mail(mails.ordinary()) | more)

    assert (answer.status_code, kept()) == (403, [])


def test_mandrill_signs_the_address_and_the_form(hooked):
    browser, (form, signature) = hooked("mandrill"), provider_calls.mandrill(MANDRILL, provider_calls.mandrill_mail(mails.ordinary()))

    forged = browser.post("/mail/mandrill/", form | {"more": "1"}, headers={"X-Mandrill-Signature": signature})
    unsigned = browser.post("/mail/mandrill/", form)

    assert (forged.status_code, unsigned.status_code, browser.head("/mail/mandrill/").status_code, kept()) == (403, 403, 200, [])


@pytest.mark.parametrize("call", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b'{"RawEmail": "' + b"x" * 10])
def test_what_is_no_call_is_refused(hooked, call):
    assert (sent(hooked("postmark"), INBOUND, call), kept()) == (400, [])


@pytest.mark.parametrize("events", ["", "{}", "[7]", "nothing"])
def test_what_is_no_list_of_events_is_refused(hooked, events):
    browser = hooked("mandrill")
    form, signature = provider_calls.signed_form(MANDRILL, {"mandrill_events": events})

    assert browser.post("/mail/mandrill/", form, headers={"X-Mandrill-Signature": signature}).status_code == 400


def test_the_webhook_of_the_other_kind_is_refused(hooked):
    browser = hooked("mailgun")

    assert sent(browser, TRACKING, provider_calls.mailgun_event("<a@b>") | {"event-data": {}}) == 400
    assert kept() == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_calls_are_answered(hooked, method):
    assert getattr(hooked("postmark"), method)(INBOUND).status_code == 405


def test_a_mail_of_several_megabytes_comes_through_whole(hooked):
    raw = mails.ordinary(body="å" * 3_000_000)

    assert hooked("mailgun").post(MIME, provider_calls.mailgun_mail(raw)).status_code == 200
    assert sent(hooked("postmark"), INBOUND, provider_calls.postmark_mail(raw)) == 200

    assert {stored for stored, _, _ in kept()} == {ENVELOPE + raw}


def test_s8_of_a_mail_that_is_too_large_the_head_is_held(hooked, monkeypatch):
    monkeypatch.setattr(mailroom, "LARGEST", 600)

    assert sent(hooked("postmark"), INBOUND, provider_calls.postmark_mail(mails.ordinary(body="x" * 5_000))) == 200

    held = IncomingMail.objects.get()
    assert (held.state, held.outcome, held.sender) == ("held", mailroom.TOO_LARGE, "rolf@acme.example")


def test_a_call_that_claims_to_be_huge_is_not_read(hooked, monkeypatch):
    monkeypatch.setattr(webhooks, "LARGEST_CALL", 1_000)

    assert (sent(hooked("postmark"), INBOUND, b"x" * 1_001), kept()) == (413, [])


def test_s8_what_cannot_be_kept_now_comes_again(hooked, monkeypatch):
    def away(**_):
        raise OperationalError("the database is away")

    monkeypatch.setattr(mailroom, "receive", away)
    browser = hooked("postmark")
    browser.raise_request_exception = False

    assert sent(browser, INBOUND, provider_calls.postmark_mail(mails.ordinary())) == 503


@pytest.mark.parametrize("name", mails.SMALL)
def test_s8_whatever_a_mail_is_it_is_kept(hooked, name):
    call = provider_calls.postmark_mail() | {"RawEmail": mails.bytes_of(name).decode(errors="surrogateescape")}

    assert sent(hooked("postmark"), INBOUND, call) == 200
    assert kept() == [(ENVELOPE + mails.bytes_of(name), "webhook", NOON)]


def test_only_the_provider_that_is_named_has_addresses(hooked):
    browser = hooked("postmark")

    assert [browser.post(where).status_code for where in (MIME, TRACKING, "/mail/mandrill/")] == [404, 404, 404]
    assert webhook_urls.of("") == []
