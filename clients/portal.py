"""The portal is for the people of client organisations; who is not signed in is asked to sign in.

What they may see starts from `visible_to` and is narrowed to the organisations they belong to: staff who are no
members have the desk instead, and find nothing here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse

from people.models import Person

Arguments = ParamSpec("Arguments")


class SignedIn(HttpRequest):
    """A request that `portal_page` let through."""

    user: Person


View = Callable[Concatenate[SignedIn, Arguments], HttpResponse]


def portal_page(view: View[Arguments]) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Ask for signing in, and read the person's memberships and duties once for the whole page."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        let_in = cast(SignedIn, request)
        prefetch_related_objects([let_in.user], "memberships__organisation", "staff_roles")
        return view(let_in, *args, **kwargs)

    return login_required(page)
