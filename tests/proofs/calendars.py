"""Technicians' days that clients fill at random: they book, move and cancel, all at once (rules C5, C6, R2)."""

import itertools
import threading
from collections import Counter
from datetime import datetime, timedelta

from django.db import connection

from credits import ledger
from credits.ledger import Voucher
from sessions import bookings, changes
from sessions.bookings import SlotTaken
from sessions.changes import AlreadyThen
from sessions.life import SessionMovedOn
from sessions.models import Session, Technician
from tests.cast import NOON, Cast, Client, a_technician, at_stockholm
from tests.credits.posting import bought
from tests.proofs.sizes import chance
from tests.sessions.booked import a_wish

REFUSALS = (SlotTaken, AlreadyThen, SessionMovedOn)
"""What somebody may be told in good order."""
WEIGHTS = {"book": 5, "move": 3, "cancel": 2}
FIRST_MONDAY = at_stockholm(2026, 11, 23)
OPENS, HALF_HOURS = 8, 17
"""Starts from 8:00 on, every half an hour, the last one at 16:00 for an hour."""

OVERLAPS = """
    SELECT a.id, b.id FROM support_sessions_reservation a JOIN support_sessions_reservation b
    ON a.technician_id = b.technician_id AND a.id < b.id AND a.blocked_from < b.blocked_until AND b.blocked_from < a.blocked_until
    WHERE a.live AND b.live"""
UNHELD = """
    SELECT s.id FROM support_sessions_session s LEFT JOIN credits_hold h ON h.id = s.hold_id
    WHERE s.state = 'scheduled' AND (h.id IS NULL OR h.state <> 'placed' OR h.covered_minutes <> s.estimate_minutes * s.technician_count)"""
HELD_FOR_NOTHING = """
    SELECT h.id FROM credits_hold h LEFT JOIN support_sessions_session s ON s.hold_id = h.id
    WHERE h.state = 'placed' AND (s.id IS NULL OR s.state <> 'scheduled')"""
UNMANNED = """
    SELECT s.id FROM support_sessions_session s WHERE s.technician_count * (CASE WHEN s.state = 'scheduled' THEN 1 ELSE 0 END) <>
    (SELECT COUNT(*) FROM support_sessions_reservation r WHERE r.session_id = s.id AND r.live)"""
RULES = {
    "two reservations of one technician overlap": OVERLAPS,
    "a scheduled session has no hold that covers it": UNHELD,
    "a placed hold belongs to no scheduled session": HELD_FOR_NOTHING,
    "a scheduled session has not its technicians, or another has some": UNMANNED,
}


class Calendars:
    """Technicians and the clients who want their time. Everybody has credit enough."""

    def __init__(self, cast: Cast, clients: list[Client], *, technicians: int, days: int, starts: int = HALF_HOURS) -> None:
        self.cast, self.clients, self.days, self.starts = cast, clients, days, starts
        for number in range(technicians - Technician.objects.count()):
            a_technician(f"Technician{number}")
        for client in clients:
            voucher = Voucher(cause=f"opening:{client.organisation.pk}", at=NOON)
            ledger.grant(account=client.account, minutes=100_000, terms=bought(), voucher=voucher)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.seen: list[str] = []
        self._counting = threading.Lock()

    def act(self, number: int, acts: int, *, also: tuple[type[Exception], ...] = (), looking: bool = False) -> None:
        """One client's acts, one after the other; `also` are refusals that a control expects. `looking`: see what is broken each time."""
        client, dice, fresh = self.clients[number], chance("calendar", number), itertools.count(1)
        mine: list[int] = []
        refusals: tuple[type[Exception], ...] = (*REFUSALS, *also)
        for _ in range(acts):
            name = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0] if mine else "book"
            starts_at = self._some_time(dice.randrange(self.days), dice.randrange(self.starts))
            try:
                if name == "book":
                    wish = a_wish(self.cast, starts_at=starts_at, technician_count=dice.choice([1, 1, 2]))
                    cause = f"client:{number}:{next(fresh)}"
                    mine.append(bookings.request(account=client.account, wish=wish, cause=cause, by=client.requester, at=NOON).pk)
                elif name == "move":
                    session = Session.objects.get(pk=dice.choice(mine))
                    changes.postpone(session=session, starts_at=starts_at, shown_minutes=0, by=client.requester, at=NOON)
                else:
                    session = Session.objects.get(pk=mine.pop(dice.randrange(len(mine))))
                    changes.cancel(session=session, shown_minutes=0, by=client.requester, at=NOON)
            except refusals as refusal:
                self._count(self.refused, f"{name}: {type(refusal).__name__}")
            else:
                self._count(self.done, name)
            self.seen += broken() if looking else []

    def _some_time(self, day: int, half_hour: int) -> datetime:
        weeks, weekday = divmod(day, 5)
        return FIRST_MONDAY + timedelta(days=7 * weeks + weekday, hours=OPENS, minutes=30 * half_hour)

    def _count(self, counter: Counter[str], what: str) -> None:
        with self._counting:
            counter[what] += 1


def broken() -> list[str]:
    """The rules of the calendar that do not hold now, with the first rows that break them."""
    found = []
    for sentence, query in RULES.items():
        with connection.cursor() as cursor:
            cursor.execute(f"{query} LIMIT 5")
            if rows := cursor.fetchall():
                found.append(f"{sentence}: {rows}")
    return found
