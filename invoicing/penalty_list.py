"""Penalties for the accountant: what each was worth, and whether it is below the price of its session (rules C10, I6).

A late change that costs less than its session would have, and a no-show, can be taxed differently than work; so each
line says which it is. What it was worth, lot by lot, says `credits.penalty_worth`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from djmoney.money import Money

from clients.models import Organisation
from credits import penalty_worth
from credits.ledger import Entry, EntryKind
from credits.penalty_worth import Part
from invoicing.tax_periods import TaxPeriod
from sessions.models import Session
from sessions.penalties import CAUSE


@dataclass(frozen=True)
class Line:
    """One part of a penalty, or of its reversal. `reversed_on`: when the penalty was taken back.

    Of a reversal itself, minutes and sums are less than nothing.
    """

    entry: Entry
    penalty: Entry
    client: Organisation
    session: Session | None
    part: Part
    reversed_on: date | None

    @property
    def is_reversal(self) -> bool:
        """Whether the line takes a penalty back."""
        return self.entry != self.penalty

    @property
    def is_no_show(self) -> bool:
        """Whether nobody came."""
        return self.penalty.kind == EntryKind.NO_SHOW

    @property
    def session_minutes(self) -> int | None:
        """What the session is charged at by its estimate; None where the session is not known."""
        return self.session.held_minutes if self.session else None

    @property
    def is_below(self) -> bool | None:
        """Whether the whole penalty is less than the session would have cost; None where that is not known."""
        return None if self.session is None else -self.penalty.minutes < self.session.held_minutes


@dataclass(frozen=True)
class Sum:
    """What the lines of one currency come to."""

    minutes: int
    net: Money
    vat: Money


def of(period: TaxPeriod) -> list[Line]:
    """The penalties of a period by their day, and what was taken back in it, in order of time. As many queries as for one."""
    taken = penalty_worth.between(period.first, period.last)
    sessions = _sessions(one.penalty for one in taken)
    return [
        Line(
            entry=one.entry,
            penalty=one.penalty,
            client=one.entry.account.organisation,
            session=sessions.get(one.penalty.cause),
            part=part,
            reversed_on=one.reversed_on,
        )
        for one in taken
        for part in one.parts
    ]


def sums(lines: Iterable[Line]) -> list[Sum]:
    """What the lines come to, by currency."""
    found: dict[str, list[Part]] = defaultdict(list)
    for line in lines:
        found[str(line.part.net.currency)].append(line.part)
    return [
        Sum(
            sum(part.minutes for part in parts),
            Money(sum((part.net.amount for part in parts), Decimal(0)), currency),
            Money(sum((part.vat.amount for part in parts), Decimal(0)), currency),
        )
        for currency, parts in sorted(found.items())
    ]


def _sessions(penalties: Iterable[Entry]) -> dict[str, Session]:
    """The sessions of penalties, by the cause that names them."""
    found = {entry.cause: CAUSE.fullmatch(entry.cause) for entry in penalties}
    ids = {cause: int(match["session"]) for cause, match in found.items() if match}
    sessions = Session.objects.in_bulk(set(ids.values()))
    return {cause: sessions[pk] for cause, pk in ids.items() if pk in sessions}
