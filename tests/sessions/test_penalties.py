"""Penalties that the client disputes, and penalties that are taken back (rules C10, C13)."""

from datetime import timedelta

import pytest

from clients.models import StaffDuty, StaffRole
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from credits import closing, corrections, ledger
from credits.audit import audit
from credits.ledger import Entry
from sessions import chronicle, penalties
from sessions.models import PenaltyDispute, Session, State
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.booked import TUESDAY, book, figures, mails, trace
from tests.sessions.changing import WEDNESDAY, postpone
from tests.sessions.factories import a_lot, a_submitted_session, entry_ids
from tests.sessions.penalised import LAST_MOMENT, POSTED, a_late_cancellation, a_no_show, disputed, penalty_of

pytestmark = pytest.mark.django_db

SOON = POSTED + timedelta(hours=2)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


def reverse(dispute, by, *, at=SOON, reason="It did stand still"):
    return penalties.reverse(dispute=dispute, reason=reason, by=by, at=at)


def let_stand(dispute, by, *, at=SOON, reason="Trains ran that day"):
    return penalties.let_stand(dispute=dispute, reason=reason, by=by, at=at)


def waive(penalty, by, *, at=SOON, reason="First time"):
    return penalties.waive(penalty=penalty, reason=reason, by=by, at=at)


# Disputing.


def test_c10_an_approver_disputes_a_penalty_and_the_account_manager_is_told_by_when_to_settle(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)

    raised = disputed(penalty, acme, at=SOON)

    assert (raised.session, raised.entry, raised.raised_by, raised.outcome) == (session, penalty, acme.approver, "")
    assert raised.due_at == at_stockholm(2026, 11, 30, 15)
    assert figures(acme.account) == (180, 0, 0)
    mail = mails("Acme disputes a penalty")
    assert set(mail) == {"max"}
    assert "“The train stood still”" in mail["max"]
    assert "by Mon 30 Nov 15:00" in mail["max"]
    assert f"/desk/penalties/{penalty.pk}/" in mail["max"]
    assert trace(session)[-1] == ("penalty_disputed", acme.approver, "The train stood still")


def test_c10_the_mails_about_penalties_say_that_they_can_be_disputed(cast, acme):
    a_late_cancellation(cast, acme)
    a_no_show(cast, acme)

    for body in (mails("Cancelled")["anna"], mails("Cancelled")["rolf"], mails("Session missed")["anna"]):
        assert "An approver can dispute that within 30 days, on the page of the session." in body


def test_c10_a_no_show_can_be_disputed_too(cast, acme):
    session, penalty = a_no_show(cast, acme)

    assert disputed(penalty, acme, at=NOON + timedelta(days=1)).session == session


def test_c10_it_can_be_disputed_up_to_the_last_moment_of_thirty_days(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)

    with pytest.raises(penalties.DisputeTimeOver) as refused:
        disputed(penalty, acme, at=LAST_MOMENT + timedelta(microseconds=1))
    raised = disputed(penalty, acme, at=LAST_MOMENT)

    assert refused.value.until == LAST_MOMENT == penalties.look(penalty).disputable_until
    assert raised.raised_at == LAST_MOMENT


def test_p3_the_days_are_those_that_were_agreed_at_booking(cast, acme):
    cast.session_terms.penalty_dispute_days = 10
    cast.session_terms.save()
    _session, penalty = a_late_cancellation(cast, acme)
    cast.session_terms.penalty_dispute_days = 60
    cast.session_terms.save()

    assert penalties.look(penalty).disputable_until == POSTED + timedelta(days=10)


def test_c10_only_an_approver_disputes_and_always_says_why(cast, acme, borealis):
    _session, penalty = a_late_cancellation(cast, acme)

    for person in (acme.requester, borealis.approver, cast.max, cast.tessa.person):
        with pytest.raises(NotAllowed):
            penalties.dispute(penalty=penalty, reason="No", by=person, at=SOON)
    with pytest.raises(ReasonMissing):
        disputed(penalty, acme, reason="  ")
    with pytest.raises(ReasonTooLong):
        disputed(penalty, acme, reason="x" * 501)
    assert not PenaltyDispute.objects.exists()


def test_c10_a_penalty_is_disputed_once_and_a_form_sent_twice_is_one_dispute(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)
    first = disputed(penalty, acme)

    assert disputed(penalty, acme) == first
    with pytest.raises(penalties.AlreadyDisputed):
        disputed(penalty, acme, reason="And another thing")
    let_stand(first, cast.max)
    with pytest.raises(penalties.AlreadyDisputed):
        disputed(penalty, acme, reason="Once more")
    assert [kind for kind, _by, _why in trace(session)].count("penalty_disputed") == 1


