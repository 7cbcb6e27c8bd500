"""Which sessions are in somebody's private calendar, and what it says of them (rules R4, C10, R3)."""

from datetime import UTC, datetime, timedelta

import pytest

from clients.models import Membership, StaffRole
from clients.privacy import retention
from credits import ledger
from sessions import changes, cover, crew, feeds, release
from sessions.models import AccessInstructions, Attendee, CalendarFeed, CalendarObject, Session, SessionTerms, State
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import TUESDAY, book, hold_of
from tests.sessions.factories import a_lot, a_session, a_submitted_session
from tests.sessions.feeding import invite, read

A_DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def text(event) -> str:
    return str(event["DESCRIPTION"])


# What an event says.


def test_r4_a_booked_session_is_one_confirmed_event_in_utc(cast, acme):
    session = book(cast, acme, credit=60)
    known = CalendarObject.objects.get_or_create(session=session, defaults={"sequence": 4})[0]

    (event,) = read(acme.requester).values()

    page = f"http://127.0.0.1:8000/sessions/{session.pk}/"
    assert {name: event[name].to_ical().decode() for name in event if name != "DESCRIPTION"} == {
        "UID": str(known.uid),
        "SEQUENCE": str(known.sequence),
        "DTSTAMP": "20261118T110000Z",
        "DTSTART": "20261124T080000Z",
        "DTEND": "20261124T090000Z",
        "STATUS": "CONFIRMED",
        "TRANSP": "OPAQUE",
        "SUMMARY": "Disk is full",
        "URL": page,
    }
    assert text(event).splitlines() == [
        "It is about: Processes. Estimate: 1 h.",
        "With Tessa Testsson.",
        "It can be moved or cancelled free until Mon 23 Nov 2026 09:00.",
        page,
    ]


def test_r4_a_session_of_before_invitations_has_a_uid_that_stays_and_reading_makes_no_rows(cast, acme):
    session = a_session(cast, acme)
    CalendarObject.objects.filter(session=session).delete()

    first, second = (read(acme.requester)["Disk is full"] for _ in range(2))

    assert first["UID"] == second["UID"]
    assert not CalendarObject.objects.filter(session=session).exists()


def test_c6_what_awaits_a_top_up_is_tentative_and_says_until_when(cast, acme):
    book(cast, acme, credit=20)

    event = read(acme.requester)["Disk is full"]

    assert event["STATUS"] == "TENTATIVE"
    assert "the time is kept until Mon 23 Nov 2026 09:00." in text(event)
    assert "free until the credit for it is there" in text(event)


def test_r4_the_calendar_is_in_its_readers_language_and_zone_over_a_clock_change(cast, acme):
    acme.requester.language, acme.requester.time_zone = "sv", "America/New_York"
    acme.requester.save()
    cast.purpose.prepare_sv = "Ta med lösenordet\noch kaffe."
    cast.purpose.save()
    a_session(cast, acme, starts_at=at_stockholm(2027, 3, 29, 9), agreed_at=NOON)

    event = read(acme.requester)["Disk is full"]

    assert event.start == datetime(2027, 3, 29, 7, tzinfo=UTC)
    assert "Processer" in text(event)
    assert "Ta med lösenordet\noch kaffe." in text(event)
    assert "sön 28 mars 2027 03:00" in text(event)


def test_r3_nothing_that_was_written_about_access_or_the_work_is_in_it(cast, acme):
    session = a_session(cast, acme, description="The password is hunter2")
    AccessInstructions.objects.create(session=session, sealed="hunter3", written_at=NOON, written_by=acme.requester)

    assert "hunter" not in str(read(acme.requester)) + str(read(cast.tessa.person))


def test_sec5_titles_and_names_cannot_add_properties(cast, acme):
    cast.provider.name = "Bad\r\nX-EVIL:1"
    cast.provider.save()
    a_session(cast, acme, title="One\r\nATTENDEE:mailto:x@y.example\r\nEND:VEVENT\rBEGIN:VEVENT\x0b\x85\u2028Å" + "ä" * 40)

    (event,) = read(acme.requester).values()

    assert set(event) == {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "TRANSP", "SUMMARY", "DESCRIPTION", "URL"}
    assert "\n" not in event["SUMMARY"]


# Whose it is.


def test_r4_a_technician_sees_the_client_and_a_client_never_another(cast, acme, borealis):
    a_session(cast, acme)
    a_session(cast, borealis, starts_at=NOON + A_DAY)

    assert set(read(cast.tessa.person)) == {"Disk is full · Acme", "Disk is full · Borealis"}
    assert set(read(acme.requester)) == {"Disk is full"}
    assert read(cast.theo.person) == {}
    assert read(cast.max) == {}


def test_r4_who_is_invited_has_it_until_they_are_not(cast, acme):
    session = a_session(cast, acme)
    assert read(acme.approver) == {}

    invited = invite(session, acme.approver)
    assert set(read(acme.approver)) == {"Disk is full"}

    Attendee.objects.filter(pk=invited.pk).update(live=False)
    assert read(acme.approver) == {}


