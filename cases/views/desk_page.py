"""Everything of one case on one page for staff: the facts, what was said and happened, the clocks, and what can be done now.

Possible is what the verbs would not refuse for the person and the state of the case; the verbs decide again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from cases import course, life, merging, queue, worklog
from cases.chronicle import chronicle
from cases.desk_forms import MergeForm, OtherCaseForm, PersonForm, SayForm, TagForm
from cases.models import Case, CaseLink, CaseTime, Clock, EventKind, Message, State
from cases.queue import Left
from clients.access import manages
from clients.desk import StaffRequest
from clients.models import AgreedService, StaffDuty
from core import drawing
from core.forms import ActForm, ReasonForm
from people.models import Person
from worktime.arithmetic import Counted

WORKING = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)
MOST_COUNTED = 30


@dataclass(frozen=True)
class Explained:
    """A clock with what is left of it, how its ruler is drawn, and which intervals were counted (rule S6)."""

    clock: Clock
    left: Left | None
    counted: list[Counted]
    used_share: str
    near_share: str

    @property
    def amount_minutes(self) -> int:
        """The target, in working minutes."""
        return self.clock.amount // timedelta(minutes=1)


def find(request: StaffRequest, case_id: int) -> Case:
    """The case, if it is visible to who asks; 404 otherwise."""
    related = ("organisation__account_manager", "reporter", "owner", "service", "plan", "team", "entered_by", "merged_into")
    return get_object_or_404(Case.objects.visible_to(request.user).select_related(*related), pk=case_id)


def show(request: StaffRequest, case_id: int, *, refused: dict[str, ActForm] | None = None) -> HttpResponse:
    """The page of the case. `refused` is the form that was sent and not accepted: it stands as it was typed."""
    case, now = find(request, case_id), timezone.now()
    works = life.may_work(request.user, case)
    merged = merging.merged_into(case)
    events = chronicle(case)
    context = course.desk_context(case, request.user, now) | {
        "case": case,
        "now": now,
        "works": works,
        "is_open": case.state != State.CLOSED,
        "is_mine": case.owner_id == request.user.pk,
        "manages": manages(request.user, case.organisation),
        "said": _said(case, merged),
        "merged": merged,
        "events": events,
        "sessions": [event for event in events if event.kind == EventKind.SESSION_BOOKED],
        "has_begun": any(event.kind == EventKind.TROUBLESHOOTING for event in events),
        "explained": [explained(clock, at=now) for clock in case.clocks.select_related("calendar").order_by("pk")],
        "worked": _worked(case),
        "entries": worklog.logged_on(case),
        "pages": case.pages.select_related("person", "acknowledged_by", "rota").order_by("pk"),
        "links": [link.other if link.case_id == case.pk else link.case for link in _links(case)],
        "tags": [tagged.tag for tagged in case.case_tags.select_related("tag").order_by("tag__name")],
        "watchers": [watcher.person for watcher in case.watchers.select_related("person").order_by("person__name")],
        "services": AgreedService.objects.filter(agreement__organisation=case.organisation_id).order_by("pk")[:20],
        "forms": _forms(case) | (refused or {}),
    }
    status = max((form.status for form in (refused or {}).values()), default=200)
    return render(request, "cases/desk/case.html", context, status=status)


def explained(clock: Clock, *, at: datetime) -> Explained:
    """What a clock has counted until now, or until it was met or ended (rule S6)."""
    timetable, until = clock.calendar.timetable, clock.met_at or clock.ended_at or at
    counted = []
    begins = clock.started_at
    for stopped, resumed in [*clock.pauses, [None, None]]:
        ends = min(datetime.fromisoformat(stopped), until) if stopped else until
        if begins < ends:
            counted += timetable.explain(begins, timetable.between(begins, ends))
        if resumed is None:
            break
        begins = datetime.fromisoformat(resumed)
    used = sum((interval.amount for interval in counted), timedelta())
    share = min(drawing.WHOLE, used * drawing.WHOLE // clock.amount) if clock.amount else drawing.WHOLE
    near = near_share_of(clock)
    return Explained(clock, queue.left(clock, at=at), counted[-MOST_COUNTED:], drawing.css_percent(share), drawing.css_percent(near))


def near_share_of(clock: Clock) -> int:
    """Where on the ruler the deadline draws near (rule S7), in hundredths of a percent."""
    if clock.warn_at is None or not clock.amount or clock.pauses:
        return drawing.WHOLE * 3 // 4
    near = clock.calendar.timetable.between(clock.started_at, clock.warn_at)
    return min(drawing.WHOLE, near * drawing.WHOLE // clock.amount)


def colleagues(case: Case) -> Any:
    """Who works on the cases of this client."""
    managing = Q(pk__in=_managers(case), staff_roles__duty=StaffDuty.ACCOUNT_MANAGER)
    found = Person.objects.filter(Q(staff_roles__duty__in=WORKING) | managing, is_active=True)
    return found.distinct().order_by("name", "pk")


def canned(text: str, case: Case, answer: Any) -> str:
    """What is typed, with a canned answer after it, in the language of the case (rule P4)."""
    added = answer.text_sv if case.language == "sv" else answer.text_en
    return f"{text.rstrip()}\n\n{added}" if text.strip() else str(added)


def _managers(case: Case) -> tuple[int | None, int | None]:
    return case.organisation.account_manager_id, case.organisation.deputy_manager_id


def _said(case: Case, merged: Iterable[Case]) -> list[Message]:
    """Everything that was said, notes too, the oldest first; also in the cases that were merged into this one."""
    found = Message.objects.filter(case__in=[case, *merged]).select_related("author").prefetch_related("attachments")
    return list(found.order_by("at", "pk"))


def _links(case: Case) -> Iterable[CaseLink]:
    found = CaseLink.objects.filter(Q(case=case) | Q(other=case))
    return found.select_related("case", "other").order_by("pk")


def _worked(case: Case) -> int:
    """Minutes worked on the case, by all together."""
    entries = CaseTime.objects.filter(case=case, live=True)
    return sum((entry.ended_at - entry.started_at for entry in entries), timedelta()) // timedelta(minutes=1)


def _forms(case: Case) -> dict[str, ActForm]:
    people = PersonForm(auto_id="assign_%s")
    people.fields["person"].queryset = colleagues(case)  # type: ignore[attr-defined]  # a model choice field
    watchers = PersonForm(auto_id="watch_%s")
    members = Person.objects.filter(memberships__organisation=case.organisation_id, is_active=True)
    watchers.fields["person"].queryset = (colleagues(case) | members.distinct()).distinct()  # type: ignore[attr-defined]
    return {
        "say": SayForm(auto_id="say_%s"),
        "assign": people,
        "watch": watchers,
        "tag": TagForm(auto_id="tag_%s"),
        "link": OtherCaseForm(auto_id="link_%s"),
        "merge": MergeForm(auto_id="merge_%s"),
        "no_answer": ReasonForm(auto_id="none_%s"),
    }
