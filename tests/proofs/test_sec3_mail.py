"""SEC3: whatever comes by mail, nothing crashes, nothing is lost, and the next mail is dealt with as if nothing had been."""

import logging

import pytest

from cases.models import Case
from notices import mailroom
from notices.models import IncomingMail, MailState
from tests.cases.mail_corpus import mail
from tests.cast import NOON
from tests.proofs import strange_mails
from tests.proofs.sizes import SIZE, chance, say

pytestmark = pytest.mark.django_db
EVERY = 100
"""One in so many is a heavy one."""


def test_s8_sec3_no_mail_however_broken_is_lost_or_stops_the_next(scene, caplog):
    whole = strange_mails.seeds(scene)
    dice = chance("SEC3")
    caplog.set_level(logging.WARNING, logger="notices.mailroom")
    before = IncomingMail.objects.count()

    taken = {_dealt_with(_strange(whole, number, dice)) for number in range(SIZE.mails_in)}
    last = _dealt_with(mail(subject="After all of them", identifier="<last@acme.example>"))

    waiting = IncomingMail.objects.exclude(state__in=[MailState.HANDLED, MailState.HELD, MailState.IGNORED])
    assert [record.getMessage() for record in caplog.records if "was not handled" in record.getMessage()] == []
    assert not waiting.exists()
    assert IncomingMail.objects.count() - before == len(taken | {last})
    assert Case.objects.filter(subject="After all of them").count() == 1
    ends = {state.value: IncomingMail.objects.filter(state=state).count() for state in MailState}
    say("SEC3", mails=SIZE.mails_in, different=len(taken), **ends)


def _strange(whole: list[bytes], number: int, dice) -> bytes:
    if number % EVERY == EVERY - 1:
        return strange_mails.heavy(dice)
    return strange_mails.mutated(dice.choice(whole), dice)


def _dealt_with(raw: bytes) -> int:
    row = mailroom.receive(raw=raw, source="proof", at=NOON)
    mailroom.handle_due(at=NOON)
    return row.pk
