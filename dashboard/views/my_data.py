"""A person's own page about what is kept about them: a copy of it, and being erased (GDPR articles 15, 17, 20)."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from clients.models import Erasure, PersonExport
from clients.portal import SignedIn
from clients.privacy import exports
from core.errors import DomainError, NotAllowed
from dashboard import client_archive, privacy
from people.models import Person


@require_safe
@login_required
def my_data(request: SignedIn) -> HttpResponse:
    """What can be asked for, what was, and how far it is."""
    copies = PersonExport.objects.filter(person=request.user).prefetch_related("downloads").order_by("-pk")[:10]
    wish = Erasure.objects.filter(person=request.user).order_by("-pk").first()
    theirs = [membership.organisation for membership in request.user.memberships.select_related("organisation").order_by("pk")]
    context = {
        "copies": [(each, privacy.until(each)) for each in copies],
        "wish": wish,
        "archives": [organisation for organisation in theirs if client_archive.may_fetch(request.user, organisation)],
    }
    return render(request, "privacy/my_data.html", context)


@require_POST
@login_required
def ask_for_copy(request: SignedIn) -> HttpResponse:
    """Have a copy made."""
    exports.ask(person=_person(request), by=_person(request), at=timezone.now())
    messages.success(request, _("Your copy is being made. You get a mail when it is ready."))
    return redirect("my-data")


@require_safe
@login_required
@cache_control(private=True, no_store=True)
@reauthentication_required  # type: ignore[untyped-decorator]  # of allauth
def copy(request: HttpRequest, export_id: int) -> HttpResponse | FileResponse:
    """The archive, for the person it is about, who has just shown who they are."""
    person = cast("SignedIn", request).user
    export = get_object_or_404(PersonExport, pk=export_id, person=person)
    try:
        path = exports.fetch(export, by=person, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("my-data")
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"my-data-{export.pk}.zip", content_type="application/zip")


@require_POST
@login_required
def ask_for_erasure(request: SignedIn) -> HttpResponse:
    """Ask to be erased."""
    privacy.ask_for_erasure(person=_person(request), by=_person(request), at=timezone.now())
    messages.success(request, _("You have asked to be erased. You are told within a month what comes of it."))
    return redirect("my-data")


def _person(request: SignedIn) -> Person:
    return get_object_or_404(Person, pk=request.user.pk)
