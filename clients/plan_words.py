"""What a plan gives, in the reader's words: targets, channels, entitlements, and how cases are treated (rules P2, S2 to S13)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clients.models import AimKind, CaseKind, MetBy, Priority, ServiceManager, SupportChannel
from clients.support_terms import Aim, SupportTerms, TargetTerms
from core.formatting import country, hours
from people import languages
from worktime.models import BusinessCalendar, HolidaysCounted, Weekday


@dataclass(frozen=True)
class TargetLine:
    """What is promised for one priority, in words, and the hours in which it is counted."""

    priority: Priority
    response: str
    solution: str
    calendars: tuple[BusinessCalendar, ...]


@dataclass(frozen=True)
class ChannelLine:
    """A channel, the languages spoken there, and numbers by country."""

    label: str
    languages: str
    numbers: tuple[tuple[str, str], ...]


def target_lines(targets: Mapping[int, TargetTerms]) -> list[TargetLine]:
    """A line for each priority there is, the gravest first. Three queries at most, and those of the calendars' hours."""
    aims = [aim for target in targets.values() for aim in (target.response, target.solution) if aim is not None]
    calendars = BusinessCalendar.objects.in_bulk({aim.calendar_id for aim in aims})

    def line(priority: Priority) -> TargetLine:
        target = targets.get(priority.number, TargetTerms())
        counted = {aim.calendar_id: calendars[aim.calendar_id] for aim in (target.response, target.solution) if aim}
        return TargetLine(priority, _aim(target.response), _aim(target.solution), tuple(counted.values()))

    return [line(priority) for priority in Priority.objects.order_by("number")]


def calendars_of(lines: Iterable[TargetLine]) -> list[tuple[BusinessCalendar, str]]:
    """The calendars that the lines count in, each once, with their hours in words."""
    found = {calendar.pk: calendar for line in lines for calendar in line.calendars}
    return [(calendar, hours_of(calendar)) for calendar in found.values()]


def hours_of(calendar: BusinessCalendar) -> str:
    """When the calendar is open, in words: its ordinary week, the day before a holiday, holidays, and its clock."""
    if calendar.always_open:
        return _("around the clock, every day of the year")
    parts = [f"{days} {times}" for days, times in _week(calendar)]
    if calendar.has_eves:
        eve = ", ".join(_span(opening) for opening in calendar.eve_openings.order_by("opens"))
        parts.append(_("the day before a holiday %(hours)s") % {"hours": eve or pgettext("a day", "closed")})
    if calendar.holidays != HolidaysCounted.NONE or calendar.yearly_holidays.exists():
        parts.append(_("closed on holidays"))
    return _("%(hours)s (%(zone)s time)") % {"hours": ", ".join(parts), "zone": calendar.time_zone.rpartition("/")[2].replace("_", " ")}


def channel_lines(terms: SupportTerms) -> list[ChannelLine]:
    """How support is asked for, and in which languages it is given (rule P4)."""
    return [
        ChannelLine(
            label=str(SupportChannel(channel).label),
            languages=", ".join(languages.name_of(language) for language in terms.languages.get(channel, ())),
            numbers=tuple(sorted((country(code), number) for code, number in terms.phone_numbers.items()))
            if channel == SupportChannel.PHONE
            else (),
        )
        for channel in terms.channels
    ]


def entitlements(terms: SupportTerms) -> list[str]:
    """What comes with it, besides the work on cases (rule P2)."""
    said = []
    if terms.community_chat:
        said.append(_("Community chat"))
    if terms.service_manager == ServiceManager.DEDICATED:
        said.append(_("A service manager of your own"))
    elif terms.service_manager == ServiceManager.SHARED:
        said.append(_("A service manager, shared with others"))
    if meetings := terms.status_meetings:
        said.append(ngettext("%(count)s status meeting a year", "%(count)s status meetings a year", meetings) % {"count": meetings})
    if terms.architect_hours:
        said.append(_("%(hours)s of an architect’s time a year") % {"hours": hours(terms.architect_hours * 60)})
    if reviews := terms.technical_reviews:
        said.append(ngettext("%(count)s technical review a year", "%(count)s technical reviews a year", reviews) % {"count": reviews})
    return said


