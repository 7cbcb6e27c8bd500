"""A report that staff enter: by phone, from a chat, by video, or found by ourselves (rules S1, S15).

First who: the client and the reporter are found by what is typed. A call that names a case goes to that case, on every plan.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import intake
from cases.entry_forms import EntryForm, PastedForm, about, addresses_in, from_chat
from cases.models import Case
from cases.views.desk_queue import DUTIES
from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import Membership, Organisation, StaffDuty
from people.models import Person

MOST_FOUND = 12
MOST_CASES = 8


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*DUTIES)
def new(request: StaffRequest) -> HttpResponse:
    """Find who reports; or read a pasted chat, which names them and fills in the form."""
    form = PastedForm(request.POST if "chat" in request.POST else None)
    if form.is_bound and form.is_valid():
        chat = form.cleaned_data["chat"]
        known = list(_members(request.user).filter(person__email__in=addresses_in(chat))[:2])
        if len(known) == 1:
            return _page(request, EntryForm(initial=about(known[0]) | from_chat(chat), member=known[0]))
        messages.warning(
            request, _("Nobody whom we know is named in it by e-mail address, or several are. Find them by name; the text is kept.")
        )
    return render(request, "cases/desk/new.html", _found(request) | {"pasted": form}, status=422 if form.errors else 200)


@require_safe
@for_staff(*DUTIES)
def people(request: StaffRequest) -> HttpResponse:
    """Who is meant by what is typed, to be swapped into the page."""
    return render(request, "cases/desk/_found.html", _found(request))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*DUTIES)
def report(request: StaffRequest, member_id: int) -> HttpResponse:
    """Report for this member of a client."""
    member = get_object_or_404(_members(request.user), pk=member_id)
    if request.method != "POST":
        return _page(request, EntryForm(initial=about(member), member=member))
    form = EntryForm(request.POST, member=member)
    cause = f"desk:{request.user.pk}:{request.POST.get('key', '')[:60]}"
    opened: list[Case] = []
    if not form.carried_out(lambda _s: opened.append(intake.open_case(form.report, cause=cause, by=request.user, at=timezone.now()))):
        return _page(request, form)
    messages.success(request, _("Case #%(number)s is reported, and the client has its receipt.") % {"number": opened[0].pk})
    return redirect("desk-case", opened[0].pk)


def _page(request: StaffRequest, form: EntryForm) -> HttpResponse:
    named = Case.objects.visible_to(request.user).filter(organisation=form.member.organisation_id).open()
    context = {"form": form, "member": form.member, "cases": named.order_by("-opened_at")[:MOST_CASES]}
    return render(request, "cases/desk/entry.html", context, status=form.status)


def _found(request: StaffRequest) -> dict[str, Any]:
    """People of clients whose name, address or company has the words; and the case whose number was named."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:100]
    number = asked.lstrip("#")
    cases = Case.objects.visible_to(request.user).filter(pk=int(number)) if number.isdecimal() and len(number) < 18 else Case.objects.none()
    found = _members(request.user) if asked else Membership.objects.none()
    for word in asked.split()[:5]:
        names = Q(person__name__icontains=word) | Q(person__email__icontains=word) | Q(organisation__name__icontains=word)
        found = found.filter(names)
    return {"asked": asked, "members": found[:MOST_FOUND], "cases": cases.select_related("organisation")}


def _members(person: Person) -> QuerySet[Membership]:
    """Everybody of clients who may report; for an account manager those of their own clients."""
    active = Membership.objects.filter(person__is_active=True)
    if not has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR):
        active = active.filter(organisation__in=Organisation.objects.managed_by(person))
    return active.select_related("person", "organisation").order_by("organisation__name", "person__name", "pk")
