"""The portal is for the people of client organisations; who is not signed in is asked to sign in.

What they may see starts from `visible_to` and is narrowed to the organisations they belong to: staff who are no
members have the desk instead, and find nothing here. Who belongs to several works for one of them at a time, or for all
together: lists show what is of it, and new things are for it. A page about something of another takes them there, so that
nothing is shown under a wrong name.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse

from clients.models import Organisation
from people.models import Person

Arguments = ParamSpec("Arguments")


class SignedIn(HttpRequest):
    """A request that `portal_page` let through.

    `organisation` is the one that somebody who belongs to several works for now, or the only one; None: for all together.
    """

    user: Person
    organisation: Organisation | None


Whose = Callable[[Mapping[str, Any]], int | None]
_WHOSE: list[Whose] = []
CHOSEN = "organisation"
"""Where the session of a browser remembers the choice."""

View = Callable[Concatenate[SignedIn, Arguments], HttpResponse]


def portal_page(view: View[Arguments]) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Ask for signing in, and read the person's memberships and duties once for the whole page."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        let_in = cast(SignedIn, request)
        prefetch_related_objects([let_in.user], "memberships__organisation", "staff_roles")
        let_in.organisation = _chosen(let_in, kwargs)
        return view(let_in, *args, **kwargs)

    return login_required(page)


def whose_by(whose: Whose) -> None:
    """Let a higher floor say whose organisation a page is about. Called once, from its AppConfig.ready."""
    _WHOSE.append(whose)


def in_view(request: SignedIn) -> list[Organisation]:
    """The organisations that lists show: the chosen one, or all of the reader's."""
    if request.organisation is not None:
        return [request.organisation]
    return [membership.organisation for membership in request.user.memberships.all()]


def choose(request: HttpRequest, organisation: Organisation | None) -> None:
    """Remember for which one the reader works from now on; None: for all together."""
    if organisation is None:
        request.session.pop(CHOSEN, None)
    else:
        request.session[CHOSEN] = organisation.pk


def chosen_among(request: HttpRequest, organisations: list[Organisation]) -> Organisation | None:
    """The one of these that the reader works for now: what was chosen, or the only one."""
    if len(organisations) == 1:
        return organisations[0]
    chosen = request.session.get(CHOSEN)
    return next((organisation for organisation in organisations if organisation.pk == chosen), None)


def _chosen(request: SignedIn, named: Mapping[str, Any]) -> Organisation | None:
    """The one that the page is about, where somebody has chosen another of theirs; else the chosen one."""
    mine = [membership.organisation for membership in request.user.memberships.all()]
    chosen = chosen_among(request, mine)
    if chosen is None or len(mine) == 1 or not named:
        return chosen
    about = next((pk for whose in _WHOSE if (pk := whose(named)) is not None), chosen.pk)
    meant = next((organisation for organisation in mine if organisation.pk == about), chosen)
    if meant != chosen:
        choose(request, meant)
    return meant


def counts_for(request: HttpRequest) -> list[str]:
    """The clients whose limits a request counts against (`core.rate_limits`): those of which whoever asks is a member."""
    if not isinstance(request.user, Person):
        return []
    prefetch_related_objects([request.user], "memberships")
    return [f"client:{membership.organisation_id}" for membership in request.user.memberships.all()]
