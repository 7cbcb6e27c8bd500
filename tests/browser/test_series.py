"""A series in Chromium, on a phone and at a desk: begun in three steps, read, and ended (rules C5, R2)."""

import pytest
import time_machine

from dashboard.due import run_due
from sessions.models import Series, Session
from tests.cast import at_stockholm
from tests.sessions.factories import a_lot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TODAY = at_stockholm(2026, 11, 18, 12)


@pytest.mark.parametrize("width", [390, 1280])
def test_r2_a_series_is_begun_booked_read_and_ended(cast, acme, window_of, width):
    a_lot(acme.account, 480)
    with time_machine.travel(TODAY):
        rolf = window_of(acme.requester, width=width)
        rolf.open("/sessions/")
        rolf.press("main a[href='/series/']")
        rolf.press("main .empty a[href='/series/new/']")
        rolf.the("select[name=purpose]").select_option(label="Processes")
        rolf.the("input[name=title]").fill("Maintenance of the mail relay")
        rolf.press("main form button[type=submit]")
        rolf.the("select[name=ordinal]").select_option(label="first")
        rolf.the("input[name=at_clock]").fill("09:10")
        rolf.press("main form button[type=submit]")
        assert "choose 09:00 or 09:30" in rolf.text
        rolf.the("input[name=at_clock]").fill("09:00")
        rolf.press("main form button[type=submit]")
        assert "1 h of credit is held for it." in rolf.text
        rolf.the("textarea[name=description]").fill("Patches, and a look at the logs.")
        rolf.press(".consequence button[type=submit]")
        assert "The first Tuesday of each month, 09:00 Stockholm time" in rolf.text
        run_due(at=TODAY)
        rolf.open(f"/series/{Series.objects.get().pk}/")
        assert "free to change until Mon 30 Nov 09:00" in rolf.text
        rolf.open(f"/sessions/{Session.objects.get().pk}/")
        rolf.press("main a[href^='/series/']")
        rolf.press("main a[href$='/ending/']")
        rolf.press(".consequence button[type=submit]")
        assert "Rolf Testsson ended it" in rolf.text
        rolf.open("/series/")
    assert Session.objects.get().state == "scheduled"
