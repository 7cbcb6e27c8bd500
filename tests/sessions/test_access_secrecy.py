"""The words of access instructions stand nowhere but sealed, and on the page that shows them (rule R3)."""

import logging
from io import BytesIO, StringIO

import pytest
import time_machine
from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.views.debug import SafeExceptionReporterFilter
from openpyxl import load_workbook

from core import sealing
from dashboard.due import run_due
from notices.models import Notice
from sessions import access
from sessions.models import AccessInstructions, AccessLook
from tests.cast import NOON
from tests.journeys.belongings import belongings, browser_of
from tests.proofs import addresses
from tests.sessions.booked import book

pytestmark = pytest.mark.django_db
CANARY = "canary-7f3a-under-the-mat"


class Broken(Exception):
    """Something that nobody thought of."""


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    session = book(cast, acme, credit=480)
    access.write(session=session, text=CANARY, by=acme.requester, at=NOON)
    access.read(session=session, by=cast.tessa.person, at=NOON)
    return session


def where_it_stands():
    """The tables in which the words stand in the clear."""
    return [model.__name__ for model in apps.get_models() if CANARY in serializers.serialize("json", model._default_manager.all())]


def sent(browser, name, session, **typed):
    return browser.post(reverse(name, args=[session.pk]), typed)


def test_r3_no_table_holds_the_words(session, cast, acme):
    sent(browser_of(acme.approver), "session-instructions", session, instructions=f"{CANARY} again")
    sent(browser_of(acme.approver), "session-instructions-look", session)
    run_due(at=NOON)

    assert where_it_stands() == []
    assert AccessInstructions.objects.get().sealed
    assert AccessLook.objects.count() == 2


def test_r3_no_mail_holds_them(session, cast):
    run_due(at=NOON)

    assert Notice.objects.exists()
    assert [notice.pk for notice in Notice.objects.all() if CANARY in f"{notice.subject}{notice.body}{notice.calendar}"] == []


def test_r3_neither_their_name_nor_what_prints_them_says_them(session):
    kept = AccessInstructions.objects.get()

    assert CANARY not in f"{kept} {kept!r} {vars(kept)} {AccessLook.objects.get()!r}"


def test_r3_no_page_of_anybody_shows_them_when_it_is_opened(session, cast, acme):
    own = {name: address.ids for name, address in belongings(cast, acme).items()}
    access_ids = {"session_id": session.pk}
    people = [acme.approver, cast.tessa.person, cast.max, cast.fia, cast.ada]
    browsers = {person.name: browser_of(person) for person in people}

    told = [
        (address.name, name)
        for address in addresses.ours()
        for name, browser in browsers.items()
        for ids in (own.get(address.name, {}), *([access_ids] if "session_id" in own.get(address.name, {}) else []))
        if CANARY in words_of(browser.get(reverse(address.name, kwargs=ids)))
    ]

    assert told == []


def test_r3_the_administration_does_not_know_them(session, cast):
    browser = browser_of(cast.ada)
    pages = [browser.get("/admin/"), browser.get(f"/admin/support_sessions/session/{session.pk}/change/")]
    absent = [browser.get(f"/admin/support_sessions/{name}/") for name in ("accessinstructions", "accesslook")]

    assert [page.status_code for page in pages] == [200, 200]
    assert [page.status_code for page in absent] == [404, 404]
    assert [page.request["PATH_INFO"] for page in (*pages, *absent) if CANARY in words_of(page)] == []


def test_r3_logs_do_not_say_them(session, cast, acme, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    sent(browser_of(acme.approver), "session-instructions", session, instructions=f"{CANARY} anew")
    sent(browser_of(cast.tessa.person), "desk-session-instructions-look", session)
    monkeypatch.setattr(sealing, "seal", broken)
    sent(forgiving(acme.approver), "session-instructions", session, instructions=f"{CANARY} broken")
    said = StringIO()
    call_command("reseal", stdout=said)

    assert "Broken" in caplog.text
    assert CANARY not in caplog.text + said.getvalue()


@pytest.mark.parametrize("debug", [True, False])
def test_r3_no_error_page_and_no_report_shows_them(session, acme, settings, monkeypatch, debug):
    settings.DEBUG = debug
    monkeypatch.setattr(sealing, "seal", broken)

    page = sent(forgiving(acme.approver), "session-instructions", session, instructions=f"{CANARY} broken")

    assert page.status_code == 500
    assert ("Broken" in words_of(page)) == debug
    assert CANARY not in words_of(page)


def test_r3_control_the_usual_report_would_show_them_while_developing(session, acme, settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr("django.views.debug.get_default_exception_reporter_filter", SafeExceptionReporterFilter)
    monkeypatch.setattr(sealing, "seal", broken)

    page = sent(forgiving(acme.approver), "session-instructions", session, instructions=f"{CANARY} broken")

    assert CANARY in words_of(page)


@pytest.mark.parametrize("debug", [True, False])
def test_r3_what_goes_wrong_after_they_were_opened_does_not_show_them(session, cast, settings, monkeypatch, debug):
    settings.DEBUG = debug
    monkeypatch.setattr("sessions.views.desk_preparation.render", broken)

    page = sent(forgiving(cast.tessa.person), "desk-session-instructions-look", session)

    assert page.status_code == 500
    assert CANARY not in words_of(page)


def test_r3_a_form_that_comes_to_grief_before_its_view_does_not_show_them(session, acme, settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr("django_htmx.middleware.HtmxMiddleware.__call__", broken)

    page = sent(forgiving(acme.approver), "session-instructions", session, instructions=CANARY)

    assert page.status_code == 500
    assert CANARY not in words_of(page)


def test_r3_a_form_without_its_token_does_not_show_them(session, acme):
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(acme.approver)

    page = sent(browser, "session-instructions", session, instructions=CANARY)

    assert page.status_code == 403
    assert CANARY not in words_of(page)


def test_r3_no_export_holds_them(session, acme):
    browser = browser_of(acme.approver)
    found = [browser.get(reverse(name, args=[acme.account.pk])) for name in ("statement", "statement-csv", "statement-pdf")]
    sheet = browser.get(reverse("statement-xlsx", args=[acme.account.pk]))
    cells = [str(cell.value) for table in load_workbook(BytesIO(b"".join(sheet))) for row in table.rows for cell in row]

    assert [page.request["PATH_INFO"] for page in found if CANARY in words_of(page)] == []
    assert CANARY not in " ".join(cells)


def test_r3_events_hold_no_words_of_them(session):
    assert [event.pk for event in session.events.all() if CANARY in f"{event.reason}{event.facts}{event}"] == []


def broken(*_args, **_kwargs):
    raise Broken


def forgiving(person):
    """A browser that is answered with the error page."""
    browser = Browser(raise_request_exception=False)
    browser.force_login(person)
    return browser


def words_of(page):
    content = b"".join(page) if page.streaming else page.content
    return content.decode(errors="replace")
