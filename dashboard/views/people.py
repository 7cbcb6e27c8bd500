"""A client's people, for who looks after them: its owners in the portal, administrators of ours at the desk (rules: People)."""

from uuid import uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import invitations, members
from clients.access import has_duty
from clients.models import MemberRole, Organisation, StaffDuty
from clients.portal import SignedIn, portal_page
from clients.reason_forms import ReasonForm
from core.errors import DomainError, NotAllowed
from core.forms import ActForm
from dashboard.invitations import invite_member, withdraw
from dashboard.people_forms import ChangeForm, InviteForm


@require_safe
@portal_page
def mine(request: SignedIn) -> HttpResponse:
    """The people of the organisation that the reader looks after; where there are several, of which."""
    owned = Organisation.objects.filter(memberships__in=request.user.memberships.filter(is_owner=True)).order_by("name")
    chosen = request.organisation
    if chosen is not None and chosen in owned:
        return redirect("people", chosen.pk)
    if not owned:
        raise NotAllowed
    if len(owned) == 1:
        return redirect("people", owned[0].pk)
    return render(request, "people/whose.html", {"organisations": owned})


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def people(request: SignedIn, organisation_id: int) -> HttpResponse:
    """Who belongs to it, who is invited; somebody is invited here."""
    organisation = get_object_or_404(_organisations(request), pk=organisation_id)
    initial = {"key": str(uuid4()), "language": organisation.language, "role": MemberRole.REQUESTER}
    form = InviteForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(said: dict[str, str]) -> object:
        return invite_member(organisation=organisation, wanted=form.wanted(), key=said["key"], by=request.user, at=timezone.now())

    if form.carried_out(act):
        messages.success(request, _("%(email)s has been invited.") % {"email": form.cleaned_data["email"].lower()})
        return redirect("people", organisation.pk)
    sent = invitations.visible_to(request.user).filter(organisation=organisation, closed_at=None)
    context = {
        "organisation": organisation,
        "members": organisation.memberships.select_related("person").order_by("person__name", "pk"),
        "invitations": sent,
        "form": form,
        "now": timezone.now(),
        "at_desk": has_duty(request.user, StaffDuty.ADMINISTRATOR),
    }
    return render(request, "people/people.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def member(request: SignedIn, membership_id: int) -> HttpResponse:
    """What one of them may do; it is changed here."""
    found = get_object_or_404(members.visible_to(request.user), pk=membership_id)
    initial = {"role": found.role, "limit": found.approval_limit, "is_owner": found.is_owner}
    form = ChangeForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(said: dict[str, str]) -> object:
        return members.change(membership=found, place=form.place(), reason=said["reason"], by=request.user, at=timezone.now())

    if form.carried_out(act):
        messages.success(request, _("Saved."))
        return redirect("people", found.organisation_id)
    return _member(request, found.pk, form)


@require_POST
@portal_page
def member_end(request: SignedIn, membership_id: int) -> HttpResponse:
    """End somebody's place. They are signed out everywhere."""
    found = get_object_or_404(members.visible_to(request.user), pk=membership_id)
    form = ReasonForm(request.POST, auto_id="ending_%s")
    if not form.carried_out(lambda said: members.end(membership=found, reason=said["reason"], by=request.user, at=timezone.now())):
        return _member(request, membership_id, form)
    words = {"person": found.person, "client": found.organisation}
    messages.success(request, _("%(person)s no longer belongs to %(client)s.") % words)
    return redirect("people", found.organisation_id) if found.person != request.user else redirect("home")


@require_POST
@portal_page
def invitation_withdraw(request: SignedIn, invitation_id: int) -> HttpResponse:
    """Let the link of an invitation open nothing any more."""
    found = get_object_or_404(invitations.visible_to(request.user), pk=invitation_id)
    try:
        withdraw(invitation=found, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The invitation of %(email)s opens nothing any more.") % {"email": found.email})
    return redirect("people", found.organisation_id) if found.organisation_id else redirect("desk-people")


def _member(request: SignedIn, membership_id: int, form: ActForm) -> HttpResponse:
    found = get_object_or_404(members.visible_to(request.user), pk=membership_id)
    initial = {"role": found.role, "limit": found.approval_limit, "is_owner": found.is_owner}
    place = form if isinstance(form, ChangeForm) else ChangeForm(initial=initial)
    ending = ReasonForm(auto_id="ending_%s") if isinstance(form, ChangeForm) else form
    context = {"member": found, "form": place, "ending": ending, "oneself": found.person == request.user}
    return render(request, "people/member.html", context, status=form.status)


def _organisations(request: SignedIn) -> QuerySet[Organisation]:
    """Those whose people the reader looks after."""
    if has_duty(request.user, StaffDuty.ADMINISTRATOR):
        return Organisation.objects.visible_to(request.user)
    owned = request.user.memberships.filter(is_owner=True)
    return Organisation.objects.visible_to(request.user).filter(memberships__in=owned)
