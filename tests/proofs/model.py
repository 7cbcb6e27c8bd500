"""The rules of credit and booking once more, in plain Python, for one account and one technician (rules C5 to C8, C10, C11, R2, R6).

No database, no Django, nothing shared with the product: what it says of an account and its bookings is what the product
must say too. Minutes, and instants in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

NOTICE, DEADLINE, UNDO, WAIT = timedelta(hours=24), timedelta(hours=24), timedelta(minutes=30), timedelta(minutes=15)
LEAD, PENALTY, GIFT, STEP, TOLERANCE, MOST_AWAITING = timedelta(hours=1), 120, 120, 10, 15, 2
BOOKED = ("awaiting_top_up", "scheduled")
BUSY = (*BOOKED, "in_progress")


@dataclass
class Hold:
    """What a booking wants of the credit, and what it has of it."""

    minutes: int
    state: str = "waiting"
    covered: int = 0


@dataclass
class Booking:
    """A session from booking to confirmation."""

    name: str
    starts_at: datetime
    estimate: int
    booked_at: datetime
    hold: Hold
    state: str = "requested"
    start_number: int = 1
    agreed_at: datetime | None = None
    top_up_by: datetime | None = None
    free_change: bool = False
    called: int = 0
    charged: int | None = None

    @property
    def ends_at(self) -> datetime:
        """When the technician is free again."""
        return self.starts_at + timedelta(minutes=self.estimate)

    def stood_up(self, now: datetime) -> bool:
        """Whether nobody of ours has come."""
        if self.state != "scheduled" or self.called == self.start_number:
            return False
        return now >= max(self.starts_at, self.agreed_at or self.starts_at) + WAIT

    def is_late(self, now: datetime) -> bool:
        """Whether the client's change would be sanctioned."""
        if self.state != "scheduled" or self.free_change or self.stood_up(now):
            return False
        in_time = self.starts_at - NOTICE
        if self.start_number == 1 and self.booked_at > in_time:
            in_time = max(in_time, self.booked_at + UNDO)
        return now > in_time

    def cost(self, now: datetime) -> int:
        """What the client's change would cost."""
        return PENALTY if self.is_late(now) else 0

    def deadline(self, now: datetime) -> datetime:
        """Until when a top-up is waited for."""
        by = self.starts_at - DEADLINE
        return by if by > now else self.starts_at


