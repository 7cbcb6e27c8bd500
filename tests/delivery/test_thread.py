"""The shared thread of a task: who speaks in it, who is told, and the client's own team space (rules D4, M4)."""

from datetime import timedelta

import pytest

from cases.intake import TextTooLong
from cases.words import MessageMismatch, NothingSaid
from clients.models import Membership, StaffDuty
from core.errors import NotAllowed
from delivery import life, mail_out, thread
from delivery.models import DeliveryTask, TaskEventKind, TaskMessage, TaskState, TaskVoice
from delivery.thread import Word
from notices.models import Notice
from tests.cast import NOON, a_colleague, a_person
from tests.delivery.scene import a_task, a_working, an_accepted, delivery_terms

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    return a_working(cast, acme)


def _say(task, person, text="How far is it?", cause="test:word", at=LATER):
    return thread.say(task, Word(text), by=person, at=at, cause=cause)


def _told(message):
    return {notice.person for notice in Notice.objects.filter(cause=f"task:{message.task_id}:message:{message.pk}")}


def test_d4_the_client_s_word_reaches_whoever_does_the_work(cast, acme, task):
    message = _say(task, acme.requester)

    event = task.events.get(kind=TaskEventKind.CLIENT_SAID)
    assert (message.voice, message.author, message.text, message.at) == (TaskVoice.CLIENT, acme.requester, "How far is it?", LATER)
    assert (event.internal, event.by, event.facts) == (False, acme.requester, {"message": message.pk})
    assert _told(message) == {cast.tessa.person}


def test_d4_our_word_reaches_the_contact_and_who_wrote_before_in_one_thread_each(cast, acme, task):
    asked = _say(task, acme.approver)
    message = _say(task, cast.tessa.person, "Half of it is done.", cause="two", at=LATER + timedelta(minutes=1))

    assert message.voice == TaskVoice.STAFF
    assert (_told(asked), _told(message)) == ({cast.tessa.person, acme.requester}, {acme.requester, acme.approver})
    mail = Notice.objects.get(cause=f"task:{task.pk}:message:{message.pk}", person=acme.requester)
    before = Notice.objects.get(cause=f"task:{task.pk}:message:{asked.pk}", person=acme.requester)
    begun = Notice.objects.get(cause__startswith=f"task:{task.pk}:event:", person=acme.requester)
    assert (mail.subject, mail.by_person) == (f"D{task.pk}: Single sign-on", True)
    assert (mail.reply_to, mail.in_reply_to) == (mail_out.address_of(task), before.message_id)
    assert mail.references == f"{begun.message_id} {before.message_id}"
    assert f"http://127.0.0.1:8000/delivery/{task.pk}/" in mail.body


def test_d4_before_anybody_has_it_and_after_it_is_closed_the_account_manager_hears_too(cast, acme):
    delivery_terms()
    disa = a_colleague("Disa", StaffDuty.DISPATCHER)
    new = a_task(acme, cast.tessa.person)
    ready = an_accepted(acme, cast.tessa.person, cast.max)
    closed = a_working(cast, acme)
    DeliveryTask.objects.filter(pk=closed.pk).update(state=TaskState.ACCEPTED, closed_at=NOON)

    told = [_told(_say(task, acme.requester, cause=f"word:{task.pk}")) for task in (new, ready, closed)]

    assert told == [{disa, cast.max}, {disa, cast.max}, {cast.tessa.person, cast.max}]
    assert "The task is closed" in Notice.objects.filter(cause__startswith=f"task:{closed.pk}:message:").first().body


@pytest.mark.parametrize("state", TaskState)
def test_d4_the_thread_is_open_in_every_state(cast, acme, task, state):
    closed_at = NOON if state in life.CLOSED else None
    DeliveryTask.objects.filter(pk=task.pk).update(state=state, closed_at=closed_at)

    assert _say(task, acme.requester).voice == TaskVoice.CLIENT
    assert _say(task, cast.tessa.person, "Yes.", cause="two").voice == TaskVoice.STAFF


def test_d4_a_note_is_for_us_only_and_mails_nobody(cast, acme, task):
    before = Notice.objects.count()

    note = thread.add_note(task, Word("They are difficult."), by=cast.theo.person, at=LATER, cause="note")

    assert (note.voice, task.events.get(kind=TaskEventKind.NOTED).internal) == (TaskVoice.NOTE, True)
    assert Notice.objects.count() == before
    assert (list(thread.said_in(task, notes=True)), list(thread.said_in(task, notes=False))) == ([note], [])


