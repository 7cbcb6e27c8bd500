"""Three people, three clocks, and the clocks change: everybody reads their own, and the 24 hours are elapsed ones (rules C10, R2, W5).

Rolf books in New York, Tessa works in Helsinki, Max looks after the client in Stockholm, whose clock the agreement means.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache

from notices.models import Notice
from people.models import Person
from sessions.models import HoursException, Session, WeeklyHours
from sessions.models.technicians import ExceptionKind
from tests.cast import at_stockholm
from tests.journeys.story import open_times
from tests.journeys.visitor import Page, Visitor
from tests.sessions.booked import figures, mails
from tests.sessions.factories import a_lot

pytestmark = pytest.mark.django_db
MINUTE, HOUR, A_DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WHO = {"rolf": "America/New_York", "tessa": "Europe/Helsinki", "max": "Europe/Stockholm"}


@dataclass(frozen=True)
class Change:
    """A Sunday on which Stockholm's clocks change, when a session at ten is free to be moved until, and how each reads both."""

    sunday: date
    cut_off: datetime
    starts: dict[str, str]
    free: dict[str, str]
    days: tuple[str, str]

    @property
    def starts_at(self) -> datetime:
        """Ten o'clock in Stockholm."""
        return at_stockholm(self.sunday.year, self.sunday.month, self.sunday.day, 10)


SPRING = Change(
    sunday=date(2027, 3, 28),
    cut_off=at_stockholm(2027, 3, 27, 9),
    starts={"rolf": "04:00", "tessa": "11:00", "max": "10:00"},
    free={"rolf": "04:00", "tessa": "10:00", "max": "09:00"},
    days=("Sun 28 Mar", "Sat 27 Mar"),
)
AUTUMN = Change(
    sunday=date(2026, 10, 25),
    cut_off=at_stockholm(2026, 10, 24, 11),
    starts={"rolf": "05:00", "tessa": "11:00", "max": "10:00"},
    free={"rolf": "05:00", "tessa": "12:00", "max": "11:00"},
    days=("Sun 25 Oct", "Sat 24 Oct"),
)
BOTH = pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])


class Three:
    """The three at their browsers. Tessa works at any hour of these days, also where they are holidays."""

    def __init__(self, cast, acme) -> None:
        self.cast, self.acme = cast, acme
        for person in (acme.requester, cast.tessa.person, cast.max):
            person.time_zone = WHO[first_name(person)]
            person.save()
        cast.tessa.time_zone = WHO["tessa"]
        cast.tessa.save()
        cast.tessa.weekly_hours.all().delete()
        for weekday in range(7):
            WeeklyHours.objects.create(technician=cast.tessa, weekday=weekday, opens=time(0), closes=time(0))

    def opens_on(self, change: Change) -> None:
        days = {"first_on": change.sunday - A_DAY, "last_on": change.sunday + A_DAY}
        HoursException.objects.create(technician=self.cast.tessa, kind=ExceptionKind.EXTRA, opens=time(0), closes=time(0), **days)
        a_lot(self.acme.account, 480, at=change.starts_at - 10 * A_DAY)

    def wish(self) -> dict[str, object]:
        facts = {"account": self.acme.account.pk, "purpose": self.cast.purpose.pk, "title": "Mail relay"}
        return facts | {"minutes": 60, "technicians": 1, "technician": self.cast.tessa.pk}

    def books(self, change: Change, starts_at: datetime | None = None) -> Session:
        starts_at = starts_at or change.starts_at
        self.opens_on(change)
        with travel(change.starts_at - 6 * A_DAY):
            people = (self.acme.requester, self.cast.tessa.person, self.cast.max)
            self.rolf, self.tessa, self.max = (Visitor(person) for person in people)
            assert starts_at in open_times(self.rolf.open("/sessions/new/", **self.wish()))
            review = self.rolf.open("/sessions/new/", **self.wish(), starts_at=starts_at.isoformat())
            self.rolf.send(review.form(to="/sessions/new/"))
        return Session.objects.get()

    def pages(self, session: Session) -> dict[str, Page]:
        """The session as each of them sees it."""
        desk = f"/desk/sessions/{session.pk}/"
        return {"rolf": self.rolf.open(f"/sessions/{session.pk}/"), "tessa": self.tessa.open(desk), "max": self.max.open(desk)}

    def moves(self, session: Session, *, to: datetime) -> str:
        """Rolf moves the session to another open time; what it cost, as the form said."""
        form = self.rolf.open(f"/sessions/{session.pk}/postponement/?{urlencode({'starts_at': to.isoformat()})}").form(to="/postponement/")
        self.rolf.send(form, reason="We are in another town.")
        return form.fields["shown_minutes"][0]


