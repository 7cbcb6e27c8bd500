"""Booking, moving and cancelling from both sides in Chromium, in three zones while the clocks change (rules C10, R2, R4, W5).

Rolf sits in New York, Tessa in Helsinki, Max in Stockholm. What reaches their calendars is read from the bytes of the mails.
"""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from sessions.models import HoursException, Session, State
from sessions.models.technicians import ExceptionKind
from tests.cast import at_stockholm
from tests.sessions.factories import a_lot
from tests.sessions.invited import Mail, sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


class Story:
    """Three windows, one session, and the mails of each step."""

    def __init__(self, cast, acme, window_of) -> None:
        self.cast, self.acme, self.window_of = cast, acme, window_of
        for person, zone in (
            (acme.requester, "America/New_York"),
            (cast.tessa.person, "Europe/Helsinki"),
            (cast.max, "Europe/Stockholm"),
        ):
            person.time_zone = zone
            person.save()
        cast.theo.bookable = False
        cast.theo.save()

    def works(self, on: date) -> None:
        """Tessa works on the Sunday of the change and the days around it, holiday or not."""
        days = {"first_on": on - A_DAY, "last_on": on + A_DAY}
        HoursException.objects.create(technician=self.cast.tessa, kind=ExceptionKind.EXTRA, opens="08:00", closes="20:00", **days)

    def sign_in(self) -> None:
        self.rolf, self.tessa = self.window_of(self.acme.requester), self.window_of(self.cast.tessa.person, width=1280)
        self.max = self.window_of(self.cast.max, width=1280)

    def books(self, starts_at: datetime) -> Session:
        query = f"account={self.acme.account.pk}&purpose={self.cast.purpose.pk}&title=Mail+relay&minutes=60&technicians=1&technician="
        self.rolf.open(f"/sessions/new/?{query}&starts_at={starts_at.isoformat().replace('+', '%2B')}")
        self.rolf.press("main form[method=post] button[type=submit]:not([name])")
        return Session.objects.get()

    def moves(self, to: datetime) -> None:
        self.rolf.open(f"/sessions/{Session.objects.get().pk}/postponement/?starts_at={to.isoformat().replace('+', '%2B')}")
        self.rolf.press("main form[method=post] button[type=submit]")

    def we_move(self, to: datetime) -> None:
        self.max.open(f"/desk/sessions/{Session.objects.get().pk}/move/?starts_at={to.isoformat().replace('+', '%2B')}")
        self.max.the("main form[method=post] textarea[name=reason]").fill("Tessa is at the dentist.")
        self.max.press("main form[method=post] button[type=submit]")

    def cancels(self) -> None:
        self.rolf.open(f"/sessions/{Session.objects.get().pk}/cancellation/")
        self.rolf.press("main form[method=post] button[type=submit]")


def seen(mails: list[Mail]) -> dict[str, tuple[str, int, str, datetime]]:
    """What each one's calendar is told: METHOD, SEQUENCE, STATUS and DTSTART, from the bytes."""
    told = {mail.told[0]: (*mail.told[1:], mail.event["dtstart"].dt) for mail in mails if mail.part is not None}
    assert len({mail.event["uid"] for mail in mails if mail.part is not None}) == 1
    assert all(mail.message["from"].addresses[0].addr_spec == "support@provider.example" for mail in mails if mail.part is not None)
    return told


@pytest.mark.parametrize(
    ("sunday", "theirs"), [(date(2027, 3, 28), ("04:00", "11:00")), (date(2026, 10, 25), ("05:00", "11:00"))], ids=["spring", "autumn"]
)
def test_w5_a_session_on_the_day_when_clocks_change(cast, acme, window_of, sunday, theirs):
    story, ten = Story(cast, acme, window_of), at_stockholm(sunday.year, sunday.month, sunday.day, 10)
    story.works(sunday)
    with time_machine.travel(ten - 6 * A_DAY):
        a_lot(acme.account, 480, at=ten - 7 * A_DAY)
        story.sign_in()
        session = story.books(ten)
        booked = seen(sent(at=ten - 6 * A_DAY + AN_HOUR))
        assert f"{theirs[0]}–" in story.rolf.text
        story.tessa.open(f"/desk/sessions/{session.pk}/")
        assert f"{theirs[1]}–" in story.tessa.text
    with time_machine.travel(ten - 5 * A_DAY):
        story.moves(ten + timedelta(hours=2))
        moved = seen(sent(at=ten - 5 * A_DAY + AN_HOUR))
        story.max.open("/desk/week/?first=" + (sunday - 6 * A_DAY).isoformat())
        story.we_move(ten + AN_HOUR)
        ours = seen(sent(at=ten - 5 * A_DAY + AN_HOUR))
        story.cancels()
        gone = seen(sent(at=ten - 5 * A_DAY + AN_HOUR))

    both = ("rolf", "tessa")
    assert booked == dict.fromkeys(both, ("REQUEST", 0, "CONFIRMED", ten))
    assert moved == dict.fromkeys(both, ("REQUEST", 1, "CONFIRMED", ten + timedelta(hours=2)))
    assert ours == dict.fromkeys(both, ("REQUEST", 2, "CONFIRMED", ten + AN_HOUR))
    assert gone == dict.fromkeys(both, ("CANCEL", 3, "CANCELLED", ten + AN_HOUR))
    session.refresh_from_db()
    acme.account.refresh_from_db()
    assert (session.state, acme.account.available_minutes) == (State.CANCELLED, 480)
