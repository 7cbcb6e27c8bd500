from datetime import timedelta
from email import message_from_bytes
from threading import Thread

import pytest
from django.core import mail
from django.db import connection, transaction

from core.errors import NotAllowed
from notices import delivery, outbox
from notices.delivery import NoticeForgotten, NoticeNotFailed
from notices.models import Notice, NoticeState
from tests.cast import NOON, a_client, a_provider
from tests.notices import mail_servers

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _forget():
    mail_servers.forget()


@pytest.fixture
def server(settings):
    """Chooses the mail server by name."""

    def choose(name):
        settings.EMAIL_BACKEND = f"tests.notices.mail_servers.{name}"

    return choose


def a_notice(person, cause="session:1:booked", at=NOON):
    return outbox.write(cause=cause, person=person, subject="Bokad – välkommen", body="Allt är klart.", at=at)


def test_m4_a_due_notice_is_sent_from_the_provider(acme):
    notice = a_notice(acme.approver)

    sent = delivery.deliver_due(at=NOON)

    notice.refresh_from_db()
    (message,) = mail.outbox
    headers = message_from_bytes(message.message().as_bytes())
    assert (sent, notice.state, notice.sent_at, notice.attempts) == (1, NoticeState.SENT, NOON, 1)
    assert (message.to, message.subject, message.body) == (["anna@acme.example"], "Bokad – välkommen", "Allt är klart.")
    assert headers["From"] == "Example Support <support@provider.example>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == f"<notice-{notice.pk}.{int(NOON.timestamp())}@127.0.0.1>"


def test_m4_a_sent_notice_is_not_sent_again(acme):
    a_notice(acme.approver)

    sent = [delivery.deliver_due(at=NOON), delivery.deliver_due(at=NOON + A_DAY)]

    assert (sent, len(mail.outbox)) == ([1, 0], 1)


def test_m4_a_notice_that_is_not_due_waits(acme):
    a_notice(acme.approver, at=NOON + timedelta(seconds=1))

    assert delivery.deliver_due(at=NOON) == 0


def test_m4_a_provider_name_cannot_add_a_header(cast, acme):
    cast.provider.name = "Example\r\nBcc: everybody@example.com, Support"
    cast.provider.save()
    a_notice(acme.approver)

    delivery.deliver_due(at=NOON)

    assert mail.outbox[0].from_email == '"Example Bcc: everybody@example.com, Support" <support@provider.example>'
    assert mail.outbox[0].message()["Bcc"] is None


def test_m4_what_fails_is_tried_again_after_a_growing_pause(acme, server):
    server("Dead")
    notice = a_notice(acme.approver)
    pauses, at = [], NOON

    for _ in range(7):
        delivery.deliver_due(at=at)
        notice.refresh_from_db()
        pauses.append(notice.due_at - at)
        at = notice.due_at

    expected = [timedelta(minutes=minutes) for minutes in (2, 6, 18, 54, 162, 486, 720)]
    assert all(0.8 * wanted <= pause <= 1.2 * wanted for pause, wanted in zip(pauses, expected, strict=True))
    assert (notice.state, notice.attempts) == (NoticeState.WAITING, 7)
    assert notice.last_error == "SMTPServerDisconnected: Connection unexpectedly closed"


def test_m4_the_eighth_failure_is_the_last(acme, server):
    server("Dead")
    notice = a_notice(acme.approver)

    for day in range(9):
        delivery.deliver_due(at=NOON + day * A_DAY)

    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.body) == (NoticeState.FAILED, 8, "Allt är klart.")


def test_m4_a_refused_address_holds_up_nobody_else(acme, server):
    server("Refusing")
    mail_servers.REFUSED_ADDRESSES.add("anna@acme.example")
    refused, taken = a_notice(acme.approver), a_notice(acme.requester)

    sent = delivery.deliver_due(at=NOON)

    refused.refresh_from_db()
    taken.refresh_from_db()
    assert (sent, refused.state, taken.state) == (1, NoticeState.WAITING, NoticeState.SENT)
    assert refused.last_error == "SMTPRecipientsRefused: {'anna@acme.example': (550, b'no such\\r\\nmailbox')}"


def test_m4_a_server_that_sends_nothing_has_not_sent_it(acme, server):
    server("Silent")
    notice = a_notice(acme.approver)

    sent = delivery.deliver_due(at=NOON)

    notice.refresh_from_db()
    assert (sent, notice.state, notice.last_error) == (0, NoticeState.WAITING, "NothingSent:")


def test_m4_after_a_crash_the_same_mail_goes_out_under_the_same_message_id(acme, server):
    notice = a_notice(acme.approver)
    server("Crashing")
    with pytest.raises(KeyboardInterrupt):
        delivery.deliver_due(at=NOON)

    server("Refusing")
    too_early = delivery.deliver_due(at=NOON + timedelta(seconds=89))
    later = delivery.deliver_due(at=NOON + timedelta(seconds=90))

    notice.refresh_from_db()
    ids = {message.message()["Message-ID"] for message in mail_servers.SENT}
    assert (too_early, later, len(mail_servers.SENT), len(ids), notice.state) == (0, 1, 2, 1, NoticeState.SENT)


