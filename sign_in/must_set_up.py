"""Staff without a second factor are led to set one up, and reach nothing else meanwhile."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from people.models import Person
from sign_in import factors

OPEN = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "mfa_list_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "security",
        "sign-in-end",
        "sign-ins-end",
    }
)
"""What a person may open who has yet to set up a factor."""


class StaffSecondFactorMiddleware:
    """Where STAFF_SECOND_FACTOR is on: leads pages to the set-up, and refuses everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        person = request.user
        if isinstance(person, Person) and _name(request) not in OPEN and factors.must_set_up(person):
            return _lead(request)
        return self.get_response(request)


def _name(request: HttpRequest) -> str:
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return ""
    return match.view_name


def _lead(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(reverse("security"))
    wants_a_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "text/html,*/*")
    if not wants_a_page:
        return render(request, "sign_in/must_set_up.html", status=403)
    messages.warning(request, _("Whoever works here signs in with a second factor. Set one up, then go on."))
    return redirect("security")
