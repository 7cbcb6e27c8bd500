"""Series for tests: the first Tuesday of each month at 09:00 in Stockholm, an hour of work, from NOON on."""

from datetime import date, datetime, time
from itertools import count
from typing import Any

from people.models import Person
from sessions import series
from sessions.models import Series
from sessions.series import SeriesWish
from tests.cast import NOON, Cast, Client, at_stockholm

DECEMBER, JANUARY, FEBRUARY = date(2026, 12, 1), date(2027, 1, 5), date(2027, 2, 2)
FIRST, SECOND = at_stockholm(2026, 12, 1, 9), at_stockholm(2027, 1, 5, 9)
_forms = count(1)


def a_series_wish(cast: Cast, **wishes: Any) -> SeriesWish:
    details: dict[str, Any] = {"purpose": cast.purpose, "title": "Maintenance", "estimate_minutes": 60, "ordinal": 1, "weekday": 1}
    details |= {"at_clock": time(9), "time_zone": "Europe/Stockholm", "first_on": NOON.date()}
    return SeriesWish(**details | wishes)


def a_series(cast: Cast, client: Client, *, by: Person | None = None, at: datetime = NOON, cause: str = "", **wishes: Any) -> Series:
    """Rolf of the client begins the series, unless wished otherwise."""
    wish = a_series_wish(cast, **wishes)
    return series.plan(account=client.account, wish=wish, cause=cause or f"series-form:{next(_forms)}", by=by or client.requester, at=at)
