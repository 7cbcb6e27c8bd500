"""The outbox of the day, read as a person would: who got what, what each mail answers, and that nobody got what was not theirs."""

import re
from collections.abc import Iterator

from django.core import mail
from django.core.mail import EmailMessage

from cases.addresses import address_of
from cases.models import Case, Message
from tests.journeys.support_day import SupportDay

TAG = re.compile(r"\[#(\d+) [a-z2-7]{10}\] ")

READERS = {
    "rolf@borealis.example": [
        "A password was forgotten | We have your report “A password was forgotten”.",
        "Dates are wrong | We have your report “Dates are wrong”.",
        "Priority 1: the mail relay has stopped | We have your report “Priority 1: the mail relay has stopped”.",
        "Everything is down | We have your report “Everything is down”.",
        "Priority 1: the mail relay has stopped | The relay is up again; we look at why.",
        "Everything is down | A switch was broken. It is replaced.",
        "Please approve the solution: Priority 1: the mail relay has stopped | Tessa Testsson proposes this solution",
        "Please approve the solution: Everything is down | Theo Testsson proposes this solution",
        "The priority is 1 now | The priority of “Dates are wrong” was 3 and is 1 now.",
        "Dates are wrong | It is the time zone of the server.",
        "Solved: Priority 1: the mail relay has stopped | Rolf Testsson has approved the solution",
        "Solved: Everything is down | Rolf Testsson has approved the solution",
    ],
    "anna@cirrus.example": [
        "The migration does not end | We have your report “The migration does not end”.",
        "Labels are cut off | We have your report “Labels are cut off”.",
        "The migration does not end | Theo Testsson has begun to look into “The migration does not end”.",
        "Labels are cut off | We are looking.",
        "Labels are cut off | Tessa Testsson has begun to look into “Labels are cut off”.",
    ],
    "dev@provider.example": [
        "For Development: case #, Sign-on fails now and then | Tessa Testsson hands you this case of Acme.",
        "No longer with Development: case #, Sign-on fails now and then | Tessa Testsson has taken this case back.",
    ],
}
"""What these got all day: the subject without its number, and how the mail begins."""


def letters(day: SupportDay, reader: str) -> list[str]:
    """What a reader got, each as the beginning of its entry in `READERS` where it begins so."""
    wanted = READERS[reader]
    found = []
    for place, message in enumerate(day.sent_to(reader)):
        subject = re.sub(r"case \d+", "case #", TAG.sub("", str(message.subject)))
        letter = f"{subject} | {message.body.strip().splitlines()[0]}"
        found.append(wanted[place] if place < len(wanted) and letter.startswith(wanted[place]) else letter)
    return found


def about(message: EmailMessage) -> Case | None:
    """The case that a mail is about, by the number in its subject."""
    found = TAG.search(str(message.subject))
    return Case.objects.get(pk=found[1]) if found else None


def out_of_thread(day: SupportDay) -> Iterator[str]:
    """The mails about cases that do not answer the last that their reader wrote or got, or whose answers would go elsewhere."""
    known: dict[tuple[int, str], list[str]] = {}
    for key, number in day.cases.items():
        reports = Message.objects.filter(case=number, mail__isnull=False, cause__endswith=":report")
        known[number, day.person(key).email] = list(reports.values_list("mail__message_id", flat=True))
    for message in mail.outbox:
        case = about(message)
        if case is None:
            continue
        headers, thread = message.extra_headers, known.setdefault((case.pk, message.to[0]), [])
        answers, references = headers.get("In-Reply-To", ""), headers.get("References", "").split()
        if headers["Reply-To"] != address_of(case) or headers["Message-ID"] in thread:
            yield f"{message.subject}: answers would go astray"
        if bool(thread) != bool(answers) or (thread and references[:1] != thread[:1]) or (answers and references[-1] != answers):
            yield f"{message.subject}: answers {answers}, and not {thread[-1:]}"
        thread.append(headers["Message-ID"])


def gone_astray() -> Iterator[str]:
    """The mails that went to somebody who is neither of the client nor ours."""
    for message in mail.outbox:
        case = about(message)
        domain = message.to[0].partition("@")[2]
        of_client = case is not None and domain == f"{case.organisation.name.lower()}.example"
        if domain != "provider.example" and case is not None and not of_client:
            yield f"{message.subject} to {message.to[0]}"
