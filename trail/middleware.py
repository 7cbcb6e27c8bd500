"""Every request that did something, carried something off or was refused leaves an entry in the audit log (proof SEC15).

What is done is told after it was done, and before anybody gets an answer: where the log cannot be written, the answer is an error and
nothing leaves the house. The verbs' own records and history stand in the transaction of the act itself.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from clients.access import is_provider_staff
from core.unavailable import patiently
from people.models import Person
from trail.entries import write, write_few
from trail.models import Kind
from trail.origin import NOTHING, Origin, Thing, coming_from, here
from trail.things import of_address, of_path

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
CHANGING = ("INSERT", "UPDATE", "DELETE")
BESIDE = ("django_session", "trail_", "django_admin_log")
"""Tables in which something is written whatever happens."""
HEARD_OF = ("account_", "mfa_", "usersessions_")
"""Addresses of sign-in: what matters there is heard of by itself (`trail.watching`)."""
ADMIN = "admin:"


class AuditMiddleware:
    """Stands inside of who signs in, and outside of whatever answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with coming_from(Origin(address=get_client_ip(request) or "")) as origin:
            if request.method in SAFE:
                response = self.get_response(request)
            else:
                with connection.execute_wrapper(_Watch(origin)):
                    response = self.get_response(request)
            person = request.user
            if isinstance(person, Person) and origin.via and not origin.via.startswith(HEARD_OF):
                patiently(lambda: _record(request, response, origin, person))
        return response

    def process_view(self, request: HttpRequest, _view: object, _args: object, numbers: dict[str, Any]) -> None:
        """Note which address it is, who asks and, since it may be gone afterwards, what it is about."""
        origin, match = here(), request.resolver_match
        origin.via = match.view_name if match else ""
        if isinstance(request.user, Person):
            origin.person = request.user.pk
            origin.thing = NOTHING if request.method in SAFE else of_address(origin.via, numbers)


class _Watch:
    """Notices whether a row of the product is added, changed or removed."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not self.origin.has_written:
            text = str(sql).lstrip()
            self.origin.has_written = text.startswith(CHANGING) and not any(table in text[:80] for table in BESIDE)
        return execute(sql, params, many, context)


def _record(request: HttpRequest, response: HttpResponseBase, origin: Origin, person: Person) -> None:
    """What the request came to, for the log; nothing where somebody only read a page, or nothing was done."""
    if _is_refusal(request, response):
        numbers = request.resolver_match.kwargs if request.resolver_match else {}
        thing = origin.thing if origin.thing.label else of_address(origin.via, numbers)
        write_few(Kind.REFUSED, origin.via, person=person.pk, thing=thing)
    elif response.status_code >= HTTPStatus.BAD_REQUEST:
        return
    elif request.method not in SAFE and origin.has_written:
        thing = _thing_done(request, response, origin, person)
        write(_kind(request, person, thing), origin.via, person=person.pk, thing=thing)
    elif request.method == "GET" and response.status_code == HTTPStatus.OK and response.has_header("Content-Disposition"):
        numbers = request.resolver_match.kwargs if request.resolver_match else {}
        write(Kind.DOWNLOAD, origin.via, person=person.pk, thing=of_address(origin.via, numbers))


def _is_refusal(request: HttpRequest, response: HttpResponseBase) -> bool:
    """A want of right; also where it looks like nothing, as what is not theirs, and the desk, do to who may not see them."""
    is_known = request.resolver_match is not None and bool(request.resolver_match.url_name)
    return response.status_code == HTTPStatus.FORBIDDEN or (response.status_code == HTTPStatus.NOT_FOUND and is_known)


def _kind(request: HttpRequest, person: Person, thing: Thing) -> Kind:
    if here().via.startswith(ADMIN):
        return Kind.ADMIN
    if person.memberships.filter(organisation=thing.organisation).exists() or not is_provider_staff(person):
        return Kind.CLIENT
    return Kind.BEHALF if thing.organisation else Kind.DESK


def _thing_done(request: HttpRequest, response: HttpResponseBase, origin: Origin, person: Person) -> Thing:
    """What the address is about; else what was made, where one is led; else at least the client that the person belongs to."""
    if origin.via.startswith(ADMIN):
        return _of_admin(request)
    about = origin.thing if origin.thing.label else of_path(response.headers.get("Location", ""))
    if about.organisation is None:
        mine = list(person.memberships.values_list("organisation", flat=True)[:2])
        about = replace(about, organisation=mine[0] if len(mine) == 1 else None)
    return about


def _of_admin(request: HttpRequest) -> Thing:
    """What is changed in the administration: its address names the model and the key."""
    match = request.resolver_match
    app, _, rest = ((match.url_name or "") if match else "").partition("_")
    key = str(match.kwargs.get("object_id", "")) if match else ""
    number = int(key) if key.isdecimal() and len(key) < 19 else None
    return Thing(f"{app}.{rest.partition('_')[0]}" if rest else "", number)
