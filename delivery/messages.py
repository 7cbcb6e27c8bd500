"""Word of delivery tasks to the people who are in them, in the transaction that gives rise to it (rules D1, D2, D4, D5, M4).

On the client's side the contact is told, or where they have left its approvers; on ours the assignee and the account
manager. Each text is in its reader's language. Nobody is told of their own act.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients import access
from clients.models import StaffDuty
from delivery import mail_out
from delivery.models import WORK_STATES, DeliveryTask, TaskEvent, TaskMessage, TaskVoice
from notices import outbox
from people.models import Person


def opened(task: DeliveryTask, *, at: datetime) -> None:
    """A task was opened: the account manager hears of it. The client was told in the case (rule T2)."""
    tell(task, "opened", _others(access.managers(task.organisation), task.opened_by), {}, cause="opened", at=at)


def handed_over(task: DeliveryTask, event: TaskEvent) -> None:
    """Nothing stands in the way any more: the delivery department and the client are told (rule D2)."""
    happened(task, "ready", event, [*department(task), *clients(task)])


def assigned(task: DeliveryTask, event: TaskEvent) -> None:
    """Whoever has it now is told."""
    happened(task, "assigned", event, [task.assignee] if task.assignee else [])


def begun(task: DeliveryTask, event: TaskEvent) -> None:
    """The client is told that work has begun, and by whom."""
    happened(task, "begun", event, clients(task))


def said(task: DeliveryTask, message: TaskMessage) -> None:
    """Somebody wrote in the thread: the other side is mailed (rule D4).

    A word of ours goes to the client's contact, and to those of theirs who wrote in it. A word of theirs goes to ours;
    written on the page, not by mail, to those others of theirs, too: two machines there must not write to each other
    through us (rule S8).
    """
    theirs = {person.pk: person for person in [*clients(task), *_speakers(task)]}.values()
    context = {"message": message, "by_person": True}
    if message.voice == TaskVoice.STAFF:
        tell(task, "said", _others(theirs, message.author), context, cause=f"message:{message.pk}", at=message.at)
        return
    readers = [*ours(task), *([] if message.by_mail else theirs)]
    tell(task, "client_said", _others(readers, message.author), {"message": message}, cause=f"message:{message.pk}", at=message.at)


def happened(task: DeliveryTask, template: str, event: TaskEvent, people: Iterable[Person], **context: Any) -> None:
    """Tell `people` of an event with `delivery/mail/<template>`; once for each event, and never whoever did it."""
    tell(task, template, _others(people, event.by), {"event": event, **context}, cause=f"event:{event.pk}", at=event.at)


def tell(task: DeliveryTask, template: str, people: Iterable[Person], context: dict[str, Any], *, cause: str, at: datetime) -> None:
    """Write to these people, once each, with the address of the page that is theirs; an answer by mail joins the task (rule D4).

    `context["by_person"]`: a person wrote it.
    """
    sides: dict[str, list[Person]] = {"desk-delivery-task": [], "delivery-task": []}
    for person in {person.pk: person for person in people}.values():
        sides["desk-delivery-task" if access.is_provider_staff(person) else "delivery-task"].append(person)
    for page, readers in sides.items():
        shown = {"task": task, "page": reverse(page, args=[task.pk]), **context}
        template_name = f"delivery/mail/{template}"
        threads = mail_out.threads(task, readers, by_person=bool(context.get("by_person")))
        outbox.compose(cause=f"task:{task.pk}:{cause}", people=readers, template=template_name, context=shown, at=at, extras=threads)


def clients(task: DeliveryTask) -> list[Person]:
    """The client's people who are told: the contact, as long as they belong to the organisation, else its approvers."""
    members = Person.objects.filter(memberships__organisation=task.organisation_id, is_active=True)
    found = list(members.filter(pk=task.contact_id)) if task.contact_id else []
    return found or approvers(task)


def approvers(task: DeliveryTask, *, at: datetime | None = None) -> list[Person]:
    """Who accepts costs for the client: its approvers, and at `at` their deputies too."""
    if at is not None:
        return list(access.approvers(task.organisation, at=at))
    return list(Person.objects.filter(memberships__organisation=task.organisation_id, memberships__role="approver", is_active=True))


def managers(task: DeliveryTask) -> list[Person]:
    """The client's account manager and the deputy."""
    return list(access.managers(task.organisation))


def department(task: DeliveryTask) -> list[Person]:
    """Ours who do it: the assignee; where nobody has it, or whoever had it has left, the dispatchers."""
    if task.assignee is not None and task.assignee.is_active:
        return [task.assignee]
    return list(access.staff(StaffDuty.DISPATCHER))


def ours(task: DeliveryTask) -> list[Person]:
    """Ours who hear of a word of the client's: who does it; and the account manager, unless somebody has it in work."""
    working = task.state in WORK_STATES and task.assignee is not None and task.assignee.is_active
    return department(task) if working else [*department(task), *managers(task)]


def _speakers(task: DeliveryTask) -> list[Person]:
    """The client's people who wrote in the thread, as long as they belong to the organisation."""
    wrote = TaskMessage.objects.filter(task=task, voice=TaskVoice.CLIENT).values("author")
    return list(Person.objects.filter(pk__in=wrote, memberships__organisation=task.organisation_id, is_active=True).order_by("pk"))


def _others(people: Iterable[Person], but: Person | None) -> list[Person]:
    return [person for person in people if but is None or person.pk != but.pk]
