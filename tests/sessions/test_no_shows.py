import pytest

from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from sessions import changes, life, worklogs
from sessions.models import PenaltyKind, Reservation, Session, State
from sessions.models.sessions import EventKind
from sessions.no_shows import AccessNotPromised, CallNotAttempted, NotWaitedLongEnough, StartNotReached, WeCameLate, WorkLogged
from tests.cast import NOON
from tests.sessions.booked import mails
from tests.sessions.factories import a_session, a_started_session, account_of, minutes, postings, work


def test_c10_who_does_not_appear_pays_like_a_late_cancellation(cast, acme):
    session = a_session(cast, acme, credit=300)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON + minutes(10), reason="No answer")

    missed = worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15))

    assert (missed.state, missed.closed_at) == (State.MISSED, NOON + minutes(15))
    assert postings(session) == [("no_show", -120)]
    assert (account_of(session).available_minutes, account_of(session).held_minutes) == (180, 0)
    assert not Reservation.objects.filter(session=session, live=True).exists()
    assert [(event.kind, event.by, event.reason) for event in session.events.order_by("pk")] == [
        (EventKind.CALL_ATTEMPTED, cast.tessa.person, "No answer"),
        (EventKind.MISSED, cast.tessa.person, ""),
    ]


def test_c10_the_client_is_told_what_a_no_show_cost(cast, acme):
    session = a_session(cast, acme)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON + minutes(10), reason="No answer")

    worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15))

    told = Notice.objects.filter(cause=f"session:{session.pk}:start:1:missed")
    assert {notice.person for notice in told} == {acme.approver, acme.requester}
    assert "this costs 2 h of credit" in told[0].body


def test_c10_what_credit_does_not_cover_of_a_no_show_is_owed(cast, acme):
    session = a_session(cast, acme)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")

    worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15))

    assert account_of(session).debt_minutes == 60


def test_c10_a_no_show_needs_the_agreed_wait(cast, acme):
    session = a_session(cast, acme)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")

    with pytest.raises(NotWaitedLongEnough) as refused:
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(14))

    assert refused.value.until == NOON + minutes(15)
    assert postings(session) == []


def test_c10_a_no_show_needs_an_attempt_to_call(cast, acme):
    session = a_started_session(cast, acme)

    with pytest.raises(CallNotAttempted):
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(20))


def test_c10_a_call_for_an_earlier_agreed_start_does_not_count(cast, acme):
    session = a_started_session(cast, acme)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")
    Session.objects.filter(pk=session.pk).update(start_number=2)

    with pytest.raises(CallNotAttempted):
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(20))


def test_c10_before_the_start_nobody_is_late(cast, acme):
    session = a_session(cast, acme)

    with pytest.raises(StartNotReached):
        worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON - minutes(1), reason="No answer")


def test_c10_an_attempt_to_call_says_how_it_went(cast, acme):
    session = a_session(cast, acme)

    with pytest.raises(ReasonMissing):
        worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="  ")


def test_c10_only_who_does_the_session_reports_a_no_show(cast, acme):
    session = a_session(cast, acme)

    with pytest.raises(NotAllowed):
        worklogs.attempt_call(session=session, by=cast.theo.person, at=NOON, reason="No answer")
    with pytest.raises(NotAllowed):
        worklogs.miss(session=session, by=acme.approver, at=NOON + minutes(20))


@pytest.mark.parametrize(
    ("columns", "charged"),
    [
        ({"penalty_capped_at_estimate": True}, [("no_show", -60)]),
        ({"penalty_kinds": ["cancel"]}, []),
        ({"penalty_minutes": 0}, []),
        ({"free_change": True}, []),
        ({"penalty_minutes": 90}, [("no_show", -90)]),
    ],
)
def test_c10_the_penalty_is_the_one_agreed_at_booking(cast, acme, columns, charged):
    session = a_session(cast, acme, **columns)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")

    worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15))

    assert postings(session) == charged
    assert account_of(session).held_minutes == 0


def test_c10_a_session_begun_in_vain_can_be_missed(cast, acme):
    session = a_started_session(cast, acme)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")

    assert worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15)).state == State.MISSED