def test_d4_the_same_form_speaks_once_and_never_says_something_else(cast, acme, task):
    first = _say(task, acme.requester)

    assert _say(task, acme.requester) == first
    with pytest.raises(MessageMismatch):
        _say(task, acme.requester, "Something else")
    other = a_working(cast, acme)
    with pytest.raises(MessageMismatch):
        _say(other, acme.requester)
    assert TaskMessage.objects.count() == 1


@pytest.mark.parametrize(("text", "refusal"), [("", NothingSaid), (" \n\0", NothingSaid), ("x" * 200_001, TextTooLong)])
def test_d4_nothing_and_too_much_are_refused(acme, task, text, refusal):
    with pytest.raises(refusal):
        _say(task, acme.requester, text)

    assert not TaskMessage.objects.exists()


def test_d4_who_speaks_who_notes_and_who_names_a_team_space(cast, acme, borealis, task):
    people = {
        "technician": cast.theo.person,
        "account manager": cast.max,
        "another account manager": a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER),
        "dispatcher": a_colleague("Disa", StaffDuty.DISPATCHER),
        "finance": cast.fia,
        "administrator": cast.ada,
        "approver": acme.approver,
        "requester": acme.requester,
        "stranger": borealis.approver,
    }
    acts = {
        "say": lambda person: _say(task, person, cause=f"say:{person.pk}"),
        "note": lambda person: thread.add_note(task, Word("Note"), by=person, at=LATER, cause=f"note:{person.pk}"),
        "workspace": lambda person: thread.set_workspace(task, f"https://team.example/{person.pk}", by=person, at=LATER),
    }

    def may(act, person):
        try:
            act(person)
        except NotAllowed:
            return False
        return True

    allowed = {name: {act for act in acts if may(acts[act], person)} for name, person in people.items()}

    every = {"say", "note", "workspace"}
    assert allowed == {
        "technician": every,
        "account manager": every,
        "another account manager": set(),
        "dispatcher": every,
        "finance": set(),
        "administrator": set(),
        "approver": {"say"},
        "requester": {"say"},
        "stranger": set(),
    }


def test_d4_somebody_who_has_left_the_client_hears_no_more(cast, acme, task):
    _say(task, acme.approver)
    Membership.objects.filter(person=acme.approver).delete()
    new = a_person("Nils")
    Membership.objects.create(organisation=acme.organisation, person=new, role="approver")
    Membership.objects.filter(person=acme.requester).delete()

    message = _say(task, cast.tessa.person, "Done soon.", cause="two")

    assert _told(message) == {new}


def test_d4_the_client_s_own_team_space_is_told_once(cast, acme, task):
    thread.set_workspace(task, " https://team.example/acme ", by=cast.tessa.person, at=LATER)
    thread.set_workspace(task, "https://team.example/acme", by=cast.tessa.person, at=LATER)

    event = task.events.get(kind=TaskEventKind.CHANGED)
    task.refresh_from_db()
    assert (task.workspace, event.internal, event.facts) == ("https://team.example/acme", False, {"workspace": task.workspace})
    mail = Notice.objects.get(cause=f"task:{task.pk}:event:{event.pk}")
    assert (mail.person, "https://team.example/acme" in mail.body) == (acme.requester, True)
    assert thread.set_workspace(task, "", by=cast.tessa.person, at=LATER).workspace == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://team.example/acme",
        "javascript:alert(1)",
        "team.example",
        "https://",
        "https://user:secret@team.example/",
        "https://team.example\\@evil.example/",
        "https://team.example/\nSet-Cookie:x",
        "https://team.example/" + "x" * 300,
    ],
)
def test_d4_only_an_address_of_https_is_a_team_space(cast, task, address):
    with pytest.raises(thread.WorkspaceRefused):
        thread.set_workspace(task, address, by=cast.tessa.person, at=LATER)

    task.refresh_from_db()
    assert (task.workspace, task.events.filter(kind=TaskEventKind.CHANGED).exists()) == ("", False)


def test_d4_a_closed_task_moves_to_no_team_space(cast, task):
    DeliveryTask.objects.filter(pk=task.pk).update(state=TaskState.ACCEPTED, closed_at=NOON)

    with pytest.raises(life.TaskMovedOn):
        thread.set_workspace(task, "https://team.example/acme", by=cast.tessa.person, at=LATER)
