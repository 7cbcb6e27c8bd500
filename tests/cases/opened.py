"""A client with a plan that guarantees, and cases of theirs, for the tests of cases."""

from datetime import datetime, time
from typing import Any

from cases.intake import Report, open_case
from cases.models import Case, Opened
from clients.models import Agreement, AgreementPlan, CaseKind, Plan, PlanTarget, Priority, StaffDuty
from people.models import Person
from tests.cast import NOON, Client, a_colleague
from worktime.models import BusinessCalendar, EveOpening, HolidaysCounted, WeeklyOpening

ALL_KINDS = [kind.value for kind in CaseKind]


def a_calendar(code: str = "sq", **fields: Any) -> BusinessCalendar:
    """SQ's calendar: Monday to Friday 08:00–17:00, on the eve of a Swedish public holiday 08:30–14:00 (rule W2)."""
    given = {"time_zone": "Europe/Stockholm", "country": "SE", "holidays": HolidaysCounted.PUBLIC, "has_eves": True}
    calendar = BusinessCalendar.objects.create(code=code, name_en=code, name_sv=code, **(given | fields))
    if not calendar.always_open:
        for weekday in range(5):
            WeeklyOpening.objects.create(calendar=calendar, weekday=weekday, opens=time(8), closes=time(17))
        EveOpening.objects.create(calendar=calendar, opens=time(8, 30), closes=time(14))
    return calendar


def a_plan(
    code: str = "standard", *, response: dict[int, int] | None = None, solution: dict[int, int] | None = None, **fields: Any
) -> Plan:
    """A published plan with three priorities: working minutes on SQ's calendar until the response (2, 4, 8 h) and the solution."""
    priorities = {number: _priority(number) for number in (1, 2, 3)}
    calendar = BusinessCalendar.objects.filter(code="sq").first() or a_calendar()
    given: dict[str, Any] = {"name_en": code, "name_sv": code, "rank": 1, "channels": ["portal", "email", "phone", "chat", "video"]}
    given |= {"guaranteed_kinds": ALL_KINDS, "published_at": NOON, "default_priority": priorities[3]}
    plan = Plan.objects.create(code=code, **(given | fields))
    for number, priority in priorities.items():
        target = PlanTarget(plan=plan, priority=priority)
        if minutes := ({1: 120, 2: 240, 3: 480} if response is None else response).get(number):
            target.response_kind, target.response_minutes, target.response_calendar = "within", minutes, calendar
        if minutes := (solution or {}).get(number):
            target.solution_kind, target.solution_minutes, target.solution_calendar = "within", minutes, calendar
        target.save()
    return plan


def bind(client: Client, plan: Plan) -> None:
    """Let the client's agreement name the plan."""
    AgreementPlan.objects.create(agreement=Agreement.objects.get(organisation=client.organisation), plan=plan)


def a_dispatcher(name: str = "Disa") -> Person:
    """Somebody of ours who sorts cases."""
    return a_colleague(name, StaffDuty.DISPATCHER, StaffDuty.TECHNICIAN)


def a_case(client: Client, *, at: datetime = NOON, cause: str = "", **fields: Any) -> Case:
    """A case that the client's requester reports through the portal."""
    given: dict[str, Any] = {"subject": "Users are not created", "text": "The synchronisation creates no users since this morning."}
    given |= {"organisation": client.organisation, "reporter": client.requester, "via": Opened.PORTAL} | fields
    by = given.pop("by", client.requester)
    return open_case(Report(**given), cause=cause or f"test:{Case.objects.count() + 1}", by=by, at=at)


def _priority(number: int) -> Priority:
    words = {1: "Business critical", 2: "Critical", 3: "Standard"}[number]
    columns = {"name_en": words, "name_sv": words, "definition_en": f"{words}.", "definition_sv": f"{words}."}
    return Priority.objects.get_or_create(number=number, defaults=columns)[0]