def test_c10_a_session_with_work_in_it_was_not_missed(cast, acme):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=5)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON + minutes(5), reason="No answer")

    with pytest.raises(WorkLogged):
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15))


def test_c10_a_session_is_missed_once(cast, acme):
    session = a_session(cast, acme)
    worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")
    worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(15))

    with pytest.raises(life.SessionMovedOn):
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(16))


def test_c10_promised_access_that_was_not_arranged_counts_as_not_appearing(cast, acme):
    session = a_session(cast, acme, access_arranged=True)

    missed = worklogs.miss_for_access(session=session, by=cast.tessa.person, at=NOON, reason="The key was revoked")

    assert (missed.state, postings(session)) == (State.MISSED, [("no_show", -120)])
    assert "The key was revoked" in Notice.objects.get(person=acme.approver).body


def test_c10_access_that_was_never_promised_is_no_no_show(cast, acme):
    session = a_session(cast, acme, access_arranged=False)

    with pytest.raises(AccessNotPromised):
        worklogs.miss_for_access(session=session, by=cast.tessa.person, at=NOON, reason="No key")


# We come late ourselves.


def call(session, cast, after):
    return worklogs.attempt_call(session=session, by=cast.tessa.person, at=NOON + minutes(after), reason="No answer")


@pytest.mark.parametrize("after", [15, 40])
def test_c10_a_call_after_the_wait_is_our_lateness_and_grants_the_free_lot_once(cast, acme, after):
    session = a_session(cast, acme)

    first, second = call(session, cast, after), call(session, cast, after + 5)

    session.refresh_from_db()
    assert (first.facts, second.facts["credited_minutes"]) == ({"start": 1, "credited_minutes": 120}, 0)
    assert (session.free_change, account_of(session).available_minutes) == (True, 120)
    assert "2 h of credit has been added" in mails("We were late, 2 h of credit added: Disk is full")["anna"]


def test_c10_a_call_within_the_wait_is_not_late(cast, acme):
    session = a_session(cast, acme)

    assert call(session, cast, 14).facts["credited_minutes"] == 0
    assert (account_of(session).available_minutes, mails("We were late")) == (0, {})


def test_c10_who_came_late_records_no_no_show(cast, acme):
    session = a_session(cast, acme)
    call(session, cast, 40)

    with pytest.raises(WeCameLate) as refused:
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(60))

    assert "By 11:15 we had neither started nor called" in str(refused.value)
    assert postings(session) == []


def test_c10_who_started_late_records_no_no_show_either(cast, acme):
    session = a_session(cast, acme)
    worklogs.start(session=session, by=cast.tessa.person, at=NOON + minutes(20))
    call(session, cast, 21)

    with pytest.raises(WeCameLate):
        worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(60))


def test_c10_who_came_late_does_not_charge_for_missing_access_either(cast, acme):
    session = a_session(cast, acme, access_arranged=True)

    with pytest.raises(WeCameLate):
        worklogs.miss_for_access(session=session, by=cast.tessa.person, at=NOON + minutes(40), reason="No key")


def test_c10_after_our_late_call_the_client_cancels_free_and_the_lot_is_given_once(cast, acme):
    session = a_session(cast, acme)
    call(session, cast, 40)

    quote = changes.quote(session=Session.objects.get(), kind=PenaltyKind.CANCEL, at=NOON + minutes(45))
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON + minutes(45))

    assert (quote.minutes, quote.left_minutes) == (0, 180)
    assert (postings(session), account_of(session).available_minutes) == ([], 180)


def test_c10_who_called_in_time_waits_and_records_the_no_show_later(cast, acme):
    session = a_session(cast, acme, credit=300)
    call(session, cast, 5)
    call(session, cast, 40)

    assert worklogs.miss(session=session, by=cast.tessa.person, at=NOON + minutes(41)).state == State.MISSED
    assert postings(session) == [("no_show", -120)]


def test_c10_a_time_agreed_after_it_had_begun_is_waited_for_from_then_on(cast, acme):
    session = a_session(cast, acme, agreed_at=NOON + minutes(30))

    assert call(session, cast, 44).facts["credited_minutes"] == 0
