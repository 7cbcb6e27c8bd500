"""The pages about people's own data (GDPR articles 12, 15, 17)."""

import pytest
import time_machine

from clients.models import Erasure, ErasureState, ExportDownload, PersonExport, Retention
from clients.privacy import exports
from tests.cast import NOON, PASSWORD
from tests.clients.leaving import leaving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def asa(cast, acme, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return leaving(cast, acme)


def test_own_gdpr15_a_person_asks_for_a_copy_and_fetches_it_after_saying_the_password_again(client_of, asa):
    browser = client_of(asa.person)
    assert "You have not asked for a copy yet." in browser.get("/me/data/").text
    browser.post("/me/data/copies/")
    exports.make_due(at=NOON, most=500)
    url = f"/me/data/copies/{PersonExport.objects.get().pk}/"

    asked = browser.get(url)
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    assert not ExportDownload.objects.exists()
    browser.post(asked.headers["Location"], {"password": PASSWORD})
    fetched = browser.get(url)

    assert (fetched.status_code, fetched.headers["Content-Type"]) == (200, "application/zip")
    assert b"".join(fetched.streaming_content)[:2] == b"PK"
    assert "no-store" in fetched.headers["Cache-Control"]
    assert ExportDownload.objects.count() == 1


def test_own_gdpr15_a_copy_is_nobody_elses(client_of, cast, asa):
    exports.ask(person=asa.person, by=asa.person, at=NOON)
    exports.make_due(at=NOON, most=500)
    browser = client_of(cast.ada)
    login = browser.get("/accounts/reauthenticate/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert login.status_code == 200
    assert browser.get(f"/me/data/copies/{PersonExport.objects.get().pk}/").status_code == 404


def test_own_gdpr17_a_wish_goes_from_the_persons_page_over_two_administrators_to_its_end(client_of, cast, asa):
    client_of(asa.person).post("/me/data/erasure/")
    wish = Erasure.objects.get()
    ada, alva, url = client_of(cast.ada), client_of(asa.alva), f"/desk/privacy/erasures/{wish.pk}/"
    listed, seen = ada.get("/desk/privacy/").text, ada.get(url).text
    ada.post(url, {"also": ""})
    own_second_yes = ada.post(f"{url}approval/", follow=True).text
    alva.post(f"{url}approval/")

    wish.refresh_from_db()
    assert ("Åsa Öberg" in listed, "18 Dec" in listed) == (True, True)
    assert ("Bookkeeping Act" in seen, "Stays, with a number for the name" in seen) == (True, True)
    assert "Another administrator has to agree" in own_second_yes
    assert wish.state == ErasureState.RUNNING
    assert "agreed to by Alva Testsson" in ada.get(url).text


def test_own_gdpr17_what_has_to_be_handed_over_stands_on_the_page(client_of, cast, acme):
    client_of(acme.approver).post("/me/data/erasure/")
    url = f"/desk/privacy/erasures/{Erasure.objects.get().pk}/"

    refused = client_of(cast.ada).post(url, {"also": ""})

    assert (refused.status_code, "They are the only approver of Acme: name another." in refused.text) == (409, True)


def test_own_gdpr12_a_request_is_entered_for_a_person_or_refused_with_a_reason(client_of, cast, acme):
    ada = client_of(cast.ada)
    nobody = ada.post("/desk/privacy/new/", {"email": "nobody@acme.example", "what": "copy"})
    ada.post("/desk/privacy/new/", {"email": acme.requester.email, "what": "copy"})
    ada.post("/desk/privacy/new/", {"email": acme.requester.email, "what": "erasure"})
    ada.post(f"/desk/privacy/erasures/{Erasure.objects.get().pk}/refusal/", {"reason": "A dispute is open"})

    assert (nobody.status_code, "Nobody signs in with this address." in nobody.text) == (422, True)
    assert PersonExport.objects.get().person == acme.requester
    assert "A dispute is open" in client_of(acme.requester).get("/me/data/").text
    ada.post("/desk/privacy/new/", {"email": acme.requester.email, "what": "erasure"})
    with time_machine.travel(NOON.replace(month=12, day=30)):
        assert "late" in client_of(cast.ada).get("/desk/privacy/").text


def test_own_gdpr5_days_are_changed_on_a_page_that_shows_what_would_go(client_of, cast):
    ada = client_of(cast.ada)
    assert "as the law says" in ada.get("/desk/privacy/retention/").text
    assert ada.post("/desk/privacy/retention/notices/", {"days": "0", "reason": "x"}).status_code == 422
    assert ada.post("/desk/privacy/retention/notices/", {"days": "100", "reason": "Enough"}).status_code == 302
    assert Retention.objects.get().days == 100
    assert "100 days: Enough" in ada.get("/desk/privacy/retention/notices/").text
    assert ada.get("/desk/privacy/retention/books/").status_code == 404


@pytest.mark.parametrize("path", ["", "new/", "retention/", "retention/notices/"])
def test_own_gdpr_the_desk_pages_are_for_administrators(client_of, cast, acme, path):
    for person in (acme.approver, cast.max, cast.fia, cast.tessa.person):
        assert client_of(person).get(f"/desk/privacy/{path}").status_code == 404
