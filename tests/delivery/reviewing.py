"""Estimates on their way to the client, for tests of their review, documents and pages."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from clients.models import StaffDuty
from delivery import estimates
from delivery.contents import Line, Step
from delivery.models import Estimate, LineKind, ManagerLimit
from people.models import Person
from tests.cast import NOON, Cast, Client, a_colleague
from tests.delivery.scene import a_draft, a_task

ALL_KINDS = (
    Line(LineKind.HOURS, "Set up the identity provider", Decimal("20.5"), Decimal(1200)),
    Line(LineKind.FIXED, "Certificate for three years", Decimal(1), Decimal(4800)),
    Line(LineKind.TRAVEL, "Visit in Uppsala", Decimal(3), Decimal(800)),
    Line(LineKind.MILEAGE, "Stockholm–Uppsala and back", Decimal(142), Decimal(25)),
    Line(LineKind.EXPENSE, "Train ticket", Decimal(2), Decimal("189.50"), Decimal(6)),
)
"""24 600 + 4 800 + 2 400 + 3 550 at 25 %, 379 at 6 %: 35 729 without VAT, 44 589.24 with."""
TWO_STEPS = (Step("Works in the test environment", Decimal(20_000), date(2026, 12, 15)), Step("In use by everybody", Decimal(15_729)))


def handed_in(cast: Cast, client: Client, *lines: Line, by: Person | None = None, at: datetime = NOON, **content: Any) -> Estimate:
    """An estimate of a new task that waits for review; Tessa wrote it unless `by` did."""
    author = by or cast.tessa.person
    return estimates.submit(a_draft(a_task(client, author, at=at), author, *lines, at=at, **content), by=author, at=at)


def another_manager(name: str = "Mona") -> Person:
    """An account manager who does not look after Acme."""
    return a_colleague(name, StaffDuty.ACCOUNT_MANAGER)


def limits(manager: Person, **sums: int) -> ManagerLimit:
    """What the manager has chosen."""
    return ManagerLimit.objects.create(person=manager, **{name: Decimal(value) for name, value in sums.items()})
