"""Calendars are told the last word last, and who has left is told no more than that (rules R4, R5, People)."""

from datetime import timedelta

import pytest

from clients.models import Membership
from notices import delivery
from notices.models import Notice, NoticeState
from sessions import aborts, attendance, changes, reassignment, reminders
from sessions.models import Attendee, CalendarObject, Fault, Side
from tests.cast import NOON, a_person
from tests.notices import mail_servers
from tests.sessions.booked import TUESDAY, book
from tests.sessions.changing import LATE, WEDNESDAY, cancel, postpone
from tests.sessions.factories import a_session, a_started_session, minutes
from tests.sessions.feeding import read
from tests.sessions.invited import sent

TESSA = "tessa@provider.example"


@pytest.fixture
def server(settings):
    mail_servers.forget()
    settings.EMAIL_BACKEND = "tests.notices.mail_servers.Refusing"
    return mail_servers


def told(server):
    """What mails to Tessa tell her calendar, in the order of arrival; nothing where a mail is text alone."""
    found = []
    for message in (message for message in server.SENT if message.to == [TESSA]):
        part = next((part for part in message.message().walk() if part.get_content_type() == "text/calendar"), None)
        found.append(part.get_param("method") if part else "")
    return found


def hand_over(session, cast):
    reassignment.reassign(session=session, leaves=cast.tessa, takes=cast.theo, reason="Ill", by=cast.max, at=NOON + minutes(1))


def call_off(session, cast):
    changes.call_off(session=session, by=cast.max, at=NOON + minutes(1), reason="Ill")


@pytest.mark.parametrize("ends", [call_off, hand_over])
def test_r4_an_invitation_that_was_held_up_does_not_come_after_its_cancellation(cast, acme, server, ends):
    server.REFUSED_ADDRESSES.add(TESSA)
    session = book(cast, acme, credit=480)
    delivery.deliver_due(at=NOON)
    server.REFUSED_ADDRESSES.clear()

    ends(session, cast)
    delivery.deliver_due(at=NOON + minutes(1))
    delivery.deliver_due(at=NOON + minutes(10))

    assert [method for method in told(server) if method] == ["CANCEL"]
    assert len(told(server)) == 2


def test_r4_an_invitation_that_is_sent_again_by_hand_does_not_undo_the_cancellation(cast, acme, server):
    session = book(cast, acme, credit=480)
    notice = Notice.objects.get(address=TESSA)
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.FAILED, attempts=8)
    cancel(session, acme, at=NOON + minutes(1))
    delivery.deliver_due(at=NOON + minutes(1))

    delivery.retry(notice=Notice.objects.get(pk=notice.pk), by=cast.ada, at=NOON + minutes(5))
    delivery.deliver_due(at=NOON + minutes(5))

    assert [method for method in told(server) if method] == ["CANCEL"]


def test_who_has_left_the_client_reads_neither_why_nor_what_it_cost(cast, acme):
    mate = a_person("Mia")
    member = Membership.objects.create(organisation=acme.organisation, person=mate, role="requester")
    session = book(cast, acme, credit=480)
    attendance.invite(session=session, person=mate, by=acme.requester, at=NOON)
    sent(at=NOON)
    member.delete()

    cancel(session, acme, at=LATE, shown=120, reason="Our merger is secret")

    notice = Notice.objects.filter(person=mate).latest("pk")
    assert (notice.method, "merger" in notice.body, "2 h" in notice.body) == ("CANCEL", False, False)
    assert "no longer invited" in notice.body


def test_a_technician_whom_a_move_relieves_is_told_just_that(cast, acme):
    session = book(cast, acme, credit=480)
    a_session(cast, acme, technicians=[cast.tessa], starts_at=WEDNESDAY, estimate=60)

    postpone(session, acme)

    relieved, theirs = (Notice.objects.filter(address=f"{name}@provider.example").latest("pk") for name in ("tessa", "theo"))
    assert (relieved.method, theirs.method) == ("CANCEL", "REQUEST")
    assert "no longer invited" in relieved.body
    assert "no longer invited" not in theirs.body
    told = [notice.body for notice in Notice.objects.filter(subject__contains="Moved to")]
    assert (len(told), all("It is done by Theo Testsson now." in body for body in told)) == (2, True)


def test_r5_who_does_not_come_any_more_is_not_reminded(cast, acme):
    session, at = book(cast, acme, credit=480), TUESDAY - timedelta(hours=25)
    sent(at=NOON)
    reminders.remind_due(at)

    reassignment.reassign(session=session, leaves=cast.tessa, takes=cast.theo, reason="Ill", by=cast.max, at=at + minutes(1))

    mails = [mail for mail in sent(at=at + minutes(2)) if "eminder" in mail.message["Subject"]]
    assert [mail.to.split("@")[0] for mail in mails] == ["rolf"]


def test_r4_what_was_begun_and_broken_off_stays_in_all_calendars(cast, acme):
    session = a_started_session(cast, acme, credit=480)
    CalendarObject.objects.create(session=session, sequence=0)
    Attendee.objects.create(session=session, person=acme.requester, side=Side.CLIENT, address=acme.requester.email)

    aborts.abort(session=session, fault=Fault.CLIENT, reason="No access", summary="", by=cast.tessa.person, at=NOON + minutes(5))

    assert [str(event["status"]) for event in read(acme.requester, at=NOON + minutes(6)).values()] == ["CONFIRMED"]
    assert not Notice.objects.exclude(method="").exists()
