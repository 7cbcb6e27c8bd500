"""What is sent with a form: a report or a word, with its files, whole or not at all (rules S1, S4, S6).

The same form again does nothing more; with something else in it, it is refused.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import attachments, words
from cases.attachments import Upload, bytes_follow_rows
from cases.intake import Report, open_case
from cases.models import Case, Message
from cases.words import Said
from core.errors import DomainError
from people.models import Person


class FormSentBefore(DomainError):
    """The same form came with something else in it before."""

    message = _("This form has been sent before, with something else in it. Open the page again and write it there.")


@bytes_follow_rows()
@transaction.atomic
def report(what: Report, uploads: Sequence[Upload] = (), *, cause: str, by: Person, at: datetime) -> Case:
    """Open a case with its files (rule S1). Raises FormSentBefore, FilesRefused, and as `cases.intake.open_case`."""
    case = open_case(what, cause=cause, by=by, at=at)
    first = case.messages.get(cause=f"{cause}:report")
    if (case.organisation_id, first.text) != (what.organisation.pk, _kept(what.text)):
        raise FormSentBefore
    attachments.attach(first, uploads, at=at)
    return case


@bytes_follow_rows()
@transaction.atomic
def client_says(case: Case, text: str, uploads: Sequence[Upload] = (), *, cause: str, by: Person, at: datetime) -> Message:
    """The client writes, with files. Raises FormSentBefore, FilesRefused, and as `cases.words.client_says`."""
    message = words.client_says(case, Said(text), by=by, at=at, cause=cause)
    if message.text != _kept(text):
        raise FormSentBefore
    attachments.attach(message, uploads, at=at)
    return message


@bytes_follow_rows()
@transaction.atomic
def we_say(verb: Callable[..., Message], case: Case, text: str, uploads: Sequence[Upload] = (), **how: Any) -> Message:
    """One of ours answers, asks or notes by `verb` of `cases.words`, with files. `how`: cause, by and at, as the verb takes them.

    Raises FilesRefused, and as the verb.
    """
    message = verb(case, Said(text), **how)
    attachments.attach(message, uploads, at=how["at"])
    return message


def _kept(text: str) -> str:
    """As it is kept."""
    return text.replace("\0", "").strip("\r\n")
