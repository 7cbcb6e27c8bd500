"""Reminders in steps: each once, at their pace, never for what is paid, contested or stopped (rule I5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import NotAllowed
from invoicing import buyers, crediting, reminding, stopping
from invoicing.models import InvoiceEventKind, Reminder, ReminderStep
from invoicing.reminding import AllSent, Halted, NobodyToRemind, NotOverdue, RemindedToday
from notices.models import Notice
from people.models import Person
from tests.cast import NOON, a_client
from tests.invoicing.overdue import contested, days_late, late_terms, run, steps_sent
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(cast):
    invoicing_terms()
    late_terms()


def told(invoice, step):
    return Notice.objects.get(cause=f"invoice:{invoice.pk}:reminder:{step}")


def test_i5_each_step_goes_out_once_on_its_day(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    sent = run(0, 1, 4, 5, 5, 6, 14, 17, 18, 31, 32, 33, 400)

    assert sent == [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    assert [(row.step, row.open, row.fee) for row in Reminder.objects.order_by("step")] == [
        (1, Decimal(12000), Decimal(0)),
        (2, Decimal(12000), Decimal(60)),
        (3, Decimal(12000), Decimal(60)),
    ]
    assert invoice.events.filter(kind=InvoiceEventKind.REMINDED, by=None).count() == 3


def test_i5_nothing_goes_out_at_a_weekend(cast, acme):
    an_invoice(acme, cast.fia)
    ReminderStep.objects.filter(number=1).update(days=1)

    assert run(1, 2, 3) == [0, 0, 1]


def test_i5_after_a_standstill_one_step_goes_out_and_the_next_waits_as_long_as_they_lie_apart(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    assert run(60, 61, 62, 69, 70, 71, 84, 85, 86, 87, 88) == [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    assert steps_sent(invoice) == [1, 2, 3]


def test_i5_a_clock_that_jumps_back_sends_nothing_again(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    assert run(59, 5, 15, 30, 45) == [1, 0, 0, 0, 0]
    assert steps_sent(invoice) == [1]


def test_i5_what_was_paid_or_credited_is_not_reminded_of_and_what_is_left_is(cast, acme):
    settled, part, gone = (an_invoice(acme, cast.fia) for _ in range(3))
    a_draft(acme)
    paid(settled, 12000, cast.fia, at=days_late(4))
    paid(part, 11000, cast.fia, at=days_late(4))
    crediting.credit(gone, None, reason="Wrong", by=cast.fia, at=NOON, cause="c")

    assert run(5) == [1]
    assert list(Reminder.objects.values_list("invoice", "open")) == [(part.pk, Decimal(1000))]
    assert "SEK 1,000.00" in " ".join(told(part, 1).body.replace("\xa0", " ").split())


def test_i5_none_goes_out_at_a_weekend_or_on_a_public_holiday(cast, acme):
    an_invoice(acme, cast.fia)

    assert days_late(7).date() == date(2026, 12, 25)
    assert run(4, 7, 8, 9, 10) == [0, 0, 0, 0, 1]  # due on the 23rd, but the job was away: Christmas Day, a weekend, Monday


def test_i5_a_client_or_an_invoice_that_is_stopped_gets_none_until_it_is_resumed(cast, acme, borealis):
    mine, theirs = an_invoice(acme, cast.fia), an_invoice(borealis, cast.fia)
    buyers.stop_reminders(acme.organisation, reason="They pay by the quarter", by=cast.fia, at=NOON)
    stopping.stop(theirs, reason="We look into it", by=cast.fia, at=NOON, cause="s")

    assert run(5) == [0]
    buyers.resume_reminders(acme.organisation, by=cast.fia, at=NOON)
    stopping.resume(theirs, by=cast.fia, at=days_late(6))
    assert (run(10), steps_sent(mine), steps_sent(theirs)) == ([2], [1], [1])


def test_i8_a_contested_invoice_gets_none(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    contested(invoice, acme.approver, at=days_late(4))

    assert run(5, 60) == [0, 0]


def test_i5_without_steps_or_terms_nobody_is_reminded(cast, acme):
    an_invoice(acme, cast.fia)
    ReminderStep.objects.all().delete()

    assert run(5, 60) == [0, 0]


def test_i5_the_first_is_friendly_later_ones_are_strict_in_the_readers_language(cast, acme, borealis):
    invoice = an_invoice(acme, cast.fia)
    Person.objects.filter(pk=borealis.approver.pk).update(language="sv")
    swedish = an_invoice(borealis, cast.fia)

    run(5, 17)

    assert "Perhaps it has slipped your attention" in told(invoice, 1).body
    assert "Please pay at once" in told(invoice, 2).body
    assert "SEK 60.00" in told(invoice, 2).body.replace("\xa0", " ")
    assert "Interest for late payment runs" in told(invoice, 2).body
    assert "Interest" not in told(invoice, 1).body
    assert "60,00 kr" in told(swedish, 2).body.replace("\xa0", " ")
    assert told(invoice, 1).person == acme.approver


def test_i5_a_fee_is_never_more_than_was_agreed_when_the_invoice_was_issued(cast, acme):
    before = an_invoice(acme, cast.fia)
    ReminderStep.objects.filter(number=2).update(fee=500)
    ReminderStep.objects.filter(number=1).update(fee=40)
    after = an_invoice(acme, cast.fia)

    run(5, 17)

    fees = {(row.invoice_id, row.step): row.fee for row in Reminder.objects.all()}
    assert fees == {(before.pk, 1): 0, (before.pk, 2): 60, (after.pk, 1): 40, (after.pk, 2): 500}


def test_i5_where_nobody_can_be_told_no_step_is_used_up(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    Person.objects.filter(pk=acme.approver.pk).update(is_active=False)

    assert (run(5), steps_sent(invoice)) == ([0], [])
    with pytest.raises(NobodyToRemind):
        reminding.remind(invoice, by=cast.fia, at=days_late(5), cause="k")


def test_i5_finance_reminds_now_once_for_each_form_and_once_a_day(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    first = reminding.remind(invoice, by=cast.fia, at=days_late(1), cause="k")
    again = reminding.remind(invoice, by=cast.fia, at=days_late(20), cause="k")

    assert (first.pk, first.step, first.sent_by) == (again.pk, 1, cast.fia)
    with pytest.raises(RemindedToday):
        reminding.remind(invoice, by=cast.fia, at=days_late(1), cause="l")
    reminding.remind(invoice, by=cast.fia, at=days_late(2), cause="m")
    reminding.remind(invoice, by=cast.fia, at=days_late(3), cause="n")
    with pytest.raises(AllSent):
        reminding.remind(invoice, by=cast.fia, at=days_late(4), cause="o")


def test_i5_finance_alone_reminds_and_only_of_what_is_overdue(cast, acme):
    invoice, other = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    contested(other, acme.approver, at=NOON)

    for person in (cast.max, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            reminding.remind(invoice, by=person, at=days_late(5), cause="k")
    with pytest.raises(NotOverdue):
        reminding.remind(invoice, by=cast.fia, at=days_late(0), cause="k")
    with pytest.raises(Halted, match="Contested"):
        reminding.remind(other, by=cast.fia, at=days_late(5), cause="k")


def test_i5_a_reminder_never_changes_and_a_step_is_sent_once(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    run(5)
    row = Reminder.objects.get()

    for change in (
        lambda: Reminder.objects.update(fee=0, open=1),
        lambda: Reminder.objects.all().delete(),
        lambda: Reminder.objects.create(invoice=invoice, step=1, cause="other", sent_at=NOON, open=1),
        lambda: Reminder.objects.create(invoice=invoice, step=2, cause=row.cause, sent_at=NOON, open=1),
        lambda: Reminder.objects.create(invoice=invoice, step=2, cause="x", sent_at=NOON, open=0),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_i5_two_loops_at_once_send_each_step_once(cast, acme):
    invoices = [an_invoice(acme, cast.fia) for _ in range(3)]

    outcome = race(4, lambda _number: reminding.remind_due(days_late(5)))

    assert (outcome.errors, sum(outcome.results)) == ([], 3)
    assert [steps_sent(invoice) for invoice in invoices] == [[1]] * 3
    assert Notice.objects.filter(cause__contains=":reminder:").count() == 3
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_i5_paid_and_reminded_at_the_same_moment_it_is_reminded_of_what_was_open_or_not_at_all(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    acts = [lambda: paid(invoice, 12000, cast.fia, at=days_late(5)), lambda: reminding.remind_due(days_late(5))]

    outcome = race(2, lambda number: acts[number]())

    invoice.refresh_from_db()
    reminded = list(Reminder.objects.values_list("open", flat=True))
    assert (outcome.errors, invoice.open.amount) == ([], Decimal(0))
    assert reminded in ([], [Decimal(12000)])


def test_i5_only_what_is_due_is_asked_for(cast, acme, django_assert_max_num_queries):
    for number in range(5):
        an_invoice(a_client(cast, f"Other{number}"), cast.fia)

    with django_assert_max_num_queries(12):
        reminding.remind_due(days_late(1) + timedelta(days=2))
