"""Everything of one case on one page for staff: the facts, what was said and happened, the clocks, and what can be done now.

Possible is what the verbs would not refuse for the person and the state of the case; the verbs decide again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from cases import course, explained, life, merging, outlook, queue, watchers, words, worklog
from cases.chronicle import chronicle
from cases.desk_choices import offered
from cases.desk_forms import MergeForm, OtherCaseForm, PersonForm, QueueFilter, SayForm, TagForm
from cases.models import Case, CaseLink, Clock, EventKind, Message, State
from cases.queue import Wanted
from cases.views.portal_page import files_help
from clients.access import manages
from clients.desk import StaffRequest
from clients.models import AgreedService, StaffDuty
from core.forms import ActForm, ReasonForm
from people.models import Person

WORKING = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)


def find(request: StaffRequest, case_id: int) -> Case:
    """The case, if it is visible to who asks; 404 otherwise."""
    related = ("organisation__account_manager", "reporter", "owner", "service", "plan", "team", "entered_by", "merged_into")
    return get_object_or_404(Case.objects.visible_to(request.user).select_related(*related), pk=case_id)


def show(request: StaffRequest, case_id: int, *, refused: dict[str, ActForm] | None = None) -> HttpResponse:
    """The page of the case. `refused` is the form that was sent and not accepted: it stands as it was typed."""
    case, now = find(request, case_id), timezone.now()
    works = life.may_work(request.user, case)
    merged = merging.merged_into(case)
    events, entries = chronicle(case), list(worklog.logged_on(case))
    context = (
        course.desk_context(case, request.user, now)
        | _in_queue(request, case)
        | {
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
            "may_begin": words.may_begin(request.user, case),
            "has_begun": any(event.kind == EventKind.TROUBLESHOOTING for event in events),
            "deadlines": _deadlines(case, now),
            "entries": entries,
            "total": sum(entry.minutes for entry in entries),
            "pages": list(case.pages.select_related("person", "acknowledged_by", "rota").order_by("pk")),
            "links": [link.other if link.case_id == case.pk else link.case for link in _links(case)],
            "tags": [tagged.tag for tagged in case.case_tags.select_related("tag").order_by("tag__name")],
            "watchers": list(watchers.watching(case)),
            "services": AgreedService.objects.filter(agreement__organisation=case.organisation_id).order_by("pk")[:20],
            "forms": _forms(request, case) | (refused or {}),
        }
    )
    status = max((form.status for form in (refused or {}).values()), default=200)
    return render(request, "cases/desk/case.html", context, status=status)


def _in_queue(request: StaffRequest, case: Case) -> dict[str, Any]:
    """The cases before and after this one in the queue that the address names, and that queue; without one, in the whole."""
    wanted, query = Wanted(person=request.user), ""
    if request.GET:
        form = QueueFilter(request.GET, offered=offered())
        wanted, query = form.wanted(request.user, after=""), form.query
    before, after = queue.neighbours(case, wanted)
    return {"before": before, "after": after, "query": query}


def say_form(request: StaffRequest, *args: Any, **kwargs: Any) -> SayForm:
    """The form in which staff say something, with files."""
    return SayForm(*args, request=request, files_help=files_help(), auto_id="say_%s", **kwargs)


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


def _deadlines(case: Case, at: datetime) -> list[dict[str, Any]]:
    """The last clock of each kind: what is left, drawn, and why then (rule S6)."""
    return [
        {"clock": clock, "left": queue.left(clock, at=at), "ruler": _ruler(clock, at), "explanation": explained.explained(clock)}
        for clock in course.clocks(case)
    ]


def _ruler(clock: Clock, at: datetime) -> outlook.Ruler | None:
    return outlook.ruler(clock, at=at) if clock.is_open else None


def _forms(request: StaffRequest, case: Case) -> dict[str, ActForm]:
    people = PersonForm(auto_id="assign_%s")
    people.fields["person"].queryset = colleagues(case)  # type: ignore[attr-defined]  # a model choice field
    watching = PersonForm(auto_id="watch_%s")
    watching.fields["person"].queryset = (colleagues(case) | watchers.members(case).distinct()).distinct()  # type: ignore[attr-defined]
    return {
        "say": say_form(request),
        "assign": people,
        "watch": watching,
        "tag": TagForm(auto_id="tag_%s"),
        "link": OtherCaseForm(auto_id="link_%s"),
        "merge": MergeForm(auto_id="merge_%s"),
        "no_answer": ReasonForm(auto_id="none_%s"),
    }
