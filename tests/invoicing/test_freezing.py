"""Credit whose invoice is long overdue is frozen, and released by itself (rules C4, I5, I8)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from credits import corrections, ledger, topups
from credits.models import Entry, EntryKind, Lot
from credits.vouchers import Voucher
from invoicing import contesting, crediting, freezing, stopping
from invoicing.models import InvoiceEventKind, InvoiceFreeze
from notices.models import Notice
from people.models import Person
from tests.cast import NOON
from tests.credits.posting import hold as place
from tests.invoicing.going_back import lot_of
from tests.invoicing.overdue import contested, days_late, late_terms, minutes, trusted
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(cast):
    invoicing_terms(freeze_days=10)


def frozen(*days):
    return [freezing.freeze_due(days_late(day)) for day in days]


def test_i5_credit_is_frozen_when_its_invoice_is_overdue_beyond_the_setting_and_released_when_it_is_paid(cast, acme):
    invoice = trusted(acme, cast.fia)

    assert (frozen(0, 10, 11, 12), minutes(acme)) == ([0, 0, 1, 0], (0, 480))
    paid(invoice, 11999, cast.fia, at=days_late(13))
    assert minutes(acme) == (0, 480)
    paid(invoice, 1, cast.fia, at=days_late(14))

    assert (minutes(acme), frozen(15, 300)) == ((480, 0), [0, 0])
    assert [(event.kind, event.by) for event in invoice.events.filter(kind__in=["frozen", "released"]).order_by("pk")] == [
        (InvoiceEventKind.FROZEN, None),
        (InvoiceEventKind.RELEASED, cast.fia),
    ]


@pytest.mark.parametrize(
    ("language", "why", "mail", "paid_why"),
    [
        ("en", "was to be paid by", "What is unused of the credit", "Invoice 202600001 is paid."),
        ("sv", "skulle ha betalats senast", "Det som är oanvänt av tillgodohavandet", "Faktura 202600001 är betald."),
    ],
)
def test_i5_the_client_reads_why_in_its_language(cast, acme, language, why, mail, paid_why):
    acme.organisation.language = language
    acme.organisation.save()
    Person.objects.filter(pk=acme.approver.pk).update(language=language)
    invoice = trusted(acme, cast.fia)

    frozen(11)
    paid(invoice, 12000, cast.fia, at=days_late(12))

    freeze, release = (Entry.objects.get(kind=kind) for kind in (EntryKind.FREEZE, EntryKind.UNFREEZE))
    assert why in freeze.reason
    assert (freeze.by, release.reason, release.by) == (None, paid_why, cast.fia)
    told = Notice.objects.get(cause=f"entry:{freeze.pk}:frozen")
    assert mail in told.body
    assert why in told.body
    assert "None" not in told.body
    assert Notice.objects.filter(cause=f"entry:{release.pk}:unfrozen").exists()


def test_i5_credit_that_came_with_its_payment_or_from_elsewhere_is_not_frozen(cast, acme):
    an_invoice(acme, cast.fia)
    assert frozen(60) == [0]
    invoice = trusted(acme, cast.fia)
    corrections.adjust(account=acme.account, minutes=60, reason="Goodwill", cause="a", by=cast.max, at=NOON)

    assert (frozen(60), minutes(acme)) == ([1], (60, 480))
    assert [lot.pk for lot in freezing.frozen_for(invoice)] == [invoice.lines.get().top_up.lot_id]


def test_i5_what_was_moved_to_another_account_is_frozen_with_it(cast, acme):
    invoice = trusted(acme, cast.fia)
    other = acme.organisation.credit_accounts.create(name="Other")
    ledger.transfer(source=acme.account, target=other, minutes=200, voucher=Voucher(cause="t", at=NOON, by=cast.max, reason="Moved"))

    assert frozen(11) == [1]
    assert sorted((lot.account_id, lot.frozen_minutes) for lot in Lot.objects.all()) == [(acme.account.pk, 280), (other.pk, 200)]
    paid(invoice, 12000, cast.fia, at=days_late(12))
    assert sorted((lot.account_id, lot.available_minutes) for lot in Lot.objects.all()) == [(acme.account.pk, 280), (other.pk, 200)]


def test_i5_what_bookings_hold_stays_held_and_is_frozen_when_they_free_it(cast, acme):
    trusted(acme, cast.fia)
    hold = place(acme.account, 180)

    frozen(11)
    assert minutes(acme) == (0, 300)
    ledger.void(hold=hold, at=days_late(12))
    assert minutes(acme) == (0, 480)


def test_i8_a_contested_or_stopped_invoice_freezes_nothing(cast, acme):
    invoice = trusted(acme, cast.fia)
    objection = contested(invoice, acme.approver, at=days_late(3))

    assert frozen(11, 60) == [0, 0]
    contesting.reject(objection, answer="It is right", by=cast.max, at=days_late(20))
    assert frozen(21, 40, 41) == [0, 0, 1]


def test_i8_the_client_was_right_and_its_credit_is_released_contesting_alone_does_not(cast, acme):
    invoice = trusted(acme, cast.fia)
    frozen(11)
    objection = contested(invoice, acme.approver, at=days_late(12))
    assert minutes(acme) == (0, 480)

    contesting.uphold(objection, answer="You are right", by=cast.max, at=days_late(13))

    assert minutes(acme) == (480, 0)


def test_i5_more_time_releases_and_when_it_is_over_it_is_frozen_again(cast, acme):
    invoice = trusted(acme, cast.fia)
    frozen(11)

    stopping.extend(invoice, until_on=days_late(30).date(), reason="They asked", by=cast.fia, at=days_late(12), cause="x")

    assert (minutes(acme), frozen(30, 40, 41), minutes(acme)) == ((480, 0), [0, 0, 1], (0, 480))
    assert InvoiceFreeze.objects.count() == 2


def test_i5_what_somebody_froze_or_released_by_hand_is_theirs(cast, acme):
    invoice = trusted(acme, cast.fia)
    lot = lot_of(invoice)
    corrections.freeze(lot=lot, reason="We wait", cause="f", by=cast.max, at=days_late(1))
    assert frozen(11) == [0]
    paid(invoice, 6000, cast.fia, at=days_late(12))
    corrections.unfreeze(lot=lot, reason="Enough", cause="u", by=cast.max, at=days_late(13))
    assert frozen(14) == [1]
    corrections.unfreeze(lot=lot, reason="They promised", cause="u2", by=cast.max, at=days_late(15))
    assert (frozen(16), minutes(acme)) == ([0], (480, 0))
    corrections.freeze(lot=lot, reason="They did not", cause="f2", by=cast.max, at=days_late(17))

    paid(invoice, 6000, cast.fia, at=days_late(18))

    assert minutes(acme) == (0, 480)
    assert InvoiceFreeze.objects.get().released_at == days_late(18)


def test_i1_a_credit_note_of_what_was_left_releases_too(cast, acme):
    invoice = trusted(acme, cast.fia)
    paid(invoice, 11250, cast.fia, at=days_late(1))
    frozen(11)

    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=days_late(12), cause="c")

    assert minutes(acme) == (450, 0)


def test_i5_what_we_froze_stays_known(cast, acme):
    invoice = trusted(acme, cast.fia)
    frozen(11)
    row = InvoiceFreeze.objects.get()

    for change in (
        lambda: InvoiceFreeze.objects.update(frozen_at=NOON),
        lambda: InvoiceFreeze.objects.all().delete(),
        lambda: InvoiceFreeze.objects.create(invoice=invoice, lot=row.lot, frozen_at=NOON),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i5_two_loops_freeze_once(cast, acme):
    trusted(acme, cast.fia)

    outcome = race(4, lambda _number: freezing.freeze_due(days_late(11)))

    assert (outcome.errors, sum(outcome.results), Entry.objects.filter(kind=EntryKind.FREEZE).count()) == ([], 1, 1)
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i5_paid_and_frozen_at_the_same_moment_the_credit_can_be_used(cast, acme):
    late_terms()
    invoice = trusted(acme, cast.fia)
    acts = [lambda: paid(invoice, 12000, cast.fia, at=days_late(11)), lambda: freezing.freeze_due(days_late(11))]

    outcome = race(2, lambda number: acts[number]())

    assert (outcome.errors, minutes(acme)) == ([], (480, 0))


@pytest.mark.parametrize("marked_paid", [False, True])
def test_i5_nothing_stays_frozen_for_an_invoice_that_was_credited_whole(cast, acme, marked_paid):
    invoice = trusted(acme, cast.fia)
    frozen(11)
    if marked_paid:
        top_up, on = invoice.lines.get().top_up, days_late(12)
        assert top_up is not None
        topups.mark_paid(top_up=top_up, paid_on=on.date(), amount=top_up.total, payment_reference="By hand", by=cast.fia, at=on)

    crediting.credit(invoice, None, reason="Wrong", by=cast.fia, at=days_late(13), cause="test:note")

    assert (minutes(acme), freezing.frozen_for(invoice)) == ((480 if marked_paid else 0, 0), [])
    assert not InvoiceFreeze.objects.filter(released_at=None).exists()
    assert Notice.objects.filter(cause__endswith=":unfrozen").exists() == marked_paid
