"""Reporting a case with a file in Chromium, on a phone and in Swedish: from the form to the answer (rules S1, S3, S15)."""

import pytest
import time_machine
from playwright.sync_api import FilePayload

from cases import words
from cases.models import Attachment, Case, State
from cases.words import Said
from clients.models import Priority
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import NOON, a_client, a_provider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REPORT = "form:has(input[name=attached]) button[type=submit]"


@pytest.fixture
def noon(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.usefixtures("noon")
def test_s1_a_case_is_reported_on_a_phone_in_swedish_with_a_file_and_answered(window_of):
    acme = a_client(a_provider(), language="sv")
    bind(acme, a_plan(phone_numbers={"SE": "+46 8 123"}))
    Priority.objects.filter(number=1).update(call_urged=True)
    rolf = window_of(acme.requester)

    rolf.open("/cases/")
    rolf.press("main a[href='/cases/new/'] >> nth=0")
    assert rolf.the("input[name=priority][value='3']").is_checked()
    rolf.page.fill("input[name=subject]", "Inga användare skapas")
    rolf.page.fill("textarea[name=text]", "Sedan i morse.")
    rolf.the("label:has(input[name=priority][value='1'])").click()
    rolf.page.set_input_files("input[name=attached]", FilePayload(name="program.txt", mimeType="text/plain", buffer=b"MZ\x90"))
    rolf.press(REPORT)
    assert "program.txt" in rolf.text
    assert rolf.page.input_value("textarea[name=text]") == "Sedan i morse."
    rolf.page.set_input_files("input[name=attached]", FilePayload(name="logg.txt", mimeType="text/plain", buffer=b"ERROR"))
    rolf.press(REPORT)

    case, kept = Case.objects.get(), Attachment.objects.get()
    assert (case.priority, case.language, kept.name) == (1, "sv", "logg.txt")
    assert "+46 8 123" in rolf.text
    assert rolf.page.get_attribute("html", "lang") == "sv"
    with rolf.page.expect_download() as saved:
        rolf.the(f"a[href='/cases/{case.pk}/files/{kept.pk}/']").click()
    assert saved.value.suggested_filename == "logg.txt"

    words.ask(case, Said("Vilken version?"), by=a_dispatcher(), at=NOON, cause="a")
    rolf.open(f"/cases/{case.pk}/")
    rolf.page.fill("textarea[name=text]", "13.2")
    rolf.press(REPORT)

    case.refresh_from_db()
    assert case.state == State.OPEN
    assert "13.2" in rolf.text
