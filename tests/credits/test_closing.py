"""An account is closed when nothing is left in it and nothing is on its way (rules P5, C16)."""

from datetime import date, timedelta

import pytest

from core.errors import NotAllowed
from credits import closing, corrections, ledger, topups
from credits.accounts import open_account
from credits.audit import audit
from credits.models import Transfer, TransferState
from notices.models import Notice
from tests.cast import NOON
from tests.credits.posting import RATE, figures, grant, hold, queued, worked

pytestmark = pytest.mark.django_db

AFTERWARDS = NOON + timedelta(days=30)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def close(cast, acme):
    def act(*, reason="Department is gone", by=cast.max, at=NOON):
        return closing.close(account=acme.account, reason=reason, by=by, at=at)

    return act


def refusal_of(close):
    with pytest.raises(closing.StillInUse) as refused:
        close()
    return refused.value.hindrances


def test_p5_an_empty_account_is_closed_and_the_client_told(acme, close):
    worked(acme.account, 60)
    grant(acme.account, 60)

    closed = close()

    acme.account.refresh_from_db()
    assert (closed.closed_at, acme.account.closed_at) == (NOON, NOON)
    mail = Notice.objects.get(subject__contains="Account closed")
    assert mail.address == acme.approver.email
    assert "“Department is gone”" in mail.body
    with pytest.raises(ledger.AccountClosed):
        grant(acme.account, 60)


@pytest.mark.parametrize(
    ("arrange", "said"),
    [
        (lambda account: grant(account, 80), ["1 h 20 min of credit is left."]),
        (lambda account: worked(account, 60), ["1 h is owed."]),
        (lambda account: (grant(account, 60), hold(account, 60)), ["1 booking is open."]),
        (lambda account: (queued(account, 60), queued(account, 30)), ["2 bookings are open."]),
        (lambda account: ledger.claim(account=account, minutes=5, rate=RATE, cause="x", at=NOON), ["1 booking is open."]),
    ],
)
def test_p5_what_is_left_or_promised_keeps_an_account_open(acme, close, arrange, said):
    arrange(acme.account)

    assert refusal_of(close) == said
    acme.account.refresh_from_db()
    assert acme.account.closed_at is None


def test_i5_frozen_credit_is_left_too(cast, acme, close):
    lot = grant(acme.account, 60)
    corrections.freeze(lot=lot, reason="x", cause="form:1", by=cast.max, at=NOON)

    assert refusal_of(close) == ["1 h of credit is frozen."]


@pytest.mark.parametrize("state", ["ordered", "awaiting_approval"])
def test_p5_an_order_that_is_not_paid_keeps_it_open(acme, close, state):
    order = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)
    type(order).objects.filter(pk=order.pk).update(state=state)

    assert refusal_of(close) == ["1 top-up is not paid."]


@pytest.mark.parametrize("direction", ["in", "out"])
def test_c16_a_transfer_that_waits_keeps_it_open(acme, close, direction):
    branch = open_account(organisation=acme.organisation, name="Branch")
    source, target = (branch, acme.account) if direction == "in" else (acme.account, branch)
    waiting = Transfer.objects.create(
        source=source, target=target, cause="t:1", minutes=60, reason="x", proposed_at=NOON, proposed_by=acme.approver
    )

    assert refusal_of(close) == ["1 transfer waits for approval."]
    Transfer.objects.filter(pk=waiting.pk).update(state=TransferState.DECLINED, closed_at=NOON)
    assert close().closed_at == NOON


def test_p5_every_reason_is_said_at_once(acme, close):
    grant(acme.account, 90)
    hold(acme.account, 60)
    topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)

    with pytest.raises(closing.StillInUse) as refused:
        close()

    assert str(refused.value) == (
        "The account cannot be closed yet. 30 min of credit is left. 1 booking is open. 1 top-up is not paid. Nothing has changed."
    )


def test_c12_credit_whose_last_day_is_over_is_not_left(acme, close):
    grant(acme.account, 60, expires_on=date(2026, 11, 30))

    assert close(at=AFTERWARDS).closed_at == AFTERWARDS
    assert figures(acme.account) == (0, 0, 0, 0)


def test_p5_it_is_closed_once_and_opened_again_with_a_reason(cast, acme, close):
    close()
    with pytest.raises(ledger.AccountClosed):
        close()

    opened = closing.reopen(account=acme.account, reason="They are back", by=cast.max, at=NOON)

    assert opened.closed_at is None
    assert "“They are back”" in Notice.objects.get(subject__contains="open again").body
    grant(acme.account, 60)
    with pytest.raises(closing.AccountOpen):
        closing.reopen(account=acme.account, reason="x", by=cast.max, at=NOON)


def test_p5_only_the_account_manager_closes_and_opens_and_always_says_why(cast, acme, close):
    for person in (cast.fia, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            close(by=person)
    with pytest.raises(corrections.ReasonMissing):
        close(reason=" ")
    close()
    with pytest.raises(NotAllowed):
        closing.reopen(account=acme.account, reason="x", by=acme.approver, at=NOON)
