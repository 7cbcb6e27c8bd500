"""Mail about cases, each case one thread for each of its readers (rules S8, M4).

Every mail has a Message-ID that nobody can guess, which is kept with the case; it answers the last that its reader
wrote or got, and references the first of them. Answers go to the case's own address, and the subject has the signed
number, so that an answer finds back by either. What a person wrote does not bear the mark of a machine; receipts and
alerts do.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cases.addresses import address_of, tag_of
from cases.models import Case, CaseMail, Message
from notices import machine_mail, outbox
from notices.models import Notice
from notices.outbox import Thread
from people.models import Person

LONGEST_ID = 255


def send(case: Case, template: str, people: Iterable[Person], context: dict[str, Any], *, cause: str, at: datetime) -> list[Notice]:
    """Queue `cases/mail/<template>` to these people, in the thread of each. `context["by_person"]`: a person wrote it."""
    readers = list(people)
    notices = outbox.compose(
        cause=f"case:{case.pk}:{cause}",
        people=readers,
        template=f"cases/mail/{template}",
        context={"case": case, **context},
        at=at,
        extras=_threads(case, readers, by_person=bool(context.get("by_person"))),
    )
    _keep(case, notices, context.get("message"), at)
    return notices


def send_to_address(case: Case, address: str, text: tuple[str, str], *, cause: str, at: datetime) -> Notice:
    """Queue `text` (subject, body) to somebody who is no user, in answer to their mail."""
    earlier = [mail.mail_id for mail in case.mails.filter(message__address=address, ours=False).order_by("pk")]
    thread = _thread(case, earlier, by_person=False)
    notice = outbox.write_in_thread(
        cause=f"case:{case.pk}:{cause}", address=address, language=case.language, text=text, at=at, thread=thread
    )
    _keep(case, [notice], None, at)
    return notice


def keep_incoming(case: Case, message: Message | None, mail_id: str, *, at: datetime) -> None:
    """Keep the Message-ID of a mail that joined the case: answers to it belong there, too."""
    if mail_id and len(mail_id) <= LONGEST_ID:
        CaseMail.objects.get_or_create(case=case, mail_id=mail_id, defaults={"message": message, "ours": False, "at": at})


def _threads(case: Case, readers: list[Person], *, by_person: bool) -> dict[int, Thread]:
    """For each reader what their next mail answers. One query for all of them."""
    earlier: dict[int, list[str]] = {person.pk: [] for person in readers}
    mails = CaseMail.objects.filter(case=case).order_by("pk").values_list("mail_id", "notice__person_id", "message__author_id", "ours")
    for mail_id, reader, author, ours in mails:
        whose = reader if ours else author
        if whose in earlier:
            earlier[whose].append(mail_id)
    return {pk: _thread(case, ids, by_person=by_person) for pk, ids in earlier.items()}


def _thread(case: Case, earlier: list[str], *, by_person: bool) -> Thread:
    return outbox.following(
        earlier,
        message_id=machine_mail.new_id("case", case.pk),
        reply_to=address_of(case),
        tag=tag_of(case),
        by_person=by_person,
    )


def _keep(case: Case, notices: Iterable[Notice], message: Message | None, at: datetime) -> None:
    """Remember which mails of ours are the case's. What was written before of the same cause is remembered already."""
    ours = [
        CaseMail(case=case, message=message, notice=notice, mail_id=notice.message_id, ours=True, at=at)
        for notice in notices
        if notice.message_id
    ]
    CaseMail.objects.bulk_create(ours, ignore_conflicts=True)
