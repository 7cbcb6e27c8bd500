"""Several at the same moment, with real connections, on both databases (rules C7, C8, R6)."""

from datetime import timedelta

import pytest

from credits.audit import audit
from sessions import confirmation, consents, disputes, overdue, worklogs
from sessions.life import SessionMovedOn
from sessions.models import Session, State, WorkEntry
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_client
from tests.racing import race
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, entry_ids, minutes, postings

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(hours=4)


def test_c8_eight_confirm_at_once_and_one_deduction_is_posted(cast, acme):
    session = a_submitted_session(cast, acme)

    outcome = race(8, lambda _: confirmation.confirm(session=session, by=acme.approver, at=LATER))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {SessionMovedOn})
    assert outcome.most_inside >= 2
    assert postings(session) == [("deduction", -50)]
    assert session.events.filter(kind=EventKind.CONFIRMED).count() == 1
    assert audit().findings == []


def test_c8_of_a_confirmation_and_a_dispute_at_once_exactly_one_wins(cast, acme):
    session = a_submitted_session(cast, acme)
    claims = {entry_ids(session)[0]: 0}

    def act(number):
        if number % 2:
            return confirmation.confirm(session=session, by=acme.approver, at=LATER).state
        disputes.dispute(session=session, claims=claims, reason="No", by=acme.approver, at=LATER)
        return State.DISPUTED

    outcome = race(4, act)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {SessionMovedOn})
    assert outcome.most_inside >= 2
    assert Session.objects.get(pk=session.pk).state == outcome.results[0]
    assert len(postings(session)) == (1 if outcome.results[0] == State.CONFIRMED else 0)


def test_c8_of_a_confirmation_and_an_opening_at_once_exactly_one_wins(cast, acme):
    session = a_submitted_session(cast, acme)

    def act(number):
        if number % 2:
            return confirmation.confirm(session=session, by=acme.approver, at=LATER).state
        return worklogs.reopen(session=session, by=cast.tessa.person, at=LATER, reason="Wrong").state

    outcome = race(4, act)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {SessionMovedOn})
    assert Session.objects.get(pk=session.pk).state == outcome.results[0]


def test_c8_a_dispute_settled_by_several_at_once_is_settled_once(cast, acme):
    session = a_submitted_session(cast, acme)
    dispute = disputes.dispute(session=session, claims={entry_ids(session)[0]: 0}, reason="No", by=acme.approver, at=LATER)

    def act(number):
        if number % 2:
            return disputes.uphold(dispute=dispute, by=cast.max, at=LATER, reason="Yes")
        return disputes.correct(dispute=dispute, minutes={entry_ids(session)[0]: 20}, by=cast.max, at=LATER, reason="Half")

    outcome = race(4, act)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {SessionMovedOn})
    assert len(postings(session)) == 1
    assert audit().findings == []


def test_c7_overlapping_work_logged_in_two_sessions_at_once_is_taken_once(cast, acme):
    sessions = [a_started_session(cast, acme), a_started_session(cast, a_client(cast, "Borealis"), technicians=[cast.theo])]
    sessions[1].reservations.update(technician=cast.tessa, blocked_from=NOON + minutes(60), blocked_until=NOON + minutes(120))

    def log(number):
        return worklogs.log(
            session=sessions[number % 2],
            technician_person=cast.tessa.person,
            started_at=NOON + minutes(number),
            ended_at=NOON + minutes(30),
            note="Both at once",
            by=cast.tessa.person,
            at=NOON + minutes(30),
        )

    outcome = race(6, log)

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {worklogs.EntriesOverlap})
    assert outcome.most_inside >= 2
    assert WorkEntry.objects.filter(live=True).count() == 1


def test_r6_of_logging_and_submitting_at_once_nothing_is_lost(cast, acme):
    session = a_started_session(cast, acme)

    def act(number):
        if number == 0:
            return worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=LATER)
        return worklogs.log(
            session=session,
            technician_person=cast.tessa.person,
            started_at=NOON + minutes(number),
            ended_at=NOON + minutes(number + 1),
            note="A minute",
            by=cast.tessa.person,
            at=LATER,
        )

    outcome = race(6, act)

    assert {type(error) for error in outcome.errors} <= {worklogs.NotInProgress}
    assert Session.objects.get(pk=session.pk).raw_minutes == WorkEntry.objects.filter(session=session).count()


def test_c10_a_no_show_reported_by_several_at_once_is_charged_once(cast, acme):
    session = a_session(cast, acme, credit=300)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")

    outcome = race(6, lambda _: worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(20)))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {SessionMovedOn})
    assert postings(session) == [("no_show", -120)]


def test_c8_one_question_for_consent_stands_however_many_ask(cast, acme):
    session = a_started_session(cast, acme)

    outcome = race(6, lambda _: consents.ask_consent(session=session, minutes=120, reason="More", by=cast.tessa.person, at=NOON))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {consents.ConsentAlreadyAsked})


def test_c8_two_job_loops_at_once_remind_and_confirm_once(cast):
    session = a_submitted_session(cast, a_client(cast, "Acme", silence_confirms=True))

    reminded = race(4, lambda _: overdue.remind_unconfirmed(at=NOON + timedelta(days=6)))
    confirmed = race(4, lambda _: overdue.confirm_silent(at=NOON + timedelta(days=20)))

    assert (reminded.errors, sum(reminded.results)) == ([], 1)
    assert (confirmed.errors, sum(confirmed.results)) == ([], 1)
    assert postings(session) == [("deduction", -50)]
