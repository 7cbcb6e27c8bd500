"""Price reductions in the books (rules I1, I6): what credit notes take off credit that stays, of what is left and of what was used."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from credits import ledger
from credits.ledger import EntryKind
from credits.models import CreditAccount
from invoicing import crediting, refunding
from invoicing.books import posting, report, ties
from invoicing.books.shares import Left
from invoicing.models import BookMove, BookVoucher, Invoice
from tests.cast import NOON
from tests.invoicing.books_scene import a_chart, a_paid_lot, a_voucher, on_advances, penalty, rows_of, sums, used
from tests.invoicing.scene import in_euro, invoicing_terms, paid

pytestmark = pytest.mark.django_db
BEFORE = {"1930": Decimal(12000)}


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


@pytest.fixture
def lot(cast, acme):
    """480 min that an invoice sold for 9 600, and that are paid."""
    return a_paid_lot(acme, cast.fia)


def reduced(cast, net, cause="reduced"):
    """A credit note of so much of the top-up, which is credit in the ledger already."""
    invoice = Invoice.objects.get(kind="invoice")
    return crediting.credit(invoice, {invoice.lines.get().pk: Decimal(net)}, reason="As agreed.", by=cast.fia, at=NOON, cause=cause)


def post(at=NOON):
    outcome = posting.post(at=at)
    assert outcome.refused == {}
    assert ties.check(at) == []


def the_reduction():
    return BookVoucher.objects.get(cause__startswith="reduction:")


def test_i6_the_price_of_unused_credit_is_reduced_where_it_is_owed(cast, lot):
    reduced(cast, 960)

    post()

    assert rows_of(the_reduction()) == [("2420", Decimal(960)), ("2429", Decimal(-960))]
    assert sums() == BEFORE | {"1510": Decimal(-1200), "2420": Decimal(-8640), "2611": Decimal(-2160)}
    assert "Acme" in the_reduction().text


def test_i6_of_what_was_used_it_lessens_the_revenue_of_each_kind(cast, acme, lot):
    used(acme, 120)
    penalty(acme, EntryKind.LATE_CHANGE)
    reduced(cast, 960)

    post()

    assert rows_of(the_reduction()) == [("2420", Decimal(480)), ("3911", Decimal(240)), ("3001", Decimal(240)), ("2429", Decimal(-960))]
    assert (sums()["2420"], sums()["3001"], sums()["3911"]) == (Decimal(-4320), Decimal(-2160), Decimal(-2160))
    assert "2429" not in sums()


def test_i6_what_is_used_afterwards_is_revenue_at_the_reduced_price(cast, acme, lot):
    reduced(cast, 960)
    post()

    entry = used(acme, 480)
    post()

    assert rows_of(BookVoucher.objects.get(event__entry=entry)) == [("2420", Decimal(8640)), ("3001", Decimal(-8640))]
    assert on_advances() == 0


def test_i6_a_penalty_that_is_taken_back_comes_back_at_the_reduced_price(cast, acme, lot):
    entry = penalty(acme, EntryKind.LATE_CHANGE)
    reduced(cast, 960)
    post()

    ledger.reverse(entry=entry, voucher=a_voucher(reason="Agreed."))
    post()

    assert sums()["2420"] == Decimal(-8640)
    assert "3911" not in sums()


def test_c13_what_was_refunded_is_not_reduced_and_its_credit_note_meets_it(cast, lot):
    ledger.refund(lot=lot, minutes=240, voucher=a_voucher(reason="Not needed."))
    post()
    assert sums()["2429"] == Decimal(-4800)

    [note] = refunding.pull_refunds(by=cast.fia, at=NOON)
    crediting.issue(note, by=cast.fia, at=NOON)
    post()

    assert not BookVoucher.objects.filter(cause__startswith="reduction:").exists()
    assert sums()["2420"] == Decimal(-4800)
    assert "2429" not in sums()


def test_c13_the_rest_is_refunded_at_what_is_left_of_the_invoice(cast, lot):
    reduced(cast, 960)
    post()

    ledger.refund(lot=lot, minutes=480, voucher=a_voucher(reason="They leave."))
    post()
    assert sums()["2429"] == Decimal(-8640)
    reduced(cast, 8640, cause="the rest")
    post()

    assert sums() == {"1510": Decimal(-12000), "1930": Decimal(12000)}


def test_i6_a_part_that_was_moved_bears_its_share(cast, acme, lot):
    other = CreditAccount.objects.create(organisation=acme.organisation, name="Other")
    used(acme, 120)
    ledger.transfer(source=acme.account, target=other, minutes=120, voucher=a_voucher(reason="As agreed."))
    reduced(cast, 960)

    post()

    taken = dict(BookMove.objects.filter(share="reduced").values_list("lot", "amount"))
    assert taken == {lot.pk: Decimal(-720), other.lots.get().pk: Decimal(-240)}
    assert sums()["3001"] == Decimal(-2160)


def test_i6_a_second_reduction_is_one_of_its_own(cast, acme, lot):
    used(acme, 160)
    reduced(cast, 900)
    post()
    reduced(cast, 300, cause="again")
    post()
    post()

    vouchers = BookVoucher.objects.filter(cause__startswith="reduction:").order_by("pk")
    assert [rows_of(voucher)[-1] for voucher in vouchers] == [("2429", Decimal(-900)), ("2429", Decimal(-300))]
    assert sums()["2420"] == Decimal(-5600)


def test_i1_credited_whole_the_credit_that_stays_is_worth_nothing(cast, acme, lot):
    used(acme, 100)
    reduced(cast, 9600)
    post()

    ledger.take_back(lot=lot, minutes=380, voucher=a_voucher(reason="It was credited."))
    post()

    assert sums() == {"1510": Decimal(-12000), "1930": Decimal(12000)}


def test_i2_in_another_currency_the_books_reduce_what_was_sold_at_the_invoices_rate(cast, acme):
    invoice = in_euro(acme, cast.fia)
    paid(invoice, invoice.payable, cast.fia)
    reduced(cast, 960)

    post()

    assert rows_of(the_reduction()) == [("2420", Decimal(10560)), ("2429", Decimal(-10560))]


def test_i6_the_report_says_what_was_reduced_and_what_of_it_was_used(cast, acme, lot):
    used(acme, 240)
    reduced(cast, 960)
    post()

    figures = report.total(NOON.date().replace(day=1)).figures

    assert (figures["reduced"].minutes, figures["reduced"].amount) == (0, Decimal(-960))
    assert (figures["used"].minutes, figures["used"].amount) == (-240, Decimal(-4320))
    assert figures["closing"].amount == Decimal(4320)


def test_i6_before_it_is_booked_the_books_say_so(cast, lot):
    reduced(cast, 960)
    post()
    later = NOON + timedelta(hours=1)
    reduced(cast, 100, cause="more")

    [waits, differs] = [*ties.check(later), ""][:2]

    assert waits == "1 events wait to be posted."
    assert not differs


def test_i6_the_database_knows_what_a_reduction_is(cast, lot):
    reduced(cast, 960)
    post()
    move = BookMove.objects.get(share="reduced")

    for wrong in ({"over_minutes": None}, {"over_minutes": 0}, {"minutes": 5}, {"amount": Decimal(1)}, {"share": "used"}):
        given = {"event": move.event, "lot": move.lot, "share": "reduced", "minutes": 0, "amount": Decimal(-1), "over_minutes": 480}
        with pytest.raises(IntegrityError), transaction.atomic():
            BookMove.objects.create(booked_on=move.booked_on, **(given | wrong))


@st.composite
def lives(draw):
    """A lot that is used, gives back, is moved from, and whose price is reduced, in any order."""
    now = draw(st.builds(Left, total=st.decimals(min_value=0, max_value=99_999, places=2), granted=st.integers(1, 2_000)))
    seen = [now]
    for step in draw(st.lists(st.sampled_from(["used", "gone", "reduced"]), max_size=10)):
        if step == "used":
            now = now.after(used=draw(st.integers(-now.used, now.minutes)))
        elif step == "gone":
            now = now.after(gone=draw(st.integers(0, now.minutes)))
        elif now.here and now.reducible > 0:
            now = now.reduced(draw(st.decimals(min_value=0, max_value=now.reducible, places=2)))
        seen.append(now)
    return seen


@given(lives())
def test_i6_a_reduced_lot_is_worth_whole_cents_never_less_than_nothing_and_nothing_when_it_is_empty(states):
    for state in states:
        assert state.worth == state.worth.quantize(Decimal("0.01")) >= 0
        assert state.reducible >= 0
        assert state.minutes or state.worth == 0
        assert not state.minutes or state.worth >= state.after(gone=1).worth
        assert not state.minutes or state.worth >= state.after(used=1).worth


@given(lives())
def test_i1_a_price_can_be_reduced_to_nothing_and_no_further(states):
    for state in states:
        if state.reducible:
            free = state.reduced(state.reducible)
            assert (free.worth, free.reducible, free.after(used=free.minutes).worth) == (0, 0, 0)
