"""Who comes on the client's side (rules C10, R4)."""

from datetime import timedelta

import pytest

from clients.models import Membership
from core.errors import NotAllowed
from sessions import attendance, changes
from sessions.attendance import MOST, NotAColleague, TooManyAttendees
from sessions.life import SessionMovedOn
from sessions.models import CalendarObject, SessionEvent
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_person
from tests.sessions.booked import TUESDAY, book, figures
from tests.sessions.changing import HOUR
from tests.sessions.factories import a_session
from tests.sessions.invited import invitations, sent


@pytest.fixture
def session(cast, acme):
    """An hour of Tessa's on Tuesday at nine, booked by Rolf, whose first invitations have gone out."""
    booked = book(cast, acme, credit=480)
    sent(at=NOON)
    return booked


@pytest.fixture
def bo(acme):
    return a_member(acme, "Bo")


def a_member(client, name, **fields):
    person = a_person(name, **fields)
    Membership.objects.create(organisation=client.organisation, person=person, role="requester")
    return person


def names(session):
    return [attendee.person.name.split()[0] for attendee in attendance.attending(session)]


def test_r4_a_colleague_is_invited_and_everybody_invited_is_told_once(acme, session, bo):
    attendance.invite(session=session, person=bo, by=acme.approver, at=NOON)

    mails = sent(at=NOON)
    assert invitations(mails) == [
        ("bo", "REQUEST", 1, "CONFIRMED"),
        ("rolf", "REQUEST", 1, "CONFIRMED"),
        ("tessa", "REQUEST", 1, "CONFIRMED"),
    ]
    assert [str(mail.message["Subject"]) for mail in mails] == [
        "You are invited, Tue 24 Nov 09:00: Disk is full",
        "Bo Testsson comes too: Disk is full",
        "Bo Testsson comes too: Disk is full",
    ]
    assert names(session) == ["Bo", "Rolf", "Tessa"]
    assert (event := session.events.get(kind=EventKind.ATTENDEES_CHANGED)).by == acme.approver
    assert event.facts == {"person": bo.pk, "name": "Bo Testsson", "comes": True}


def test_r4_who_is_excused_gets_a_cancel_and_the_others_are_told(acme, session, bo):
    attendance.invite(session=session, person=bo, by=acme.requester, at=NOON)
    sent(at=NOON)

    attendance.excuse(session=session, person=bo, by=acme.requester, at=NOON)

    mails = sent(at=NOON)
    assert invitations(mails) == [
        ("bo", "CANCEL", 2, "CANCELLED"),
        ("rolf", "REQUEST", 2, "CONFIRMED"),
        ("tessa", "REQUEST", 2, "CONFIRMED"),
    ]
    assert mails[0].message["Subject"] == "You are no longer invited: Disk is full"
    assert mails[1].message["Subject"] == "Bo Testsson does not come: Disk is full"
    assert names(session) == ["Rolf", "Tessa"]


def test_r4_who_was_excused_is_not_invited_by_the_next_change_but_may_be_invited_again(cast, acme, session):
    attendance.excuse(session=session, person=acme.requester, by=acme.approver, at=NOON)
    changes.move_by_provider(session=session, starts_at=TUESDAY + HOUR, by=cast.max, at=NOON, reason="Tessa is ill")
    sent(at=NOON)
    moved = names(session)

    attendance.invite(session=session, person=acme.requester, by=acme.approver, at=NOON)

    assert (moved, names(session)) == (["Tessa"], ["Rolf", "Tessa"])
    assert ("rolf", "REQUEST", 3, "CONFIRMED") in invitations(sent(at=NOON))


def test_c10_it_is_free_until_the_end(acme, session, bo):
    before = figures(acme.account)

    attendance.invite(session=session, person=bo, by=acme.requester, at=TUESDAY + HOUR - timedelta(seconds=1))
    with pytest.raises(SessionMovedOn):
        attendance.excuse(session=session, person=bo, by=acme.requester, at=TUESDAY + HOUR)

    assert figures(acme.account) == before
    assert names(session) == ["Bo", "Rolf", "Tessa"]


def test_r4_inviting_or_excusing_twice_does_nothing_the_second_time(acme, session, bo):
    for _ in range(2):
        attendance.invite(session=session, person=bo, by=acme.requester, at=NOON)
    for _ in range(2):
        attendance.excuse(session=session, person=bo, by=acme.requester, at=NOON)

    assert SessionEvent.objects.filter(kind=EventKind.ATTENDEES_CHANGED).count() == 2
    assert CalendarObject.objects.get().sequence == 2


def test_r4_a_technician_is_not_the_clients_to_excuse(cast, acme, session):
    attendance.excuse(session=session, person=cast.tessa.person, by=acme.requester, at=NOON)

    assert names(session) == ["Rolf", "Tessa"]


@pytest.mark.parametrize("who", ["anna of Borealis", "Max", "Tessa", "somebody who left"])
def test_r4_only_people_of_the_client_who_can_sign_in_are_invited(cast, acme, borealis, session, who):
    person = {
        "anna of Borealis": borealis.approver,
        "Max": cast.max,
        "Tessa": cast.theo.person,
        "somebody who left": a_member(acme, "Gone", is_active=False),
    }[who]

    with pytest.raises(NotAColleague):
        attendance.invite(session=session, person=person, by=acme.requester, at=NOON)


def test_r4_only_people_of_the_client_say_who_comes(cast, acme, borealis, session):
    for person in (borealis.approver, cast.max, cast.tessa.person):
        with pytest.raises(NotAllowed):
            attendance.invite(session=session, person=acme.approver, by=person, at=NOON)
        with pytest.raises(NotAllowed):
            attendance.excuse(session=session, person=acme.requester, by=person, at=NOON)


def test_r4_at_most_twenty_come(acme, session):
    guests = [a_member(acme, f"Guest{number}") for number in range(MOST)]
    for guest in guests[1:]:
        attendance.invite(session=session, person=guest, by=acme.requester, at=NOON)

    with pytest.raises(TooManyAttendees) as refused:
        attendance.invite(session=session, person=guests[0], by=acme.requester, at=NOON)

    assert str(refused.value) == "At most 20 people of your organisation can be invited. Nothing has changed."
    assert len(names(session)) == MOST + 1


def test_r4_nobody_is_invited_to_what_is_cancelled(acme, session, bo):
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON)

    with pytest.raises(SessionMovedOn):
        attendance.invite(session=session, person=bo, by=acme.requester, at=NOON)


def test_r4_to_a_session_of_before_invitations_who_booked_is_invited_along(cast, acme, bo):
    session = a_session(cast, acme, starts_at=TUESDAY)

    attendance.invite(session=session, person=bo, by=acme.approver, at=NOON)

    assert names(session) == ["Bo", "Rolf", "Tessa"]
    assert [told[1:3] for told in invitations(sent(at=NOON))] == [("REQUEST", 0)] * 3
