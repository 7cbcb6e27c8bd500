"""What a rota is set to (rule S18): who leads, when turns change, how long a page waits, and the webhook that also gets it.

The secret that signs what is sent to the webhook is made here, told once, and kept sealed (`core.sealing`).
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from clients import on_call, plans, turns
from clients.models import OnCallRota
from core import outbound, sealing
from core.errors import DomainError, NotAllowed
from people.models import Person

SECRET_BYTES = 24
LONGEST_WAIT_MINUTES = 24 * 60


class CodeTaken(DomainError):
    """Another rota bears this code."""

    message = _("Another rota has this code. Choose another one. Nothing has changed.")


class WaitUnreasonable(DomainError):
    """A page waits for a minute at least, and for a day at most; turns last a day at least."""

    message = _("A page waits from 1 minute to 24 hours, and a turn lasts from 1 day to a year. Nothing has changed.")


class LeadNeeded(DomainError):
    """A published plan promises help at any hour, and nobody but the lead is on call for it."""

    message = _("A published plan needs somebody on call here, and nobody takes turns. Say who does first. Nothing has changed.")


class NoWebhook(DomainError):
    """There is no webhook whose secret could be made anew."""

    message = _("This rota has no webhook. Nothing has changed.")


class WebhookKept(DomainError):
    """It is the address already: its secret was told when it was named."""

    message = _("Pages go to this address already. If its secret is lost, make a new one. Nothing has changed.")


class SecretRenewed(DomainError):
    """Somebody has made a new secret since the page was read."""

    message = _("A new secret was made a moment ago. If you have not seen it, load the page again and make another. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What a rota is set to. `first_turn_on` None: turns go on as they are."""

    name_en: str
    name_sv: str
    lead: Person | None
    time_zone: str
    turn_days: int
    hands_over_at: time
    acknowledge_minutes: int
    first_turn_on: date | None = None


@transaction.atomic
def create(*, code: str, arrangement: Arrangement, by: Person, at: datetime) -> OnCallRota:
    """A new rota, still without members (rule S18). Raises NotAllowed, CodeTaken, WaitUnreasonable, NotAColleague."""
    _check(arrangement, by)
    rota = OnCallRota(code=code, first_turn_on=turns.FIRST_MONDAY)
    _write(rota, arrangement)
    try:
        with transaction.atomic():
            rota.save(force_insert=True)
    except IntegrityError as refused:
        raise CodeTaken from refused
    return rota


@transaction.atomic
def arrange(*, rota: OnCallRota, arrangement: Arrangement, by: Person, at: datetime) -> OnCallRota:
    """Set a rota to something else; changed turns stay (rule S18).

    Raises NotAllowed, WaitUnreasonable, NotAColleague, LeadNeeded.
    """
    _check(arrangement, by)
    rota = OnCallRota.objects.select_for_update().get(pk=rota.pk)
    if arrangement.lead is None and not rota.members.exists() and plans.needs_people(rota):
        raise LeadNeeded
    before, order = model_to_dict(rota), on_call.order_of(rota, at, at)
    _write(rota, arrangement)
    if arrangement.first_turn_on is None and rota.turn_days != order.turn_days:
        rota.first_turn_on = turns.first_day(order, order.members, at, turn_days=rota.turn_days)
    if model_to_dict(rota) != before:  # history tells of changes only
        rota.save()
    return rota


def name_webhook(*, rota: OnCallRota, url: str, by: Person, at: datetime) -> str:
    """Let pages also go to `url`, signed with a new secret, which is returned and told only now. "" takes the webhook away.

    The name of the server is looked up before anything is written. Raises NotAllowed, AddressRefused, WebhookKept.
    """
    if not on_call.may_arrange(by):
        raise NotAllowed
    url = url.strip()
    if url:
        outbound.check_address(url)
    with transaction.atomic():
        rota = OnCallRota.objects.select_for_update().get(pk=rota.pk)
        if url and rota.webhook == url:
            raise WebhookKept
        return _keep(rota, url)


@transaction.atomic
def renew_secret(*, rota: OnCallRota, seen: str, by: Person, at: datetime) -> str:
    """A new secret for the webhook instead of the one `seen` is the mark of; returned and told only now. The old one signs no more.

    Raises NotAllowed, NoWebhook, SecretRenewed.
    """
    if not on_call.may_arrange(by):
        raise NotAllowed
    rota = OnCallRota.objects.select_for_update().get(pk=rota.pk)
    if not rota.webhook:
        raise NoWebhook
    if seen != mark_of(rota):
        raise SecretRenewed
    return _keep(rota, rota.webhook)


def mark_of(rota: OnCallRota) -> str:
    """What tells one secret from the next, without a word about either."""
    return sha256(rota.webhook_secret.encode()).hexdigest()[:16]


def secret_of(rota: OnCallRota) -> str:
    """The secret that signs. Raises SealBroken."""
    return sealing.unseal(rota.webhook_secret, context=_context(rota))


def _keep(rota: OnCallRota, url: str) -> str:
    """A locked rota gets this address and a new secret."""
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}" if url else ""
    rota.webhook, rota.webhook_secret = url, sealing.seal(secret, context=_context(rota)) if secret else ""
    rota.save(update_fields=["webhook", "webhook_secret"])
    return secret


def _context(rota: OnCallRota) -> str:
    return f"rota:{rota.pk}:webhook"


def _check(arrangement: Arrangement, by: Person) -> None:
    if not on_call.may_arrange(by):
        raise NotAllowed
    if not (1 <= arrangement.acknowledge_minutes <= LONGEST_WAIT_MINUTES and 1 <= arrangement.turn_days <= 366):
        raise WaitUnreasonable
    if arrangement.lead and not on_call.colleagues().filter(pk=arrangement.lead.pk).exists():
        raise on_call.NotAColleague


def _write(rota: OnCallRota, arrangement: Arrangement) -> None:
    for name in ("name_en", "name_sv", "lead", "time_zone", "turn_days", "hands_over_at", "acknowledge_minutes"):
        setattr(rota, name, getattr(arrangement, name))
    rota.first_turn_on = arrangement.first_turn_on or rota.first_turn_on