def first_name(person: Person) -> str:
    return person.name.split()[0].lower()


def travel(at: datetime):
    return time_machine.travel(at, tick=False)


def one(subject: str) -> dict[str, str]:
    """The newest mail to each with such a subject: subject and body."""
    found = Notice.objects.filter(subject__contains=subject).order_by("pk")
    return {notice.address.split("@")[0]: f"{notice.subject}\n{notice.body}" for notice in found}


@pytest.fixture
def three(cast, acme):
    cache.clear()  # nobody has tried to sign in too often before
    return Three(cast, acme)


@BOTH
def test_w5_each_reads_the_session_by_their_own_clock_on_pages_and_in_mails(three, change):
    session = three.books(change)
    day, eve = change.days

    with travel(change.starts_at - 5 * A_DAY):
        pages = three.pages(session)

    assert session.starts_at == change.starts_at
    for who, page in pages.items():
        assert f"{day} {change.starts[who]}–" in page.text, who
    assert f"Free to change until {eve} {change.free['rolf']}" in pages["rolf"].text
    told = one("Booked for")
    for who in ("rolf", "tessa"):
        assert f"Booked for {day} {change.starts[who]}: Mail relay" in told[who]
        assert f"free until {eve} {change.free[who]}." in told[who]


@BOTH
def test_c10_exactly_24_elapsed_hours_is_in_time_whatever_the_clocks_did(three, change):
    session = three.books(change)
    address = f"/sessions/{session.pk}/cancellation/"

    with travel(change.cut_off):
        in_time = three.rolf.open(address)
    with travel(change.cut_off + MINUTE):
        late = three.rolf.open(address)

    assert "Cancelling is free." in in_time.text
    assert f"Cancelling was free until {change.days[1]} {change.free['rolf']}. It now costs 2 h of your credit" in late.text


def test_c10_half_past_ten_on_saturday_for_ten_on_sunday_is_free_in_autumn(three):
    session = three.books(AUTUMN)

    with travel(at_stockholm(2026, 10, 24, 10, 30)):
        cost = three.moves(session, to=AUTUMN.starts_at + A_DAY)

    assert (cost, figures(three.acme.account)) == ("0", (420, 60, 0))


def test_c10_half_past_nine_on_saturday_for_ten_on_sunday_is_late_in_spring(three):
    session = three.books(SPRING)

    with travel(at_stockholm(2027, 3, 27, 9, 30)):
        cost = three.moves(session, to=SPRING.starts_at + A_DAY)

    assert (cost, figures(three.acme.account)) == ("120", (300, 60, 0))
    assert "costs 2 h of credit" in one("Moved to")["rolf"]


@BOTH
def test_c10_a_move_over_the_change_is_told_to_each_by_their_own_clock(three, change):
    saturday = change.starts_at - A_DAY
    session = three.books(change, starts_at=saturday)

    with travel(saturday - 3 * A_DAY):
        assert three.moves(session, to=change.starts_at) == "0"
        page = three.rolf.open(f"/sessions/{session.pk}/")

    assert f"Free to change until {change.days[1]} {change.free['rolf']}" in page.text
    told = one("Moved to")
    for who in ("rolf", "tessa"):
        assert f"Moved to {change.days[0]} {change.starts[who]}: Mail relay" in told[who]
        assert f"free until {change.days[1]} {change.free[who]}." in told[who]


