"""Where a provider hands in mail, and what became of ours (rule S8). A call is kept and answered; the mailroom's queue does the rest.

Nobody is signed in here: a call shows MAIL_WEBHOOK_SECRET, and its provider's signature where that one signs. Only the
addresses of the provider that MAIL_PROVIDER names exist.
"""

import logging
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import IO, Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.base import AnymailBaseWebhookView, AnymailBasicAuthMixin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notices import mailroom
from notices.providers import Arrived, Hook, NotReadable

LARGEST_CALL = 3 * mailroom.LARGEST
"""Bytes. A mail of the largest size comes in base64, and some providers send its pieces beside it."""
HEAD = 64 * 1024
SOURCE = "webhook"

logger = logging.getLogger(__name__)


class WholeForm(FileUploadHandler):
    """Reads a form whose fields are mails: Django would refuse one over 2.5 MB before anybody could say that it may come."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],  # noqa: N803 -- the name is Django's
        content_length: int,
        boundary: str | bytes,
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        """The fields and files of the form. Bytes that are no UTF-8 are carried through (`surrogateescape`)."""
        head = b"Content-Type: " + str(META["CONTENT_TYPE"]).encode(errors="replace") + b"\r\n\r\n"
        fields, files = QueryDict(mutable=True), MultiValueDict[str, Any]()
        for part in BytesParser(policy=HTTP).parsebytes(head + input_data.read(content_length)).walk():
            name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if not isinstance(name, str) or not isinstance(content, bytes):
                continue
            if (file_name := part.get_filename()) is not None:
                files.appendlist(name, SimpleUploadedFile(file_name, content, part.get_content_type()))
            else:
                fields.appendlist(name, content.decode(errors="surrogateescape"))
        return fields, files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing is left for other handlers."""

    def file_complete(self, file_size: int) -> None:
        """Nothing is left for other handlers."""


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def call(request: HttpRequest, hook: Hook) -> HttpResponse:
    """Keep what a provider hands in: 200 when it is kept, 403 for anybody else, 413 and 400 for what is no call of this provider.

    HEAD is how some try whether anything is here. What fails in between is answered 500, and comes again.
    """
    if request.method == "HEAD":
        return HttpResponse()
    try:
        mails = _read(request, hook, hook.view())
    except AnymailWebhookValidationFailure as refused:
        logger.warning("webhook %s: %s", hook.path, str(refused).partition("(")[0])
        return HttpResponse(status=403)
    except CallTooLarge:
        logger.warning("webhook %s: a call of %s bytes was refused", hook.path, request.headers.get("Content-Length"))
        return HttpResponse(status=413)
    except (NotReadable, ValueError) as unread:
        logger.warning("webhook %s: a call was not readable: %s", hook.path, type(unread).__name__)
        return HttpResponse(status=400)
    for mail in mails:
        _keep(mail, timezone.now())
    return HttpResponse()


class CallTooLarge(Exception):
    """The call claims to be larger than any mail in it could be."""


def _read(request: HttpRequest, hook: Hook, view: AnymailBaseWebhookView) -> list[Arrived]:
    """The mails in the call. Nothing of it is read before the secret was right."""
    AnymailBasicAuthMixin.validate_request(view, request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALL:
        raise CallTooLarge
    request.__dict__["_body"] = request.read()  # what `request.body` keeps, past its limit for what anybody may send
    request.upload_handlers = [WholeForm(request)]
    view.setup(request)
    view.run_validators(request)
    return list(hook.read(view, request))


def _keep(mail: Arrived, now: datetime) -> None:
    """Into the mailroom. A mail's clocks start when the provider had it (rule S4); of one too large the head is kept, for staff."""
    at = min(mail.at or now, now)
    if len(mail.raw) > mailroom.LARGEST:
        mailroom.receive_head(head=mail.raw[:HEAD], source=SOURCE, at=at)
    else:
        mailroom.receive(raw=mail.raw, source=SOURCE, at=at)
