"""The queue of cases for staff, with its filters, its saved views, and what is done to several cases at once (rule S2)."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cases import assignment, queue
from cases.desk_choices import offered
from cases.desk_forms import QueueFilter, ViewForm
from cases.models import Case, SavedView
from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.errors import DomainError
from people.models import Person

DUTIES = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER, StaffDuty.ADMINISTRATOR)
MOST_AT_ONCE = 100


@require_safe
@for_staff(*DUTIES)
def cases(request: StaffRequest) -> HttpResponse:
    """What is to be done, in order; without filters what one's own saved view says."""
    now, choices = timezone.now(), offered()
    views = list(SavedView.objects.filter(Q(person=request.user) | Q(shared=True)).select_related("person").order_by("name", "pk"))
    opening = next((view for view in views if view.opens and view.person_id == request.user.pk), None)
    data = request.GET if request.GET or opening is None else QueryDict(opening.query)
    form = QueueFilter(data, offered=choices)
    wanted = form.wanted(request.user, after=data.get("after", ""))
    context = {
        "form": form,
        "wanted": wanted,
        "page": queue.page(wanted, at=now),
        "views": views,
        "current": next((view for view in views if view.query == form.query), None),
        "view_form": ViewForm(initial={"query": form.query}, auto_id="view_%s") if form.is_narrowed else None,
        "people": choices.people,
        "reads_mail": has_duty(request.user, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR),
        "now": now,
    }
    return render(request, "cases/desk/queue.html", context)


@require_POST
@for_staff(*DUTIES)
def assign_several(request: StaffRequest) -> HttpResponse:
    """Give several cases to somebody, each as if alone; what cannot be given is said."""
    numbers = [int(number) for number in request.POST.getlist("case") if number.isdecimal() and len(number) < 18][:MOST_AT_ONCE]
    to = get_object_or_404(
        Person.objects.filter(staff_roles__isnull=False, is_active=True).distinct(), pk=_number(request.POST.get("person"))
    )
    given = 0
    for case in Case.objects.visible_to(request.user).filter(pk__in=numbers).order_by("pk"):
        try:
            assignment.assign(case=case, to=to, by=request.user, at=timezone.now())
            given += 1
        except DomainError as refusal:
            messages.error(request, f"#{case.pk}: {refusal}")
    told = ngettext("%(count)s case is %(name)s’s now.", "%(count)s cases are %(name)s’s now.", given)
    messages.success(request, told % {"count": given, "name": to})
    return redirect(_back(request))


@require_POST
@for_staff(*DUTIES)
def keep_view(request: StaffRequest) -> HttpResponse:
    """Keep a choice of filters under a name; the same name again is overwritten."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the view a name of 60 characters at most. Nothing was kept."))
        return redirect(_back(request))
    said = form.cleaned_data
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=request.user.pk)  # one after the other, so that one view opens
        if said["opens"]:
            SavedView.objects.filter(person=request.user, opens=True).exclude(name=said["name"]).update(opens=False)
        columns = {name: said[name] for name in ("query", "shared", "opens")}
        SavedView.objects.update_or_create(person=request.user, name=said["name"], defaults=columns)
    messages.success(request, _("The view is kept."))
    return redirect(f"{reverse('desk-cases')}?{said['query']}")


@require_POST
@for_staff(*DUTIES)
def drop_view(request: StaffRequest, view_id: int) -> HttpResponse:
    """Forget a view of one's own; one that is gone already is gone."""
    SavedView.objects.filter(person=request.user, pk=view_id).delete()
    return redirect("desk-cases")


def _back(request: StaffRequest) -> str:
    return f"{reverse('desk-cases')}?{QueryDict(request.POST.get('query', '')[:500]).urlencode()}"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
