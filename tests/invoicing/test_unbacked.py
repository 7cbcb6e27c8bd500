"""Credit that no money stands behind any more is frozen or taken back, by one click each (rules C4, C13, I5)."""

from decimal import Decimal

import pytest
from djmoney.money import Money

from core.errors import NotAllowed
from credits import ledger, topups
from credits.ledger import Voucher
from credits.models import Refund, TopUp
from invoicing import crediting, payouts, settlement, unbacked
from invoicing.unbacked import NothingUnbacked
from notices.models import Notice
from tests.cast import NOON
from tests.invoicing.going_back import a_paid_invoice, lot_of
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(cast):
    return invoicing_terms()


@pytest.fixture
def loose(cast, acme, terms):
    """An invoice of 12 000 for 8 h: its payment was taken back, and an hour of the credit is used."""
    invoice = a_paid_invoice(acme, cast.fia)
    ledger.adjust(account=acme.account, minutes=-60, voucher=Voucher(cause="used", at=NOON, reason="Used"))
    settlement.take_back(invoice.payments.get(), reason="The bank was wrong", by=cast.fia, at=NOON)
    invoice.refresh_from_db()
    return invoice


def state_of(client):
    client.account.refresh_from_db()
    return client.account.available_minutes, client.account.frozen_minutes


def told(person, words):
    return [notice.subject for notice in Notice.objects.filter(person=person) if words in notice.subject]


def test_c4_the_account_manager_is_told_of_credit_whose_payment_was_taken_back(cast, acme, loose):
    (one,) = unbacked.of(loose)

    assert (one.minutes, one.is_frozen, loose.open.amount) == (420, False, Decimal(12000))
    assert told(cast.max, "nobody pays for") == ["Acme can use 7 h that nobody pays for"]


def test_i5_it_is_frozen_by_one_click_and_used_again_when_it_is_paid(cast, acme, loose):
    unbacked.freeze(loose, by=cast.fia, at=NOON, reason="Until it is paid")
    unbacked.freeze(loose, by=cast.fia, at=NOON, reason="Twice")
    frozen = state_of(acme)
    with pytest.raises(NothingUnbacked):
        unbacked.unfreeze(loose, by=cast.fia, at=NOON, reason="Too early")
    paid(loose, 12000, cast.fia)

    unbacked.unfreeze(loose, by=cast.fia, at=NOON, reason="It is paid")

    loose.refresh_from_db()
    assert (frozen, state_of(acme), unbacked.of(loose)) == ((0, 420), (420, 0), [])
    assert loose.events.filter(kind="frozen").count() == 1


@pytest.mark.parametrize("is_frozen", [False, True])
def test_c13_taken_back_as_much_less_is_owed_and_no_money_goes_back(cast, acme, loose, is_frozen):
    if is_frozen:
        unbacked.freeze(loose, by=cast.fia, at=NOON, reason="First")

    unbacked.take_back(loose, by=cast.fia, at=NOON, reason="They never paid")

    loose.refresh_from_db()
    refund = Refund.objects.get()
    assert (state_of(acme), refund.minutes, refund.invoice_line.net) == ((0, 0), 420, Decimal(8400))
    assert (loose.credited, loose.open.amount) == (Decimal(10500), Decimal(1500))
    assert not payouts.overpaid().exists()
    assert told(acme.approver, "taken back")
    with pytest.raises(NothingUnbacked):
        unbacked.take_back(loose, by=cast.fia, at=NOON, reason="Twice")


def test_i1_credited_whole_the_credit_is_taken_back_without_another_credit_note(cast, acme, terms):
    """Marked paid by hand, its invoice was credited whole: the credit stays until somebody decides."""
    invoice = an_invoice(acme, cast.fia)
    topup = TopUp.objects.get(invoice_line__invoice=invoice)
    topups.mark_paid(top_up=topup, paid_on=NOON.date(), amount=Money(12000, "SEK"), payment_reference="cash", by=cast.fia, at=NOON)
    crediting.credit(invoice, None, reason="Ordered by mistake", by=cast.fia, at=NOON, cause="x")
    stays = told(cast.max, "nobody pays for")

    unbacked.take_back(invoice, by=cast.fia, at=NOON, reason="It was credited")

    invoice.refresh_from_db()
    assert (len(stays), state_of(acme), invoice.credit_notes.count()) == (1, (0, 0), 1)
    assert (Refund.objects.get().minutes, invoice.credited) == (480, Decimal(12000))


def test_c4_paid_credit_is_left_alone(cast, acme, terms):
    invoice = a_paid_invoice(acme, cast.fia)
    line = invoice.lines.get()
    crediting.credit(invoice, {line.pk: Decimal(600)}, reason="A better price", by=cast.fia, at=NOON, cause="x")
    invoice.refresh_from_db()

    assert unbacked.of(invoice) == []
    for act in (unbacked.freeze, unbacked.take_back, unbacked.unfreeze):
        with pytest.raises(NothingUnbacked):
            act(invoice, by=cast.fia, at=NOON, reason="x")
    assert told(cast.max, "nobody pays for") == []


def test_i5_only_finance_touches_it(cast, acme, loose):
    for act in (unbacked.freeze, unbacked.take_back, unbacked.unfreeze):
        with pytest.raises(NotAllowed):
            act(loose, by=cast.max, at=NOON, reason="x")
    assert state_of(acme) == (420, 0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c13_it_is_taken_back_once_by_however_many(cast, acme, loose):
    def act(number):
        verb = unbacked.freeze if number == 0 else unbacked.take_back
        return bool(verb(loose, by=cast.fia, at=NOON, reason="They never paid"))

    crowd, _meeting = at_once(3, act)

    loose.refresh_from_db()
    assert {type(error) for error in crowd.errors} <= {NothingUnbacked}
    assert (state_of(acme), Refund.objects.count(), loose.open.amount) == ((0, 0), 1, Decimal(1500))
    assert lot_of(loose).refunded_minutes == 420
