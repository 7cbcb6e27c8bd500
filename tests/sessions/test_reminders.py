"""Reminders before a session: when they are written, to whom, and what takes them back (rules R5, R3, C10)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import MemberRole, Membership
from notices import delivery
from notices.models import Notice, NoticeState
from sessions import changes, cover, reminders
from sessions.models import PenaltyKind, Session, SessionTerms, State
from tests.cast import NOON, a_person, at_stockholm
from tests.sessions.booked import TUESDAY, book, hold_of, mails
from tests.sessions.factories import a_session
from tests.sessions.feeding import invite

HOUR = timedelta(hours=1)
REMINDED = "Reminder, Tue 24 Nov 09:00: Disk is full"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    """Dates of this year bear no year."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    """Rolf's hour on Tuesday, six days ahead."""
    return book(cast, acme, credit=60)


def remind(*hours_before: float, start: datetime = TUESDAY) -> list[int]:
    """What the job does, so many hours before the start."""
    return [reminders.remind_due(at=start - hours * HOUR) for hours in hours_before]


def written(subject: str = "Reminder") -> list[tuple[str, datetime]]:
    found = Notice.objects.filter(subject__startswith=subject).order_by("written_at", "address")
    return [(notice.address.split("@")[0], notice.written_at) for notice in found]


# When.


def test_r5_both_sides_are_reminded_48_25_and_1_hours_before_and_once_each(session):
    assert remind(48.01, 48, 47.9, 25.01, 25, 24, 1.01, 1, 0.5, 0, -1) == [0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0]

    instants = [TUESDAY - 48 * HOUR, TUESDAY - 25 * HOUR, TUESDAY - HOUR]
    assert written() == [(name, at) for at in instants for name in ("rolf", "tessa")]


def test_r5_after_a_standstill_only_the_nearest_goes_out(session):
    assert remind(0.9, 0.8) == [1, 0]

    assert written() == [(name, TUESDAY - 0.9 * HOUR) for name in ("rolf", "tessa")]


def test_r5_what_was_past_when_the_start_was_agreed_is_not_made_up_for(cast, acme):
    book(cast, acme, credit=60, at=TUESDAY - 30 * HOUR)

    assert remind(29, 26, 25, 24) == [0, 0, 1, 0]


def test_r5_a_booking_made_at_the_very_instant_of_a_reminder_is_told_of_once(cast, acme):
    book(cast, acme, credit=60, at=TUESDAY - 25 * HOUR)

    assert remind(25, 24.5) == [0, 0]


@pytest.mark.parametrize(("offsets", "hours", "expected"), [([90], (25, 1.5, 1), [0, 1, 0]), ([], (48, 25, 1), [0, 0, 0])])
def test_r5_the_terms_say_when(cast, session, offsets, hours, expected):
    SessionTerms.objects.update(reminder_minutes=offsets)

    assert remind(*hours) == expected


def test_r5_before_a_profile_is_loaded_nothing_is_due(db):
    assert reminders.remind_due(at=NOON) == 0


@pytest.mark.parametrize(("start", "hours"), [((2027, 3, 28, 10), 47), ((2026, 10, 25, 10), 49)])
def test_r5_the_hours_are_elapsed_ones_over_a_clock_change(cast, acme, start, hours):
    start = at_stockholm(*start)
    a_session(cast, acme, starts_at=start, agreed_at=start - timedelta(days=20))
    by_the_same_clock_two_days_before = start - hours * HOUR

    late = hours < 48

    assert reminders.remind_due(at=by_the_same_clock_two_days_before) == int(late)
    assert reminders.remind_due(at=start - 48 * HOUR) == int(not late)


@pytest.mark.parametrize("state", [State.AWAITING_TOP_UP, State.CANCELLED, State.IN_PROGRESS])
def test_r5_only_an_agreed_start_is_told_of(session, state):
    stage = {"started_at": NOON} if state == State.IN_PROGRESS else {"top_up_by": TUESDAY}
    closed = {"closed_at": NOON} if state == State.CANCELLED else {}
    Session.objects.filter(pk=session.pk).update(state=state, **stage, **closed)

    assert remind(48, 25, 1) == [0, 0, 0]


