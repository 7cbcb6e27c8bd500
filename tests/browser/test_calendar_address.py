"""Making, renewing and removing a private calendar address in Chromium, on a phone and on a desk (rule R4)."""

import pytest

from sessions.models import CalendarFeed
from tests.sessions.feeding import fetch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/me/calendar/"
MAKE, DROP = (f"form[action='{PAGE}{act}/'] button" for act in ("address", "removal"))


def shown(window) -> str:
    """The token in the address on the page."""
    address: str = window.the("#address").input_value()
    return address.rsplit("/", 1)[1].removesuffix(".ics")


@pytest.mark.parametrize("width", [390, 1280])
def test_r4_an_address_is_made_renewed_and_removed(cast, acme, window_of, width):
    for person in (acme.requester, cast.tessa.person):
        window = window_of(person, width=width)
        window.open("/me/")
        window.press(f"main a[href='{PAGE}']")
        window.press(MAKE)
        first = shown(window)
        window.open(PAGE)
        assert "You have an address" in window.text
        window.press(MAKE)
        second = shown(window)
        assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)
        window.open(PAGE)
        window.press(DROP)
        assert "You have no address yet" in window.text
    assert not CalendarFeed.objects.exists()
