"""The mails of a task, one thread for each of its readers (rules D4, M4).

Every mail has a Message-ID that nobody can guess, answers the last that its reader got or wrote, and asks for answers to
the task's own address: so an answer finds back by either.
"""

from collections.abc import Iterable
from operator import itemgetter

from delivery.models import DeliveryTask, TaskMessage
from notices import machine_mail, outbox
from notices.addresses import address_with
from notices.models import Notice
from notices.outbox import CalendarPart, Thread
from people.models import Person


def address_of(task: DeliveryTask) -> str:
    """Where answers about `task` go."""
    return address_with(task.mail_token)


def threads(task: DeliveryTask, readers: Iterable[Person], *, by_person: bool) -> dict[int, CalendarPart | Thread]:
    """For each reader, by number, what their next mail answers. Two queries for all of them."""
    earlier = _earlier(task, [person.pk for person in readers])
    return {
        pk: outbox.following(ids, message_id=machine_mail.new_id("task", task.pk), reply_to=address_of(task), tag="", by_person=by_person)
        for pk, ids in earlier.items()
    }


def _earlier(task: DeliveryTask, readers: list[int]) -> dict[int, list[str]]:
    """The Message-IDs of what each of the readers got of this task, and wrote in it by mail, in order of time."""
    if not readers:
        return {}
    got = Notice.objects.filter(person__in=readers, cause__startswith=f"task:{task.pk}:").exclude(message_id="")
    wrote = TaskMessage.objects.filter(task=task, author__in=readers, mail__isnull=False).exclude(mail__message_id="")
    found = [*got.values_list("written_at", "person", "message_id"), *wrote.values_list("at", "author", "mail__message_id")]
    earlier: dict[int, list[str]] = {pk: [] for pk in readers}
    for _at, reader, message_id in sorted(found, key=itemgetter(0)):
        earlier[reader].append(message_id)
    return earlier