@dataclass
class Model:
    """One account and its bookings, in the order in which they were made."""

    available: int = 0
    debts: list[int] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)

    @property
    def held(self) -> int:
        """What holds cover."""
        return sum(booking.hold.covered for booking in self.bookings)

    @property
    def debt(self) -> int:
        """What is owed."""
        return sum(self.debts)

    def taken(self, starts_at: datetime, minutes: int, *, but: Booking | None = None) -> bool:
        """Whether the technician has something else then."""
        ends_at = starts_at + timedelta(minutes=minutes)
        busy = [booking for booking in self.bookings if booking.state in BUSY and booking is not but]
        return any(booking.starts_at < ends_at and starts_at < booking.ends_at for booking in busy)

    # What is done. `now` is when.

    def grant(self, minutes: int) -> None:
        """Credit comes in: debt first, then holds that are short, then those that wait."""
        self.available += minutes
        self.serve()

    def book(self, name: str, starts_at: datetime, estimate: int, now: datetime) -> Booking | None:
        """A booking, scheduled or awaiting a top-up; None where as many await one as may."""
        booking = Booking(name, starts_at, estimate, now, Hold(estimate))
        if estimate <= self.available:
            self._place(booking.hold)
            booking.state, booking.agreed_at = "scheduled", now
        elif sum(other.state == "awaiting_top_up" for other in self.bookings) >= MOST_AWAITING:
            return None
        else:
            booking.state, booking.top_up_by = "awaiting_top_up", booking.deadline(now)
        self.bookings.append(booking)
        return booking

    def postpone(self, booking: Booking, starts_at: datetime, now: datetime) -> None:
        """The client moves it, at its cost; without cover left it awaits a top-up again."""
        cost, was_scheduled, hold = booking.cost(now), booking.state == "scheduled", booking.hold
        self._make_good(booking, now)
        self._charge(booking, cost)
        if was_scheduled and (cost or hold.covered < hold.minutes):
            self._rebook(booking)
        booking.starts_at, booking.free_change = starts_at, False
        if was_scheduled:
            booking.start_number, booking.agreed_at = booking.start_number + 1, now
        else:
            booking.top_up_by = booking.deadline(now)
        if was_scheduled and hold.state == "waiting":
            booking.state, booking.agreed_at, booking.top_up_by = "awaiting_top_up", None, booking.deadline(now)
        self.follow(now)

    def cancel(self, booking: Booking, now: datetime) -> None:
        """The client cancels it, at its cost."""
        cost = booking.cost(now)
        self._make_good(booking, now)
        self._charge(booking, cost)
        self._end(booking, "cancelled", now)

    def call_off(self, booking: Booking, now: datetime) -> None:
        """We cancel it: late, that costs us a gift."""
        if booking.state == "scheduled" and now > booking.starts_at - NOTICE:
            self.grant(GIFT)
        self._end(booking, "cancelled", now)

    def miss(self, booking: Booking, now: datetime) -> None:
        """The client did not come."""
        self._charge(booking, 0 if booking.free_change else PENALTY)
        self._end(booking, "missed", now)

    def start(self, booking: Booking, now: datetime) -> None:
        """The work begins; where we come too late that costs us a gift."""
        booking.free_change = booking.free_change or booking.stood_up(now)
        self._make_good(booking, now)
        booking.state = "in_progress"
        self.follow(now)

    def submit(self, booking: Booking, worked: int, now: datetime) -> None:
        """The hold becomes what the work comes to: never beyond the tolerance, and rounded once."""
        counted = min(worked, booking.estimate * (100 + TOLERANCE) // 100)
        booking.charged = (2 * counted + STEP) // (2 * STEP) * STEP
        booking.state, hold = "submitted", booking.hold
        self.available += max(hold.covered - booking.charged, 0)
        hold.minutes, hold.covered = booking.charged, min(hold.covered, booking.charged)
        self.serve()
        self.follow(now)

    def confirm(self, booking: Booking, now: datetime) -> None:
        """What was worked is deducted; what is not covered is owed."""
        self._spend(booking.hold, booking.charged or 0)
        self._end(booking, "confirmed", now)

    def pass_time(self, now: datetime) -> None:
        """What the jobs do: bookings whose deadline has passed are released."""
        self.follow(now)
        for booking in sorted(self.bookings, key=lambda booking: booking.top_up_by or now):
            if booking.state == "awaiting_top_up" and booking.top_up_by is not None and booking.top_up_by <= now:
                self._end(booking, "released", now)

    def follow(self, now: datetime) -> None:
        """Bookings whose hold was placed are scheduled; those that lost it await a top-up."""
        for booking in self.bookings:
            if booking.state == "awaiting_top_up" and booking.hold.state == "placed" and booking.ends_at > now:
                booking.state, booking.agreed_at, booking.top_up_by = "scheduled", now, None
            elif booking.state == "scheduled" and booking.hold.state == "waiting":
                booking.state, booking.agreed_at, booking.top_up_by = "awaiting_top_up", None, booking.deadline(now)

    def serve(self) -> None:
        """What is available serves debt, then short holds, then those that wait and fit, each in order."""
        for number, debt in enumerate(self.debts):
            paid = min(debt, self.available)
            self.debts[number], self.available = debt - paid, self.available - paid
        live = [booking.hold for booking in self.bookings]
        for hold in (hold for hold in live if hold.state == "placed"):
            more = min(hold.minutes - hold.covered, self.available)
            hold.covered, self.available = hold.covered + more, self.available - more
        for hold in (hold for hold in live if hold.state == "waiting"):
            if hold.minutes <= self.available:
                self._place(hold)

    def _place(self, hold: Hold) -> None:
        hold.state, hold.covered = "placed", hold.minutes
        self.available -= hold.minutes

    def _rebook(self, booking: Booking) -> None:
        hold = booking.hold
        self.available += hold.covered
        hold.state, hold.covered = "waiting", 0
        if hold.minutes <= self.available:
            self._place(hold)
        self.serve()

    def _make_good(self, booking: Booking, now: datetime) -> None:
        if booking.stood_up(now):
            self.grant(GIFT)

    def _charge(self, booking: Booking, minutes: int) -> None:
        if minutes:
            self._spend(booking.hold, minutes)
            self.serve()

    def _spend(self, hold: Hold, minutes: int) -> None:
        held = min(minutes, hold.covered)
        free = min(minutes - held, self.available)
        hold.covered, self.available = hold.covered - held, self.available - free
        self.debts.append(minutes - held - free)

    def _end(self, booking: Booking, state: str, now: datetime) -> None:
        self.available += booking.hold.covered
        booking.hold = Hold(0, "captured" if state == "confirmed" else "voided")
        booking.state, booking.top_up_by = state, None
        self.serve()
        self.follow(now)
