"""Texts and webhooks out of the outbox: signed, tried again, and visible to the operator (rules M4, S18)."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from standardwebhooks import Webhook

from clients import rotas
from clients.models import OnCallRota
from notices import delivery, outbox
from notices.channels import webhook
from notices.models import Channel, Notice, NoticeState
from tests.cast import NOON, Cast
from tests.notices.receivers import a_receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MOBILE = "+46701234567"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loopback(settings):
    settings.OUTBOUND_LOOPBACK = True


def _text(cast: Cast, cause: str = "case:1:page:1") -> Notice:
    cast.tessa.person.mobile = MOBILE
    cast.tessa.person.save()
    return outbox.write_sms(cause=cause, person=cast.tessa.person, text="Åäö: the shop is down", at=NOON)


def _rota(cast: Cast, url: str) -> tuple[OnCallRota, str]:
    rota = OnCallRota.objects.create(code="network", name_en="Network", name_sv="Nät")
    secret = rotas.name_webhook(rota=rota, url=url, by=cast.ada, at=NOON)
    rota.refresh_from_db()
    return rota, secret


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Stockholm")])
def test_m4_a_webhook_is_signed_as_the_published_vector_says(zone):
    at = datetime.fromtimestamp(1614265330, tz=zone)

    headers = webhook.signed(b'{"test": 2432232314}', message="msg_p5jXN8AQM9LWM0D4loKWxJek", secret=SECRET, at=at)

    assert headers == {
        "Content-Type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_m4_a_text_goes_to_a_file_where_no_gateway_is_named(cast, settings, tmp_path):
    settings.MAIL_FOLDER = tmp_path / "mail"
    notice = _text(cast)

    sent = delivery.call_due(at=NOON)

    notice.refresh_from_db()
    (file,) = settings.MAIL_FOLDER.iterdir()
    assert (sent, notice.state) == (1, NoticeState.SENT)
    assert file.read_text(encoding="utf-8") == f"To: {MOBILE}\n\nÅäö: the shop is down\n"


def test_m4_a_gateway_gets_from_to_and_message_with_basic_authentication(cast, settings, loopback):
    _text(cast)
    with a_receiver() as gateway:
        settings.SMS_URL = f"http+form://user:p%40ss@localhost:{gateway.port}/a1/sms?from=Support"

        delivery.call_due(at=NOON)

    (posted,) = gateway.posted
    assert posted.path == "/a1/sms"
    assert parse_qs(posted.body.decode()) == {"from": ["Support"], "to": [MOBILE], "message": ["Åäö: the shop is down"]}
    assert posted.headers["authorization"] == "Basic " + base64.b64encode(b"user:p@ss").decode()
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"


def test_m4_a_text_that_a_gateway_refuses_is_tried_again_and_its_reason_kept(cast, settings, loopback):
    notice = _text(cast)
    with a_receiver(503) as gateway:
        settings.SMS_URL = f"http+form://localhost:{gateway.port}/?from=Support"
        delivery.call_due(at=NOON)
        notice.refresh_from_db()
        failed = (notice.state, notice.attempts, notice.last_error)
        at_once = delivery.call_due(at=NOON)
        later = delivery.call_due(at=NOON + timedelta(minutes=5))

    assert failed == (NoticeState.WAITING, 1, "FetchFailed: The server answered with an error.")
    assert (at_once, later, len(gateway.posted)) == (0, 1, 2)


def test_m4_a_setting_that_names_no_gateway_fails_the_text_and_says_so(cast, settings):
    settings.SMS_URL = "smpp://gateway.example"
    notice = _text(cast)

    delivery.call_due(at=NOON)

    notice.refresh_from_db()
    assert notice.last_error.startswith(ImproperlyConfigured.__name__)


def test_m4_nobody_without_a_number_gets_a_text(cast):
    with pytest.raises(outbox.MobileMissing):
        outbox.write_sms(cause="case:1:page:1", person=cast.tessa.person, text="Down", at=NOON)

    assert not Notice.objects.exists()


def test_m4_the_same_cause_reaches_a_phone_once_and_a_mailbox_once(cast):
    first = _text(cast)
    outbox.write(cause=first.cause, person=cast.tessa.person, subject="Down", body="Down", at=NOON)

    again = _text(cast)

    assert again == first
    assert sorted(Notice.objects.values_list("channel", flat=True)) == [Channel.EMAIL, Channel.SMS]


def test_m4_texts_and_webhooks_do_not_hold_up_mails(cast, mailoutbox):
    _text(cast)
    outbox.write(cause="x", person=cast.tessa.person, subject="Down", body="Down", at=NOON)

    mails = delivery.deliver_due(at=NOON)

    assert (mails, len(mailoutbox)) == (1, 1)
    assert Notice.objects.filter(channel=Channel.SMS, state=NoticeState.WAITING).exists()


def test_s18_a_webhook_gets_a_signed_event_and_every_try_bears_the_same_id(cast, loopback):
    now = datetime.now(tz=UTC).replace(microsecond=0)
    with a_receiver(500) as receiver:
        rota, secret = _rota(cast, f"http://localhost:{receiver.port}/hook?team=3")
        outbox.write_webhook(cause="page:1", receiver=webhook.receiver(rota), subject="#1", event={"type": "case.paged"}, at=now)
        delivery.call_due(at=now)
        delivery.call_due(at=now + timedelta(minutes=4))

    first, second = receiver.posted
    assert (first.path, first.body) == ("/hook?team=3", b'{"type":"case.paged"}')
    assert Webhook(secret).verify(second.body, second.headers) == {"type": "case.paged"}
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert json.loads(second.body) == {"type": "case.paged"}


def test_s18_an_event_for_a_webhook_that_was_taken_away_fails_and_is_not_sent_elsewhere(cast, loopback):
    with a_receiver() as receiver:
        rota, _secret = _rota(cast, f"http://localhost:{receiver.port}/")
        notice = outbox.write_webhook(cause="page:1", receiver=webhook.receiver(rota), subject="#1", event={}, at=NOON)
        rotas.name_webhook(rota=rota, url="", by=cast.ada, at=NOON)

        delivery.call_due(at=NOON)

    notice.refresh_from_db()
    assert receiver.posted == []
    assert notice.last_error == "ReceiverGone: The receiver has no webhook any more."


def test_m4_a_failed_text_is_put_back_in_the_queue_by_an_operator(cast, settings, tmp_path):
    settings.MAIL_FOLDER = tmp_path
    notice = _text(cast)
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.FAILED, attempts=8)

    delivery.retry(notice=notice, by=cast.ada, at=NOON)

    assert delivery.call_due(at=NOON) == 1
