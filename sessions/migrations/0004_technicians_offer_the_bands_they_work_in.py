"""Bands are open with those who offer them from now on (rule C17): whoever works in one by their weekly hours offers it.

So nothing closes by the upgrade. Hours are in the technician's zone and bands in the provider's, whose distance changes
over the year; a year and a week of days shows every way in which they meet.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import migrations

MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(372)]


def offer(apps, schema_editor):
    provider = apps.get_model('clients', 'Provider').objects.first()
    bands = apps.get_model('support_sessions', 'TimeBand').objects.filter(offered=True)
    technicians = apps.get_model('support_sessions', 'Technician').objects.all()
    for technician in technicians if provider else ():
        hours, zone = list(technician.weekly_hours.all()), ZoneInfo(technician.time_zone)
        technician.bands.add(*(band for band in bands if _meets(band, ZoneInfo(provider.time_zone), hours, zone)))


def _meets(band, band_zone, hours, zone):
    """Whether any of the weekly `hours` touches the band on any day."""
    return any(
        begins < hours_end and hours_begin < ends
        for day in _days(band)
        for begins, ends in [_between(day, band, band_zone)]
        for near in (day - ONE_DAY, day, day + ONE_DAY)
        for row in hours
        if row.weekday == near.weekday()
        for hours_begin, hours_end in [_between(near, row, zone)]
    )


def _days(band):
    named = [date.fromisoformat(written) for written in band.dates]
    return named + [day for day in DAYS if day.weekday() in band.weekdays]


def _between(day, row, zone):
    closing = day + ONE_DAY if row.closes == MIDNIGHT else day
    return tuple(datetime.combine(on, clock, tzinfo=zone).astimezone(UTC) for on, clock in ((day, row.opens), (closing, row.closes)))


class Migration(migrations.Migration):

    dependencies = [
        ('support_sessions', '0003_sessions_stand_in_calendars'),
    ]

    operations = [
        migrations.RunPython(offer, migrations.RunPython.noop, elidable=True),
    ]
