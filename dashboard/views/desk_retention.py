"""How long things are kept, at the desk: the settings, what would go now, and changing them (GDPR article 5(1)(e))."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import Purge, Retention, StaffDuty
from clients.privacy import retention
from dashboard.privacy_forms import RetentionForm
from people import keeping


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def kinds(request: StaffRequest) -> HttpResponse:
    """Every kind, how long it is kept and why, and what would go at the next tick."""
    return render(request, "privacy/desk/retention.html", {"rows": retention.outlook(at=timezone.now())})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ADMINISTRATOR)
def kind(request: StaffRequest, name: str) -> HttpResponse:
    """One kind: other days, with the reason; who changed them before, and what went lately."""
    found = keeping.find(name)
    if found is None or found.purge is None:
        raise Http404
    row = Retention.objects.filter(kind=name).first()
    days, reason = (row.days, row.reason) if row else (found.days, str(found.why))
    form = RetentionForm(request.POST if request.method == "POST" else None, days=days, reason=reason)
    if form.carried_out(lambda said: retention.settle(kind=found, **said, by=request.user)):
        messages.success(request, _("Saved."))
        return redirect("desk-retention")
    history = Retention.history.filter(kind=name).select_related("history_user").order_by("-history_date")[:10]
    context = {"kind": found, "form": form, "history": history, "purges": Purge.objects.filter(kind=name).order_by("-pk")[:10]}
    return render(request, "privacy/desk/retention_kind.html", context, status=form.status)
