"""SEC3: whatever comes by mail, nothing crashes, nothing is lost, and the next mail is dealt with as if nothing had been."""

import logging
import tracemalloc
from time import process_time

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
LONGEST_SECONDS = 2
MOST_MEMORY_MIB = 200


def test_s8_sec3_no_mail_however_broken_is_lost_or_stops_the_next(scene, caplog):
    whole = strange_mails.seeds(scene)
    dice = chance("SEC3")
    caplog.set_level(logging.WARNING, logger="notices.mailroom")
    before = IncomingMail.objects.count()

    took = [_dealt_with(_strange(whole, number, dice)) for number in range(SIZE.mails_in)]
    last, _ = _dealt_with(mail(subject="After all of them", identifier="<last@acme.example>"))
    taken, slowest = {pk for pk, _ in took}, max(seconds for _, seconds in took)

    waiting = IncomingMail.objects.exclude(state__in=[MailState.HANDLED, MailState.HELD, MailState.IGNORED])
    assert [record.getMessage() for record in caplog.records if "was not handled" in record.getMessage()] == []
    assert not waiting.exists()
    assert IncomingMail.objects.count() - before == len(taken | {last})
    assert Case.objects.filter(subject="After all of them").count() == 1
    assert slowest < LONGEST_SECONDS
    ends = {state.value: IncomingMail.objects.filter(state=state).count() for state in MailState}
    say("SEC3", mails=SIZE.mails_in, different=len(taken), slowest_ms=int(slowest * 1000), **ends)


@pytest.mark.parametrize("make", strange_mails.HEAVY)
def test_s8_sec3_the_heaviest_mail_takes_no_more_than_200_mib(scene, make):
    raw = make()
    tracemalloc.start()

    try:
        _dealt_with(raw)
        most = tracemalloc.get_traced_memory()[1] // 1024 // 1024
    finally:
        tracemalloc.stop()

    assert most < MOST_MEMORY_MIB
    say("SEC3, memory", bytes=len(raw), most_mib=most)


def _strange(whole: list[bytes], number: int, dice) -> bytes:
    if number % EVERY == EVERY - 1:
        return strange_mails.heavy(dice)
    return strange_mails.mutated(dice.choice(whole), dice)


def _dealt_with(raw: bytes) -> tuple[int, float]:
    """The row of the mail, and the processor's seconds that it took: other processes may be busy beside this one."""
    begins = process_time()
    row = mailroom.receive(raw=raw, source="proof", at=NOON)
    mailroom.handle_due(at=NOON)
    return row.pk, process_time() - begins
