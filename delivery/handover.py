"""A delivery that was handed over becomes an agreed service of the agreement, in one step (rule D7)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import agreed, agreements
from clients.models import AgreedService, Agreement, Deployment
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from delivery import life, messages
from delivery.models import DeliveryTask, TaskEventKind, TaskState
from people.models import Person

LONGEST_NAME = 120


class NoAgreement(DomainError):
    """No agreement is in force that could name the service."""

    message = _("The client has no agreement in force that could name the service. Nothing has changed.")


class AlreadyAgreed(DomainError):
    """A delivery becomes one service, once."""

    message = _("This delivery is an agreed service already. Nothing has changed.")


class ServiceNameMissing(DomainError):
    """A service has a name."""

    message = _("Give the service a name, of 120 characters at most. Nothing has changed.")


class ServiceNameTaken(DomainError):
    """The agreement names another service so."""

    message = _("The agreement already names a service so. Choose another name. Nothing has changed.")


@at_one_moment()
@transaction.atomic
def agree_service(task: DeliveryTask, *, name: str, description: str, deployment: Deployment, by: Person, at: datetime) -> DeliveryTask:
    """Let what was delivered be an agreed service of the agreement in force (rule D7): help with it is support from now on.

    Raises NotAllowed, AlreadyAgreed, TaskMovedOn where it is not accepted as done, NoAgreement, ServiceNameMissing,
    ServiceNameTaken, and what `clients.agreed.cover` raises.
    """
    task = life.locked(task)
    if not life.may_manage(by, task):
        raise NotAllowed
    if task.service_id is not None:
        raise AlreadyAgreed
    life.require(task, TaskState.ACCEPTED)
    agreement = agreement_of(task, at=at)
    if agreement is None:
        raise NoAgreement
    named = _free_name(agreement, name)
    service = AgreedService(agreement=agreement, name=named, description=description.replace("\0", "").strip(), deployment=deployment)
    agreed.cover(service=service, reason=f"handed over: delivery {task.pk}", by=by, at=at)
    life.amend(task, service=service)
    event = life.note(task, TaskEventKind.AGREED_SERVICE, at=at, by=by, facts={"service": service.pk, "name": named})
    messages.happened(task, "agreed_service", event, [*messages.clients(task), *messages.approvers(task)], service=service)
    return task


def agreement_of(task: DeliveryTask, *, at: datetime) -> Agreement | None:
    """The client's agreement in force at `at`; None where there is none."""
    return agreements.in_force(task.organisation, on=agreements.local_date(at))


def _free_name(agreement: Agreement, name: str) -> str:
    named = name.replace("\0", "").strip()
    if not named or len(named) > LONGEST_NAME:
        raise ServiceNameMissing
    if agreement.services.filter(name__iexact=named).exists():
        raise ServiceNameTaken
    return named
