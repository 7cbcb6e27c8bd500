"""What a provider tells by webhook of our mails ends where reports of mail servers end (rule S8)."""

from email import message_from_bytes

import pytest
from django.core import mail as outgoing

from cases import mail_bounces
from cases.models import EventKind
from notices import bounces, delivery, incoming, mailroom, reports
from notices.models import IncomingMail, MailState, Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.notices import provider_calls
from tests.notices.provider_calls import BASIC
from tests.notices.test_webhooks import MANDRILL, TRACKING, hooked, sent

__all__ = ["hooked"]
POSTMARK = "/mail/postmark/tracking/"


@pytest.fixture
def case(acme, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bind(acme, a_plan())
    a_dispatcher()
    return a_case(acme)


@pytest.fixture
def notice(case):
    """What the reporter got of the case."""
    return Notice.objects.filter(person=case.reporter).earliest("pk")


def ended():
    mailroom.handle_due(at=NOON)
    row = IncomingMail.objects.get()
    return row.state, row.outcome, row.about


def test_s8_a_bounce_is_noted_in_its_case_once_however_often_it_is_told(hooked, case, notice):
    browser, call = hooked("postmark"), provider_calls.postmark_bounce(reports.name_of(notice))

    assert [sent(browser, POSTMARK, call) for _ in range(2)] == [200, 200]

    assert ended() == (MailState.HANDLED, mail_bounces.BOUNCED, notice)
    assert [event.facts["status"] for event in case.events.filter(kind=EventKind.BOUNCED)] == ["5.1.1"]
    assert Notice.objects.get(pk=notice.pk).bounced_at == NOON


def test_s8_a_complaint_is_held_for_staff_and_linked_to_what_it_is_about(hooked, case, notice):
    sent(hooked("postmark"), POSTMARK, provider_calls.postmark_complaint(reports.name_of(notice)))

    assert ended() == (MailState.HELD, mailroom.COMPLAINED, notice)
    assert (case.events.filter(kind=EventKind.BOUNCED).count(), Notice.objects.get(pk=notice.pk).bounced_at) == (0, None)


def test_s8_mailgun_tells_our_message_id_or_the_name_that_we_gave(hooked, notice):
    browser = hooked("mailgun")

    sent(browser, TRACKING, provider_calls.mailgun_event(delivery.message_id(notice)))
    sent(browser, TRACKING, provider_calls.mailgun_event("<theirs@mailgun>", notice=reports.name_of(notice)))

    mailroom.handle_due(at=NOON)
    assert [row.about for row in IncomingMail.objects.all()] == [notice, notice]


def test_s8_mandrill_tells_of_bounces_among_other_things(hooked, notice):
    events = [{"event": "open", "ts": 1, "msg": {}}, provider_calls.mandrill_bounce(reports.name_of(notice))]
    form, signature = provider_calls.mandrill(MANDRILL, *events)

    assert hooked("mandrill").post("/mail/mandrill/", form, headers={"X-Mandrill-Signature": signature}).status_code == 200

    assert ended()[2] == notice


@pytest.mark.parametrize(("event", "severity"), [("delivered", ""), ("opened", ""), ("failed", "temporary"), ("unsubscribed", "")])
def test_what_needs_nobody_is_answered_and_not_kept(hooked, event, severity):
    assert sent(hooked("mailgun"), TRACKING, provider_calls.mailgun_event("<a@b>", event, severity)) == 200
    assert not IncomingMail.objects.exists()


def test_s8_a_bounce_of_a_mail_that_is_not_ours_is_held(hooked, db):
    sent(hooked("postmark"), POSTMARK, provider_calls.postmark_bounce("notice-7.1"))

    assert ended()[::2] == (MailState.HELD, None)


@pytest.mark.parametrize("secret", ["", "Basic d3Jvbmc6c2VjcmV0"])
def test_nobody_without_the_secret_says_that_a_mail_came_back(hooked, notice, secret):
    assert sent(hooked("postmark", secret), POSTMARK, provider_calls.postmark_bounce(reports.name_of(notice))) == 403
    assert sent(hooked("postmark", BASIC), POSTMARK, {"RecordType": "Inbound"}) == 400


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        ("", {}),
        ("postmark", {"X-PM-Metadata-notice": "{}", "X-PM-KeepID": "true"}),
        ("mailgun", {"X-Mailgun-Variables": '{{"notice": "{}"}}'}),
        ("mandrill", {"X-MC-Metadata": '{{"notice": "{}"}}'}),
    ],
)
def test_a_mail_tells_the_provider_which_notice_it_is(settings, notice, provider, fields):
    settings.MAIL_PROVIDER = provider
    Notice.objects.exclude(pk=notice.pk).delete()

    delivery.deliver_due(at=NOON)

    (message,) = outgoing.outbox
    told = {name: value for name, value in message.extra_headers.items() if name.startswith(("X-PM", "X-Mailgun", "X-MC"))}
    assert told == {name: value.format(reports.name_of(notice)) for name, value in fields.items()}


@pytest.mark.parametrize("hostile", ["a\r\nAction: failed", "x\r\n\r\n--report-of-a-provider--\r\n", "\u2028Message-ID: <a@b>", "\0"])
def test_what_a_provider_says_writes_no_fields(hostile):
    raw = reports.written(about=hostile, recipient=hostile, said=hostile, complained=True, at=NOON)

    report = message_from_bytes(raw)
    kinds = [part.get_content_type() for part in report.get_payload()]
    assert kinds == ["text/plain", "message/feedback-report", "text/rfc822-headers"]
    assert (report.keys().count("Action"), report.keys().count("Message-ID")) == (0, 0)


def test_s8_a_complaint_that_comes_by_mail_is_read_the_same(notice):
    raw = reports.written(about=delivery.message_id(notice), recipient="anna@acme.example", said="", complained=True, at=None)

    report = bounces.read(incoming.parse(raw))

    assert (report.notice, report.failed, report.complained) == (notice, False, True)