def test_c10_each_late_change_of_a_session_can_be_disputed(cast, acme):
    session = book(cast, acme, credit=600)
    for start, at in ((WEDNESDAY, POSTED), (WEDNESDAY + timedelta(days=1), WEDNESDAY - timedelta(hours=3))):
        session.refresh_from_db()
        postpone(session, acme, to=start, shown=120, at=at)
    session.refresh_from_db()

    second, first = penalties.of_session(session)

    assert [first.minutes, second.minutes] == [120, 120]
    assert {disputed(found.entry, acme, at=WEDNESDAY).entry for found in (first, second)} == {first.entry, second.entry}


def test_c10_what_was_taken_back_is_not_disputed(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    waive(penalty, cast.max)

    with pytest.raises(penalties.PenaltyReversed):
        disputed(penalty, acme)


# Settling.


def test_c10_a_dispute_settled_for_the_client_reverses_the_penalty_and_everybody_is_told(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)

    settled = reverse(raised, cast.max)

    entry = Entry.objects.latest("pk")
    assert (entry.kind, entry.minutes, entry.reverses, entry.reason) == ("reversal", 120, penalty, "It did stand still")
    assert (settled.outcome, settled.settled_by, settled.settled_at, settled.settlement) == (
        "reversed",
        cast.max,
        SOON,
        "It did stand still",
    )
    assert figures(acme.account) == (300, 0, 0)
    mail = mails("Penalty taken back, 2 h")
    assert set(mail) == {"anna", "rolf", "tessa"}
    assert "has looked at the disputed penalty" in mail["anna"]
    assert (f"/sessions/{session.pk}/" in mail["anna"], f"/desk/sessions/{session.pk}/" in mail["tessa"]) == (True, True)
    assert chronicle.chronicle(session)[0].told == "Penalty waived: 2 h of credit added"


def test_c10_a_penalty_that_stands_costs_what_it_cost_and_the_client_reads_why(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)

    settled = let_stand(disputed(penalty, acme), cast.max)

    assert (settled.outcome, settled.settlement) == ("stands", "Trains ran that day")
    assert figures(acme.account) == (180, 0, 0)
    assert set(mails("The penalty of 2 h stands")) == {"anna", "rolf"}
    assert "“Trains ran that day”" in mails("stands")["anna"]
    assert trace(session)[-1] == ("penalty_stands", cast.max, "Trains ran that day")


def test_c10_the_time_to_settle_is_shown_and_nothing_lapses_when_it_is_over(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)

    settled = let_stand(raised, cast.max, at=raised.due_at + timedelta(days=30))

    assert settled.outcome == "stands"


def test_c10_the_deputy_settles_and_nobody_else(cast, acme, borealis):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)
    dora = a_colleague("Dora", StaffDuty.ACCOUNT_MANAGER)
    for person in (acme.approver, borealis.approver, cast.tessa.person, cast.fia, cast.ada, dora):
        for settle in (reverse, let_stand):
            with pytest.raises(NotAllowed):
                settle(raised, person)
    acme.organisation.deputy_manager = dora
    acme.organisation.save()

    assert let_stand(raised, dora).settled_by == dora