def treatment(terms: SupportTerms) -> list[str]:
    """How cases are treated, in sentences (rules S4, S9 to S12)."""
    return list(_treatment(terms))


def changes_of_priority(terms: SupportTerms, priorities: Iterable[Priority]) -> list[str]:
    """How a priority may change (rules S2, S5)."""
    said = [_("We may raise or lower the priority by the effect on your business, always with a reason. You may ask for a higher one.")]
    if terms.lowering_from_report:
        said.append(_("Either way the new time counts from your report."))
    else:
        said.append(_("Raised, the new time counts from then, and never beyond the old deadline. Lowered, no deadline comes earlier."))
    for priority in priorities:
        if priority.needs_call:
            said.append(_("%(priority)s stands when you also ask for it by phone.") % {"priority": priority})
        if priority.production_only:
            said.append(_("%(priority)s is for what is in production; else it becomes %(other)s.") % _lowered(priority))
    return said


def not_covered() -> list[str]:
    """What no guarantee covers (rule S13)."""
    return [
        _("Developer previews and betas are not covered by guaranteed times."),
        _(
            "A report is valid for software that we host, or that is installed and configured as we recommend. Other cases we "
            "mark as possibly of external cause and work on as best we can; no case is closed for that alone."
        ),
    ]


def _treatment(terms: SupportTerms) -> Iterator[str]:
    if terms.response_met_by == MetBy.TROUBLESHOOTING:
        yield _("A response is troubleshooting that has begun by a named technician. An answer alone does not count.")
    else:
        yield _("A response is the first answer of a person. An automatic receipt does not count.")
    if terms.restarts_on_word:
        yield _("Your next word starts a new response time.")
    if len(terms.guaranteed_kinds) < len(CaseKind):
        kinds = ", ".join(str(CaseKind(kind).label) for kind in terms.guaranteed_kinds)
        yield _("The times bind for: %(kinds)s.") % {"kinds": kinds}
    if number := terms.call_after_answers:
        yield (
            ngettext(
                "If %(count)s answer has not solved a case, we phone you.",
                "If %(count)s answers have not solved a case, we phone you.",
                number,
            )
            % {"count": number}
        )
    if terms.call_after_minutes:
        yield _("If a case needs more than %(hours)s of work, we phone you to agree on how to go on.") % {
            "hours": hours(terms.call_after_minutes)
        }
    if days := terms.silence_closes_after_days:
        yield _("You approve the solution. A solved case on which you say nothing is closed after %(days)s working days.") % {"days": days}
    else:
        yield _("A case is solved when you have approved the solution.")
    yield _("A closed case can be reopened for %(days)s days.") % {"days": terms.reopen_days}
    if terms.visit_included:
        yield _("What cannot be solved remotely brings a consultant to you, at no extra cost.")


def _aim(aim: Aim | None) -> str:
    if aim is None:
        return ""
    return _("by the close of the next working day") if aim.kind == AimKind.NEXT_WORKING_DAY else hours(aim.minutes or 0)


def _week(calendar: BusinessCalendar) -> list[tuple[str, str]]:
    """Runs of weekdays with the same hours: ("Monday–Friday", "08:00–17:00")."""
    times: dict[int, list[str]] = {}
    for opening in calendar.weekly_openings.order_by("weekday", "opens"):
        times.setdefault(opening.weekday, []).append(_span(opening))
    runs: list[tuple[int, int, str]] = []
    for weekday, spans in times.items():
        said = ", ".join(spans)
        if runs and runs[-1][1] == weekday - 1 and runs[-1][2] == said:
            runs[-1] = (runs[-1][0], weekday, said)
        else:
            runs.append((weekday, weekday, said))
    return [(_days(first, last), said) for first, last, said in runs]


def _days(first: int, last: int) -> str:
    names = [str(Weekday(weekday).label) for weekday in sorted({first, last})]
    return "–".join(names)


def _span(opening: object) -> str:
    return f"{opening.opens:%H:%M}–{opening.closes:%H:%M}"  # type: ignore[attr-defined]  # of a week or an eve


def _lowered(priority: Priority) -> dict[str, object]:
    return {"priority": priority, "other": priority.lowered_to}
