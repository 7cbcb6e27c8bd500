"""The shared thread of a task: progress is asked for and told here, not in the closed case (rule D4).

Client and staff speak in it as long as the task is known, closed or not: the client always reaches somebody. Notes are
for staff only. The same cause again returns the first message. The client may have a team space of their own instead,
whose address the task carries.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.intake import LONGEST_TEXT, TextTooLong
from cases.words import MessageMismatch, NothingSaid
from core.errors import DomainError, NotAllowed
from delivery import life, messages
from delivery.models import DeliveryTask, TaskEventKind, TaskMessage, TaskVoice
from notices.models import IncomingMail
from people.models import Person

LONGEST_ADDRESS = 300

_is_address = URLValidator(schemes=["https"])


class WorkspaceRefused(DomainError):
    """A team space is reached by an address that begins with https, without a name or password in it."""

    message = _("The address of the team space has to begin with https://, and names no user. Nothing has changed.")


@dataclass(frozen=True)
class Word:
    """A text, and the mail that brought it."""

    text: str
    mail: IncomingMail | None = None


@transaction.atomic
def say(task: DeliveryTask, word: Word, *, by: Person, at: datetime, cause: str) -> TaskMessage:
    """Say something in the thread, as the client or as one of ours; the other side is mailed (rule D4).

    Raises NotAllowed, NothingSaid, TextTooLong; MessageMismatch where the same `cause` came with other words.
    """
    task = life.locked(task)
    speaks = life.may_speak(by, task)
    if not speaks and not life.may_work(by, task):
        raise NotAllowed
    voice = TaskVoice.CLIENT if speaks else TaskVoice.STAFF
    message, fresh = _add(task, voice, word, by=by, at=at, cause=cause)
    if not fresh:
        return message
    kind = TaskEventKind.CLIENT_SAID if speaks else TaskEventKind.SAID
    life.note(task, kind, at=at, by=by, facts={"message": message.pk})
    messages.said(task, message)
    return message


@transaction.atomic
def add_note(task: DeliveryTask, word: Word, *, by: Person, at: datetime, cause: str) -> TaskMessage:
    """Note something for staff only; nobody is mailed. Raises as `say`."""
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    message, fresh = _add(task, TaskVoice.NOTE, word, by=by, at=at, cause=cause)
    if fresh:
        life.note_internally(task, TaskEventKind.NOTED, at=at, by=by, facts={"message": message.pk})
    return message


@transaction.atomic
def set_workspace(task: DeliveryTask, address: str, *, by: Person, at: datetime) -> DeliveryTask:
    """From now on progress is told in the client's own team space, too; an empty address ends that (rule D4).

    Raises NotAllowed, TaskMovedOn where the task is closed, WorkspaceRefused.
    """
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    if task.is_closed:
        raise life.TaskMovedOn
    address = _checked(address)
    if address != task.workspace:
        life.amend(task, workspace=address)
        event = life.note(task, TaskEventKind.CHANGED, at=at, by=by, facts={"workspace": address})
        if address:
            messages.happened(task, "workspace", event, messages.clients(task))
    return task


def said_in(task: DeliveryTask, *, notes: bool) -> QuerySet[TaskMessage]:
    """What was said, the oldest first, with who said it; `notes` of ours only where staff read. One query."""
    found = task.messages.select_related("author").order_by("at", "pk")
    return found if notes else found.exclude(voice=TaskVoice.NOTE)


def _add(task: DeliveryTask, voice: TaskVoice, word: Word, *, by: Person, at: datetime, cause: str) -> tuple[TaskMessage, bool]:
    """The message, and whether it is new: the same cause brings the first one back."""
    text = word.text.replace("\0", "").strip("\r\n")
    if earlier := task.messages.filter(cause=cause).first():
        return _the_same(earlier, voice, text), False
    if not text.strip():
        raise NothingSaid
    if len(text) > LONGEST_TEXT:
        raise TextTooLong
    message = TaskMessage(task=task, voice=voice, author=by, text=text, at=at, cause=cause)
    message.mail, message.by_mail = word.mail, word.mail is not None
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError as taken:  # the cause is of another task
        raise MessageMismatch from taken
    return message, True


def _the_same(earlier: TaskMessage, voice: TaskVoice, text: str) -> TaskMessage:
    if (earlier.voice, earlier.text) != (voice, text):
        raise MessageMismatch
    return earlier


def _checked(address: str) -> str:
    given = address.strip()
    if not given:
        return ""
    host = given.split("/")[2] if given.count("/") >= 2 else given
    if len(given) > LONGEST_ADDRESS or "@" in host or not given.isprintable():
        raise WorkspaceRefused
    try:
        _is_address(given)
    except ValidationError as refused:
        raise WorkspaceRefused from refused
    return given
