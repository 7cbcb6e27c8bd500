"""REL6.

Booking and credit, driven at random, against the same rules in plain Python (rules C5 to C8, C10, C11, C15, R2, R6).
"""

import itertools
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from credits import ledger
from credits.audit import audit
from credits.ledger import Voucher
from sessions import bookings, changes, confirmation, jobs, no_shows, worklogs
from sessions.bookings import SlotTaken, TooManyAwaiting
from sessions.models import Session
from tests.cast import NOON, Cast, a_client, a_provider, at_stockholm
from tests.credits.posting import bought
from tests.proofs.calendars import broken
from tests.proofs.model import BOOKED, LEAD, WAIT, Booking, Model
from tests.proofs.sizes import SEED, SIZE, say
from tests.sessions.booked import a_wish

DAYS = [19, 20, 23, 24, 25]
SLOTS = st.builds(lambda day, hour: at_stockholm(2026, 11, day, hour), st.sampled_from(DAYS), st.integers(8, 14))
ESTIMATES = st.sampled_from([60, 120])
EARLY = timedelta(minutes=30)
fresh = itertools.count(1)


@seed(SEED)
class BookingMachine(RuleBasedStateMachine):
    """One client, one technician, and their model, moved by the same verbs. The clock only goes forward."""

    cast: Cast
    steps = 0

    @initialize()
    def begin(self):
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.client = a_client(self.cast, f"Client{next(fresh)}")
        self.rolf, self.tessa = self.client.requester, self.cast.tessa.person
        self.model, self.now = Model(), NOON

    @rule(minutes=st.integers(10, 300))
    def top_up(self, minutes):
        ledger.grant(account=self.client.account, minutes=minutes, terms=bought(), voucher=self.voucher())
        jobs.follow_holds(at=self.now)
        self.model.grant(minutes)
        self.model.follow(self.now)

    @rule(starts_at=SLOTS, estimate=ESTIMATES)
    def book(self, starts_at, estimate):
        if starts_at < self.now + LEAD:
            return
        name = f"form:{next(fresh)}"
        wish = a_wish(self.cast, starts_at=starts_at, estimate_minutes=estimate)
        taken = self.model.taken(starts_at, estimate)
        said = None if taken else self.model.book(name, starts_at, estimate, self.now)

        def request():
            return bookings.request(account=self.client.account, wish=wish, cause=name, by=self.rolf, at=self.now)

        if said is None:
            with pytest.raises(SlotTaken if taken else TooManyAwaiting):
                request()
        else:
            request()

    @precondition(lambda self: self.some(*BOOKED))
    @rule(data=st.data(), starts_at=SLOTS)
    def postpone(self, data, starts_at):
        booking = data.draw(st.sampled_from(self.some(*BOOKED)))
        if starts_at < self.now + LEAD or starts_at == booking.starts_at:
            return
        cost, session = booking.cost(self.now), self.row(booking)
        if self.model.taken(starts_at, booking.estimate, but=booking):
            with pytest.raises(SlotTaken):
                changes.postpone(session=session, starts_at=starts_at, shown_minutes=cost, by=self.rolf, at=self.now)
            return
        changes.postpone(session=session, starts_at=starts_at, shown_minutes=cost, by=self.rolf, at=self.now)
        self.model.postpone(booking, starts_at, self.now)

    @precondition(lambda self: self.some(*BOOKED))
    @rule(data=st.data())
    def cancel(self, data):
        booking = data.draw(st.sampled_from(self.some(*BOOKED)))
        changes.cancel(session=self.row(booking), shown_minutes=booking.cost(self.now), by=self.rolf, at=self.now)
        self.model.cancel(booking, self.now)

    @precondition(lambda self: self.some(*BOOKED))
    @rule(data=st.data())
    def call_off(self, data):
        booking = data.draw(st.sampled_from(self.some(*BOOKED)))
        changes.call_off(session=self.row(booking), by=self.tessa, at=self.now, reason="We are ill")
        self.model.call_off(booking, self.now)

    @precondition(lambda self: self.some("scheduled"))
    @rule(data=st.data(), waited=st.sampled_from([0, 15, 40]))
    def miss(self, data, waited):
        booking = data.draw(st.sampled_from(self.some("scheduled")))
        self.wait_until(max(self.now, booking.starts_at))
        if booking.state != "scheduled":
            return
        no_shows.attempt_call(session=self.row(booking), by=self.tessa, at=self.now, reason="Nobody answers")
        booking.called = booking.start_number
        self.wait_until(max(self.now, max(booking.starts_at, booking.agreed_at) + WAIT) + timedelta(minutes=waited))
        no_shows.miss(session=self.row(booking), by=self.tessa, at=self.now)
        self.model.miss(booking, self.now)

    @precondition(lambda self: self.some("scheduled"))
    @rule(data=st.data(), late=st.sampled_from([-20, 0, 14, 15, 60]), worked=st.integers(1, 170))
    def work(self, data, late, worked):
        booking = data.draw(st.sampled_from(self.some("scheduled")))
        self.wait_until(max(self.now, booking.starts_at + timedelta(minutes=late)))
        if booking.state != "scheduled":
            return
        session = worklogs.start(session=self.row(booking), by=self.tessa, at=self.now)
        self.model.start(booking, self.now)
        began = self.now
        self.wait_until(began + timedelta(minutes=worked))
        worklogs.log(
            session=session, technician_person=self.tessa, started_at=began, ended_at=self.now, note="Done", by=self.tessa, at=self.now
        )
        worklogs.submit(session=self.row(booking), summary="Done", by=self.tessa, at=self.now)
        self.model.submit(booking, worked, self.now)

    @precondition(lambda self: self.some("submitted"))
    @rule(data=st.data())
    def confirm(self, data):
        booking = data.draw(st.sampled_from(self.some("submitted")))
        confirmation.confirm(session=self.row(booking), by=self.client.approver, at=self.now)
        self.model.confirm(booking, self.now)

    @rule(minutes=st.sampled_from([1, 29, 31, 120, 600, 24 * 60]))
    def wait(self, minutes):
        self.wait_until(self.now + timedelta(minutes=minutes))

    @invariant()
    def they_say_the_same(self):
        if not hasattr(self, "client"):
            return
        type(self).steps += 1
        account = self.client.account
        account.refresh_from_db()
        assert (account.available_minutes, account.held_minutes, account.debt_minutes) == (
            self.model.available,
            self.model.held,
            self.model.debt,
        )
        told = {booking.name: self.said_of(booking) for booking in self.model.bookings}
        rows = Session.objects.filter(account=account).select_related("hold")
        assert {row.cause: self.facts_of(row) for row in rows} == told

    def said_of(self, booking: Booking):
        live = booking.hold.state in ("placed", "waiting")
        hold = (booking.hold.state, booking.hold.minutes if live else 0, booking.hold.covered)
        return (booking.state, booking.starts_at, booking.start_number, booking.charged, *hold)

    def facts_of(self, row: Session):
        live = row.hold.resolved_at is None
        hold = (row.hold.state, row.hold.minutes if live else 0, row.hold.covered_minutes)
        return (row.state, row.starts_at, row.start_number, row.charged_minutes, *hold)

    def wait_until(self, instant: datetime) -> None:
        self.now = instant
        jobs.follow_holds(at=self.now)
        jobs.release_unpaid(at=self.now)
        self.model.pass_time(self.now)

    def some(self, *states: str) -> list[Booking]:
        return [booking for booking in self.model.bookings if booking.state in states]

    def row(self, booking: Booking) -> Session:
        return Session.objects.select_related("organisation", "account", "hold").get(cause=booking.name)

    def voucher(self) -> Voucher:
        return Voucher(cause=f"event:{next(fresh)}", at=self.now)

    def teardown(self):
        if hasattr(self, "undo"):
            try:
                assert audit().findings == []
                assert [rule for rule in broken() if "overlap" in rule] == []
            finally:
                transaction.set_rollback(True)
                self.undo.__exit__(None, None, None)


@pytest.mark.django_db
def test_c15_random_bookings_and_their_credit_are_what_the_plain_rules_say():
    BookingMachine.cast = a_provider()
    BookingMachine.cast.theo.bookable = False
    BookingMachine.cast.theo.save()

    run_state_machine_as_test(BookingMachine, settings=settings(max_examples=SIZE.sequences, stateful_step_count=SIZE.steps))

    say("REL6", sequences=SIZE.sequences, most_steps=SIZE.steps, steps=BookingMachine.steps)
