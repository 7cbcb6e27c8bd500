"""Pages of invoicing are only where the provider invoices by this product (rule P1)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from clients.portal import SignedIn, portal_page
from invoicing import terms

Arguments = ParamSpec("Arguments")
READING = (StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)


def for_finance(
    view: Callable[Concatenate[StaffRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """A page of the desk for finance, which administrators read; 404 for others, and where nothing is invoiced."""
    return for_staff(*READING)(_where_offered(view))


def for_answering(
    view: Callable[Concatenate[StaffRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """The same, which account managers read too, of their clients."""
    return for_staff(*READING, StaffDuty.ACCOUNT_MANAGER)(_where_offered(view))


def for_clients(
    view: Callable[Concatenate[SignedIn, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """A page of the portal; 404 where nothing is invoiced."""

    @wraps(view)
    def offered(request: SignedIn, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        _check_offered()
        return view(request, *args, **kwargs)

    return portal_page(offered)


def _where_offered(
    view: Callable[Concatenate[StaffRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[StaffRequest, Arguments], HttpResponse]:
    @wraps(view)
    def offered(request: StaffRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        _check_offered()
        return view(request, *args, **kwargs)

    return offered


def _check_offered() -> None:
    if terms.offered() is None:
        raise Http404
