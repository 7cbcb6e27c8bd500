"""What the account manager decides about a client's credit, and what is refused (rules C12, C13, I5)."""

from datetime import date, timedelta

import pytest

from clients.models import StaffDuty
from core.errors import NotAllowed
from credits import corrections, ledger
from credits.audit import audit
from credits.ledger import EntryKind
from credits.models import Entry
from tests.cast import NOON, a_colleague
from tests.credits.correcting import AFTERWARDS, LAST_DAY, LATER, fresh, on_lot_by, told
from tests.credits.posting import figures, grant, hold, queued, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def adjust(cast, acme):
    def act(minutes, *, reason="agreed by phone", cause="form:1", by=cast.max, at=NOON):
        return corrections.adjust(account=acme.account, minutes=minutes, reason=reason, cause=cause, by=by, at=at)

    return act


@pytest.fixture
def on_lot(cast):
    return on_lot_by(cast.max)


# Adjusting.


def test_c13_minutes_are_added_as_free_credit_with_a_reason_and_the_client_is_told(acme, adjust, cast):
    entry = adjust(90)

    assert (entry.kind, entry.minutes, entry.reason, entry.by) == ("adjustment", 90, "agreed by phone", cast.max)
    assert figures(acme.account) == (90, 0, 0, 90)
    mail = told("Credit adjusted by +1 h 30")
    assert set(mail) == {"anna"}
    assert "“agreed by phone”" in mail["anna"]
    assert "now has 1 h 30 min of available credit" in mail["anna"]


def test_c13_minutes_are_taken_from_what_is_available(acme, adjust):
    grant(acme.account, 120)

    adjust(-50)

    assert figures(acme.account) == (70, 0, 0, 70)


def test_c11_what_is_added_pays_the_debt_first(acme, adjust):
    worked(acme.account, 60)

    adjust(100)

    assert figures(acme.account) == (40, 0, 0, 40)


def test_c6_what_is_added_covers_what_waits(acme, adjust):
    waiting = queued(acme.account, 60)

    adjust(60)

    waiting.refresh_from_db()
    assert (waiting.state, figures(acme.account)) == ("placed", (0, 60, 0, 60))


@pytest.mark.parametrize("taken", [-71, -500])
def test_c13_an_adjustment_never_makes_a_debt_nor_takes_what_is_held(acme, adjust, taken):
    grant(acme.account, 100)
    hold(acme.account, 30)

    with pytest.raises(corrections.TakenIntoDebt, match="1 h 10 min"):
        adjust(taken)

    assert figures(acme.account) == (70, 30, 0, 100)


def test_c13_what_has_expired_unnoticed_cannot_be_taken(acme, adjust):
    grant(acme.account, 100, expires_on=LAST_DAY)

    with pytest.raises(corrections.TakenIntoDebt):
        adjust(-100, at=AFTERWARDS)


@pytest.mark.parametrize(
    ("minutes", "refusal"),
    [(0, corrections.NothingAsked), (600_001, corrections.TooMuch), (-(10**12), corrections.TooMuch), (10**400, corrections.TooMuch)],
)
def test_c13_no_minutes_and_too_many_are_refused(acme, adjust, minutes, refusal):
    with pytest.raises(refusal):
        adjust(minutes)

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("reason", "refusal"), [("", corrections.ReasonMissing), (" \n ", corrections.ReasonMissing), ("x" * 501, corrections.ReasonTooLong)]
)
def test_c13_nothing_is_corrected_without_a_reason_that_fits(acme, adjust, reason, refusal):
    with pytest.raises(refusal):
        adjust(60, reason=reason)

    assert not Entry.objects.exists()


def test_c14_the_same_form_again_adjusts_once_and_with_other_figures_is_refused(acme, adjust):
    grant(acme.account, 60)
    first = adjust(-60)

    assert adjust(-60) == first
    assert len(told("Credit adjusted")) == 1
    with pytest.raises(ledger.CauseMismatch):
        adjust(-50)


@pytest.mark.parametrize("who", ["fia", "ada", "tessa", "another", "approver"])
def test_c13_only_the_clients_account_manager_corrects_its_credit(cast, acme, adjust, on_lot, who):
    lot = grant(acme.account, 60)
    others = {"tessa": cast.tessa.person, "another": a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER), "approver": acme.approver}
    person = others.get(who) or getattr(cast, who)

    with pytest.raises(NotAllowed):
        adjust(30, by=person)
    for verb, said in ((corrections.extend, {"expires_on": LATER}), (corrections.freeze, {}), (corrections.refund, {"minutes": 60})):
        with pytest.raises(NotAllowed):
            on_lot(verb, lot, by=person, **said)


