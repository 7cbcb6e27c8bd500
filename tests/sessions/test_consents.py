import pytest

from clients.models import Membership
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from notices.models import Notice
from sessions import consents, life, worklogs
from sessions.models import Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions.factories import a_lot, a_session, a_started_session, a_submitted_session, account_of, minutes, work


def ask(session, cast, *, total=120, at=NOON, by=None):
    return consents.ask_consent(session=session, minutes=total, reason="Two more disks", by=by or cast.tessa.person, at=at)


def test_c8_a_technician_asks_the_client_for_more_time(cast, acme):
    session = a_started_session(cast, acme)

    consent = ask(session, cast)

    assert (consent.minutes, consent.given, consent.asked_by) == (120, None, cast.tessa.person)
    event = session.events.get()
    assert (event.kind, event.reason, event.facts) == (EventKind.CONSENT_ASKED, "Two more disks", {"minutes": 120})


def test_c8_the_approvers_and_who_booked_are_asked_by_mail(cast, acme):
    session = a_started_session(cast, acme)

    consent = ask(session, cast)

    asked = Notice.objects.filter(cause=f"session:{session.pk}:consent:{consent.pk}:asked")
    assert {notice.person for notice in asked} == {acme.approver, acme.requester}
    assert asked[0].subject == "May we work up to 2 h: Disk is full"
    assert "estimate of 1 h" in asked[0].body


@pytest.mark.parametrize("who", ["approver", "requester"])
def test_c8_an_approver_or_who_booked_gives_it(cast, acme, who):
    session = a_started_session(cast, acme)
    consent = ask(session, cast)
    person = getattr(acme, who)

    given = consents.give_consent(consent=consent, by=person, at=NOON + minutes(5))

    assert (given.given, given.answered_at, given.answered_by) == (True, NOON + minutes(5), person)
    event = session.events.get(kind=EventKind.CONSENT_GIVEN)
    assert (event.by, event.facts) == (person, {"minutes": 120})


def test_c8_what_is_worked_after_consent_is_charged(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=60)
    consents.give_consent(consent=ask(session, cast), by=acme.requester, at=NOON + minutes(60))
    work(session, cast.tessa, start=60, length=40)

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(100))

    assert (submitted.raw_minutes, submitted.free_minutes, submitted.charged_minutes) == (100, 0, 100)


def test_c8_what_was_worked_before_consent_stays_free(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=100)
    consents.give_consent(consent=ask(session, cast), by=acme.requester, at=NOON + minutes(100))

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(100))

    assert (submitted.free_minutes, submitted.charged_minutes) == (31, 70)


def test_c8_a_refusal_is_recorded(cast, acme):
    session = a_started_session(cast, acme)

    refused = consents.refuse_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    assert refused.given is False
    assert session.events.filter(kind=EventKind.CONSENT_REFUSED, by=acme.approver).exists()


def test_c8_after_a_refusal_it_can_be_asked_again(cast, acme):
    session = a_started_session(cast, acme)
    consents.refuse_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    assert ask(session, cast, total=90).given is None


def test_c8_one_question_stands_at_a_time(cast, acme):
    session = a_started_session(cast, acme)
    ask(session, cast)

    with pytest.raises(consents.ConsentAlreadyAsked):
        ask(session, cast, total=150)


@pytest.mark.parametrize("total", [10, 60, 69])
def test_c8_within_the_tolerance_nothing_is_asked(cast, acme, total):
    session = a_started_session(cast, acme)

    with pytest.raises(consents.ConsentNotNeeded) as refused:
        ask(session, cast, total=total)

    assert refused.value.agreed == 69
    assert str(refused.value) == "Up to 1 h 09 min in all needs no further consent. Nothing has changed."


def test_c8_what_has_been_given_is_not_asked_again(cast, acme):
    session = a_started_session(cast, acme)
    consents.give_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    with pytest.raises(consents.ConsentNotNeeded):
        ask(session, cast, total=120)


def test_c8_an_answer_is_given_once(cast, acme):
    session = a_started_session(cast, acme)
    consent = ask(session, cast)
    consents.give_consent(consent=consent, by=acme.approver, at=NOON)

    with pytest.raises(consents.ConsentAlreadyAnswered):
        consents.refuse_consent(consent=consent, by=acme.requester, at=NOON)


def test_c8_only_the_crew_asks(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(NotAllowed):
        ask(session, cast, by=cast.theo.person)
    with pytest.raises(NotAllowed):
        ask(session, cast, by=acme.approver)


def test_c8_nobody_else_answers(cast, acme, borealis):
    session = a_started_session(cast, acme)
    consent = ask(session, cast)
    Membership.objects.filter(person=acme.requester).delete()

    for person in (borealis.approver, cast.tessa.person, cast.max, type(acme.requester).objects.get(pk=acme.requester.pk)):
        with pytest.raises(NotAllowed):
            consents.give_consent(consent=consent, by=person, at=NOON)


def test_c8_consent_can_be_asked_for_before_the_start_but_not_after_submission(cast, acme):
    scheduled, submitted = a_session(cast, acme), a_submitted_session(cast, acme, starts_at=NOON + minutes(300))

    assert ask(scheduled, cast).given is None
    with pytest.raises(life.SessionMovedOn):
        ask(submitted, cast)


def test_c8_once_hours_are_submitted_an_answer_comes_too_late(cast, acme):
    session = a_started_session(cast, acme)
    consent = ask(session, cast)
    Session.objects.filter(pk=session.pk).update(state=State.CANCELLED, closed_at=NOON)

    with pytest.raises(life.SessionMovedOn):
        consents.give_consent(consent=consent, by=acme.approver, at=NOON)


def test_c8_asking_says_why(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(ReasonMissing):
        consents.ask_consent(session=session, minutes=120, reason=" ", by=cast.tessa.person, at=NOON)
    with pytest.raises(ReasonTooLong):
        consents.ask_consent(session=session, minutes=120, reason="x" * 501, by=cast.tessa.person, at=NOON)


# What is agreed to is held.


def held(session):
    session.refresh_from_db()
    account = account_of(session)
    return session.hold.minutes, session.hold.covered_minutes, account.available_minutes


def test_c5_what_the_client_agrees_to_is_held(cast, acme):
    session = a_started_session(cast, acme, credit=200)

    consents.give_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    assert held(session) == (120, 120, 80)


def test_c5_it_is_held_as_far_as_credit_is_left_and_served_before_others(cast, acme):
    session = a_started_session(cast, acme, credit=80)

    consents.give_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    assert held(session) == (120, 80, 0)
    a_lot(acme.account, 60, at=NOON)
    assert held(session) == (120, 120, 20)


def test_c5_a_refusal_holds_nothing_more(cast, acme):
    session = a_started_session(cast, acme, credit=200)

    consents.refuse_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    assert held(session) == (60, 60, 140)


def test_c17_what_is_agreed_to_is_held_with_its_factor(cast, acme):
    session = a_started_session(cast, acme, credit=400, factor_percent=150)

    consents.give_consent(consent=ask(session, cast), by=acme.approver, at=NOON)

    assert held(session) == (180, 180, 220)


def test_c8_what_was_held_beyond_the_hours_is_free_again_on_submission(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    consents.give_consent(consent=ask(session, cast), by=acme.approver, at=NOON)
    work(session, cast.tessa, length=47)

    worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(60))

    assert held(session) == (50, 50, 150)
