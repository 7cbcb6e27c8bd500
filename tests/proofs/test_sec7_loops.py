"""SEC7: two machines that answer each other come to rest, whatever the other one is."""

import pytest
from django.core import mail as sent_mail

from cases.models import Case
from notices import delivery, mailroom
from tests.cases.mail_corpus import mail
from tests.cast import NOON

pytestmark = pytest.mark.django_db
ROUNDS = 30


def answers(marks, *, threaded):
    """A machine at Acme that answers everything it gets, with or without saying that it is one."""

    def answer(message, number):
        fields = [*marks]
        if threaded:
            fields += [f"In-Reply-To: {message['Message-ID']}", f"References: {message['Message-ID']}"]
        to = (message["Reply-To"] or message["From"]) if threaded else "support@provider.example"
        subject = f"Re: {message['Subject']}" if threaded else f"Ticket {number} received"
        return mail(*fields, to=to, subject=subject, identifier=f"<auto{number}@acme.example>", body="We have got your mail.")

    return answer


def ping_pong(answer):
    """How many mails we sent to the machine, which answers each of them, until nothing moves or after thirty rounds."""
    mailroom.receive(raw=mail(identifier="<first@acme.example>"), source="proof", at=NOON)
    heard = number = 0
    for _ in range(ROUNDS):
        mailroom.handle_due(at=NOON)
        delivery.deliver_due(at=NOON)
        ours = [message.message() for message in sent_mail.outbox if "rolf@acme.example" in message.to]
        fresh, heard = ours[heard:], len(ours)
        if not fresh:
            break
        for message in fresh:
            number += 1
            mailroom.receive(raw=answer(message, number), source="proof", at=NOON)
    return heard


@pytest.mark.parametrize(
    "marks",
    [
        ["Auto-Submitted: auto-replied"],
        ["Auto-Submitted: auto-generated"],
        ["Precedence: bulk"],
        ["Precedence: auto_reply", "X-Autoreply: yes"],
        ["List-Id: <helpdesk.acme.example>"],
        ["Return-Path: <>"],
    ],
    ids=lambda marks: marks[0],
)
@pytest.mark.parametrize("threaded", [True, False], ids=["threaded", "unthreaded"])
def test_s8_sec7_a_machine_that_says_so_is_never_answered(scene_cast, marks, threaded):
    assert ping_pong(answers(marks, threaded=threaded)) == 1


def test_s8_sec7_a_machine_that_hides_gets_one_receipt_in_a_thread(scene_cast):
    assert ping_pong(answers([], threaded=True)) == 1
    assert Case.objects.count() == 1


def test_s8_sec7_a_machine_that_hides_and_forgets_gets_ten_receipts_in_three_hours(scene_cast):
    assert ping_pong(answers([], threaded=False)) == 10


def test_s8_sec7_our_own_address_as_the_sender_is_never_answered(scene_cast):
    mailroom.receive(raw=mail(sender="support@provider.example"), source="proof", at=NOON)

    mailroom.handle_due(at=NOON)

    assert delivery.deliver_due(at=NOON) == 0
    assert not Case.objects.exists()
