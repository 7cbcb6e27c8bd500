"""Unplanned server support: proposed, agreed to, covered, worked and charged like any other (rules R8, C6, C8)."""

import pytest
from django.urls import reverse

from clients.agreements import AgreementEnded
from clients.models import Agreement, MemberRole, Membership, StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits import ledger
from credits.audit import audit
from credits.models import Spender
from notices.models import Notice
from sessions import bookings, changes, confirmation, consents, cover, jobs, life, unplanned, worklogs
from sessions.models import Purpose, Session, SessionKind, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, a_person
from tests.sessions.booked import mails
from tests.sessions.factories import a_lot, account_of, minutes, postings
from tests.sessions.proposing import a_proposal, agreed, begun, proposed, question, works


def propose(cast, acme, *, by, cause="form:1", **details):
    return unplanned.propose(account=acme.account, proposal=a_proposal(cast, **details), cause=cause, by=by, at=NOON)


def figures(session):
    account = account_of(session)
    return account.available_minutes, account.held_minutes, account.debt_minutes


# Proposing.


def test_r8_a_proposal_asks_the_approver_and_holds_nothing(cast, acme):
    session = proposed(cast, acme, credit=120)

    assert (session.kind, session.state, session.worker, session.starts_at) == (SessionKind.UNPLANNED, State.REQUESTED, cast.tessa, None)
    assert (question(session).minutes, question(session).reason) == (34, "It is full by tonight")
    assert (figures(session), session.hold) == ((120, 0, 0), None)
    assert [(event.kind, event.by, event.reason) for event in session.events.all()] == [
        (EventKind.PROPOSED, cast.tessa.person, "It is full by tonight")
    ]


def test_r8_the_approver_is_asked_by_mail_with_what_it_costs_and_nobody_else(cast, acme):
    session = proposed(cast, acme)

    asked = mails("May we do this, 30 min: Disk fills up")
    assert list(asked) == ["anna"]
    for said in ("It is full by tonight", "Tessa Testsson does it. Estimate: 30 min.", "never more than 34 min", "a no costs nothing"):
        assert said in asked["anna"]
    assert f"/consents/{question(session).pk}/" in asked["anna"]


def test_r8_technicians_dispatchers_and_the_account_manager_propose(cast, acme):
    disa = a_colleague("Disa", StaffDuty.DISPATCHER)

    found = [propose(cast, acme, by=who, cause=f"form:{who.pk}").requested_by for who in (cast.tessa.person, disa, cast.max)]

    assert found == [cast.tessa.person, disa, cast.max]


def test_r8_nobody_else_proposes(cast, acme):
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)

    for person in (cast.fia, cast.ada, mia, acme.approver):
        with pytest.raises(NotAllowed):
            propose(cast, acme, by=person)
    assert not Session.objects.exists()


def test_r8_a_technician_proposes_for_nobody_but_themselves(cast, acme):
    with pytest.raises(NotAllowed):
        propose(cast, acme, by=cast.tessa.person, worker=cast.theo)

    assert propose(cast, acme, by=cast.max, worker=cast.theo).worker == cast.theo


def test_r8_the_same_form_twice_is_one_proposal(cast, acme):
    first = propose(cast, acme, by=cast.tessa.person)

    again = propose(cast, acme, by=cast.tessa.person)

    assert (again, first.consents.count(), Notice.objects.count()) == (first, 1, 1)
    with pytest.raises(bookings.RequestMismatch):
        propose(cast, acme, by=cast.tessa.person, title="Something else")
    with pytest.raises(bookings.RequestMismatch):
        propose(cast, acme, by=cast.max)


def test_r8_what_cannot_be_done_is_not_proposed(cast, acme):
    gone = Purpose.objects.create(code="gone", name_en="Gone", name_sv="Borta", position=2, offered=False)
    mail = Purpose.objects.create(code="mail", name_en="Mail", name_sv="Post", position=3)
    cast.tessa.purposes.add(mail)

    for refusal, details in (
        (bookings.OffStep, {"estimate_minutes": 45, "purpose": mail}),
        (bookings.PurposeWithdrawn, {"purpose": gone}),
        (unplanned.PurposeNotDone, {"purpose": cast.purpose}),
        (ReasonMissing, {"reason": " ", "purpose": mail}),
    ):
        with pytest.raises(refusal):
            propose(cast, acme, by=cast.tessa.person, **details)
    assert not Session.objects.exists()


