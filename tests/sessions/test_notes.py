import pytest
from django.db import IntegrityError, transaction

from clients.models import StaffDuty
from core.errors import NotAllowed
from notices.models import Notice
from sessions import notes
from sessions.models import SessionNote
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_submitted_session, minutes


def note(session, by, text="The disk is /dev/sdb", cause="form:1", at=NOON):
    return notes.add_note(session=session, text=text, cause=cause, by=by, at=at)


def test_r1_both_sides_note_for_all_who_see_the_session(cast, acme):
    session = a_session(cast, acme)

    note(session, acme.requester, " The disk\r\nis full ", cause="form:1")
    note(session, cast.tessa.person, "Which one?", cause="form:2", at=NOON + minutes(1))
    note(session, cast.max, "The second.", cause="form:3")

    found = [(noted.by, noted.text) for noted in notes.notes_of(session)]
    assert found == [(cast.max, "The second."), (cast.tessa.person, "Which one?"), (acme.requester, "The disk\nis full")]
    assert not Notice.objects.exists()


def test_c14_the_same_form_notes_once(cast, acme):
    session = a_session(cast, acme)

    assert note(session, acme.requester) == note(session, acme.requester, at=NOON + minutes(1))
    assert SessionNote.objects.count() == 1


def test_c14_the_same_form_with_another_note_is_refused(cast, acme):
    session = a_session(cast, acme)
    note(session, acme.requester)

    with pytest.raises(notes.NoteMismatch):
        note(session, acme.requester, "Another")
    with pytest.raises(notes.NoteMismatch):
        note(a_session(cast, acme, starts_at=NOON + minutes(120)), acme.requester)


@pytest.mark.parametrize(("text", "refusal"), [(" \n", notes.NoteMissing), ("x" * 4_001, notes.NoteTooLong)])
def test_nothing_and_too_much_are_refused(cast, acme, text, refusal):
    with pytest.raises(refusal):
        note(a_session(cast, acme), acme.requester, text)


def test_nobody_else_notes(cast, acme, borealis):
    session = a_session(cast, acme)

    for person in (borealis.approver, cast.theo.person, cast.fia, cast.ada):
        with pytest.raises(NotAllowed):
            note(session, person)
    assert note(session, a_colleague("Dora", StaffDuty.DISPATCHER))


def test_a_note_stays_as_it_is(cast, acme):
    note(a_session(cast, acme), acme.requester)

    with pytest.raises(IntegrityError), transaction.atomic():
        SessionNote.objects.update(text="Other")
    with pytest.raises(IntegrityError), transaction.atomic():
        SessionNote.objects.all().delete()


def test_after_the_end_something_can_still_be_noted(cast, acme):
    session = a_submitted_session(cast, acme)

    assert note(session, cast.tessa.person).session == session
