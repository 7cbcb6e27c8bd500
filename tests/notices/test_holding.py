"""In a restored copy nothing leaves the house until somebody releases it (rule M4)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction

from invoicing.cards import paying
from invoicing.models import InvoiceDocument, Transmission, TransmissionChannel, TransmissionState
from invoicing.transmission import sending
from notices import delivery, holding, mailbox, outbox
from notices.models import Notice, NoticeState, OutgoingHold
from tests.cast import NOON
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def a_notice(person, cause, at=NOON):
    return outbox.write(cause=cause, person=person, subject="A word", body="A link", at=at)


def state_of(notice):
    return Notice.objects.get(pk=notice.pk).state


def test_m4_nothing_is_sent_while_held_and_what_waited_is_left_for_a_person(acme):
    before, secret = a_notice(acme.approver, "session:1:booked"), a_notice(acme.approver, "sign-in:1")
    holding.hold(reason=holding.RESTORED, at=NOON)
    since = a_notice(acme.approver, "session:2:booked", at=LATER)

    assert delivery.deliver_due(at=LATER) + delivery.call_due(at=LATER) == 0
    left = holding.release(at=LATER)
    sent = delivery.deliver_due(at=LATER)

    assert (left["notices"], sent, len(mail.outbox)) == (2, 1, 1)
    assert [state_of(notice) for notice in (before, secret, since)] == [NoticeState.FAILED, NoticeState.FAILED, NoticeState.SENT]
    assert Notice.objects.get(pk=secret.pk).body == ""


def test_m4_an_operator_sends_by_hand_what_was_left(cast, acme):
    notice = a_notice(acme.approver, "session:1:booked")
    holding.hold(reason=holding.RESTORED, at=NOON)
    holding.release(at=LATER)

    delivery.retry(notice=notice, by=cast.ada, at=LATER)

    assert delivery.deliver_due(at=LATER) == 1


def test_m4_a_hold_that_comes_between_is_respected(acme, monkeypatch):
    notice = a_notice(acme.approver, "session:1:booked")

    def hold_first(waiting):
        holding.hold(reason=holding.RESTORED, at=NOON)

    monkeypatch.setattr(delivery, "_give_up", hold_first)

    assert delivery.deliver_due(at=LATER) == 0
    assert Notice.objects.get(pk=notice.pk).attempts == 0


def test_i4_e_invoices_wait_and_are_left_to_finance(cast, acme, monkeypatch):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)
    assert not InvoiceDocument.objects.exists()
    waits = {"invoice": invoice, "channel": TransmissionChannel.ACCESS_POINT, "state": TransmissionState.QUEUED, "key": "k" * 32}
    transmission = Transmission.objects.create(**waits, cause="test", recipients=["0007:5566778899"], queued_at=NOON, due_at=NOON)
    holding.hold(reason=holding.RESTORED, at=NOON)

    assert sending.send_due(at=LATER) == 0
    transmission.refresh_from_db()
    assert transmission.attempts == 0
    assert holding.release(at=LATER)["e-invoices"] == 1

    transmission.refresh_from_db()
    assert (transmission.state, transmission.ended_at) == (TransmissionState.GIVEN_UP, LATER)
    assert sending.send_due(at=LATER) == 0


def test_i3_no_card_is_charged_and_no_mailbox_is_read(cast, acme, settings):
    settings.MAILBOX_URL = "imaps://nobody:nothing@127.0.0.1:1/INBOX"
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)
    holding.hold(reason=holding.RESTORED, at=NOON)

    with pytest.raises(holding.OutgoingHeld):
        paying.begin(invoice, by=acme.approver, at=LATER, cause="card:1")
    assert mailbox.read_due(at=LATER) == 0


def test_m4_the_desk_says_so_and_clients_do_not_see_it(cast, acme, client_of):
    call_command("hold_outgoing")
    call_command("hold_outgoing")

    assert OutgoingHold.objects.count() == 1
    assert "This is a restored copy: nothing leaves it" in client_of(cast.ada).get("/desk/mail/").text
    assert "This is a restored copy" not in client_of(acme.approver).get("/").text
    call_command("release_outgoing", no_input=True)
    assert "This is a restored copy" not in client_of(cast.ada).get("/desk/mail/").text
    with pytest.raises(CommandError, match="Nothing is held"):
        call_command("release_outgoing", no_input=True)


def test_m4_a_hold_is_never_forgotten_nor_opened_again(cast):
    holding.hold(reason=holding.RESTORED, at=NOON)
    holding.release(at=LATER)

    for change in (lambda: OutgoingHold.objects.update(released_at=None), lambda: OutgoingHold.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