def test_r5_a_tick_with_nothing_due_asks_the_same_however_many_sessions_come(cast, acme):
    for days in range(2):
        a_session(cast, acme, starts_at=NOON + timedelta(days=days, hours=2))
    reminders.remind_due(at=NOON)
    with CaptureQueriesContext(connection) as few:
        reminders.remind_due(at=NOON)

    for number in range(5):
        a_session(cast, acme, starts_at=NOON + timedelta(hours=30 + 2 * number), technicians=[cast.theo])
    reminders.remind_due(at=NOON)
    with CaptureQueriesContext(connection) as many:
        assert reminders.remind_due(at=NOON) == 0

    assert (len(few), len(many)) == (3, 3)


# To whom.


def test_r5_who_else_is_invited_is_reminded_as_long_as_they_belong_to_the_client(cast, acme, session):
    left, gone = a_person("Lars", domain="acme.example"), a_person("Gun", domain="acme.example")
    Membership.objects.create(organisation=acme.organisation, person=gone, role=MemberRole.REQUESTER)
    for person, live in ((acme.approver, True), (left, True), (gone, False)):
        invite(session, person, live=live)

    remind(25)

    assert sorted(name for name, _at in written()) == ["anna", "rolf", "tessa"]


def test_r5_where_the_account_manager_booked_the_approvers_are_reminded(cast, acme):
    book(cast, acme, credit=60, by=cast.max)

    remind(25)

    assert sorted(name for name, _at in written()) == ["anna", "tessa"]


def test_r5_nobody_who_may_not_sign_in_is_written_to_and_the_job_goes_on(cast, acme, session):
    type(acme.requester).objects.filter(pk__in=[acme.requester.pk, cast.tessa.person_id]).update(is_active=False)

    assert (remind(25), written()) == ([0], [])


# What takes it back.


def test_r5_a_move_withdraws_what_was_not_sent_and_the_new_start_has_its_own(cast, acme, session):
    remind(25)
    later = TUESDAY + timedelta(days=2)

    changes.postpone(session=session, starts_at=later, shown_minutes=0, by=acme.requester, at=TUESDAY - 24.5 * HOUR)

    assert written() == []
    assert remind(48, 25, 1, start=later) == [1, 1, 1]
    assert len(mails("Reminder, Thu 26 Nov 09:00")) == 2


def test_r5_a_reminder_that_a_mail_server_refused_does_not_come_after_the_move(cast, acme, session):
    remind(25)
    Notice.objects.filter(subject=REMINDED).update(attempts=3, last_error="451 try later")

    changes.move_by_provider(session=session, starts_at=TUESDAY + HOUR, by=cast.max, at=TUESDAY - 24.5 * HOUR, reason="Illness")

    assert written() == []


def test_r5_what_was_sent_stays_in_the_record(cast, acme, session):
    remind(25)
    delivery.deliver_due(at=TUESDAY - 25 * HOUR)

    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=TUESDAY - 24.5 * HOUR)

    assert {notice.state for notice in Notice.objects.filter(subject=REMINDED)} == {NoticeState.SENT}


@pytest.mark.parametrize("act", ["cancel", "call_off"])
def test_r5_a_cancelled_session_reminds_nobody(cast, acme, session, act):
    remind(25)

    if act == "cancel":
        changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=TUESDAY - 24.5 * HOUR)
    else:
        changes.call_off(session=session, by=cast.max, at=TUESDAY - 24.5 * HOUR, reason="Illness")

    assert (written(), remind(1)) == ([], [0])


def test_r5_a_start_that_lost_its_cover_reminds_nobody_and_once_moved_and_covered_it_does(cast, acme, session):
    remind(48)
    hold = hold_of(session)
    cover.await_top_up(session=session, at=TUESDAY - 47 * HOUR)
    assert (written(), remind(25)) == ([], [0])

    later = TUESDAY + timedelta(days=3)
    changes.postpone(session=session, starts_at=later, shown_minutes=0, by=acme.requester, at=TUESDAY - 24 * HOUR)
    cover.follow(session=session, at=TUESDAY - 24 * HOUR)

    session.refresh_from_db()
    assert (session.state, session.start_number, session.hold_id) == (State.SCHEDULED, 1, hold.pk)
    assert remind(48, 25, 1, start=later) == [1, 1, 1]


def test_r5_another_sessions_reminders_are_left_alone(cast, acme, session):
    other = book(cast, acme, credit=60, technician=cast.theo)
    remind(25)

    reminders.drop(session)

    assert [notice.cause for notice in Notice.objects.filter(subject=REMINDED)] == [reminders.cause(other, 1500)] * 2