def test_r4_who_left_the_organisation_sees_nothing_more(cast, acme):
    session = a_session(cast, acme)
    invite(session, acme.approver)
    Membership.objects.filter(organisation=acme.organisation).delete()

    assert (read(acme.requester), read(acme.approver)) == ({}, {})


def test_r4_a_technician_who_left_the_company_sees_nothing_more(cast, acme):
    invite(a_session(cast, acme), cast.tessa.person, side="technician")
    StaffRole.objects.filter(person=cast.tessa.person).delete()

    assert read(cast.tessa.person) == {}


def test_r4_another_technician_takes_over_and_the_first_has_it_no_more(cast, acme):
    session = a_session(cast, acme)
    crew.dismiss(session)
    session.reservations.create(technician=cast.theo, blocked_from=NOON, blocked_until=NOON + A_DAY / 24)

    assert (set(read(cast.tessa.person)), set(read(cast.theo.person))) == (set(), {"Disk is full · Acme"})

    changes.call_off(session=session, by=cast.max, at=NOON - A_DAY, reason="Illness")
    assert (set(read(cast.tessa.person)), set(read(cast.theo.person))) == (set(), {"Cancelled: Disk is full · Acme"})


def test_r4_what_was_booked_on_a_clients_behalf_is_not_in_the_account_managers_calendar(cast, acme):
    book(cast, acme, credit=60, by=cast.max)

    assert read(cast.max) == {}


# What was called off, and what is over.


def test_r4_cancelled_sessions_stay_as_cancelled_for_the_days_that_are_set(cast, acme):
    session = book(cast, acme, credit=60)
    invite(session, acme.approver)
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON)
    Attendee.objects.filter(session=session).update(live=False)

    for person in (acme.requester, acme.approver):
        event = read(person, at=NOON + 30 * A_DAY - timedelta(seconds=1))["Cancelled: Disk is full"]
        assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
        assert read(person, at=NOON + 30 * A_DAY) == {}


def test_r4_a_year_of_cancelled_sessions_where_that_is_set(cast, acme):
    SessionTerms.objects.update(cancelled_kept_days=365)
    session = book(cast, acme, credit=60)
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON)

    assert len(read(acme.requester, at=NOON + 364 * A_DAY)) == len(read(cast.tessa.person, at=NOON + 364 * A_DAY)) == 1


def test_c6_a_released_session_is_cancelled_and_says_that_it_costs_nothing(cast, acme):
    session = book(cast, acme, credit=20)
    release.release(session=session, at=TUESDAY - A_DAY)

    event = read(acme.requester, at=TUESDAY)["Cancelled: Disk is full"]

    assert event["STATUS"] == "CANCELLED"
    assert "It costs nothing." in text(event)


def test_r4_what_is_over_stays_for_a_quarter(cast, acme):
    ended = cover.start_of(a_submitted_session(cast, acme)) + timedelta(hours=1)

    assert set(read(acme.requester, at=ended + 90 * A_DAY - timedelta(seconds=1))) == {"Disk is full"}
    assert set(read(cast.tessa.person, at=ended + 89 * A_DAY)) == {"Disk is full · Acme"}
    assert read(acme.requester, at=ended + 90 * A_DAY) == {}


def test_r4_unplanned_work_has_no_time_and_is_not_in_it(cast, acme):
    session = a_session(cast, acme)
    Session.objects.filter(pk=session.pk).update(
        kind="unplanned", worker=cast.tessa, starts_at=None, ends_at=None, state=State.REQUESTED, agreed_at=None
    )

    assert read(acme.requester) == {}


def test_c6_a_session_whose_credit_came_is_confirmed_again(cast, acme):
    session = book(cast, acme, credit=20)
    assert read(acme.requester)["Disk is full"]["STATUS"] == "TENTATIVE"

    a_lot(acme.account, 60, at=NOON)
    assert hold_of(session).state == ledger.HoldState.PLACED
    cover.follow(session=session, at=NOON)

    assert read(acme.requester)["Disk is full"]["STATUS"] == "CONFIRMED"


def test_r4_an_address_that_nobody_has_read_for_a_year_is_dead_and_one_that_is_read_lives(cast, acme, borealis):
    a_year, people = timedelta(days=365), (acme.approver, acme.requester, borealis.approver)
    unread, read_once, made_anew = (feeds.make_feed(person=person, at=NOON) for person in people)
    known = feeds.find(token=read_once)
    assert known is not None
    feeds.edition(known, at=NOON + timedelta(days=30))
    made_anew = feeds.make_feed(person=borealis.approver, at=NOON + timedelta(days=30))

    gone = [retention.purge_due(at=NOON + a_year), retention.purge_due(at=NOON + a_year + timedelta(seconds=1))]
    lives = [feeds.find(token=token) is not None for token in (unread, read_once, made_anew)]
    gone.append(retention.purge_due(at=NOON + a_year + timedelta(days=31)))

    assert (gone, lives) == ([0, 1, 2], [False, True, True])
    assert not CalendarFeed.objects.exists()
