"""The page that the link of an invitation opens: it shows what is offered, and acts only when it is sent (rules: People).

Whatever is the matter with a link, it says the same: nobody learns whether an invitation or an account was ever there.
"""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clients import invitations
from clients.invitations import InvitationOver, OtherAddress, SignInFirst
from clients.models import Invitation, Provider
from core.errors import DomainError
from core.forms import ActForm
from dashboard.people_forms import JoinForm
from people.models import Person


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept as who is signed in, sign in first, or make an account."""
    try:
        found = invitations.find(token=token, at=timezone.now())
    except InvitationOver as over:
        return render(request, "people/invitation_over.html", {"refusal": over}, status=409 if request.method == "POST" else 410)
    if isinstance(request.user, Person):
        return _accept(request, found, token, request.user)
    if invitations.account_of(found) is not None:
        refused = SignInFirst() if request.method == "POST" else None
        return render(request, "people/invitation_known.html", {"invitation": found, "refusal": refused}, status=409 if refused else 200)
    with translation.override(found.language):
        request.LANGUAGE_CODE = found.language
        return _join(request, found, token)


def _accept(request: HttpRequest, found: Invitation, token: str, person: Person) -> HttpResponse:
    if person.email != found.email:
        return render(request, "people/invitation_over.html", {"refusal": OtherAddress()}, status=409)
    form = ActForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda _said: invitations.accept(token=token, by=person, at=timezone.now())):
        messages.success(request, _welcome(found))
        return redirect("home")
    return render(request, "people/invitation_accept.html", {"invitation": found, "form": form}, status=form.status)


def _join(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = JoinForm(sent, email=found.email, initial={"language": found.language, "time_zone": _zone_of(found)})
    if sent is None or not form.is_valid():
        return render(request, "people/invitation_join.html", {"invitation": found, "form": form}, status=form.status)
    try:
        accepted = invitations.join(token=token, newcomer=form.newcomer(), at=timezone.now())
    except DomainError as refusal:  # somebody was quicker
        return render(request, "people/invitation_over.html", {"refusal": refusal}, status=409)
    answer = _enter(request, accepted.accepted_by)
    with translation.override(form.cleaned_data["language"]):
        messages.success(request, _welcome(found))
    return answer


def _enter(request: HttpRequest, newcomer: Person | None) -> HttpResponse:
    """Sign in by the door of all others, so that this sign-in is listed, logged and ended like them: at the latest with the browser."""
    request.session.flush()  # what an unknown visitor had done here is nobody's any more
    answer: HttpResponse = perform_login(request, newcomer, redirect_url=reverse("home"))
    request.session.set_expiry(0)
    return answer


def _welcome(found: Invitation) -> str:
    if found.organisation is None:
        return _("Welcome. You are one of ours now.")
    return _("Welcome. You belong to %(client)s now.") % {"client": found.organisation}


def _zone_of(found: Invitation) -> str:
    """Where the organisation works, or the provider."""
    provider = Provider.objects.filter(pk=1).first()
    where = found.organisation or provider
    return where.time_zone if where else "Europe/Stockholm"