def test_p5_nothing_is_proposed_from_a_closed_account(cast, acme):
    type(acme.account).objects.filter(pk=acme.account.pk).update(closed_at=NOON)

    with pytest.raises(ledger.AccountClosed):
        propose(cast, acme, by=cast.tessa.person)
    assert list(unplanned.accounts_for(cast.tessa.person)) == []


def test_p5_after_the_end_of_the_agreement_nothing_is_proposed_or_agreed_to(cast, acme):
    waiting = proposed(cast, acme, credit=120)
    Agreement.objects.update(ends_on=NOON.date())

    with pytest.raises(AgreementEnded):
        propose(cast, acme, by=cast.tessa.person)
    with pytest.raises(AgreementEnded):
        consents.give_consent(consent=question(waiting), by=acme.approver, at=NOON)

    assert (question(waiting).given, figures(waiting)) == (None, (120, 0, 0))


def test_c16_only_who_decides_about_the_account_is_asked_and_agrees(cast, acme):
    other = a_person("Olga", domain="acme.example")
    Membership.objects.create(organisation=acme.organisation, person=other, role=MemberRole.APPROVER)
    Spender.objects.create(account=acme.account, person=other)

    session = proposed(cast, acme, credit=120)

    assert list(mails("May we do this")) == ["olga"]
    with pytest.raises(NotAllowed):
        consents.give_consent(consent=question(session), by=acme.approver, at=NOON)
    assert consents.give_consent(consent=question(session), by=other, at=NOON).given


# The answer.


def test_r8_a_yes_holds_the_estimate_and_the_work_can_start(cast, acme):
    session = agreed(cast, acme, credit=120)

    assert (session.state, session.agreed_at, session.hold.minutes, figures(session)) == (
        State.REQUESTED,
        NOON + minutes(5),
        30,
        (90, 30, 0),
    )
    assert "can be started" in mails("The client agrees: Disk fills up")["tessa"]
    started = worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(6))
    assert (started.state, started.started_at) == (State.IN_PROGRESS, NOON + minutes(6))


def test_r8_a_no_ends_it_at_no_cost(cast, acme):
    session = proposed(cast, acme, credit=120)

    consents.refuse_consent(consent=question(session), by=acme.approver, at=NOON)

    session.refresh_from_db()
    assert (session.state, session.closed_at, figures(session), postings(session)) == (State.CANCELLED, NOON, (120, 0, 0), [])
    assert "It is cancelled, at no cost." in mails("The client says no: Disk fills up")["tessa"]
    with pytest.raises(life.SessionMovedOn):
        worklogs.start(session=session, by=cast.tessa.person, at=NOON)


def test_r8_only_an_approver_agrees(cast, acme, borealis):
    session = proposed(cast, acme)

    for person in (acme.requester, borealis.approver, cast.tessa.person, cast.max):
        with pytest.raises(NotAllowed):
            consents.give_consent(consent=question(session), by=person, at=NOON)


def test_r8_before_the_yes_nothing_starts(cast, acme):
    session = proposed(cast, acme, credit=120)

    with pytest.raises(worklogs.NotAgreed):
        worklogs.start(session=session, by=cast.tessa.person, at=NOON)
    with pytest.raises(NotAllowed):
        worklogs.start(session=session, by=cast.theo.person, at=NOON)


# Credit that is missing.


def test_c6_agreed_work_waits_for_the_credit_that_is_missing(cast, acme):
    session = agreed(cast, acme, credit=20)

    assert (session.state, session.agreed_at, session.hold.state) == (State.REQUESTED, None, ledger.HoldState.WAITING)
    assert cover.missing_minutes(session) == 10
    told = mails("10 min of credit is missing: Disk fills up")
    assert list(told) == ["anna"]
    assert f"{reverse('topup-new', args=[acme.account.pk])}?at_least=10" in told["anna"]
    with pytest.raises(worklogs.NotCovered):
        worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(6))


def test_c6_a_top_up_lets_agreed_work_begin_and_both_sides_are_told_once(cast, acme):
    session = agreed(cast, acme, credit=20)
    a_lot(acme.account, 60, at=NOON + minutes(7))

    acted = [jobs.follow_holds(at=NOON + minutes(8)), jobs.follow_holds(at=NOON + minutes(9))]

    session.refresh_from_db()
    assert (acted, session.agreed_at, figures(session)) == ([1, 0], NOON + minutes(8), (50, 30, 0))
    assert set(mails("It can begin: Disk fills up")) == {"anna", "tessa"}
    assert worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(9)).state == State.IN_PROGRESS


