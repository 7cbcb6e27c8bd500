"""What a client asks of our invoices, and whether it is reminded (rules I5, I8)."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from core.errors import DomainError
from core.reasons import reasoned
from invoicing import endpoints, life
from invoicing.models import Buyer, SentBy
from people.models import Person


class EndpointMissing(DomainError):
    """An e-invoice goes to an electronic address, and none was written."""

    message = _("An e-invoice needs an electronic address and its scheme of four digits. Nothing has changed.")


class EndpointWrong(DomainError):
    """The electronic address cannot be one of its scheme: `wrong` says why."""

    def __init__(self, wrong: endpoints.Wrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong

    @property
    def message(self) -> str:
        """Why, and that nothing came of it."""
        return f"{self.wrong.why} {_('Nothing has changed.')}"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a client wants its invoices. `payment_days` None: the provider's."""

    email: str = ""
    sent_by: str = SentBy.MAIL
    endpoint_scheme: str = ""
    endpoint: str = ""
    reference: str = ""
    needs_order: bool = False
    payment_days: int | None = None


@transaction.atomic
def change(organisation: Organisation, asked: Asked, *, by: Person, at: datetime) -> Buyer:
    """Write down what the client asks, for what is drafted and issued from now on.

    Raises NotAllowed, EndpointMissing, EndpointWrong(wrong).
    """
    life.check_finance(by)
    if asked.sent_by == SentBy.PEPPOL and not (asked.endpoint and asked.endpoint_scheme):
        raise EndpointMissing
    if wrong := endpoints.wrong_with(asked.endpoint_scheme, asked.endpoint):
        raise EndpointWrong(wrong)
    buyer = _locked(organisation)
    wanted = asdict(asked)
    needs_order = wanted.pop("needs_order")
    ordered_otherwise = needs_order != buyer.organisation.needs_order
    if ordered_otherwise:
        _need_order(buyer.organisation, needs_order, by=by, at=at)
    if buyer._state.adding or ordered_otherwise or any(getattr(buyer, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(buyer, name, value)
        _kept(buyer, by=by, at=at)
    return buyer


@transaction.atomic
def stop_reminders(organisation: Organisation, *, reason: str, by: Person, at: datetime) -> Buyer:
    """Nobody of the client is reminded from now on, for a reason (rule I8). Stopped already: who was first stands.

    Raises NotAllowed, ReasonMissing, ReasonTooLong.
    """
    life.check_finance(by)
    reason = reasoned(reason)
    buyer = _locked(organisation)
    if buyer.reminders_stopped_at is None:
        buyer.reminders_stopped_at, buyer.reminders_stopped_by, buyer.reminders_stopped_why = at, by, reason
        _kept(buyer, by=by, at=at)
    return buyer


@transaction.atomic
def resume_reminders(organisation: Organisation, *, by: Person, at: datetime) -> Buyer:
    """The client is reminded again. Raises NotAllowed."""
    life.check_finance(by)
    buyer = _locked(organisation)
    if buyer.reminders_stopped_at is not None:
        buyer.reminders_stopped_at, buyer.reminders_stopped_by, buyer.reminders_stopped_why = None, None, ""
        _kept(buyer, by=by, at=at)
    return buyer


def _locked(organisation: Organisation) -> Buyer:
    """The row, or a new one; its organisation is locked, for a first row is not there yet to be."""
    locked = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)
    buyer = Buyer.objects.filter(organisation=locked).first() or Buyer(organisation=locked)
    buyer.organisation = locked
    return buyer


def _need_order(organisation: Organisation, needed: bool, *, by: Person, at: datetime) -> None:
    """It stands on the organisation, where every order of its asks for it (rule I8)."""
    organisation.needs_order = needed
    organisation._history_user, organisation._history_date = by, at  # type: ignore[attr-defined]  # as below
    organisation.save(update_fields=["needs_order"])


def _kept(buyer: Buyer, *, by: Person, at: datetime) -> None:
    buyer._history_user, buyer._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
    buyer.save()
