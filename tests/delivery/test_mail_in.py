"""Mail about tasks joins the thread where its sender is known; all else is left to the cases, and nothing loops (rules D4, S8)."""

from datetime import timedelta

import pytest

from cases.models import Case
from delivery import mail_in, mail_out, thread
from delivery.models import DeliveryTask, TaskEventKind, TaskMessage, TaskState, TaskVoice
from delivery.thread import Word
from notices import incoming, mailroom
from notices.models import MailState, Notice
from tests.cases.mail_corpus import file, of_parts, part
from tests.cases.opened import a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import a_working, delivery_terms

LATER = NOON + timedelta(minutes=5)
A_DATE = "Date: Wed, 18 Nov 2026 13:00:00 +0100"


def a_mail(*more, sender="rolf@acme.example", subject="Re: Single sign-on", to="support@provider.example", number=1, body="Very good."):
    fields = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <m{number}@acme.example>", A_DATE, *more, "", body]
    return "\r\n".join(fields).encode() + b"\r\n"


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    bind(acme, a_plan())
    return a_working(cast, acme)


@pytest.fixture
def comes_in(task):
    def come_in(raw, at=NOON, handled_at=LATER):
        row = mailroom.receive(raw=raw, source="pipe", at=at)
        assert mailroom.handle_due(at=handled_at) == 1
        row.refresh_from_db()
        return row

    return come_in


def our_mail(task, cast, acme):
    message = thread.say(task, Word("Half of it is done."), by=cast.tessa.person, at=NOON, cause="ours")
    return Notice.objects.get(cause=f"task:{task.pk}:message:{message.pk}", person=acme.requester)


def test_d4_an_answer_to_the_task_s_own_address_joins_its_thread(cast, acme, task, comes_in):
    row = comes_in(a_mail(to=mail_out.address_of(task)))

    message = TaskMessage.objects.get()
    assert (row.state, row.route, row.outcome) == (MailState.HANDLED, "task", mail_in.JOINED)
    assert (message.voice, message.author, message.text, message.at) == (TaskVoice.CLIENT, acme.requester, "Very good.", NOON)
    assert (message.by_mail, message.mail) == (True, row)
    told = Notice.objects.filter(cause=f"task:{task.pk}:message:{message.pk}")
    assert [notice.person for notice in told] == [cast.tessa.person]
    assert not Case.objects.exists()


def test_d4_an_answer_finds_back_by_what_it_answers(cast, acme, task, comes_in):
    mail = our_mail(task, cast, acme)

    comes_in(a_mail(f"References: <x@y> {mail.message_id}", subject="Another subject"))
    comes_in(a_mail("In-Reply-To: <m1@acme.example>", sender="anna@acme.example", number=2))

    assert [message.author for message in task.messages.order_by("pk")] == [cast.tessa.person, acme.requester, acme.approver]
    assert not Case.objects.exists()


def test_d4_our_next_mail_answers_what_its_reader_wrote_by_mail(cast, acme, task, comes_in):
    comes_in(a_mail(to=mail_out.address_of(task)))

    assert our_mail(task, cast, acme).in_reply_to == "<m1@acme.example>"


def test_d4_one_of_ours_who_answers_by_mail_writes_a_note(cast, acme, task, comes_in):
    before = Notice.objects.count()

    row = comes_in(a_mail(sender=cast.theo.person.email, to=mail_out.address_of(task)))

    note = TaskMessage.objects.get()
    assert (note.voice, note.author, row.outcome) == (TaskVoice.NOTE, cast.theo.person, mail_in.NOTED)
    assert Notice.objects.count() == before


@pytest.mark.parametrize("sender", ["eve@evil.example", "rolf@borealis.example", "fia@provider.example"])
def test_d4_whoever_is_not_known_on_the_task_is_left_to_the_cases(borealis, task, comes_in, sender):
    row = comes_in(a_mail(sender=sender, to=mail_out.address_of(task)))

    assert (row.route, TaskMessage.objects.exists()) == ("case", False)
    if sender == "rolf@borealis.example":
        assert Case.objects.get().organisation == borealis.organisation
    else:
        assert (row.state, Case.objects.exists()) == (MailState.HELD, False)


def test_d4_a_stranger_with_our_message_id_is_held(cast, acme, task, comes_in):
    mail = our_mail(task, cast, acme)

    row = comes_in(a_mail(f"In-Reply-To: {mail.message_id}", sender="eve@evil.example"))

    assert (row.state, row.route, task.messages.count()) == (MailState.HELD, "case", 1)