def test_c6_in_an_outage_the_account_manager_lets_agreed_work_begin_uncovered(cast, acme):
    session = agreed(cast, acme, credit=20)

    with pytest.raises(NotAllowed):
        unplanned.allow_start(session=session, by=cast.tessa.person, at=NOON + minutes(6), reason="Down")
    released = unplanned.allow_start(session=session, by=cast.max, at=NOON + minutes(6), reason="Down")

    assert (released.hold.missing_minutes, released.agreed_at, figures(session)) == (10, NOON + minutes(6), (0, 20, 0))
    assert "10 min is not covered" in mails("It can begin")["anna"]
    assert worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(7)).state == State.IN_PROGRESS
    with pytest.raises(life.SessionMovedOn):
        unplanned.allow_start(session=session, by=cast.max, at=NOON + minutes(8), reason="Again")


def test_c16_a_monthly_limit_refuses_the_yes_and_nothing_has_changed(cast, acme):
    type(acme.account).objects.filter(pk=acme.account.pk).update(monthly_limit_minutes=20)
    session = proposed(cast, acme, credit=120)

    with pytest.raises(ledger.MonthlyLimitReached):
        consents.give_consent(consent=question(session), by=acme.approver, at=NOON)

    session.refresh_from_db()
    assert (session.state, question(session).given, figures(session)) == (State.REQUESTED, None, (120, 0, 0))


# Working.


def test_r8_only_what_is_worked_after_the_yes_counts(cast, acme):
    session = begun(cast, acme, credit=120)
    works(session, cast, start=0, length=15)

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(20))

    assert (submitted.raw_minutes, submitted.free_minutes, submitted.charged_minutes) == (15, 5, 10)


def test_r8_what_is_worked_beyond_estimate_and_tolerance_is_free(cast, acme):
    session = begun(cast, acme, credit=120)
    works(session, cast, start=10, length=60)

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(80))

    assert (submitted.raw_minutes, submitted.free_minutes, submitted.charged_minutes) == (60, 26, 30)


def test_r8_further_consent_is_asked_for_as_in_any_session(cast, acme):
    session = begun(cast, acme, credit=120)
    asked = consents.ask_consent(session=session, minutes=60, reason="Larger", by=cast.tessa.person, at=NOON + minutes(12))
    consents.give_consent(consent=asked, by=acme.approver, at=NOON + minutes(13))
    works(session, cast, start=10, length=60)

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(80))

    assert (submitted.free_minutes, submitted.charged_minutes, figures(session)) == (0, 60, (60, 60, 0))


def test_r8_it_is_confirmed_and_deducted_like_any_session(cast, acme):
    session = begun(cast, acme, credit=120)
    works(session, cast, start=10, length=13)
    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(30))

    confirmation.confirm(session=submitted, by=acme.approver, at=NOON + minutes(60))

    assert (postings(session), figures(session)) == ([("deduction", -10)], (110, 0, 0))
    assert audit().findings == []


# Taking it back.


def test_r8_staff_withdraw_a_proposal_and_what_was_held_is_free(cast, acme):
    waiting, held = proposed(cast, acme, credit=120), agreed(cast, acme)

    for session in (waiting, held):
        changes.call_off(session=session, by=cast.tessa.person, at=NOON + minutes(6), reason="Not needed")

    assert [Session.objects.get(pk=session.pk).state for session in (waiting, held)] == [State.CANCELLED] * 2
    assert (figures(held), postings(held)) == ((120, 0, 0), [])
    assert "We have withdrawn “Disk fills up”" in mails("Withdrawn: Disk fills up")["anna"]
    with pytest.raises(life.SessionMovedOn):
        consents.give_consent(consent=question(waiting), by=acme.approver, at=NOON + minutes(7))


def test_r8_the_client_cancels_agreed_work_before_it_begins_at_no_cost(cast, acme):
    session = agreed(cast, acme, credit=120)

    changes.cancel(session=session, shown_minutes=0, by=acme.approver, at=NOON + minutes(6))

    assert (figures(session), postings(session)) == ((120, 0, 0), [])
    assert "has cancelled “Disk fills up”" in mails("Cancelled: Disk fills up")["tessa"]
