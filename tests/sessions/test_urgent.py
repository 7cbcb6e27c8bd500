"""Urgent work: begun at once, asked about meanwhile, capped until there is an answer (rule R8)."""

import pytest

from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.audit import audit
from sessions import confirmation, consents, receipts, unplanned, worklogs
from sessions.models import Session, SessionKind, SkillLevel, State
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions.booked import mails
from tests.sessions.factories import account_of, minutes, postings
from tests.sessions.proposing import a_proposal, question, urgent, works


def begin(cast, acme, *, by=None, urgency="Mail is down", **details):
    return unplanned.begin_urgently(
        account=acme.account, proposal=a_proposal(cast, **details), urgency=urgency, cause="form:1", by=by or cast.tessa.person, at=NOON
    )


def figures(session):
    account = account_of(session)
    return account.available_minutes, account.held_minutes, account.debt_minutes


def answer(session, acme, verb, after):
    return verb(consent=question(session), by=acme.approver, at=NOON + minutes(after))


def submitted(session, cast, at=400):
    done = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(at))
    return done.raw_minutes, done.free_minutes, done.charged_minutes


def test_r8_urgent_work_begins_at_once_and_says_why_it_cannot_wait(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=120)

    assert (session.kind, session.state, session.started_at) == (SessionKind.URGENT, State.IN_PROGRESS, NOON)
    assert (question(session).minutes, figures(session)) == (138, (240, 60, 0))
    assert [(event.kind, event.reason) for event in session.events.order_by("pk")] == [
        (EventKind.PROPOSED, "It is full by tonight"),
        (EventKind.STARTED, "Mail is down"),
    ]


def test_r8_the_approver_is_told_at_once_what_counts_without_an_answer(cast, acme):
    urgent(cast, acme, credit=300, estimate_minutes=120)

    told = mails("Urgent work has begun: Disk fills up")
    assert list(told) == ["anna"]
    for said in ("“Mail is down”", "“It is full by tonight”", "Until then at most 1 h counts."):
        assert said in told["anna"]


def test_r8_without_credit_urgent_work_begins_all_the_same_and_the_rest_is_owed(cast, acme):
    session = urgent(cast, acme, credit=20, estimate_minutes=120)

    assert (session.hold.minutes, session.hold.covered_minutes, figures(session)) == (60, 20, (0, 20, 0))


def test_r8_never_more_is_claimed_than_is_asked_for(cast, acme):
    session = urgent(cast, acme, credit=300)

    assert (session.hold.minutes, receipts.limit_minutes(session)) == (30, 34)


def test_r8_without_an_answer_work_counts_up_to_the_cap(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=120)
    works(session, cast, start=0, length=90)

    assert submitted(session, cast) == (90, 30, 60)


def test_r8_a_yes_holds_the_estimate_and_counts_from_then_on(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=120)
    works(session, cast, start=0, length=90)
    answer(session, acme, consents.give_consent, 80)
    works(session, cast, start=90, length=60)

    session.refresh_from_db()
    assert (figures(session), session.agreed_at) == ((180, 120, 0), NOON + minutes(80))
    assert submitted(session, cast) == (150, 20, 130)


def test_r8_a_no_stops_the_work_and_what_was_worked_by_then_counts(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=120)
    works(session, cast, start=0, length=45)
    answer(session, acme, consents.refuse_consent, 25)

    session.refresh_from_db()
    assert receipts.must_stop(session)
    assert "Please stop the work" in mails("The client says no")["tessa"]
    assert submitted(session, cast) == (45, 20, 30)


def test_r8_after_a_no_the_cap_still_holds_for_what_was_worked_before(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=120)
    works(session, cast, start=0, length=90)
    answer(session, acme, consents.refuse_consent, 80)

    assert submitted(session, cast) == (90, 30, 60)


def test_r8_a_later_yes_counts_from_then_on_and_never_reaches_back(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=120)
    works(session, cast, start=0, length=60)
    answer(session, acme, consents.refuse_consent, 20)
    again = consents.ask_consent(session=session, minutes=90, reason="Half done", by=cast.tessa.person, at=NOON + minutes(60))
    consents.give_consent(consent=again, by=acme.approver, at=NOON + minutes(70))
    works(session, cast, start=70, length=80)

    session.refresh_from_db()
    assert not receipts.must_stop(session)
    assert figures(session) == (210, 90, 0)
    assert submitted(session, cast) == (140, 50, 90)


def test_r8_a_no_to_more_time_after_a_yes_stops_nothing(cast, acme):
    session = urgent(cast, acme, credit=300, estimate_minutes=60)
    answer(session, acme, consents.give_consent, 5)
    more = consents.ask_consent(session=session, minutes=120, reason="Larger", by=cast.tessa.person, at=NOON + minutes(10))
    consents.refuse_consent(consent=more, by=acme.approver, at=NOON + minutes(11))
    works(session, cast, start=0, length=60)

    assert submitted(session, cast) == (60, 0, 60)


def test_r8_urgent_work_is_not_logged_from_before_it_was_told_of(cast, acme):
    session = urgent(cast, acme)

    with pytest.raises(worklogs.WorkBeforeStart):
        works(session, cast, start=-1, length=10)


def test_r8_where_it_is_not_offered_nothing_begins(cast, acme):
    type(cast.session_terms).objects.update(urgent_cap_minutes=0)

    with pytest.raises(unplanned.UrgentNotOffered):
        begin(cast, acme)
    assert not Session.objects.exists()


def test_r8_urgent_work_says_why_and_is_begun_by_those_who_may_propose(cast, acme):
    with pytest.raises(ReasonMissing):
        begin(cast, acme, urgency=" ")
    with pytest.raises(NotAllowed):
        begin(cast, acme, by=cast.fia)

    assert begin(cast, acme) == begin(cast, acme)


def test_r8_urgent_work_is_deducted_like_any_other(cast, acme):
    session = urgent(cast, acme, credit=20, estimate_minutes=60)
    works(session, cast, start=0, length=47)
    done = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=NOON + minutes(60))

    confirmation.confirm(session=done, by=acme.approver, at=NOON + minutes(90))

    assert (postings(session), figures(session)) == ([("deduction", -50)], (0, 0, 30))
    assert audit().findings == []


def test_c17_the_skill_that_it_takes_multiplies_what_is_claimed_and_charged(cast, acme):
    cast.purpose.skill_level = SkillLevel.objects.create(
        code="db", name_en="Databases", name_sv="Databaser", position=1, factor_percent=150
    )
    cast.purpose.save()
    session = urgent(cast, acme, credit=300, estimate_minutes=120)

    assert (session.factor_percent, figures(session)) == (150, (210, 90, 0))
    answer(session, acme, consents.give_consent, 5)
    works(session, cast, start=0, length=60)
    assert figures(session) == (120, 180, 0)
    assert submitted(session, cast) == (60, 0, 90)