@BOTH
def test_c10_our_own_late_move_costs_nothing_gives_two_hours_and_is_free_to_change_until_it_starts(three, change):
    session = three.books(change)
    then = change.starts_at + HOUR

    with travel(change.cut_off + MINUTE):
        page = three.tessa.open(f"/desk/sessions/{session.pk}/move/")
        assert f"This comes late, after {change.days[1]} {change.free['tessa']}" in page.text
        assert then in open_times(page)
        three.tessa.send(page.form(to="/move/"), starts_at=then.isoformat(), reason="I have to see a dentist.")
        seen = three.rolf.open(f"/sessions/{session.pk}/")

    assert figures(three.acme.account) == (540, 60, 0)
    hour_later = {who: f"{int(clock[:2]) + 1:02}:00" for who, clock in change.starts.items()}
    assert f"Free to change until {change.days[0]} {hour_later['rolf']}" in seen.text
    assert f"from {change.days[0]} {change.starts['rolf']} to {change.days[0]} {hour_later['rolf']}–" in one("Mail relay")["rolf"]
    assert f"from {change.days[0]} {change.starts['tessa']} to {change.days[0]} {hour_later['tessa']}–" in one("Mail relay")["tessa"]


@BOTH
def test_c10_a_late_cancellation_by_the_client_is_told_to_each(three, change):
    session = three.books(change)

    with travel(change.cut_off + MINUTE):
        form = three.rolf.open(f"/sessions/{session.pk}/cancellation/").form(to="/cancellation/")
        three.rolf.send(form)

    assert figures(three.acme.account) == (360, 0, 0)
    assert {who: f"Cancelled, {change.days[0]} {change.starts[who]}" in text for who, text in one("Cancelled").items() if who in WHO} == {
        "rolf": True,
        "tessa": True,
    }


@BOTH
def test_c10_calling_off_in_time_gives_nothing_and_is_told_to_each(three, change):
    session = three.books(change)

    with travel(change.cut_off):
        page = three.max.open(f"/desk/sessions/{session.pk}/calling-off/")
        three.max.send(page.form(to="/calling-off/"), reason="The technician is ill.")

    assert figures(three.acme.account) == (480, 0, 0)
    told = mails("We had to cancel")
    assert {"rolf", "tessa"} <= set(told)
    for who in ("rolf", "tessa", "max"):
        assert who not in told or f"{change.days[0]} {change.starts[who]}–" in told[who]


def test_w5_an_hour_that_exists_twice_is_offered_twice_each_with_its_offset(three):
    first, second = AUTUMN.starts_at - 8 * HOUR - 30 * MINUTE, AUTUMN.starts_at - 7 * HOUR - 30 * MINUTE
    session = three.books(AUTUMN)

    with travel(AUTUMN.starts_at - 5 * A_DAY):
        desk = three.max.open(f"/desk/sessions/{session.pk}/move/", first="2026-10-25")
        helsinki = three.tessa.open(f"/desk/sessions/{session.pk}/move/", first="2026-10-25")
        new_york = three.rolf.open("/sessions/new/", **three.wish())

    assert {first, second} <= set(open_times(desk)) & set(open_times(helsinki)) & set(open_times(new_york))
    for said, page in (("02:30 (UTC+2)", desk), ("02:30 (UTC+1)", desk), ("03:30 (UTC+3)", helsinki), ("03:30 (UTC+2)", helsinki)):
        assert page.text.count(said) == 1, said
    assert "UTC" not in new_york.text


def test_w5_a_session_in_the_hour_that_exists_twice_lasts_as_long_as_was_booked(three):
    first = AUTUMN.starts_at - 8 * HOUR - 30 * MINUTE

    session = three.books(AUTUMN, starts_at=first)

    with travel(AUTUMN.starts_at - 5 * A_DAY):
        pages = three.pages(session)
    assert session.ends_at == first + HOUR
    assert "02:30 (UTC+2)–02:30 (UTC+1)" in pages["max"].text
    assert "03:30 (UTC+3)–03:30 (UTC+2)" in pages["tessa"].text
    assert "Sat 24 Oct 20:30–21:30" in pages["rolf"].text


def test_w5_the_hour_that_is_skipped_is_never_offered(three):
    session = three.books(SPRING)

    with travel(SPRING.starts_at - 5 * A_DAY):
        page = three.max.open(f"/desk/sessions/{session.pk}/move/", first="2027-03-28")

    clocks = [f"{at.astimezone(three.cast.provider.zone):%H:%M}" for at in open_times(page) if at < SPRING.starts_at - 6 * HOUR]
    assert clocks == ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]
