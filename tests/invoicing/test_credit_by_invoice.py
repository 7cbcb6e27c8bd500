"""A top-up of a trusted client becomes credit when its invoice is issued, and goes again with its credit note (rules C4, I1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from clients.models import Agreement
from credits import audit, corrections, ledger, topup_papers
from credits.credited import CreditInUse
from credits.models import Entry, EntryKind, Lot, TopUpState
from invoicing import crediting, drafting, issuing
from notices.models import Notice
from sessions.models import State
from tests.cast import NOON
from tests.credits.posting import RATE, figures, voucher
from tests.invoicing.owing import MONTH_OVER, invoiced, owes
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, draft_of, invoicing_terms, paid
from tests.racing import race
from tests.sessions.booked import book

pytestmark = pytest.mark.django_db


@pytest.fixture
def trusted(acme):
    invoicing_terms()
    Agreement.objects.filter(organisation=acme.organisation).update(credit_on="issue")
    return acme


def used(client, minutes):
    """So much of the credit is promised to something."""
    return ledger.claim(account=client.account, minutes=minutes, rate=RATE, cause=f"used:{minutes}", at=NOON)


def credited(invoice, finance, net=None, cause="c"):
    parts = None if net is None else {invoice.lines.get().pk: Decimal(net)}
    return crediting.credit(invoice, parts, reason="Not wanted", by=finance, at=NOON, cause=cause)


def test_c4_where_invoices_are_made_the_order_alone_is_no_credit(trusted):
    order = a_top_up(trusted)

    assert (order.lot, order.state, figures(trusted.account)) == (None, TopUpState.ORDERED, (0, 0, 0, 0))
    assert topup_papers.comes_with(trusted.organisation, on=NOON.date()) == "invoice"
    assert "It becomes credit when its invoice is issued." in Notice.objects.filter(cause=f"top-up:{order.pk}:ordered").first().body


def test_c4_where_none_are_made_it_is_credit_at_once(acme):
    Agreement.objects.filter(organisation=acme.organisation).update(credit_on="issue")

    assert topup_papers.comes_with(acme.organisation, on=NOON.date()) == "order"
    assert a_top_up(acme).lot is not None


def test_c4_a_client_who_is_not_trusted_waits_for_the_payment(cast, acme):
    invoicing_terms()

    an_invoice(acme, cast.fia)

    assert (figures(acme.account), topup_papers.comes_with(acme.organisation, on=NOON.date())) == ((0, 0, 0, 0), "payment")


def test_c4_issued_it_is_credit_once_and_the_client_is_told(cast, trusted):
    draft = a_draft(trusted)

    invoice = issuing.issue(draft, by=cast.fia, at=NOON)
    issuing.issue(invoice, by=cast.fia, at=NOON)

    order = invoice.lines.get().top_up
    assert (figures(trusted.account), order.state, Entry.objects.count()) == ((480, 0, 0, 480), TopUpState.ORDERED, 1)
    assert [notice.address for notice in Notice.objects.filter(cause=f"top-up:{order.pk}:granted")] == [trusted.approver.email]


def test_c4_credit_of_an_order_from_before_there_were_invoices_is_not_granted_again(cast, acme):
    Agreement.objects.filter(organisation=acme.organisation).update(credit_on="issue")
    order = a_top_up(acme)
    invoicing_terms()

    issuing.issue(draft_of(order), by=cast.fia, at=NOON)

    assert figures(acme.account) == (480, 0, 0, 480)


def test_c6_what_waited_for_it_is_scheduled_in_the_same_moment(cast, trusted):
    waiting = book(cast, trusted)
    assert waiting.state == State.AWAITING_TOP_UP

    an_invoice(trusted, cast.fia)

    waiting.refresh_from_db()
    assert waiting.state == State.SCHEDULED


def test_c6_a_payment_wakes_what_waited_for_it_too(cast, acme):
    invoicing_terms()
    waiting = book(cast, acme)

    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 12000, cast.fia)

    waiting.refresh_from_db()
    assert waiting.state == State.SCHEDULED
    assert invoice.events.get(kind="settled").facts == {"moved_on": 1}


def test_c4_a_credit_note_of_the_whole_takes_the_credit_back(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)

    credited(invoice, cast.fia)

    entry = Entry.objects.get(kind=EntryKind.REFUND)
    assert (figures(trusted.account), entry.minutes, entry.reason) == ((0, 0, 0, 0), -480, "Not wanted")
    assert invoice.lines.get().top_up.state == TopUpState.CANCELLED
    assert (drafting.pull(at=NOON), audit.audit().findings) == ([], [])


def test_c4_of_a_part_it_takes_what_that_part_paid_for(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)

    credited(invoice, cast.fia, 1200, cause="a")
    after_a_part = figures(trusted.account)
    credited(invoice, cast.fia, cause="b")

    assert (after_a_part, figures(trusted.account)) == ((420, 0, 0, 420), (0, 0, 0, 0))
    assert audit.audit().findings == []


def test_c4_more_than_is_unused_is_not_credited_and_says_what_can_be(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)
    used(trusted, 120)

    with pytest.raises(CreditInUse, match=r"Only 6 h .* at most SEK\s7,200\.00, without VAT"):
        credited(invoice, cast.fia)

    invoice.refresh_from_db()
    assert (invoice.credited, invoice.credit_notes.count(), figures(trusted.account)) == (Decimal(0), 0, (360, 120, 0, 480))
    credited(invoice, cast.fia, 7200, cause="b")
    assert figures(trusted.account) == (0, 120, 0, 120)
    assert invoice.lines.get().top_up.state == TopUpState.ORDERED


def test_c4_where_all_is_in_use_nothing_is_credited(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)
    used(trusted, 480)

    with pytest.raises(CreditInUse, match="nothing of it can be credited now"):
        credited(invoice, cast.fia, 1200)


def test_i5_credit_that_is_frozen_is_taken_back_with_the_rest(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)
    used(trusted, 60)
    ledger.freeze(lot=Lot.objects.get(), voucher=voucher(reason="overdue"))
    ledger.void(hold=used(trusted, 60), at=NOON)

    credited(invoice, cast.fia)

    trusted.account.refresh_from_db()
    assert (trusted.account.frozen_minutes, Lot.objects.get().refunded_minutes, audit.audit().findings) == (0, 480, [])


def test_c4_credit_that_is_paid_for_stays(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)
    paid(invoice, 12000, cast.fia)

    credited(invoice, cast.fia)

    assert (figures(trusted.account), invoice.lines.get().top_up.state) == ((480, 0, 0, 480), TopUpState.PAID)


def test_c4_what_is_left_of_a_part_credited_invoice_is_paid_and_closes_it(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)
    paid(invoice, 10500, cast.fia)

    credited(invoice, cast.fia, 1200)

    assert (figures(trusted.account), invoice.lines.get().top_up.state) == ((420, 0, 0, 420), TopUpState.PAID)
    assert audit.audit().findings == []


def test_c11_an_invoice_of_debt_is_credited_once_the_hours_are_taken_back(cast, acme):
    invoicing_terms()
    entry = owes(acme, 60)
    owes(acme, 90)
    invoice = invoiced(acme, cast.fia)
    first = invoice.lines.order_by("position").first()

    with pytest.raises(CreditInUse):
        crediting.credit(invoice, {first.pk: Decimal(1200)}, reason="Wrong", by=cast.fia, at=MONTH_OVER, cause="a")
    ledger.reverse(entry=entry, voucher=voucher(at=MONTH_OVER, reason="Wrong"))
    crediting.credit(invoice, {first.pk: Decimal(1200)}, reason="Wrong", by=cast.fia, at=MONTH_OVER, cause="a")

    first.top_up.refresh_from_db()
    assert (figures(acme.account), first.top_up.state, audit.audit().findings) == ((0, 0, 0, 0), TopUpState.CANCELLED, [])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c4_credited_and_booked_at_once_one_of_them_wins(cast, trusted):
    invoice = an_invoice(trusted, cast.fia)
    acts = [
        lambda: credited(invoice, cast.fia),
        lambda: ledger.place_hold(account=trusted.account, minutes=480, rate=RATE, cause="all", at=NOON),
    ]

    outcome = race(2, lambda number: acts[number]())

    assert len(outcome.results) == 1
    assert type(outcome.errors[0]) in (CreditInUse, ledger.NotEnoughCredit)
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"
    assert audit.audit().findings == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c4_issued_by_several_at_once_it_is_credit_once(cast, trusted):
    draft = a_draft(trusted)

    outcome = race(4, lambda _number: issuing.issue(draft, by=cast.fia, at=NOON))

    assert (outcome.errors, figures(trusted.account)) == ([], (480, 0, 0, 480))


def test_c4_what_expired_of_credit_that_was_credited_unpaid_does_not_come_back(cast, trusted):
    cast.credit_terms.lot_validity_months = 1
    cast.credit_terms.save()
    invoice, at = an_invoice(trusted, cast.fia), NOON + timedelta(days=60)
    ledger.expire(account=trusted.account, at=at)
    crediting.credit(invoice, None, reason="Not wanted", by=cast.fia, at=at, cause="c")

    later = at.date() + timedelta(days=60)
    with pytest.raises(corrections.LotCredited, match="has been credited"):
        corrections.extend(lot=Lot.objects.get(), expires_on=later, reason="Please", cause="form:1", by=cast.max, at=at)
