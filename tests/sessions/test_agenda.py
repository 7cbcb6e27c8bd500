import pytest

from core.errors import NotAllowed
from credits.ledger import Entry
from notices.models import Notice
from sessions import life, preparation
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book, mails, trace
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, minutes


def change(session, by, description="The other disk", at=NOON, **title):
    return preparation.change_agenda(session=session, description=description, by=by, at=at, **title)


def test_r1_the_client_says_anew_what_should_be_done(cast, acme):
    session = a_session(cast, acme, description="The disk")

    changed = change(session, acme.approver, " The other\r\ndisk ", title="Disk  two ")

    session.refresh_from_db()
    assert (changed.title, session.title, session.description) == ("Disk two", "Disk two", "The other\ndisk")
    assert trace(session) == [(EventKind.AGENDA_CHANGED, acme.approver, "")]


def test_r1_what_it_is_about_stays_where_only_the_rest_is_said_anew(cast, acme):
    assert change(a_session(cast, acme), acme.requester).title == "Disk is full"


def test_c10_it_is_free_a_minute_before_the_start_and_while_it_runs(cast, acme):
    session = book(cast, acme, credit=60)
    entries = Entry.objects.count()

    change(session, acme.requester, at=TUESDAY - minutes(1))
    change(a_started_session(cast, acme), acme.requester)

    assert Entry.objects.exclude(kind="grant").count() == 0
    assert session.events.filter(kind=EventKind.POSTPONED).count() == 0
    assert entries == 1


def test_r1_who_booked_and_the_technicians_are_told_with_the_cut_off(cast, acme):
    session = book(cast, acme, credit=60)

    change(session, acme.approver)

    told = mails("The agenda has changed")
    assert set(told) == {"rolf", "anna", "tessa"}
    for said in ("Anna Testsson", "The other disk", "Tue 24 Nov 09:00–10:00", "free until Mon 23 Nov 09:00", f"/sessions/{session.pk}/"):
        assert said in told["rolf"]
    assert f"/desk/sessions/{session.pk}/" in told["tessa"]


def test_r1_the_same_again_changes_nothing_and_tells_nobody(cast, acme):
    session = a_session(cast, acme, description="The disk")

    change(session, acme.requester, "The disk\n")

    assert trace(session) == []
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("agenda", "refusal"),
    [
        ({"title": " "}, preparation.TitleMissing),
        ({"title": "x" * 121}, preparation.AgendaTooLong),
        ({"description": "x" * 4_001}, preparation.AgendaTooLong),
    ],
)
def test_r1_without_a_title_or_too_long_it_is_refused(cast, acme, agenda, refusal):
    session = a_session(cast, acme)

    with pytest.raises(refusal):
        change(session, acme.requester, **agenda)


def test_r1_nobody_else_changes_it(cast, acme, borealis):
    session = a_session(cast, acme)

    for person in (cast.tessa.person, cast.max, borealis.approver):
        with pytest.raises(NotAllowed):
            change(session, person)


def test_r1_after_the_end_it_stays(cast, acme):
    with pytest.raises(life.SessionMovedOn):
        change(a_submitted_session(cast, acme), acme.requester)
