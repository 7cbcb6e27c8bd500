"""Paying a delivery from support credit (rule D6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.agreements import AgreementEnded
from clients.models import Agreement
from core.errors import NotAllowed
from credits import causes
from credits.accounts import open_account
from credits.audit import audit
from credits.ledger import AccountClosed, Hold, MonthlyLimitReached, NotEnoughCredit
from credits.models import CreditAccount, CreditTerms
from delivery import money, paying, tasks
from delivery.acceptance import FirstYesDiffers
from delivery.models import Acceptance, DeliveryTask, PaysWith, TaskEventKind
from delivery.paying import AccountRefused, CreditDiffers, CreditNotOffered, PaidOtherwise
from notices.models import Notice
from tests.approving import an_approver, limited, only
from tests.cast import NOON
from tests.credits.posting import figures as credit
from tests.credits.posting import grant
from tests.delivery.answering import change, figures, offered, on_credit, yes
from tests.delivery.scene import an_offered, delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
UNTOUCHED = ("offered", "offered", Decimal(0), Decimal(0))
AN_HOUR = Decimal(1300)
"""24 000 at 1 300 an hour are 18 h 27.7 min: 18 h 30 min in steps of ten."""
NEEDED = 1110


@pytest.fixture(autouse=True)
def terms(acme):
    return delivery_terms()


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme, credit_price_per_hour=AN_HOUR)


@pytest.mark.parametrize(
    ("net", "price", "step", "minutes"),
    [
        ("24000", "1200", 10, 1200),
        ("24000", "1300", 10, 1110),
        ("0.01", "1200", 10, 10),
        ("1200.01", "1200", 1, 61),
        ("1200", "1200", 1, 60),
    ],
)
def test_d6_the_minutes_are_those_that_pay_it_up_to_the_next_step(net, price, step, minutes):
    assert money.credit_minutes(Decimal(net), Decimal(price), step=step) == minutes


def nothing_happened(estimate):
    assert (figures(estimate), Acceptance.objects.count(), Hold.objects.count()) == (UNTOUCHED, 0, 0)
    assert Notice.objects.filter(subject__startswith="Cost accepted").count() == 0
    assert audit().findings == []


def test_d6_the_credit_is_held_when_the_approver_asks_for_it_expressly(acme, estimate):
    grant(acme.account, 1200)

    given = yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    hold = Hold.objects.get()
    assert (hold.cause, hold.minutes, hold.covered_minutes, hold.account) == (f"delivery:{estimate.pk}:hold", NEEDED, NEEDED, acme.account)
    assert (hold.price_per_hour.amount, hold.due_on, hold.placed_at) == (AN_HOUR, date(2026, 11, 18), NOON)
    assert (given.pays_with, given.account, given.minutes, given.hold_cause) == (PaysWith.CREDIT, acme.account, NEEDED, hold.cause)
    assert credit(acme.account) == (90, NEEDED, 0, 1200)
    held = estimate.task.events.get(kind=TaskEventKind.HELD)
    assert (held.by, held.facts["minutes"], held.facts["account"]) == (acme.approver, NEEDED, "IT")
    assert "18 h 30 min of the account IT are reserved" in Notice.objects.filter(subject__startswith="Cost accepted").first().body
    assert audit().findings == []


def test_d6_without_being_asked_for_it_is_never_paid_from_credit(acme, estimate):
    grant(acme.account, 4800)

    given = yes(estimate, acme.approver)

    assert (given.pays_with, given.account, Hold.objects.count(), credit(acme.account)[0]) == (PaysWith.INVOICE, None, 0, 4800)


def test_d6_it_is_not_offered_without_a_rate_on_the_estimate(cast, acme):
    estimate = offered(cast, acme)
    grant(acme.account, 4800)

    with pytest.raises(CreditNotOffered):
        yes(estimate, acme.approver, **on_credit(acme.account, 1200))

    assert paying.choices(estimate, acme.approver, at=NOON) == []
    nothing_happened(estimate)


def test_d6_where_too_little_is_available_nothing_is_accepted(acme, estimate):
    grant(acme.account, NEEDED - 10)

    with pytest.raises(NotEnoughCredit, match="10 min of credit is missing"):
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    nothing_happened(estimate)


def test_c16_a_monthly_limit_holds_for_deliveries_too(acme, estimate):
    grant(acme.account, 4800)
    CreditAccount.objects.filter(pk=acme.account.pk).update(monthly_limit_minutes=600)

    with pytest.raises(MonthlyLimitReached):
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    nothing_happened(estimate)


def test_c16_it_counts_for_the_month_in_which_the_work_is_planned_to_begin(cast, acme, estimate):
    grant(acme.account, 4800)
    tasks.plan(estimate.task, starts_on=date(2027, 1, 11), ends_on=None, by=cast.tessa.person, at=NOON)

    yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    assert Hold.objects.get().due_on == date(2027, 1, 11)


def test_d6_what_was_shown_is_what_is_held(acme, estimate):
    grant(acme.account, 4800)
    CreditTerms.objects.update(rounding_step_minutes=15)

    with pytest.raises(CreditDiffers) as refused:
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED + 1))

    assert (refused.value.shown, refused.value.minutes) == (NEEDED + 1, 1110)
    nothing_happened(estimate)


def test_c16_only_who_decides_about_the_account_lets_it_pay(cast, acme, borealis, estimate):
    dora = an_approver(acme, "Dora")
    branch = open_account(organisation=acme.organisation, name="Branch")
    only(branch, dora)
    for account in (branch, borealis.account):
        grant(account, 4800)

    for account in (branch, borealis.account):
        with pytest.raises(AccountRefused):
            yes(estimate, acme.approver, **on_credit(account, NEEDED))
    with pytest.raises(NotAllowed):
        yes(estimate, borealis.approver, **on_credit(borealis.account, NEEDED))

    nothing_happened(estimate)
    assert [choice.account for choice in paying.choices(estimate, acme.approver, at=NOON)] == [acme.account]
    assert [choice.account for choice in paying.choices(estimate, dora, at=NOON)] == [branch, acme.account]
    assert paying.choices(estimate, acme.requester, at=NOON) == []


def test_d6_a_choice_shows_what_is_available_before_and_after(acme, estimate):
    grant(acme.account, 1200)

    (choice,) = paying.choices(estimate, acme.approver, at=NOON)

    assert (choice.minutes, choice.account.available_minutes, choice.after_minutes, choice.held_after) == (NEEDED, 1200, 90, NEEDED)
    assert choice.missing_minutes == 0


def test_d6_a_closed_account_and_an_ended_agreement_pay_nothing(acme, estimate):
    Agreement.objects.update(ends_on=date(2026, 11, 1))

    with pytest.raises(AgreementEnded):
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))
    Agreement.objects.update(ends_on=None)
    CreditAccount.objects.update(closed_at=NOON)
    with pytest.raises(AccountClosed):
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    assert (figures(estimate), Acceptance.objects.count(), Hold.objects.count()) == (UNTOUCHED, 0, 0)


def test_d6_a_task_that_is_invoiced_is_not_paid_from_credit_later(cast, acme):
    estimate = change(cast, acme, credit_price_per_hour=AN_HOUR)
    grant(acme.account, 4800)

    with pytest.raises(PaidOtherwise):
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    assert paying.choices(estimate, acme.approver, at=NOON) == []
    assert (figures(estimate)[0], Hold.objects.count()) == ("offered", 0)


def test_d6_a_task_that_is_paid_from_credit_stays_so(cast, acme, estimate):
    grant(acme.account, 4800)
    yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))
    more = an_offered(DeliveryTask.objects.get(), cast.tessa.person, cast.max, credit_price_per_hour=AN_HOUR)

    with pytest.raises(PaidOtherwise):
        yes(more, acme.approver)
    yes(more, acme.approver, **on_credit(acme.account, NEEDED))

    assert sorted(Hold.objects.values_list("cause", flat=True)) == [f"delivery:{estimate.pk}:hold", f"delivery:{more.pk}:hold"]
    assert credit(acme.account)[:2] == (4800 - 2 * NEEDED, 2 * NEEDED)


def test_d6_accepting_twice_holds_once(acme, estimate):
    grant(acme.account, 4800)

    for at in (NOON, LATER):
        yes(estimate, acme.approver, at=at, **on_credit(acme.account, NEEDED))

    assert credit(acme.account)[:2] == (4800 - NEEDED, NEEDED)


def test_d6_with_a_second_approver_the_credit_is_held_with_the_second_yes(acme, estimate):
    grant(acme.account, 1200)
    limited(acme, 0)
    dora = an_approver(acme, "Dora", limit=0)

    yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))
    assert (Hold.objects.count(), credit(acme.account)[0]) == (0, 1200)
    with pytest.raises(FirstYesDiffers):
        yes(estimate, dora)
    yes(estimate, dora, at=LATER, **on_credit(acme.account, NEEDED))

    assert (Hold.objects.get().placed_at, credit(acme.account)[:2]) == (LATER, (90, NEEDED))


def test_d6_the_second_yes_fails_whole_where_the_credit_has_gone_meanwhile(acme, estimate):
    grant(acme.account, 1200)
    limited(acme, 0)
    dora = an_approver(acme, "Dora", limit=0)
    yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))
    CreditAccount.objects.filter(pk=acme.account.pk).update(monthly_limit_minutes=10)

    with pytest.raises(MonthlyLimitReached):
        yes(estimate, dora, at=LATER, **on_credit(acme.account, NEEDED))

    given = Acceptance.objects.get()
    assert (given.second, given.completed_at, figures(estimate), Hold.objects.count()) == (None, None, UNTOUCHED, 0)


def test_d6_what_fails_after_the_hold_leaves_nothing_behind(acme, estimate, monkeypatch):
    grant(acme.account, 1200)

    def killed(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr("delivery.acceptance_messages.accepted", killed)
    with pytest.raises(ConnectionError):
        yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))
    assert credit(acme.account) == (1200, 0, 0, 1200)
    nothing_happened(estimate)
    monkeypatch.undo()

    yes(estimate, acme.approver, **on_credit(acme.account, NEEDED))

    assert credit(acme.account)[:2] == (90, NEEDED)


def test_c14_the_statement_names_the_task_behind_the_hold_to_who_may_see_it(cast, acme, borealis, estimate):
    cause = f"delivery:{estimate.pk}:hold"

    ours, theirs = causes.tell([cause], to=cast.max)[cause], causes.tell([cause, "delivery:999999:hold", "delivery:x"], to=acme.requester)

    number = estimate.task_id
    assert (ours.words, ours.url) == (f"D{number} Single sign-on", f"/desk/delivery/{number}/")
    assert {name: told.url for name, told in theirs.items()} == {cause: f"/delivery/{number}/"}
    assert causes.tell([cause], to=borealis.approver) == {}