def test_s8_a_mail_about_no_task_still_opens_a_case(task, comes_in):
    row = comes_in(a_mail())

    assert (row.route, Case.objects.count(), TaskMessage.objects.exists()) == ("case", 1, False)


@pytest.mark.parametrize(
    "fields", [["Auto-Submitted: auto-replied"], ["Precedence: bulk"], ["List-Id: <l.acme.example>"], ["Return-Path: <>"]]
)
def test_s8_what_a_machine_answers_is_noted_and_goes_no_further(cast, acme, task, comes_in, fields):
    mail = our_mail(task, cast, acme)
    before = Notice.objects.count()

    for number in range(3):
        row = comes_in(a_mail(*fields, f"In-Reply-To: {mail.message_id}", number=number))
        assert (row.state, row.route, row.outcome) == (MailState.IGNORED, "task", mail_in.BY_MACHINE)

    noted = task.events.filter(kind=TaskEventKind.NOTED)
    assert (Notice.objects.count(), task.messages.count(), noted.count()) == (before, 1, 3)
    assert all(event.internal for event in noted)


def test_s8_two_machines_at_the_client_s_do_not_write_to_each_other_through_us(cast, acme, task, comes_in):
    thread.say(task, Word("I am in it, too."), by=acme.approver, at=NOON, cause="anna")

    for number in range(4):
        sender = "rolf@acme.example" if number % 2 else "anna@acme.example"
        comes_in(a_mail(sender=sender, to=mail_out.address_of(task), number=number, body=f"I am away, says {number}."))

    told = Notice.objects.filter(cause__startswith=f"task:{task.pk}:message:", person__in=[acme.requester, acme.approver])
    assert [notice.person for notice in told] == [acme.requester]
    assert task.messages.count() == 5


def test_s8_the_same_mail_to_two_of_our_addresses_is_one_message(task, comes_in):
    address = mail_out.address_of(task)
    comes_in(a_mail("Delivered-To: a@provider.example", to=address))
    row = comes_in(a_mail("Delivered-To: b@provider.example", to=address, body="Very good.\r\n\r\nSent by a list"))

    other = comes_in(a_mail("Delivered-To: c@provider.example", to=address, body="Something else."))

    assert (row.state, row.outcome) == (MailState.IGNORED, mail_in.CAME_BEFORE)
    assert (other.outcome, task.messages.count()) == (mail_in.JOINED, 2)


def test_d4_a_word_to_a_closed_task_is_kept_and_told(cast, acme, task, comes_in):
    DeliveryTask.objects.update(state=TaskState.ACCEPTED, closed_at=NOON)

    row = comes_in(a_mail(to=mail_out.address_of(task)))

    assert (row.outcome, task.messages.count()) == (mail_in.JOINED_CLOSED, 1)
    assert Notice.objects.filter(cause__contains=":message:", person=cast.max).count() == 1


def test_d4_a_mail_with_nothing_but_a_file_names_it(task, comes_in):
    raw = of_parts(part("text/plain", ""), file("log.txt", b"log"), to=mail_out.address_of(task), subject="The log")

    comes_in(raw)

    assert task.messages.get().text == "The log\n\n[Files in the mail, kept with it: log.txt]"


def test_d4_a_large_mail_fits(task):
    raw = of_parts(part("text/plain", "x" * 300_000), file("y" * 250, b""), to=mail_out.address_of(task))

    assert len(mail_in.text_of(incoming.parse(raw))) <= 200_000


def test_s8_a_mail_server_s_report_is_nobody_s_word(cast, acme, task, comes_in):
    mail = our_mail(task, cast, acme)
    parts = ["--b", "Content-Type: message/delivery-status", "", "Action: failed", "Status: 5.1.1", "", "--b"]
    parts += ["Content-Type: text/rfc822-headers", "", f"Message-ID: {mail.message_id}", "", "--b--"]
    head = ["Content-Type: multipart/report; report-type=delivery-status; boundary=b", f"In-Reply-To: {mail.message_id}"]

    row = comes_in(a_mail(*head, body="\r\n".join(parts)))

    mail.refresh_from_db()
    assert (row.state, row.about, mail.bounced_at, task.messages.count()) == (MailState.HELD, mail, LATER, 1)
