"""What a target promises, in a sentence (rules S2, S4)."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from cases import life
from cases.models import Case, EventKind
from clients.models import AimKind, MetBy
from clients.support_terms import Aim, SupportTerms
from core.formatting import hours
from worktime.models import BusinessCalendar


def promised(terms: SupportTerms, priority: int, calendars: Mapping[int, BusinessCalendar]) -> list[str]:
    """What the terms promise for a priority: a response, as the plan understands it, and a solution. Empty where nothing is."""
    target = terms.target(priority)
    return [
        sentence
        for aim, within, by_close in (
            (target.response, *_response(terms)),
            (target.solution, _("Solution within %(time)s"), _("Solution by the close of the next working day")),
        )
        if (sentence := _said(aim, within, by_close, calendars))
    ]


def by_troubleshooting(case: Case) -> bool:
    """Whether what is owed as a response is troubleshooting that begins, not an answer (rule S4). Once it has begun, answers do."""
    asked = life.terms_of(case).response_met_by == MetBy.TROUBLESHOOTING
    return asked and not case.events.filter(kind=EventKind.TROUBLESHOOTING).exists()


def _response(terms: SupportTerms) -> tuple[str, str]:
    """A response within so much time, and by the close of the next working day."""
    if terms.response_met_by == MetBy.TROUBLESHOOTING:
        within = _("A technician begins troubleshooting within %(time)s")
        return within, _("A technician begins troubleshooting by the close of the next working day")
    return _("Answer within %(time)s"), _("Answer by the close of the next working day")


def _said(aim: Aim | None, within: str, by_close: str, calendars: Mapping[int, BusinessCalendar]) -> str:
    if aim is None:
        return ""
    calendar = calendars.get(aim.calendar_id)
    at_all_hours = calendar is not None and calendar.always_open
    if aim.kind == AimKind.NEXT_WORKING_DAY:
        return by_close
    said = within % {"time": hours(aim.minutes or 0)}
    return _("%(promise)s, at all hours") % {"promise": said} if at_all_hours else _("%(promise)s of working time") % {"promise": said}
