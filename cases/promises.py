"""What a target promises, in a sentence (rule S2)."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from clients.models import AimKind
from clients.support_terms import Aim, TargetTerms
from core.formatting import hours
from worktime.models import BusinessCalendar


def promised(target: TargetTerms, calendars: Mapping[int, BusinessCalendar]) -> list[str]:
    """What is promised for one priority: an answer, and a solution. Empty where nothing is."""
    return [
        sentence
        for aim, within, by_close in (
            (target.response, _("Answer within %(time)s"), _("Answer by the close of the next working day")),
            (target.solution, _("Solution within %(time)s"), _("Solution by the close of the next working day")),
        )
        if (sentence := _said(aim, within, by_close, calendars))
    ]


def _said(aim: Aim | None, within: str, by_close: str, calendars: Mapping[int, BusinessCalendar]) -> str:
    if aim is None:
        return ""
    calendar = calendars.get(aim.calendar_id)
    at_all_hours = calendar is not None and calendar.always_open
    if aim.kind == AimKind.NEXT_WORKING_DAY:
        return by_close
    said = within % {"time": hours(aim.minutes or 0)}
    return _("%(promise)s, at all hours") % {"promise": said} if at_all_hours else _("%(promise)s of working time") % {"promise": said}
