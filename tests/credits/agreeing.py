"""Agreements about automatic top-ups, for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from credits import auto_top_ups
from credits.auto_top_ups import AutoTopUp, Terms
from people.models import Person
from tests.cast import NOON, Client

_numbers = count(1)
DAY, HOUR = 480, 60


def agreed(client: Client, *, by: Person | None = None, at: datetime = NOON, **fields: Any) -> AutoTopUp:
    """Below 2 h a man-day is ordered, twice a month at most, unless the test says otherwise."""
    wanted = Terms(**({"below_minutes": 2 * HOUR, "minutes": DAY, "most_a_month": 2} | fields))
    cause = f"test:auto-top-up:{next(_numbers)}"
    return auto_top_ups.agree(account=client.account, wanted=wanted, cause=cause, by=by or client.approver, at=at)
