"""A task that no case gave rise to: first for whom, then what."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from delivery import tasks
from delivery.models import DeliveryTask
from delivery.work_forms import ClientForm, NewForm

WORKERS = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKERS)
def new(request: StaffRequest) -> HttpResponse:
    """Choose the client, then say what is to be done; the account manager is told."""
    clients, asked = _clients(request), request.POST.get("client") or request.GET.get("client", "")
    if not asked.isdecimal() or len(asked) > 9:
        return render(request, "delivery/desk/new.html", {"choice": ClientForm(clients=clients, initial={"client": None})})
    organisation = get_object_or_404(clients, pk=int(asked))
    form = NewForm(request.POST if request.method == "POST" else None, organisation=organisation)
    opened: list[DeliveryTask] = []

    def open_it(said: dict[str, Any]) -> None:
        cause, now = f"desk:{request.user.pk}:{said['key']}", timezone.now()
        opened.append(tasks.open_directly(organisation=organisation, wish=form.wish, by=request.user, at=now, cause=cause))

    if form.carried_out(open_it):
        messages.success(request, _("D%(number)s is opened. Its cost is estimated next.") % {"number": opened[0].pk})
        return redirect("desk-delivery-task", opened[0].pk)
    return render(request, "delivery/desk/new.html", {"form": form, "client": organisation}, status=form.status)


def _clients(request: StaffRequest) -> QuerySet[Organisation]:
    """Everybody for technicians and dispatchers; an account manager's own clients else."""
    everybody = has_duty(request.user, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)
    found = Organisation.objects.all() if everybody else Organisation.objects.managed_by(request.user)
    return found.order_by("name")
