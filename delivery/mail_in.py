"""Mail about tasks (rules D4, S8): an answer from somebody who is known on the task joins its thread; all else is the cases'.

A mail leads to a task by its address, or by the Message-IDs that it answers. Neither lets anybody in, and who a mail is
from can be forged: so a word of one of ours is only a note, and what a machine answers is noted and goes no further.
"""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from cases import mail_text
from cases.intake import LONGEST_TEXT
from cases.mail_files import files_of
from clients import provider
from core.once import once
from core.reasons import LONGEST_REASON
from delivery import life, thread
from delivery.models import DeliveryTask, TaskEventKind, TaskMessage
from delivery.thread import Word
from notices import machine_mail
from notices.addresses import tokens_in
from notices.incoming import Mail
from notices.mailroom import Outcome
from notices.models import IncomingMail, MailState, Notice
from people.models import Person

MOST_IDS = 500
MOST_RECIPIENTS = 100
MOST_FILES = 20
LONGEST_FILES = 2_000

JOINED = gettext_noop("It joined its delivery task.")
JOINED_CLOSED = gettext_noop("It joined its delivery task, which is closed; somebody has to see whether that goes on.")
NOTED = gettext_noop("One of ours wrote it. It is an internal note in its delivery task: answers to clients are written on the page.")
CAME_BEFORE = gettext_noop("The same mail came before, and is in its delivery task.")
BY_MACHINE = gettext_noop("A machine answered in a delivery task. It is noted there for staff, and nobody was told.")


def takes(mail: Mail) -> bool:
    """Whether the mail leads to a task on which its sender is known. Reports of mail servers are never about a word."""
    return not machine_mail.is_report(mail) and _known_on(mail) is not None


def handle(mail: Mail, row: IncomingMail, at: datetime) -> Outcome:
    """Let the mail join its task: the client's word, or a note of one of ours (rule D4). Never sends anything to a machine."""
    task, person = _known_on(mail), _person(mail.author)
    if task is None or person is None:
        raise LookupError(mail.message_id)  # `takes` saw both, in the same transaction
    if machine_mail.is_automatic(mail):
        return _note_machine(task, mail, row)
    word, shared = Word(text_of(mail), row), mail_text.shared_cause(mail, row.digest)
    earlier = TaskMessage.objects.filter(cause=shared).exclude(mail=row).first()
    if earlier is not None and mail_text.same_words(earlier.text, word.text):
        return Outcome(MailState.IGNORED, CAME_BEFORE)
    cause = mail_text.own_cause(row.digest) if earlier is not None else shared
    if not life.may_speak(person, task):
        thread.add_note(task, word, by=person, at=row.received_at, cause=cause)
        return Outcome(MailState.HANDLED, NOTED)
    thread.say(task, word, by=person, at=row.received_at, cause=cause)
    return Outcome(MailState.HANDLED, JOINED_CLOSED if task.is_closed else JOINED)


def text_of(mail: Mail) -> str:
    """What the mail says; and the names of its files, which are kept with the mail itself."""
    said = mail_text.text_of(mail).strip("\n")[: LONGEST_TEXT - LONGEST_FILES]
    with translation.override(provider.current().language):
        said = said if said.strip() else mail.subject or gettext("(The mail has no text.)")
        names = ", ".join(part.name or part.content_type for part in files_of(mail)[:MOST_FILES])
        if not names:
            return said
        words = gettext("Files in the mail, kept with it: %(names)s") % {"names": names}
    return f"{said}\n\n[{words[: LONGEST_FILES - 10]}]"


def _note_machine(task: DeliveryTask, mail: Mail, row: IncomingMail) -> Outcome:
    """What a machine answers in a task is noted for staff. Nobody is told, and nothing is answered."""
    task = life.locked(task)
    if not task.events.filter(kind=TaskEventKind.NOTED, facts__mail=row.pk).exists():
        reason = f"{mail.author}: {mail.subject}"[:LONGEST_REASON]
        facts = {"mail": row.pk, "automatic": True}
        life.note_internally(task, TaskEventKind.NOTED, at=row.received_at, by=None, reason=reason, facts=facts)
    return Outcome(MailState.IGNORED, BY_MACHINE)


def _known_on(mail: Mail) -> DeliveryTask | None:
    """The first task that the mail leads to on which its sender is known."""
    person = _person(mail.author)
    if person is None or machine_mail.is_our_address(mail.author):
        return None
    return next((task for task in _led_to(mail) if life.may_speak(person, task) or life.may_work(person, task)), None)


def _led_to(mail: Mail) -> list[DeliveryTask]:
    """The tasks that the mail leads to: by its address, then by what it answers, nearest first."""
    tasks = DeliveryTask.objects.select_related("organisation")
    tokens, ids = tokens_in(mail.recipients[:MOST_RECIPIENTS]), mail.answers_to[:MOST_IDS]
    by_token = {task.mail_token: task for task in tasks.filter(mail_token__in=tokens)} if tokens else {}
    by_id = _tasks_of(ids) if ids else {}
    answered = tasks.in_bulk(set(by_id.values()))
    found = [*(by_token.get(token) for token in tokens), *(answered.get(by_id.get(mail_id, 0)) for mail_id in ids)]
    return list(dict.fromkeys(task for task in found if task is not None))


def _tasks_of(ids: tuple[str, ...]) -> dict[str, int]:
    """The number of the task, by the Message-ID of a mail of ours about it or of one that joined it."""
    ours = Notice.objects.filter(message_id__in=ids, cause__startswith="task:").values_list("message_id", "cause")
    joined = TaskMessage.objects.filter(mail__message_id__in=ids).values_list("mail__message_id", "task")
    return dict(joined) | {mail_id: int(cause.split(":")[1]) for mail_id, cause in ours}


def _person(address: str) -> Person | None:
    """Who has the address, with their duties: read once for each mail."""
    known = Person.objects.filter(email=address, is_active=True).prefetch_related("staff_roles")
    return once(("person", address), known.first) if address else None
