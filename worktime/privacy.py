"""Calendars hold nothing about people, but for who approved a year's holidays (GDPR article 15)."""

from django.utils.translation import gettext_lazy as _

from people import personal


def declare() -> None:
    """Say it."""
    personal.exported("settings-approved", "worktime.HolidayYear")
    personal.left_out(
        _("Settings of the provider, of nobody in particular."),
        *("worktime.BusinessCalendar", "worktime.DatedOpening", "worktime.YearlyHoliday", "worktime.Holiday"),
    )
