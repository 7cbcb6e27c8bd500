"""The provider's own people and their duties, for administrators (rules: People)."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients import duties, invitations
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty, StaffRole
from clients.reason_forms import ReasonForm
from core.forms import ActForm
from dashboard.invitations import invite_colleague
from dashboard.people_forms import DutyForm, InviteColleagueForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ADMINISTRATOR)
def people(request: StaffRequest) -> HttpResponse:
    """Who is of ours, with what duties; somebody is invited here."""
    initial = {"key": str(uuid4()), "language": request.user.language}
    form = InviteColleagueForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.carried_out(lambda said: invite_colleague(wanted=form.wanted(), key=said["key"], by=request.user, at=timezone.now())):
        messages.success(request, _("%(email)s has been invited.") % {"email": form.cleaned_data["email"].lower()})
        return redirect("desk-people")
    return _page(request, form)


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def give_duty(request: StaffRequest, person_id: int) -> HttpResponse:
    """Give one of ours another duty."""
    person = get_object_or_404(duties.people(), pk=person_id)
    form = DutyForm(request.POST)
    if not form.carried_out(lambda said: duties.give(person=person, duty=StaffDuty(said["duty"]), reason=said["reason"], by=request.user)):
        return _page(request, form)
    words = {"person": person, "duty": StaffDuty(form.cleaned_data["duty"]).label}
    messages.success(request, _("%(person)s has the duty: %(duty)s.") % words)
    return redirect("desk-people")


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def take_duty(request: StaffRequest, role_id: int) -> HttpResponse:
    """Take a duty away."""
    role = get_object_or_404(StaffRole.objects.select_related("person"), pk=role_id)
    form = ReasonForm(request.POST)
    if not form.carried_out(lambda said: duties.take(role=role, reason=said["reason"], by=request.user, at=timezone.now())):
        return _page(request, form)
    messages.success(request, _("%(person)s no longer has the duty: %(duty)s.") % {"person": role.person, "duty": role.get_duty_display()})
    return redirect("desk-people") if role.person != request.user or role.duty != StaffDuty.ADMINISTRATOR else redirect("home")


def _page(request: StaffRequest, form: ActForm) -> HttpResponse:
    """The page; where another of its forms was refused, with what was said."""
    invite, refused = (form, None) if isinstance(form, InviteColleagueForm) else (None, form)
    initial = {"key": str(uuid4()), "language": request.user.language}
    context = {
        "people": duties.people().prefetch_related("staff_roles"),
        "invitations": invitations.visible_to(request.user).filter(organisation=None, closed_at=None),
        "form": invite or InviteColleagueForm(initial=initial),
        "refused": refused,
        "duties": StaffDuty.choices,
        "now": timezone.now(),
    }
    return render(request, "desk/people.html", context, status=form.status)