@pytest.mark.parametrize("occasion", [a_late_cancellation, a_no_show])
def test_c10_nobody_who_was_in_the_session_settles_its_dispute(cast, acme, occasion):
    session, penalty = occasion(cast, acme)
    raised = disputed(penalty, acme, at=session.closed_at)
    StaffRole.objects.create(person=cast.tessa.person, duty=StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = cast.tessa.person
    acme.organisation.save()

    for settle in (reverse, let_stand):
        with pytest.raises(penalties.WorkedOnIt):
            settle(raised, cast.tessa.person)
    with pytest.raises(penalties.WorkedOnIt):
        waive(penalty, cast.tessa.person)
    assert PenaltyDispute.objects.get().outcome == ""


def test_c8_nobody_who_worked_in_it_afterwards_settles_it_either(cast, acme):
    session = a_submitted_session(cast, acme, credit=300)
    penalty = charged_earlier(session, acme)
    StaffRole.objects.create(person=cast.tessa.person, duty=StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = cast.tessa.person
    acme.organisation.save()
    raised = disputed(penalty, acme, at=NOON + timedelta(hours=3))

    assert entry_ids(session)
    with pytest.raises(penalties.WorkedOnIt):
        let_stand(raised, cast.tessa.person, at=NOON + timedelta(hours=4))


@pytest.mark.parametrize("reason", ["", "   "])
def test_c13_nothing_is_settled_or_waived_without_a_reason(cast, acme, reason):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)

    for act in (lambda: reverse(raised, cast.max, reason=reason), lambda: let_stand(raised, cast.max, reason=reason)):
        with pytest.raises(ReasonMissing):
            act()
    with pytest.raises(ReasonMissing):
        waive(penalty, cast.max, reason=reason)


def test_c10_a_dispute_is_settled_once(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)
    let_stand(raised, cast.max)

    for settle in (reverse, let_stand):
        with pytest.raises(penalties.DisputeSettled):
            settle(raised, cast.max, reason="Otherwise")
    assert figures(acme.account) == (180, 0, 0)


# Waiving.


def test_c13_the_account_manager_waives_a_penalty_at_any_time(cast, acme):
    session, penalty = a_late_cancellation(cast, acme)
    at = LAST_MOMENT + timedelta(days=300)

    reversal = waive(penalty, cast.max, at=at)

    assert (reversal.reverses, reversal.by, reversal.reason, reversal.cause) == (penalty, cast.max, "First time", f"{penalty.cause}:waived")
    assert figures(acme.account) == (300, 0, 0)
    assert "has waived the penalty" in mails("Penalty taken back")["anna"]
    assert trace(session)[-1] == ("penalty_waived", cast.max, "First time")


def test_c13_waiving_settles_an_open_dispute(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    disputed(penalty, acme)

    waive(penalty, cast.max)

    assert PenaltyDispute.objects.get().outcome == "reversed"


def test_c13_what_stood_after_a_dispute_can_still_be_waived(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    let_stand(disputed(penalty, acme), cast.max)

    waive(penalty, cast.max)

    assert (PenaltyDispute.objects.get().outcome, figures(acme.account)) == ("stands", (300, 0, 0))


def test_c14_a_penalty_is_taken_back_once(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    waive(penalty, cast.max)

    with pytest.raises(penalties.PenaltyReversed):
        waive(penalty, cast.max)
    with pytest.raises(penalties.PenaltyReversed):
        waive(penalty, cast.max, reason="Otherwise")
    assert figures(acme.account) == (300, 0, 0)


def test_c13_only_the_clients_account_manager_waives(cast, acme, borealis):
    _session, penalty = a_late_cancellation(cast, acme)

    for person in (acme.approver, borealis.approver, cast.fia, cast.ada, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)):
        with pytest.raises(NotAllowed):
            waive(penalty, person)


# What comes back.


def test_c11_a_penalty_that_made_a_debt_is_no_debt_any_more(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme, credit=60)
    owed = figures(acme.account)

    waive(penalty, cast.max)

    assert (owed, figures(acme.account)) == ((0, 0, 60), (60, 0, 0))


def test_c11_what_comes_back_pays_other_debt_first(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme, credit=120)
    held = ledger.claim(account=acme.account, minutes=50, rate=ledger.Rate(*_price(penalty, acme)), cause="work", at=SOON)
    ledger.capture(hold=held, minutes=50, voucher=ledger.Voucher(cause="work", at=SOON))

    waive(penalty, cast.max, at=SOON)

    assert figures(acme.account) == (70, 0, 0)


def test_c6_a_booking_that_waits_is_scheduled_at_once_by_what_comes_back(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme, credit=120)
    waiting = book(cast, acme, at=POSTED, starts_at=TUESDAY + timedelta(days=7))
    assert waiting.state == State.AWAITING_TOP_UP

    waive(penalty, cast.max, at=SOON)

    assert Session.objects.get(pk=waiting.pk).state == State.SCHEDULED
    assert figures(acme.account) == (60, 60, 0)


def test_p5_in_a_closed_account_nothing_is_taken_back_until_it_is_opened(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme, credit=120)
    closing.close(account=acme.account, reason="x", by=cast.max, at=SOON)

    with pytest.raises(ledger.AccountClosed):
        waive(penalty, cast.max)
    closing.reopen(account=acme.account, reason="x", by=cast.max, at=SOON)

    assert waive(penalty, cast.max).minutes == 120


def test_i5_what_comes_back_to_a_frozen_lot_is_frozen(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme, credit=300)
    corrections.freeze(lot=acme.account.lots.get(), reason="x", cause="form:1", by=cast.max, at=SOON)

    waive(penalty, cast.max, at=SOON)

    assert figures(acme.account) == (0, 0, 0)
    assert acme.account.frozen_minutes == 300


def test_c10_the_disputes_of_ones_clients_are_listed_by_when_they_are_due(cast, acme, borealis):
    later, sooner = (disputed(a_late_cancellation(cast, acme)[1], acme, at=POSTED + timedelta(days=days)) for days in (3, 1))
    disputed(a_late_cancellation(cast, borealis)[1], borealis)

    assert list(penalties.open_disputes([acme.organisation])) == [sooner, later]
    let_stand(sooner, cast.max)
    assert list(penalties.open_disputes([acme.organisation])) == [later]


def charged_earlier(session, client):
    """A late postponement of the session's first start, before it was worked."""
    a_lot(client.account, 120)
    frozen = ledger.claim(
        account=client.account, minutes=120, rate=ledger.Rate(session.price_per_hour, session.vat_percent), cause="early", at=NOON
    )
    cause = f"session:{session.pk}:start:1:late"
    ledger.charge(hold=frozen, minutes=120, kind=ledger.EntryKind.LATE_CHANGE, voucher=ledger.Voucher(cause=cause, at=NOON))
    ledger.void(hold=frozen, at=NOON)
    return penalty_of(session)


def _price(penalty, client):
    hold = penalty.hold
    return hold.price_per_hour, hold.vat_percent