def test_m4_a_notice_whose_last_try_never_came_back_is_failed(acme, server):
    notice = a_notice(acme.approver)
    server("Crashing")
    for day in range(8):
        with pytest.raises(KeyboardInterrupt):
            delivery.deliver_due(at=NOON + day * A_DAY)

    sent = delivery.deliver_due(at=NOON + 8 * A_DAY)

    notice.refresh_from_db()
    assert (sent, notice.state, notice.last_error) == (0, NoticeState.FAILED, "the last try did not come back")


def test_m4_the_embedded_default_writes_mails_to_a_folder(acme, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    a_notice(acme.approver)

    sent = delivery.deliver_due(at=NOON)

    (written,) = (tmp_path / "mail").iterdir()
    assert sent == 1
    assert "To: anna@acme.example" in written.read_text()


@pytest.mark.django_db(transaction=True)
def test_m4_nothing_is_sent_from_inside_a_transaction():
    a_notice(a_client(a_provider()).approver)

    with pytest.raises(RuntimeError, match="durable"):
        _deliver_in_a_transaction()

    assert mail.outbox == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_m4_loops_that_run_at_once_send_each_notice_once(server):
    server("Slow")
    acme = a_client(a_provider())
    for number in range(30):
        a_notice(acme.approver, cause=f"session:{number}:booked")
    sent: list[int] = []
    loops = [Thread(target=_deliver, args=[sent]) for _ in range(6)]

    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join()

    assert mail_servers.Slow.most_inside >= 2
    assert sum(sent) == 30
    assert len({message.extra_headers["Message-ID"] for message in mail_servers.SENT}) == len(mail_servers.SENT) == 30
    assert set(Notice.objects.values_list("state", "attempts")) == {(NoticeState.SENT, 1)}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_m4_racing_writers_of_one_cause_write_one_notice():
    acme = a_client(a_provider())
    written: list[int] = []
    writers = [Thread(target=_write, args=[acme.approver, written]) for _ in range(8)]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(written) == 8
    assert len(set(written)) == Notice.objects.count() == 1


def test_m4_an_administrator_sends_a_failed_notice_again(cast, acme):
    notice = a_notice(acme.approver)
    Notice.objects.update(state=NoticeState.FAILED, attempts=8, last_error="no route")

    waiting = delivery.retry(notice=notice, by=cast.ada, at=NOON + A_DAY)

    assert (waiting.state, waiting.attempts, waiting.due_at, waiting.last_error) == (NoticeState.WAITING, 0, NOON + A_DAY, "")
    assert delivery.deliver_due(at=NOON + A_DAY) == 1


@pytest.mark.parametrize("state", [NoticeState.WAITING, NoticeState.SENT])
def test_m4_only_a_failed_notice_is_sent_again_by_hand(cast, acme, state):
    notice = a_notice(acme.approver)
    Notice.objects.update(state=state, sent_at=NOON if state == NoticeState.SENT else None)

    with pytest.raises(NoticeNotFailed):
        delivery.retry(notice=notice, by=cast.ada, at=NOON)


def test_m4_nobody_but_an_administrator_sends_a_notice_again(cast, acme):
    notice = a_notice(acme.approver)
    Notice.objects.update(state=NoticeState.FAILED)

    with pytest.raises(NotAllowed):
        delivery.retry(notice=notice, by=cast.max, at=NOON)


def test_m4_a_sign_in_mail_is_forgotten_once_it_is_sent(acme):
    notice = a_notice(acme.approver, cause="sign-in:1")

    delivery.deliver_due(at=NOON)

    notice.refresh_from_db()
    assert (mail.outbox[0].body, notice.body) == ("Allt är klart.", "")


def test_m4_a_sign_in_mail_is_forgotten_once_it_is_given_up_and_never_sent_again(cast, acme, server):
    server("Dead")
    notice = a_notice(acme.approver, cause="sign-in:1")
    for day in range(8):
        delivery.deliver_due(at=NOON + day * A_DAY)

    notice.refresh_from_db()
    assert (notice.state, notice.body) == (NoticeState.FAILED, "")
    with pytest.raises(NoticeForgotten):
        delivery.retry(notice=notice, by=cast.ada, at=NOON)


def _deliver_in_a_transaction():
    with transaction.atomic():
        delivery.deliver_due(at=NOON)


def _deliver(sent):
    try:
        sent.append(delivery.deliver_due(at=NOON))
    finally:
        connection.close()


def _write(person, written):
    try:
        written.append(a_notice(person).pk)
    finally:
        connection.close()
