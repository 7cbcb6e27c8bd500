"""Mail that a provider hands in by webhook instead of a mailbox, and what it says became of ours (rule S8).

anymail knows how each provider signs and words its calls; this module makes of a call what a mail server would have
handed over, so that the mailroom knows no difference: the bytes of a mail, with the envelope written in front of it, or
a report in the form of RFC 3464 and RFC 5965. The same call again makes the same bytes, which are the same mail.

Where a provider sends the whole mail it is taken as it is and not parsed here; anymail rebuilds it only from a call that
holds its pieces. Whatever cannot be made a mail of is handed on as it came, for staff.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Any

from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, EventType
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailgun import MailgunInboundWebhookView, MailgunTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView, PostmarkTrackingWebhookView
from django.http import HttpRequest

from notices import reports
from notices.models import Notice

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,250}@[^\s<>\x00-\x1f\x7f]{1,250}")


class NotReadable(Exception):
    """The call is none that this provider makes."""


@dataclass(frozen=True)
class Arrived:
    """A mail's bytes, and when it reached the provider; None where that is not said."""

    raw: bytes
    at: datetime | None = None


Read = Callable[[AnymailBaseWebhookView, HttpRequest], Iterator[Arrived]]


@dataclass(frozen=True)
class Hook:
    """An address of a provider's: anymail's view, which checks who calls, and how a call becomes mails."""

    path: str
    view: type[AnymailBaseWebhookView]
    read: Read


def marks(provider: str, notice: Notice) -> dict[str, str]:
    """The fields by which `provider` remembers a notice and tells it in its calls, and leaves our Message-ID alone."""
    name = reports.name_of(notice)
    marked = {
        "mailgun": {"X-Mailgun-Variables": json.dumps({"notice": name})},
        "mandrill": {"X-MC-Metadata": json.dumps({"notice": name})},
        "postmark": {"X-PM-Metadata-notice": name, "X-PM-KeepID": "true"},
    }
    return marked.get(provider, {})


def _postmark(view: AnymailBaseWebhookView, request: HttpRequest) -> Iterator[Arrived]:
    """With “include raw email content” Postmark sends the mail itself, and the envelope beside it."""
    call = _object(request.body)
    if not isinstance(call.get("RawEmail"), str):
        yield from _rebuilt(view, request)
        return
    fields = call.get("Headers")
    first = fields[0] if isinstance(fields, list) and fields and isinstance(fields[0], dict) else {}
    sender = first.get("Value") if str(first.get("Name")).lower() == "return-path" else None
    yield Arrived(_enveloped(_bytes(call["RawEmail"]), sender, call.get("OriginalRecipient")))


def _mailgun(view: AnymailBaseWebhookView, request: HttpRequest) -> Iterator[Arrived]:
    """At an address with “mime” in it Mailgun sends the mail itself."""
    form = request.POST
    if "body-mime" not in form:
        yield from _rebuilt(view, request)
        return
    yield Arrived(_enveloped(_bytes(form["body-mime"]), form.get("sender"), form.get("recipient")), _instant(form.get("timestamp")))


def _mandrill(view: AnymailBaseWebhookView, request: HttpRequest) -> Iterator[Arrived]:
    """Mandrill sends up to a thousand events at once: the mails themselves, or what became of ours."""
    events = _json(request.POST.get("mandrill_events", ""))
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise NotReadable("no list of events")
    for event in events:
        told = event.get("msg")
        if event.get("event") != "inbound":
            yield from _report(view.esp_to_anymail_event(event))
        elif isinstance(told, dict) and isinstance(told.get("raw_msg"), str):
            yield Arrived(_enveloped(_bytes(told["raw_msg"]), None, told.get("email")), _instant(event.get("ts")))
        else:
            yield Arrived(_unread(event))


def _rebuilt(view: AnymailBaseWebhookView, request: HttpRequest) -> Iterator[Arrived]:
    """What anymail makes of the pieces of a mail; if it can make nothing of them, the pieces."""
    try:
        events: list[AnymailInboundEvent] = view.parse_events(request)
        found = [Arrived(_enveloped(_as_bytes(event), *_envelope(event)), event.timestamp) for event in events]
    except Exception:
        found = [Arrived(_unread(request.POST.dict() or _json(request.body)))]
    yield from found


