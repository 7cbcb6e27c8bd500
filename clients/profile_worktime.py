"""`[worktime]` of the provider profile: its business calendars (rules P1, W1, W2)."""

import re
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.profile_table import Table, country
from people.models import validate_time_zone
from worktime import holiday_dates
from worktime.applying import CalendarSpec, Dated, Yearly, apply_calendars
from worktime.models import HolidaysCounted

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAP_YEAR = 2028


def validate(table: Table) -> list[CalendarSpec]:
    """The calendars, none twice; faults go to the table."""
    calendars = [_read_calendar(item) for item in table.tables("calendars")]
    codes = [calendar.code for calendar in calendars]
    for code in sorted({code for code in codes if code and codes.count(code) > 1}):
        table.fault("calendars", _("“%(code)s” stands there twice") % {"code": code})
    return calendars


def apply(calendars: Sequence[CalendarSpec], source: str) -> list[str]:
    """Write the calendars, and approve their holidays of this and the next five years. Others stay as they are."""
    return apply_calendars(calendars, source=source, at=timezone.now())


def _read_calendar(table: Table) -> CalendarSpec:
    always_open = table.flag("always_open") if "always_open" in table.values else False
    hours = table.table("hours", required=not always_open)
    weekly = {weekday: hours.spans(word) for weekday, word in enumerate(WEEKDAYS)}
    hours.close()
    place = table.checked("country", country, default="")
    read = CalendarSpec(
        code=table.checked("code", validate_slug),
        name_en=table.text("en"),
        name_sv=table.text("sv"),
        time_zone=table.checked("time_zone", validate_time_zone),
        always_open=always_open,
        country=place,
        subdivision=table.text("subdivision", default=""),
        holidays=table.choice("holidays", HolidaysCounted.values) if "holidays" in table.values else HolidaysCounted.NONE,
        has_eves="eve" in table.values,
        eve=table.spans("eve"),
        weekly={weekday: spans for weekday, spans in weekly.items() if spans},
        yearly=[_read_yearly(item) for item in table.tables("holidays_of_its_own", required=False)],
        dated=[dated for item in table.tables("dates", required=False) for dated in _read_dated(item)],
    )
    _check(table, read)
    table.close()
    return read


def _check(table: Table, read: CalendarSpec) -> None:
    """What makes sense only together."""
    says_hours = bool(read.weekly or read.eve or read.yearly or read.dated or read.holidays != HolidaysCounted.NONE)
    if read.always_open and says_hours:
        table.fault("always_open", _("a calendar that is always open has neither hours nor holidays"))
    if not read.always_open and "hours" in table.values and not read.weekly:
        table.fault("hours", _("a calendar that never opens reaches no deadline"))
    if read.holidays != HolidaysCounted.NONE and not holiday_dates.are_known(read.country, read.subdivision):
        table.fault("country", _("no holidays are known of this country, or of this part of it"))


def _read_yearly(table: Table) -> Yearly:
    """A holiday on the same month and day of every year, or so many days from Easter Sunday."""
    from_easter = table.number("from_easter", least=-100, most=200)
    on = table.checked("on", _month_and_day, default="")
    if (from_easter is None) == (not on):
        table.fault("on", _("say either “on”, like “12-25”, or “from_easter”, in days"))
    names = table.text("en"), table.text("sv")
    table.close()
    month, day = (int(part) for part in (on or "01-01").split("-"))
    return ((month, day) if from_easter is None else from_easter, *names)


def _read_dated(table: Table) -> list[Dated]:
    """A date with hours of its own, or closed where it has none."""
    on = (table.dates("on") or [date.min])[0]
    spans, note = table.spans("hours"), table.text("note", default="")
    table.close()
    return [(on, opens, closes, note) for opens, closes in spans] or [(on, None, None, note)]


def _month_and_day(text: str) -> str:
    try:
        if re.fullmatch(r"\d\d-\d\d", text):
            date.fromisoformat(f"{LEAP_YEAR}-{text}")
            return text
    except ValueError:
        pass
    raise ValidationError(_("must be a month and a day like “12-25”"))
