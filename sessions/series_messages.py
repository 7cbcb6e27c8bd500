"""Word about series: a date that was passed over, a series that ended (rules C16, M4, P5).

What was booked for a date is told like any other booking. Who began the series is told of what was not, with the
account manager; where that person may not book any more, those who decide about the account.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clients import access
from credits import spending
from notices import outbox
from people.models import Person
from sessions import recurrence
from sessions.availability import Slot
from sessions.models import PassedOver, Series, Why

A_DAY = timedelta(days=1)


def passed_over(over: PassedOver, *, nearest: Sequence[Slot]) -> None:
    """Tell why nothing was booked for a date, with the open times nearest to it and the way to book by hand."""
    series, starts_at = over.series, over.series.starts_at(over.on)
    people = [*_client(series, at=over.at, decide=over.reason == Why.MAKER), *access.managers(series.organisation)]
    goes_on = any(recurrence.dates(series.rule, since=over.on + A_DAY, until=date.max))
    context = {"over": over, "starts_at": starts_at, "nearest": nearest, "by_hand": by_hand(over), "goes_on": goes_on}
    _compose("series_passed_over", f"series:{series.pk}:{over.on.isoformat()}:passed-over", series, people, at=over.at, **context)


def ended(series: Series, *, at: datetime) -> None:
    """Tell who began the series and the account manager that it ended, unless they ended it; deciders, where nobody did."""
    client = _client(series, at=at, decide=series.ended_by is None)
    people = [person for person in (*client, *access.managers(series.organisation)) if person != series.ended_by]
    _compose("series_ended", f"series:{series.pk}:ended", series, people, at=at)


def by_hand(over: PassedOver) -> str:
    """The address at which another time is booked for a date, filled in as the series has it."""
    series = over.series
    wish = {
        "account": series.account_id,
        "purpose": series.purpose_id,
        "title": series.title,
        "minutes": series.estimate_minutes,
        "technicians": series.technician_count,
        "technician": series.technician_id or "",
        "from": over.on.isoformat(),
    }
    return f"{reverse('session-new')}?{urlencode(wish)}"


def _client(series: Series, *, at: datetime, decide: bool) -> list[Person]:
    """Who began the series, where they still belong to the client; with `decide`, or where nobody is left, who decides."""
    maker = [series.made_by] if series.made_by.is_active and access.is_member(series.made_by, series.organisation) else []
    return [*maker, *spending.deciders(series.account, at=at)] if decide or not maker else maker


def _compose(template: str, cause: str, series: Series, people: Iterable[Person], *, at: datetime, **context: Any) -> None:
    """Write to each of `people` once, with the address of the page that is theirs: our own people's is the client's at the desk."""
    readers: dict[bool, dict[int, Person]] = {False: {}, True: {}}
    for person in people:
        readers[access.is_provider_staff(person)][person.pk] = person
    desk, portal = reverse("desk-client", args=[series.organisation_id]), reverse("series", args=[series.pk])
    for is_staff, group in readers.items():
        shown = {"series": series, "is_staff": is_staff, "page": desk if is_staff else portal, **context}
        outbox.compose(cause=cause, people=group.values(), template=f"sessions/mail/{template}", context=shown, at=at)
