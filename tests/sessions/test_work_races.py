"""Several at the same moment while work is agreed to, paused, broken off and answered for (rules R6, R8, C5, C8, C10)."""

from datetime import timedelta

import pytest

from credits.audit import audit
from notices.models import Notice
from sessions import aborts, changes, consents, jobs, late_work, life, no_shows, pauses, unplanned, worklogs
from sessions.models import Fault, LateWork, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.racing import race
from tests.sessions.factories import a_lot, a_session, a_started_session, account_of, minutes, postings, work
from tests.sessions.proposing import a_proposal, agreed, proposed, question

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(hours=4)


def test_r8_of_a_yes_and_a_no_at_once_exactly_one_counts(cast, acme):
    session = proposed(cast, acme, credit=60)
    asked = question(session)

    def act(number):
        verb = consents.give_consent if number % 2 else consents.refuse_consent
        return verb(consent=asked, by=acme.approver, at=NOON).given

    outcome = race(6, act)

    session.refresh_from_db()
    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} <= {consents.ConsentAlreadyAnswered, life.SessionMovedOn}
    assert outcome.most_inside >= 2
    assert (session.state, account_of(session).held_minutes) == ((State.REQUESTED, 30) if outcome.results[0] else (State.CANCELLED, 0))
    assert audit().findings == []


def test_c5_two_agreed_works_never_hold_the_same_credit(cast, acme):
    sessions = [proposed(cast, acme, credit=10) for _ in range(4)]
    asked = [question(session) for session in sessions]

    outcome = race(4, lambda number: consents.give_consent(consent=asked[number], by=acme.approver, at=NOON))

    states = sorted(Session.objects.values_list("hold__state", flat=True))
    assert (len(outcome.results), outcome.errors) == (4, [])
    assert (states, account_of(sessions[0]).available_minutes) == (["placed", "waiting", "waiting", "waiting"], 10)
    assert audit().findings == []


def test_r8_the_same_form_sent_several_times_proposes_once(cast, acme):
    def send(_):
        return unplanned.propose(account=acme.account, proposal=a_proposal(cast), cause="form:1", by=cast.tessa.person, at=NOON)

    outcome = race(6, send)

    assert (outcome.errors, len({session.pk for session in outcome.results})) == ([], 1)
    assert (Session.objects.count(), Notice.objects.count()) == (1, 1)


def test_r8_of_starting_and_withdrawing_at_once_exactly_one_wins(cast, acme):
    session = agreed(cast, acme, credit=60)

    def act(number):
        if number % 2:
            return worklogs.start(session=session, by=cast.tessa.person, at=LATER).state
        return changes.call_off(session=session, by=cast.max, at=LATER, reason="Not needed").state

    outcome = race(4, act)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {life.SessionMovedOn})
    assert Session.objects.get().state == outcome.results[0]
    assert account_of(session).held_minutes == (30 if outcome.results[0] == State.IN_PROGRESS else 0)


def test_r8_two_job_loops_at_once_let_covered_work_begin_once(cast, acme):
    session = agreed(cast, acme)
    a_lot(acme.account, 60, at=NOON)

    outcome = race(4, lambda _: jobs.follow_holds(LATER))

    assert (outcome.errors, sum(outcome.results)) == ([], 1)
    assert session.events.filter(kind=EventKind.SCHEDULED).count() == 1


def test_r6_of_breaking_off_and_submitting_at_once_exactly_one_wins(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=30)

    def act(number):
        if number % 2:
            return worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=LATER).state
        return aborts.abort(session=session, fault=Fault.OURS, reason="Down", summary="", by=cast.max, at=LATER).state

    outcome = race(4, act)

    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} <= {life.SessionMovedOn, worklogs.NotInProgress}
    assert Session.objects.get().state == outcome.results[0]
    assert audit().findings == []


def test_r6_of_pausing_and_logging_at_once_no_work_lies_in_the_pause(cast, acme):
    session = a_started_session(cast, acme)

    def act(number):
        if number == 0:
            return pauses.pause(session=session, by=cast.tessa.person, at=NOON + minutes(10), reason="Restart")
        return worklogs.log(
            session=session,
            technician_person=cast.tessa.person,
            started_at=NOON + minutes(8 + number),
            ended_at=NOON + minutes(9 + number),
            note="A minute",
            by=cast.tessa.person,
            at=LATER,
        )

    race(6, act)

    begun = session.events.get(kind=EventKind.PAUSED).pk
    logged_after = session.events.filter(kind=EventKind.LOGGED, pk__gt=begun)
    assert [event for event in logged_after if event.facts["started_at"] >= (NOON + minutes(10)).isoformat()] == []


def test_r6_late_work_is_answered_once_however_many_answer(cast, acme):
    session = a_started_session(cast, acme)
    long_after = NOON + timedelta(days=20)
    entry = worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=NOON,
        ended_at=NOON + minutes(30),
        note="Forgotten",
        by=cast.tessa.person,
        at=long_after,
        late_reason="Ill",
    )

    def act(number):
        verb = late_work.accept_late_work if number % 2 else late_work.refuse_late_work
        return verb(late=entry.late, by=acme.approver, at=long_after).accepted

    outcome = race(6, act)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {late_work.LateWorkAnswered})
    assert LateWork.objects.get().accepted == outcome.results[0]


def test_c10_late_calls_at_once_grant_one_free_lot(cast, acme):
    session = a_session(cast, acme)

    outcome = race(6, lambda _: no_shows.attempt_call(session=session, by=cast.tessa.person, at=NOON + minutes(40), reason="No answer"))

    assert (outcome.errors, account_of(session).available_minutes, postings(session)) == ([], 120, [])
    assert sorted(event.facts["credited_minutes"] for event in outcome.results) == [0, 0, 0, 0, 0, 120]


def test_r6_two_job_loops_at_once_tell_of_an_unclosed_session_once(cast, acme):
    a_session(cast, acme)

    outcome = race(4, lambda _: jobs.alert_unclosed(NOON + timedelta(days=3)))

    assert outcome.errors == []
    assert Notice.objects.filter(cause__endswith=":unclosed").count() == 2
