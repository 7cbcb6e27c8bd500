"""What is compared with what, and how near to its limit it must come."""

import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from benchmarks import bookings, calendars, deadlines, feeds, limits, mails, papers, queues, units
from benchmarks.calendars import FORTNIGHT, SEASON
from benchmarks.clients import Unit, Work, per_second
from benchmarks.preload import Size

SOME = 200
"""Accounts that a reading unit goes through in turn."""


@dataclass(frozen=True)
class Comparison:
    """A unit of ours beside its limit; the ratio of their speeds should be `target` or more, where there is one."""

    name: str
    unit: str
    ours: Unit
    limit: Unit
    target: float | None = None
    clients: int = 1


@dataclass(frozen=True)
class Result:
    """Units a second in each round, ours and the limit's in turn."""

    comparison: Comparison
    ours: Sequence[float]
    limit: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: the two halves of a round met the same machine."""
        return statistics.median(ours / limit for ours, limit in zip(self.ours, self.limit, strict=True))

    @property
    def verdict(self) -> str:
        """Whether the target was reached, in a word; none where there is none."""
        target = self.comparison.target
        return "" if target is None else "ok" if self.ratio >= target else "below"


def run(comparison: Comparison, *, rounds: int, seconds: float) -> Result:
    """Measure ours and the limit in turn, `rounds` times, each for so many seconds."""
    ours, limit = [], []
    for _ in range(rounds):
        ours.append(per_second(comparison.ours, clients=comparison.clients, seconds=seconds))
        limit.append(per_second(comparison.limit, clients=comparison.clients, seconds=seconds))
    return Result(comparison, ours, limit)


def every(size: Size, *, address: str, seed: int, only: Collection[str] = ()) -> list[Comparison]:
    """All comparisons, or `only` those asked for; `address` is the database, for what does without Django."""
    made: dict[tuple[str, ...], Callable[[], list[Comparison]]] = {
        ("SPD1", "SPD2"): lambda: _of_posting(size, address, seed),
        ("SPD3", "SPD4"): lambda: _of_reading(size),
        ("SPD5",): lambda: _of_deadlines(seed),
        ("SPD6",): lambda: _of_slots(address),
        ("SPD7",): lambda: _of_booking(size, address),
        ("SPD8",): lambda: _of_mails(address, seed),
        ("SPD9",): _of_queue,
        ("SPD10",): _of_papers,
        ("SPD11",): lambda: _of_feeds(size),
    }
    found = [comparison for names, make in made.items() if not only or set(only) & set(names) for comparison in make()]
    return [comparison for comparison in found if not only or comparison.name in only]


def _of_posting(size: Size, address: str, seed: int) -> list[Comparison]:
    numbers = range(1, size.total + 1)
    known = units.clients(numbers)

    def ours(client: int) -> Work:
        return units.holds_and_captures(known, seed, client)

    def limit(client: int) -> Work:
        return limits.postings(numbers, address, seed, client)

    return [
        Comparison("SPD1", "hold or capture, 1 client", ours, limit, target=0.15),
        Comparison("SPD1", "hold or capture, 8 clients", ours, limit, target=0.15, clients=8),
        Comparison(
            "SPD2",
            "the same on one account, 8 clients",
            lambda client: units.holds_and_captures(known[:1], seed, client),
            lambda client: limits.postings(numbers[:1], address, seed, client),
            target=0.10,
            clients=8,
        ),
    ]


def _of_reading(size: Size) -> list[Comparison]:
    few = range(1, min(SOME, size.accounts) + 1)
    some, long = units.clients(few), units.clients(range(size.accounts + 1, size.total + 1))
    each = size.entries_each
    return [
        Comparison("SPD3", "balance of an account", lambda _: units.balances(some), lambda _: limits.rows(few), target=0.75),
        Comparison(
            "SPD3", "balance, account looked up by its reader", lambda _: units.balances_looked_up(some), lambda _: limits.rows(few)
        ),
        Comparison(
            "SPD3",
            f"balance at 10,000 entries, beside {each}",
            lambda _: units.balances(long),
            lambda _: units.balances(some),
            target=1 / 1.2,
        ),
        Comparison(
            "SPD3",
            f"balance on a day, 10,000 entries beside {each}",
            lambda _: units.balances_on_a_day(long),
            lambda _: units.balances_on_a_day(some),
            target=1 / 1.2,
        ),
        Comparison("SPD4", "statement page of 50", lambda _: units.statement_pages(some), lambda _: limits.pages(few), target=0.8),
    ]


def _of_deadlines(seed: int) -> list[Comparison]:
    return [
        Comparison(
            "SPD5",
            "deadline, two intervals a day, holidays",
            lambda _: deadlines.added(seed),
            lambda _: deadlines.bisected(seed),
            target=0.35,
        ),
    ]


def _of_slots(address: str) -> list[Comparison]:
    return [
        Comparison(
            "SPD6",
            "open slots, 30 technicians, 14 days, 2,430 ranges",
            lambda _: calendars.open_slots(FORTNIGHT, days=14),
            lambda _: calendars.bit_masks(FORTNIGHT, 14, address),
            target=0.25,
        ),
        Comparison(
            "SPD6",
            "open slots, 25 technicians, 60 days, 3,000 ranges",
            lambda _: calendars.open_slots(SEASON, days=60),
            lambda _: calendars.bit_masks(SEASON, 60, address),
        ),
        Comparison(
            "SPD6",
            "the same 60 days, beside half of them",
            lambda _: calendars.open_slots(SEASON, days=60),
            lambda _: calendars.open_slots(SEASON, days=30),
            target=0.4,
        ),
    ]


def _of_booking(size: Size, address: str) -> list[Comparison]:
    known = units.clients(range(1, min(SOME, size.accounts) + 1))
    return [
        Comparison("SPD7", "whole booking", lambda _: bookings.booked(known), lambda _: bookings.rows(address), target=0.04),
    ]


def _of_mails(address: str, seed: int) -> list[Comparison]:
    senders = mails.fill()
    return [
        Comparison(
            "SPD8",
            "4 KB mail to case, 3 of 10 replies",
            lambda _: mails.dealt_with(senders, seed),
            lambda _: mails.inserted(senders, seed, address),
            target=0.25,
        ),
    ]


def _of_queue() -> list[Comparison]:
    reader = queues.fill()
    return [
        Comparison(
            "SPD9",
            "page of 25 of 100,000 cases, beside a plain one",
            lambda _: queues.pages(reader),
            lambda _: queues.plain_pages(),
            target=0.2,
        ),
    ]


def _of_papers() -> list[Comparison]:
    invoices = papers.fill()
    return [
        Comparison(
            "SPD10",
            "PDF and XML of an invoice of one page",
            lambda _: papers.drawn(invoices),
            lambda _: papers.bare(invoices),
            target=0.8,
        ),
    ]


def _of_feeds(size: Size) -> list[Comparison]:
    known = feeds.fill(range(1, min(feeds.CLIENTS, size.accounts) + 1))
    return [
        Comparison(
            "SPD11",
            "feed of 1,000 events, unchanged, beside a row",
            lambda _: feeds.unchanged(known),
            lambda _: feeds.rows(known),
        ),
        Comparison(
            "SPD11",
            "the same, beside one written anew",
            lambda _: feeds.unchanged(known),
            lambda _: feeds.written_anew(known),
            target=10,
        ),
    ]
