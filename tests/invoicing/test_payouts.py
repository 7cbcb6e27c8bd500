"""Money that we owe goes back to the client, or pays its invoices: once each, and never more than there is (rules C13, P5, I3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from djmoney.money import Money

from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from invoicing import bank_numbers, crediting, payout_files, payouts, refunding, resolving, settlement
from invoicing.models import AccountKind, Invoice, Payment, PaymentWay, Payout, PayoutState
from invoicing.payouts import AnotherMustApprove, MoreThanOwed, NotApproved, PayoutClosed, PayoutMismatch
from tests.cast import NOON, a_colleague
from tests.invoicing.going_back import a_paid_invoice, a_payout, a_refund, an_opening_lot, lot_of, wanted
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def terms(cast):
    return invoicing_terms()


@pytest.fixture
def fay(cast):
    """A second one in finance."""
    return a_colleague("Fay", StaffDuty.FINANCE)


@pytest.fixture
def over(cast, acme, terms):
    """An invoice of 12 000 that was paid, and 3 750 of it credited since."""
    invoice = a_paid_invoice(acme, cast.fia)
    refunding.credit(a_refund(cast, lot_of(invoice), 150), by=cast.fia, at=NOON)
    invoice.refresh_from_db()
    return invoice


def money_of(client):
    return resolving.money_of(client.organisation, "SEK").amount


def free_of(client):
    return resolving.free_of(client.organisation, "SEK").amount


def test_i3_a_credit_note_on_a_paid_invoice_is_paid_back_once(cast, acme, over, fay):
    payout = a_payout(acme, cast.fia, 3750)
    payouts.approve(payout, by=fay, at=NOON)

    done = payouts.mark_paid(payout, paid_on=TODAY, by=cast.fia, at=NOON)

    over.refresh_from_db()
    assert (over.paid, over.open.amount, money_of(acme)) == (Decimal(8250), Decimal(0), Decimal(0))
    assert over.paid == sum(over.payments.values_list("amount", flat=True))
    assert (done.state, done.payment.amount, done.payment.way) == (PayoutState.PAID, Decimal(-3750), PaymentWay.PAYOUT)
    assert (done.account, done.approved_by, done.alone) == ("50501055", fay, False)
    assert payouts.mark_paid(payout, paid_on=TODAY, by=fay, at=NOON) == done
    assert Payment.objects.filter(way=PaymentWay.PAYOUT).count() == 1
    assert over.events.get(kind="kept").facts == {"amount": "3750.00"}


def test_i3_what_is_proposed_is_set_aside_and_never_more_than_is_owed(cast, acme, over):
    a_payout(acme, cast.fia, 3000)
    invoice = an_invoice(acme, cast.fia)

    with pytest.raises(MoreThanOwed) as refusal:
        a_payout(acme, cast.fia, 751)
    used = payouts.set_off(invoice, by=cast.fia, at=NOON, key="k")

    assert (refusal.value.free.amount, used.amount, free_of(acme)) == (Decimal(750), Decimal(750), Decimal(0))


def test_i3_the_same_form_again_is_the_same_payout(cast, acme, over):
    said = {"by": cast.fia, "at": NOON, "cause": "form"}
    first = payouts.propose(acme.organisation, wanted(1000), **said)

    assert payouts.propose(acme.organisation, wanted(1000), **said) == first
    with pytest.raises(PayoutMismatch):
        payouts.propose(acme.organisation, wanted(1001), **said)
    assert Payout.objects.count() == 1


def test_i3_cancelled_the_money_is_the_clients_still(cast, acme, over):
    payout = a_payout(acme, cast.fia, 3750)

    gone = payouts.cancel(payout, reason="They want it used", by=cast.fia, at=NOON)

    assert (gone.state, free_of(acme)) == (PayoutState.CANCELLED, Decimal(3750))
    assert payouts.cancel(payout, reason="Twice", by=cast.fia, at=NOON).reason == "They want it used"
    assert a_payout(acme, cast.fia, 3750).amount == Decimal(3750)


def test_i3_another_approves_where_there_is_another(cast, acme, over, fay):
    payout = a_payout(acme, cast.fia, 100)

    with pytest.raises(AnotherMustApprove):
        payouts.approve(payout, by=cast.fia, at=NOON)
    with pytest.raises(NotApproved):
        payouts.mark_paid(payout, paid_on=TODAY, by=cast.fia, at=NOON)
    approved = payouts.approve(payout, by=fay, at=NOON)

    assert payouts.approve(payout, by=fay, at=NOON) == approved
    with pytest.raises(payouts.NotProposed):
        payouts.approve(payout, by=cast.fia, at=NOON)


def test_i3_alone_in_finance_one_approves_and_it_is_said(cast, acme, over):
    payout = payouts.approve(a_payout(acme, cast.fia, 100), by=cast.fia, at=NOON)

    assert (payout.state, payout.alone) == (PayoutState.APPROVED, True)


def test_i3_what_is_closed_stays_closed(cast, acme, over):
    payout = payouts.approve(a_payout(acme, cast.fia, 100), by=cast.fia, at=NOON)
    payouts.mark_paid(payout, paid_on=TODAY, by=cast.fia, at=NOON)

    with pytest.raises(PayoutClosed):
        payouts.cancel(payout, reason="Too late", by=cast.fia, at=NOON)
    with pytest.raises(NotApproved):
        payouts.mark_paid(payout, paid_on=TODAY - timedelta(days=1), by=cast.fia, at=NOON)


def test_i3_a_payout_cannot_be_paid_tomorrow(cast, acme, over):
    payout = payouts.approve(a_payout(acme, cast.fia, 100), by=cast.fia, at=NOON)

    with pytest.raises(settlement.PaidInFuture):
        payouts.mark_paid(payout, paid_on=TODAY + timedelta(days=1), by=cast.fia, at=NOON)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"account": "5050-1056"}, bank_numbers.NotABankgiro),
        ({"kind": AccountKind.PLUSGIRO, "account": "1"}, bank_numbers.NotAPlusgiro),
        ({"kind": AccountKind.IBAN, "account": "SE4550000000058398257467"}, bank_numbers.NotAnIban),
        ({"currency": "EUR"}, payouts.GiroInKronor),
    ],
)
def test_i3_it_goes_to_an_account_that_there_is(cast, acme, over, fields, refusal):
    with pytest.raises(refusal):
        a_payout(acme, cast.fia, 100, **fields)
    with pytest.raises(settlement.NotPositive):
        a_payout(acme, cast.fia, 0)


@pytest.mark.parametrize("reference", ["", "  ", "x" * 36])
def test_i3_the_client_reads_what_it_is(cast, acme, over, reference):
    asked = payouts.Wanted(amount=Money(1, "SEK"), kind=AccountKind.BANKGIRO, account="5050-1055", reference=reference)
    with pytest.raises(payouts.ReferenceMissing):
        payouts.propose(acme.organisation, asked, by=cast.fia, at=NOON, cause="x")


def test_i3_only_finance_moves_money(cast, acme, over):
    payout = a_payout(acme, cast.fia, 100)
    for person in (cast.max, cast.ada, acme.approver):
        for act in (
            lambda by: payouts.propose(acme.organisation, wanted(1), by=by, at=NOON, cause="x"),
            lambda by: payouts.approve(payout, by=by, at=NOON),
            lambda by: payouts.mark_paid(payout, paid_on=TODAY, by=by, at=NOON),
            lambda by: payouts.cancel(payout, reason="x", by=by, at=NOON),
            lambda by: payouts.set_off(over, by=by, at=NOON, key="x"),
            lambda by: payout_files.make(by=by, at=NOON),
        ):
            with pytest.raises(NotAllowed):
                act(person)


def test_c13_credit_that_no_invoice_sold_is_paid_back_with_its_vat(cast, acme, terms):
    refund = a_refund(cast, an_opening_lot(acme.account), 60)

    with pytest.raises(MoreThanOwed):
        a_payout(acme, cast.fia, Decimal("1250.01"))
    payout = a_payout(acme, cast.fia, 1250)

    refund.refresh_from_db()
    assert (payout.amount, refund.kept.amount, refund.kept.way) == (Decimal(1250), Decimal(1250), PaymentWay.REFUND)
    assert (payouts.unsold_refunds(), refunding.waiting_now()) == ([], [])
    assert free_of(acme) == Decimal(0)


def test_i3_what_is_owed_pays_an_open_invoice_and_both_say_so(cast, acme, over):
    invoice = an_invoice(acme, cast.fia)

    payment = payouts.set_off(invoice, by=cast.fia, at=NOON, key="k")

    over.refresh_from_db()
    invoice.refresh_from_db()
    assert payouts.set_off(invoice, by=cast.fia, at=NOON, key="k") == payment
    assert (over.open.amount, invoice.open.amount, money_of(acme)) == (Decimal(0), Decimal(8250), Decimal(0))
    assert over.events.get(kind="kept").facts == {"amount": "3750.00", "used_for": invoice.number}
    assert Decimal(invoice.events.get(kind="paid").facts["amount"]) == Decimal(3750)


def test_i3_there_is_nothing_to_set_off_where_nothing_is_owed(cast, acme, terms):
    with pytest.raises(resolving.NothingKept):
        payouts.set_off(an_invoice(acme, cast.fia), by=cast.fia, at=NOON, key="k")


def test_i3_other_clients_and_currencies_have_their_own_money(cast, acme, borealis, over):
    with pytest.raises(MoreThanOwed):
        a_payout(borealis, cast.fia, 1)
    with pytest.raises(MoreThanOwed):
        a_payout(acme, cast.fia, 1, kind=AccountKind.IBAN, account="SE4550000000058398257466", currency="EUR")


def test_c4_a_set_off_locks_the_accounts_before_any_invoice_as_everybody_does(cast, acme, over):
    later = an_invoice(acme, cast.fia)

    with CaptureQueriesContext(connection) as seen:
        payouts.set_off(later, by=cast.fia, at=NOON, key="k")

    asked = [query["sql"] for query in seen.captured_queries]
    account = next(place for place, sql in enumerate(asked) if "credits_creditaccount WHERE id IN" in sql.replace('"', ""))
    invoice = next(place for place, sql in enumerate(asked) if f'"invoicing_invoice"."id" = {over.pk}' in sql)
    assert account < invoice


def test_i3_a_payment_whose_money_went_back_is_not_taken_back(cast, acme, over):
    payment = over.payments.get()
    a_payout(acme, cast.fia, 3750)
    moved = over.payments.exclude(pk=payment.pk).get()

    with pytest.raises(settlement.MoneyMovedOn):
        settlement.take_back(payment, reason="Wrong client", by=cast.fia, at=NOON)
    with pytest.raises(settlement.TakenBackAlready):
        settlement.take_back(moved, reason="Wrong client", by=cast.fia, at=NOON)


def test_i3_a_take_back_is_not_taken_back(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    back = settlement.take_back(paid(invoice, 100, cast.fia), reason="Wrong", by=cast.fia, at=NOON)

    with pytest.raises(settlement.TakenBackAlready):
        settlement.take_back(back, reason="Right after all", by=cast.fia, at=NOON)


def test_i3_what_the_clients_money_had_paid_is_the_clients_again(cast, acme, over):
    invoice = an_invoice(acme, cast.fia)
    payment = payouts.set_off(invoice, by=cast.fia, at=NOON, key="k")

    settlement.take_back(payment, reason="Not agreed", by=cast.fia, at=NOON)

    invoice.refresh_from_db()
    assert (invoice.open.amount, free_of(acme)) == (Decimal(12000), Decimal(3750))


def test_i3_each_approved_payout_is_in_exactly_one_file(cast, acme, over):
    first, second, waits = (a_payout(acme, cast.fia, amount) for amount in (100, 200, 300))
    for payout in (first, second):
        payouts.approve(payout, by=cast.fia, at=NOON)

    file = payout_files.make(by=cast.fia, at=NOON)

    with pytest.raises(payout_files.NothingToPay):
        payout_files.make(by=cast.fia, at=NOON)
    payouts.approve(waits, by=cast.fia, at=NOON)
    later = payout_files.make(by=cast.fia, at=NOON)
    assert [list(found.payouts.order_by("pk")) for found in (file, later)] == [[first, second], [waits]]


def test_i3_the_database_itself_keeps_the_clients_money(cast, acme, over, fay):
    payout = a_payout(acme, cast.fia, 3000)
    taken = {"organisation": acme.organisation, "currency": "SEK", "paid_on": TODAY, "recorded_at": NOON, "recorded_by": cast.fia}
    more = {"organisation": acme.organisation, "currency": "SEK", "account": "1", "account_kind": "iban", "reference": "x"}
    more |= {"proposed_at": NOON, "proposed_by": cast.fia}
    attempts = [
        lambda: Payment.objects.create(way="credit", cause="a", amount=-751, **taken),
        lambda: Payout.objects.create(amount=751, cause="b", **more),
        lambda: Payout.objects.filter(pk=payout.pk).update(amount=1),
        lambda: Payout.objects.filter(pk=payout.pk).update(account="123"),
        lambda: Payout.objects.filter(pk=payout.pk).update(state="approved", approved_at=NOON, approved_by=cast.fia),
        lambda: Payout.objects.filter(pk=payout.pk).update(state="paid"),
        lambda: Payout.objects.filter(pk=payout.pk).delete(),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()

    payouts.cancel(payout, reason="x", by=cast.fia, at=NOON)
    with pytest.raises(DatabaseError), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(reason="y")


def test_i3_a_credited_invoice_without_payments_owes_nothing(cast, acme, terms):
    crediting.credit(an_invoice(acme, cast.fia), None, reason="Wrong", by=cast.fia, at=NOON, cause="x")

    assert not payouts.overpaid().exists()


def test_i3_a_reason_is_given_when_it_is_cancelled(cast, acme, over):
    with pytest.raises(ReasonMissing):
        payouts.cancel(a_payout(acme, cast.fia, 1), reason=" ", by=cast.fia, at=NOON)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i3_however_many_propose_and_use_at_once_no_more_goes_than_is_owed(cast, acme, over):
    """3 750 are owed: three propose 2 000 each while another pays an invoice with it."""
    invoice = an_invoice(acme, cast.fia)

    def act(number):
        if number == 0:
            return payouts.set_off(Invoice.objects.get(pk=invoice.pk), by=cast.fia, at=NOON, key="k").amount
        return payouts.propose(acme.organisation, wanted(2000), by=cast.fia, at=NOON, cause=f"p{number}").amount

    crowd, _meeting = at_once(4, act)

    over.refresh_from_db()
    assert over.open.amount == Decimal(0)
    assert sum(crowd.answers.values()) <= Decimal(3750)
    assert {type(error) for error in crowd.errors} <= {MoreThanOwed, resolving.NothingKept}
    assert Payment.objects.filter(cause__startswith="over:").count() == 2
    assert free_of(acme) == Decimal(3750) - sum(crowd.answers.values())


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i3_one_payout_is_paid_or_cancelled_and_once(cast, acme, over):
    payout = payouts.approve(a_payout(acme, cast.fia, 3750), by=cast.fia, at=NOON)

    def act(number):
        found = Payout.objects.get(pk=payout.pk)
        if number % 2:
            return payouts.cancel(found, reason="Stop", by=cast.fia, at=NOON).state
        return payouts.mark_paid(found, paid_on=TODAY, by=cast.fia, at=NOON).state

    crowd, _meeting = at_once(4, act)

    payout.refresh_from_db()
    assert set(crowd.answers.values()) == {payout.state}
    assert {type(error) for error in crowd.errors} <= {NotApproved, PayoutClosed}
    assert money_of(acme) == (Decimal(0) if payout.state == PayoutState.PAID else Decimal(3750))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i3_files_that_are_made_at_once_share_no_payout(cast, acme, over):
    for amount in (1, 2, 3):
        payouts.approve(a_payout(acme, cast.fia, amount), by=cast.fia, at=NOON)

    crowd, _meeting = at_once(3, lambda _number: payout_files.make(by=cast.fia, at=NOON).payments)

    assert crowd.kinds() == {"answered": 1, "NothingToPay": 2}
    assert list(crowd.answers.values()) == [3]
