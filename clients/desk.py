"""The desk is for the provider's people (rules: People). Nobody else learns that its pages exist."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse

from clients.access import has_duty
from clients.models import StaffDuty
from people.models import Person

Arguments = ParamSpec("Arguments")


class StaffRequest(HttpRequest):
    """A request of somebody who works for the provider."""

    user: Person


def for_staff(
    *duties: StaffDuty,
) -> Callable[[Callable[Concatenate[StaffRequest, Arguments], HttpResponse]], Callable[Concatenate[HttpRequest, Arguments], HttpResponse]]:
    """Let in those with any of `duties`, or with any duty at all where none is named; 404 for everybody else.

    Somebody who is not signed in is asked to sign in. Duties are read once for the whole page.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, Arguments], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            person = cast("Person", request.user)
            prefetch_related_objects([person], "staff_roles")
            if not has_duty(person, *(duties or StaffDuty)):
                raise Http404
            return view(cast("StaffRequest", request), *args, **kwargs)

        return login_required(guarded)

    return decorate
