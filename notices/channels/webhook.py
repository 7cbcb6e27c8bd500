"""Events to webhooks, signed after Standard Webhooks (rules M4, S18).

A receiver checks the signature with the secret that it was told, and may drop what bears a `webhook-id` that it has
seen: every try of one notice bears the same. Address and secret are those of the moment of sending.
"""

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _
from standardwebhooks import Webhook

from clients import rotas
from clients.models import OnCallRota
from core import outbound
from core.errors import DomainError
from notices.models import Notice

ROTA = "rota:"


class ReceiverGone(DomainError):
    """Whoever was to get it has no webhook any more."""

    message = _("The receiver has no webhook any more.")


def send(notice: Notice, *, at: datetime) -> None:
    """Hand over one event. Raises ReceiverGone, SealBroken, AddressRefused, FetchFailed."""
    rota = OnCallRota.objects.filter(code=notice.address.removeprefix(ROTA)).exclude(webhook="").first()
    if rota is None or not notice.address.startswith(ROTA):
        raise ReceiverGone
    body = notice.body.encode()
    outbound.post(rota.webhook, body, headers=signed(body, message=message_id(notice), secret=rotas.secret_of(rota), at=at))


def signed(body: bytes, *, message: str, secret: str, at: datetime) -> dict[str, str]:
    """The headers of an event: its id, the instant of this try, and the signature over both and the body."""
    at = at.astimezone(UTC)  # the library takes the clock's figures for UTC, whatever the zone says
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, at, body.decode()),
    }


def message_id(notice: Notice) -> str:
    """The same for every try of one notice."""
    return f"msg_{notice.pk}_{int(notice.written_at.timestamp())}"


def receiver(rota: OnCallRota) -> str:
    """How the outbox names the webhook of a rota."""
    return f"{ROTA}{rota.code}"
