"""Readers that no one here wrote agree on what is sent, over book–move–cancel (rule R4, W5; RFC 5545, 5546, 6047).

Around both clock changes, in July, and through a mail that goes over the wire: what they read are the very bytes.
"""

from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest

from sessions import changes
from sessions.models import CalendarObject, SessionTerms
from tests.cast import at_stockholm
from tests.readers import reading
from tests.readers.reading import Read, ReadEvent
from tests.sessions.booked import book
from tests.sessions.invited import sent

HOUR = timedelta(hours=1)
SPRING = (at_stockholm(2027, 3, 26, 9), at_stockholm(2027, 3, 29, 9))
AUTUMN = (at_stockholm(2026, 10, 23, 9), at_stockholm(2026, 10, 26, 9))
JULY = (at_stockholm(2027, 7, 1, 9), at_stockholm(2027, 7, 2, 14))
ON_THE_DAYS = (at_stockholm(2027, 3, 28, 10), at_stockholm(2026, 10, 25, 10))
EVERYWHERE = ("Europe/Stockholm", "America/New_York", "Australia/Lord_Howe")


@pytest.fixture
def mails(cast, acme):
    """The mails of a booking at one time that is moved to another, then cancelled; Rolf reads them in a zone of his own."""
    SessionTerms.objects.update(furthest_ahead_days=700)

    def life(first, second, zone):
        for technician in (cast.tessa, cast.theo):
            technician.country = "US"  # where Easter is no public holiday
            technician.save()
            for weekday in (5, 6):
                technician.weekly_hours.create(weekday=weekday, opens="08:00", closes="17:00")
        acme.requester.time_zone = zone
        acme.requester.save()
        at = min(first, second) - timedelta(days=30)
        session = book(cast, acme, credit=480, starts_at=first, at=at)
        found = sent(at=at)
        changes.move_by_provider(session=session, starts_at=second, by=cast.tessa.person, at=at + HOUR, reason="Ill")
        found += sent(at=at + HOUR)
        session.refresh_from_db()
        changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=at + 2 * HOUR)
        return found + sent(at=at + 2 * HOUR)

    return life


@pytest.mark.parametrize("zone", EVERYWHERE)
@pytest.mark.parametrize(("first", "second"), [SPRING, AUTUMN, JULY, ON_THE_DAYS], ids=["spring", "autumn", "july", "on the days"])
def test_r4_all_readers_agree_on_when_which_and_what_to_do(mails, first, second, zone):
    raws = [mail.ics for mail in mails(first, second, zone)]

    expected = [expectation(number, name, first, second) for number in range(3) for name in ("rolf@acme", "tessa@provider")]

    assert [reading.by_icalendar(raw) for raw in raws] == expected
    assert [reading.by_vobject(raw) for raw in raws] == expected
    assert reading.by_node(raws) == {"ical_js": expected, "node_ical": expected}


def test_r4_what_is_read_is_the_same_in_both_parts_of_the_mail(mails):
    for mail in mails(*JULY, "Europe/Stockholm"):
        message = BytesParser(policy=policy.SMTP).parsebytes(mail.raw)
        mixed = list(message.iter_parts())
        texts = [part.get_content_type() for part in mixed[0].iter_parts()]

        assert (message.get_content_type(), mixed[0].get_content_type()) == ("multipart/mixed", "multipart/alternative")
        assert texts == ["text/plain", "text/html", "text/calendar"]
        assert mixed[1].get_payload(decode=True) == mail.ics
        assert mail.part.get_param("method") == reading.by_icalendar(mail.ics).method
        assert message["From"].addresses[0].addr_spec == reading.by_icalendar(mail.ics).events[0].organizer
        assert (message["To"].addresses[0].addr_spec,) == reading.by_icalendar(mail.ics).events[0].attendees


def expectation(number, name, first, second):
    """What the mails number 0 (booked), 1 (moved) and 2 (cancelled) are read as."""
    starts = first if number == 0 else second
    title = "Acme: Disk is full" if name.startswith("tessa") else "Disk is full"
    event = ReadEvent(
        uid=str(CalendarObject.objects.get().uid),
        sequence=number,
        status="CANCELLED" if number == 2 else "CONFIRMED",
        starts=starts,
        ends=starts + HOUR,
        summary=title,
        organizer="support@provider.example",
        attendees=(f"{name}.example",),
    )
    return Read("CANCEL" if number == 2 else "REQUEST", (event,))
