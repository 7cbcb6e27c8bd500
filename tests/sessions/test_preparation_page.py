"""How we get in, the agenda and notes, on the pages of both sides (rules R1, R3, C10)."""

from uuid import uuid4

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.urls import reverse

from clients.models import StaffDuty
from sessions import access, jobs
from sessions.models import AccessInstructions, AccessLook, Session, SessionNote, State
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, minutes

pytestmark = pytest.mark.django_db
SECRET = "VPN to acme, then ask Bo"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    session = a_session(cast, acme, starts_at=NOON + minutes(120), description="The big one")
    access.write(session=session, text=SECRET, by=acme.requester, at=NOON)
    return session


def text(response):
    return " ".join(response.content.decode().split())


def post(browser, name, session, **typed):
    return browser.post(reverse(name, args=[session.pk]), typed)


# How we get in.


def test_r3_it_is_written_and_never_shown_where_it_is_written(cast, acme, client_of):
    session, browser = a_session(cast, acme), client_of(acme.requester)

    response = post(browser, "session-instructions", session, instructions=SECRET)
    page = browser.get(reverse("session-instructions", args=[session.pk]))

    assert response.status_code == 302
    assert SECRET not in text(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert access.read(session=session, by=acme.approver, at=NOON) == SECRET


def test_r3_the_session_page_says_who_wrote_it_and_who_looked_and_not_what(session, cast, acme, client_of):
    access.read(session=session, by=cast.tessa.person, at=NOON - minutes(5))

    page = text(client_of(acme.approver).get(reverse("session", args=[session.pk])))

    assert "How we get in was written by Rolf Testsson, Wed 18 Nov 12:00" in page
    assert "Tessa Testsson looked Wed 18 Nov 11:55" in page
    assert "VPN" not in page


@pytest.mark.parametrize(("who", "name"), [("client", "session-instructions-look"), ("technician", "desk-session-instructions-look")])
def test_r3_it_is_shown_by_post_with_a_look_and_kept_nowhere(session, cast, acme, client_of, who, name):
    person = acme.approver if who == "client" else cast.tessa.person

    response = post(client_of(person), name, session)

    assert SECRET in text(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert list(AccessLook.objects.values_list("person", "at")) == [(person.pk, NOON)]


@pytest.mark.parametrize("name", ["session-instructions-look", "desk-session-instructions-look"])
def test_r3_it_is_never_shown_by_get(session, cast, acme, client_of, name):
    for person in (acme.approver, cast.tessa.person):
        assert client_of(person).get(reverse(name, args=[session.pk])).status_code == 405

    assert not AccessLook.objects.exists()


def test_r3_others_of_ours_cannot_see_it(session, cast, client_of):
    others = [cast.max, cast.fia, cast.ada, cast.theo.person, a_colleague("Dora", StaffDuty.DISPATCHER)]

    answers = [post(client_of(person), "desk-session-instructions-look", session) for person in others]
    page = text(client_of(cast.max).get(reverse("desk-session", args=[session.pk])))

    assert [answer.status_code for answer in answers] == [403, 403, 403, 404, 403]
    assert [person.name for person, answer in zip(others, answers, strict=True) if "VPN" in text(answer)] == []
    assert "Only the technicians who do the session can read it." in page
    assert ">Show<" not in page
    assert not AccessLook.objects.exists()


def test_r3_strangers_find_nothing(session, cast, borealis, client_of):
    browser = client_of(borealis.approver)

    answers = [post(browser, name, session).status_code for name in ("session-instructions", "session-instructions-look")]
    answers += [post(browser, name, session).status_code for name in ("session-agenda", "session-note", "desk-session-note")]

    assert answers == [404] * 5


def test_r3_nothing_and_too_much_are_refused_and_what_was_typed_stays(session, acme, client_of):
    browser = client_of(acme.requester)

    empty, long = (post(browser, "session-instructions", session, instructions=words) for words in (" ", "x" * 4_001))

    assert (empty.status_code, long.status_code) == (422, 422)
    assert "x" * 4_001 in text(long)
    assert long.headers["Cache-Control"] == "no-store"


def test_r3_after_the_end_nothing_is_written(cast, acme, client_of):
    response = post(client_of(acme.requester), "session-instructions", a_submitted_session(cast, acme), instructions=SECRET)

    assert response.status_code == 409
    assert not AccessInstructions.objects.exists()


def test_r3_without_the_key_it_is_said_that_it_is_to_be_asked_for_again(session, cast, client_of, settings):
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    browser = client_of(cast.tessa.person)

    response = browser.post(reverse("desk-session-instructions-look", args=[session.pk]), follow=True)

    assert "Please ask for it again." in text(response)
    assert not AccessLook.objects.exists()


def test_r3_what_was_erased_is_said_to_be(session, cast, acme, client_of):
    access.read(session=session, by=cast.tessa.person, at=NOON)
    Session.objects.update(state=State.CANCELLED, closed_at=NOON)
    jobs.erase_access(NOON + minutes(40 * 24 * 60))
    browser = client_of(acme.approver)

    page, shown = browser.get(reverse("session", args=[session.pk])), post(browser, "session-instructions-look", session)

    assert "How we get in was erased" in text(page)
    assert "Tessa Testsson looked" in text(page)
    assert ">Show<" not in text(page)
    assert shown.status_code == 302


# The agenda.


def test_c10_the_agenda_is_changed_on_a_page_of_its_own(session, acme, client_of):
    browser = client_of(acme.requester)

    form = text(browser.get(reverse("session-agenda", args=[session.pk])))
    response = post(browser, "session-agenda", session, title="Disk two", description="The small one")

    session.refresh_from_db()
    assert "The big one" in form
    assert response.status_code == 302
    assert (session.title, session.description) == ("Disk two", "The small one")


@pytest.mark.parametrize("agenda", [{"title": ""}, {"title": "x" * 121}, {"title": "Disk", "description": "x" * 4_001}])
def test_an_agenda_that_cannot_be_is_refused_and_what_was_typed_stays(session, acme, client_of, agenda):
    response = post(client_of(acme.requester), "session-agenda", session, **agenda)

    session.refresh_from_db()
    assert response.status_code == 422
    assert all(words in text(response) for words in agenda.values())
    assert session.title == "Disk is full"


def test_the_agenda_of_a_session_that_is_over_stays(cast, acme, client_of):
    session, browser = a_submitted_session(cast, acme), client_of(acme.requester)

    page, response = browser.get(reverse("session-agenda", args=[session.pk])), post(browser, "session-agenda", session, title="Other")

    assert "The session is over, and its agenda stays as it was." in text(page)
    assert response.status_code == 409


# Notes.


def test_r1_both_sides_note_on_their_pages_and_read_each_other(session, cast, acme, client_of):
    anna, tessa = client_of(acme.approver), client_of(cast.tessa.person)

    noted = [post(anna, "session-note", session, text="Call me first", key=str(uuid4()))]
    noted += [post(tessa, "desk-session-note", session, text="I will", key=str(uuid4()))]

    assert [response.status_code for response in noted] == [302, 302]
    for page in (anna.get(reverse("session", args=[session.pk])), tessa.get(reverse("desk-session", args=[session.pk]))):
        assert "Call me first" in text(page)
        assert "I will" in text(page)


@pytest.mark.parametrize("name", ["session-note", "desk-session-note"])
def test_c14_a_note_that_is_sent_twice_is_one_and_another_with_its_key_is_refused(session, cast, acme, client_of, name):
    browser = client_of(acme.approver if name == "session-note" else cast.tessa.person)

    answers = [post(browser, name, session, text=words, key="k").status_code for words in ("One", "One", "Two")]
    empty = post(browser, name, session, text=" ", key="l")

    assert answers == [302, 302, 409]
    assert empty.status_code == 422
    assert list(SessionNote.objects.values_list("text", flat=True)) == ["One"]


def test_a_note_is_shown_as_it_was_written(session, acme, client_of):
    browser = client_of(acme.approver)

    post(browser, "session-note", session, text="<script>alert(1)</script>", key="k")

    assert "&lt;script&gt;alert(1)" in text(browser.get(reverse("session", args=[session.pk])))


def test_finance_reads_notes_and_writes_none(session, cast, acme, client_of):
    page = text(client_of(cast.fia).get(reverse("desk-session", args=[session.pk])))

    assert "Nothing has been noted yet." in page
    assert "Write a note" not in page
    assert post(client_of(cast.fia), "desk-session-note", session, text="Hm", key="k").status_code == 403


# What to prepare, and how far off it is.


def test_r1_it_says_what_to_prepare_in_the_readers_language(session, cast, acme, client_of):
    cast.purpose.prepare_en, cast.purpose.prepare_sv = "A fresh backup.", "En färsk säkerhetskopia."
    cast.purpose.save()
    browser = client_of(acme.requester)

    assert "A fresh backup." in text(browser.get(reverse("session", args=[session.pk])))
    type(acme.requester).objects.update(language="sv")
    assert "En färsk säkerhetskopia." in text(browser.get(reverse("session", args=[session.pk])))


@pytest.mark.parametrize(("ahead", "said"), [(2 * 24 * 60 + 185, "2 days 3 h"), (24 * 60, "1 day"), (65, "1 h 05 min"), (0.5, "1 min")])
def test_both_pages_count_down_to_the_start(cast, acme, client_of, ahead, said):
    session = a_session(cast, acme, starts_at=NOON + minutes(ahead))

    for person, name in ((acme.requester, "session"), (cast.tessa.person, "desk-session")):
        page = text(client_of(person).get(reverse(name, args=[session.pk])))
        assert f"{said}</span>" in page


def test_once_it_has_begun_nothing_is_counted_down(cast, acme, client_of):
    session = a_started_session(cast, acme)

    assert "data-countdown" not in text(client_of(acme.requester).get(reverse("session", args=[session.pk])))