def test_c13_the_deputy_may(cast, acme, adjust):
    dora = a_colleague("Dora", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = dora
    acme.organisation.save()

    assert adjust(30, by=dora).by == dora


# Extending.


def test_c12_an_extension_gives_back_what_had_expired_and_says_so(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    ledger.expire(account=acme.account, at=AFTERWARDS)

    entry = on_lot(corrections.extend, lot, expires_on=LATER, at=AFTERWARDS)

    assert figures(acme.account) == (90, 0, 0, 90)
    assert (fresh(lot).expires_on, entry.kind) == (LATER, "extension")
    assert "1 h 30 min of it had expired, and are yours again." in told("can be used until Wed 31 Mar 2027")["anna"]
    assert "now has 1 h 30 min of available" in told("can be used until")["anna"]


def test_c12_what_expired_unnoticed_comes_back_at_once(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    on_lot(corrections.extend, lot, expires_on=LATER, at=AFTERWARDS)

    assert figures(acme.account) == (90, 0, 0, 90)
    assert [entry.kind for entry in Entry.objects.order_by("number")] == ["grant", "expiry", "extension", "reversal"]


def test_c12_held_credit_stays_held_through_an_extension(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    placed = hold(acme.account, 30)
    ledger.expire(account=acme.account, at=AFTERWARDS)

    on_lot(corrections.extend, lot, expires_on=LATER, at=AFTERWARDS)
    ledger.void(hold=placed, at=AFTERWARDS)

    assert figures(acme.account) == (90, 0, 0, 90)


def test_c12_what_comes_back_pays_the_debt_first(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    ledger.expire(account=acme.account, at=AFTERWARDS)
    worked(acme.account, 60, at=AFTERWARDS)

    on_lot(corrections.extend, lot, expires_on=LATER, at=AFTERWARDS)

    assert figures(acme.account) == (30, 0, 0, 30)


def test_c14_an_extension_sent_again_long_after_gives_nothing_back_a_second_time(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    first = on_lot(corrections.extend, lot, expires_on=LATER)
    long_after = NOON + timedelta(days=400)
    ledger.expire(account=acme.account, at=long_after)

    assert on_lot(corrections.extend, lot, expires_on=LATER, at=long_after) == first
    assert figures(acme.account) == (0, 0, 0, 0)


def test_c12_a_lot_that_expires_again_can_be_extended_again(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    for number, until in enumerate([date(2026, 12, 31), date(2027, 6, 30)]):
        at = NOON + timedelta(days=30 + 30 * number)
        on_lot(corrections.extend, lot, expires_on=until, cause=f"form:{number}", at=at)

    assert figures(acme.account) == (90, 0, 0, 90)


@pytest.mark.parametrize("until", [LAST_DAY, date(2026, 11, 1), date(2000, 1, 1)])
def test_c12_a_lot_is_only_extended(acme, on_lot, until):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    with pytest.raises(ledger.NotLater):
        on_lot(corrections.extend, lot, expires_on=until)


def test_c12_to_a_day_that_is_past_nothing_is_extended(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    with pytest.raises(ledger.NotLater):
        on_lot(corrections.extend, lot, expires_on=LAST_DAY + timedelta(days=1), at=AFTERWARDS)


def test_c12_credit_that_never_expires_needs_no_extension(acme, on_lot):
    with pytest.raises(ledger.NotLater):
        on_lot(corrections.extend, grant(acme.account, 90), expires_on=LATER)


# Freezing.


def test_i5_frozen_credit_is_set_aside_and_comes_back(acme, on_lot):
    lot = grant(acme.account, 90)

    on_lot(corrections.freeze, lot)
    frozen = figures(acme.account)
    on_lot(corrections.unfreeze, lot, cause="form:2")

    assert (frozen, figures(acme.account)) == ((0, 0, 0, 90), (90, 0, 0, 90))
    assert set(told("Credit frozen")) == {"anna"} == set(told("Credit can be used again"))


def test_i5_what_a_booking_frees_of_a_frozen_lot_is_frozen_too(acme, on_lot):
    lot = grant(acme.account, 90)
    placed = hold(acme.account, 60)
    on_lot(corrections.freeze, lot)

    ledger.void(hold=placed, at=NOON)

    assert figures(acme.account) == (0, 0, 0, 90)
    assert fresh(lot).frozen_minutes == 90


def test_i5_credit_released_after_its_last_day_expires_at_once_and_an_extension_brings_it_back(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    on_lot(corrections.freeze, lot)
    on_lot(corrections.unfreeze, lot, cause="form:2", at=AFTERWARDS)
    gone = figures(acme.account)

    on_lot(corrections.extend, lot, cause="form:3", expires_on=LATER, at=AFTERWARDS)

    assert (gone, figures(acme.account)) == ((0, 0, 0, 0), (90, 0, 0, 90))


def test_i5_what_an_extension_returns_of_a_frozen_lot_is_frozen(acme, on_lot):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    ledger.expire(account=acme.account, at=AFTERWARDS)
    on_lot(corrections.freeze, lot, at=AFTERWARDS)

    on_lot(corrections.extend, lot, cause="form:2", expires_on=LATER, at=AFTERWARDS)

    assert figures(acme.account) == (0, 0, 0, 90)


def test_i5_a_lot_is_frozen_once_and_released_once(acme, on_lot):
    lot = grant(acme.account, 90)
    with pytest.raises(ledger.LotNotFrozen):
        on_lot(corrections.unfreeze, lot)
    on_lot(corrections.freeze, lot)

    with pytest.raises(ledger.LotFrozen):
        on_lot(corrections.freeze, lot, cause="form:2")


def test_p5_a_closed_account_is_not_corrected(acme, adjust):
    acme.account.closed_at = NOON
    acme.account.save()

    with pytest.raises(ledger.AccountClosed):
        adjust(30)


def test_the_kinds_of_corrections_carry_their_reason(acme, adjust, on_lot):
    lot = grant(acme.account, 60, expires_on=LAST_DAY)
    adjust(10)
    on_lot(corrections.extend, lot, expires_on=LATER)
    on_lot(corrections.freeze, lot)
    on_lot(corrections.unfreeze, lot)
    on_lot(corrections.refund, lot, minutes=1)

    reasons = set(Entry.objects.exclude(kind=EntryKind.GRANT).values_list("reason", flat=True))
    assert reasons == {"agreed by phone"}