def _told(view: AnymailBaseWebhookView, request: HttpRequest) -> Iterator[Arrived]:
    """What became of mails of ours."""
    try:
        events = view.parse_events(request)
    except Exception as error:
        raise NotReadable(type(error).__name__) from error
    for event in events:
        yield from _report(event)


def _report(event: AnymailTrackingEvent) -> Iterator[Arrived]:
    """A report as a mail server would send it, of what did not arrive and of what its reader complained about."""
    complained = event.event_type == EventType.COMPLAINED
    if not complained and event.event_type not in (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED):
        return
    about = str((event.metadata or {}).get("notice") or event.message_id or "")
    said = " ".join(str(word) for word in (event.description, event.mta_response) if word)
    yield Arrived(reports.written(about=about, recipient=str(event.recipient or ""), said=said, complained=complained, at=event.timestamp))


def _as_bytes(event: AnymailInboundEvent) -> bytes:
    """The rebuilt mail. Its boundaries are made of what stands in it: chance would make another mail of each repetition."""
    message: EmailMessage = event.message
    leaves = [part.get_payload(decode=True) or b"" for part in message.walk() if not part.is_multipart()]
    fields = [f"{name}: {value}".encode(errors="replace") for name, value in message.items()]
    digest = sha256(b"\0".join([*fields, *(leaf for leaf in leaves if isinstance(leaf, bytes))])).hexdigest()
    for number, part in enumerate(message.walk()):
        if part.get_content_maintype() == "multipart":
            part.set_boundary(f"{digest}-{number}")
    return message.as_bytes(policy=SMTP)


def _envelope(event: AnymailInboundEvent) -> tuple[Any, Any]:
    return event.message.envelope_sender, event.message.envelope_recipient


def _enveloped(raw: bytes, sender: object, recipient: object) -> bytes:
    """The mail with what its envelope said in front, as a mail server writes it there when it delivers."""
    lines = []
    if isinstance(sender, str) and (sender.strip("<> ") == "" or _ADDRESS.fullmatch(sender.strip("<> "))):
        lines.append(f"Return-Path: <{sender.strip('<> ')}>")
    if isinstance(recipient, str) and _ADDRESS.fullmatch(recipient.strip("<> ")):
        lines.append(f"Delivered-To: {recipient.strip('<> ')}")
    return "".join(f"{line}\r\n" for line in lines).encode() + raw


def _unread(call: Any) -> bytes:
    """A call that holds a mail which nobody can read, as a mail without a sender: the mailroom holds it for staff."""
    head = "Subject: A mail that could not be read\r\nMIME-Version: 1.0\r\nContent-Type: application/json\r\n\r\n"
    return (head + json.dumps(call, sort_keys=True)).encode()


def _bytes(text: str) -> bytes:
    """The bytes that a call holds as text; those that were no UTF-8 come through where the call could carry them."""
    with suppress(UnicodeEncodeError):
        return text.encode(errors="surrogateescape")
    return text.encode(errors="replace")


def _instant(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(seconds)), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _object(body: bytes) -> dict[str, Any]:
    call = _json(body)
    if not isinstance(call, dict):
        raise NotReadable("no object")
    return call


def _json(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotReadable("no JSON") from error


HOOKS: dict[str, tuple[Hook, ...]] = {
    "mailgun": (
        Hook("mailgun/inbound_mime/", MailgunInboundWebhookView, _mailgun),
        Hook("mailgun/tracking/", MailgunTrackingWebhookView, _told),
    ),
    "mandrill": (Hook("mandrill/", MandrillCombinedWebhookView, _mandrill),),
    "postmark": (
        Hook("postmark/inbound/", PostmarkInboundWebhookView, _postmark),
        Hook("postmark/tracking/", PostmarkTrackingWebhookView, _told),
    ),
}
"""By what MAIL_PROVIDER names."""