# What it says.


def body(name: str, **columns) -> str:
    Session.objects.update(**columns)
    Notice.objects.filter(subject__startswith="Reminder").delete()
    remind(25)
    return mails("Reminder")[name]


def test_r5_c10_it_says_until_when_changing_is_free_and_what_it_costs_after_that(acme, session):
    assert body("rolf").splitlines() == [
        "“Disk is full” for Acme is coming up: Tue 24 Nov 09:00–10:00.",
        "",
        "It can be moved or cancelled free until Mon 23 Nov 09:00.",
        "After that, moving or cancelling it costs 2 h of credit.",
        "",
        "It is not ticked yet that access to the server is arranged. Without it the work cannot begin: please see to it, "
        "and tick it on the page of the session.",
        "",
        f"http://127.0.0.1:8000/sessions/{session.pk}/",
    ]


def test_r5_c10_once_that_is_past_it_says_so_and_what_a_change_costs_now(acme, session):
    remind(1)

    said = mails("Reminder")["rolf"]
    assert "It can no longer be moved or cancelled free: that was possible until Mon 23 Nov 09:00." in said
    assert "Moving or cancelling it costs 2 h of credit now." in said


def test_r5_c10_exactly_at_the_cut_off_it_is_still_free(cast, acme, session):
    SessionTerms.objects.update(reminder_minutes=[24 * 60])
    remind(24)

    assert "It can be moved or cancelled free until Mon 23 Nov 09:00." in mails("Reminder")["rolf"]


def test_r5_c10_kinds_that_cost_differently_are_told_apart(cast, acme):
    SessionTerms.objects.update(penalty_kinds=[PenaltyKind.CANCEL])
    book(cast, acme, credit=60)

    said = body("rolf")

    assert "– moving it to a later time: 0 h\n– moving it to an earlier time: 0 h\n– cancelling it: 2 h" in said


def test_r5_c10_where_nothing_is_sanctioned_it_says_that_it_is_free(cast, acme):
    SessionTerms.objects.update(penalty_kinds=[PenaltyKind.NO_SHOW])
    book(cast, acme, credit=60)

    said = body("rolf")

    assert "Until it begins it can be moved or cancelled free." in said
    assert "costs" not in said


def test_r5_c10_after_a_move_of_ours_it_says_that_it_is_free(acme, session):
    assert "Until it begins it can be moved or cancelled free." in body("rolf", free_change=True)


def test_r3_our_side_is_told_that_access_is_not_arranged_and_both_that_it_is(acme, session):
    ours = body("tessa")
    assert "please ask them" in ours
    assert f"/desk/sessions/{session.pk}/" in ours

    for name in ("rolf", "tessa"):
        assert "Access to the server is arranged." in body(name, access_arranged=True)


def test_r5_it_says_what_to_prepare(cast, acme, session):
    cast.purpose.prepare_en = "Have the password at hand."
    cast.purpose.save()

    assert "What to prepare:\nHave the password at hand.\n" in body("rolf")


def test_r5_each_reads_it_in_their_own_language_and_zone_over_a_clock_change(cast, acme):
    acme.requester.language, acme.requester.time_zone = "sv", "America/New_York"
    acme.requester.save()
    start = at_stockholm(2027, 3, 29, 9)
    a_session(cast, acme, starts_at=start, agreed_at=NOON)

    reminders.remind_due(at=start - 25 * HOUR)

    (swedish,) = Notice.objects.filter(address="rolf@acme.example")
    assert "03:00" in swedish.subject
    assert "sön 28 mars 2027 03:00" in swedish.body
    (english,) = Notice.objects.filter(address="tessa@provider.example")
    assert "Sun 28 Mar 2027 09:00" in english.body


def test_r5_the_nearest_due_is_chosen_by_arithmetic_alone():
    start = datetime(2027, 3, 28, 1, tzinfo=UTC)
    session = Session(state=State.SCHEDULED, starts_at=start, agreed_at=start - 40 * HOUR)

    assert [reminders.due_offset(session, [2880, 1500, 60], at=start - hours * HOUR) for hours in (39, 25, 2, 1, 0)] == [
        None,
        1500,
        1500,
        60,
        None,
    ]
