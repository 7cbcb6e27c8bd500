"""Pages that only staff who work on cases find (rules: People). Nobody else learns that they exist."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse

from clients.access import is_provider_staff
from people.models import Person

Arguments = ParamSpec("Arguments")


class StaffRequest(HttpRequest):
    """A request of somebody who works for the provider."""

    user: Person


def for_staff(
    view: Callable[Concatenate[StaffRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Let in whoever has a duty with the provider; 404 for everybody else. Who is not signed in is asked to sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        person = cast("Person", request.user)
        prefetch_related_objects([person], "staff_roles")
        if not is_provider_staff(person):
            raise Http404
        return view(cast("StaffRequest", request), *args, **kwargs)

    return login_required(guarded)
