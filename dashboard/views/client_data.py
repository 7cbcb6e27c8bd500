"""Everything of a client's as one file, for who decides there and who cares for it (rule P5)."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clients.access import is_provider_staff
from clients.agreements import local_date
from clients.models import Organisation
from clients.portal import SignedIn, portal_page
from dashboard import client_archive


@require_safe
@portal_page
def client_data(request: SignedIn, organisation_id: int) -> HttpResponse:
    """What the file holds, and where it is fetched."""
    context = {"organisation": _found(request, organisation_id), "at_desk": is_provider_staff(request.user)}
    return render(request, "dashboard/data/client_data.html", context)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def client_data_file(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """The file, for somebody who may have it and has just shown who they are."""
    answer: HttpResponse = _fetched(request, _found(cast("SignedIn", request), organisation_id))
    return answer


@reauthentication_required  # type: ignore[untyped-decorator]  # of allauth
def _fetched(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    at = timezone.now()
    name = f"{slugify(organisation.name) or slugify(_('Data'))}-{local_date(at)}.zip"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    written = client_archive.pieces(organisation, language=cast("SignedIn", request).user.language, at=at)
    return cast("HttpResponse", StreamingHttpResponse(written, content_type="application/zip", headers=headers))


def _found(request: SignedIn, organisation_id: int) -> Organisation:
    """The client, for whoever may have everything of it; 404 for everybody else."""
    organisation = get_object_or_404(Organisation, pk=organisation_id)
    if not client_archive.may_fetch(request.user, organisation):
        raise Http404
    return organisation
