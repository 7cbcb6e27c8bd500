"""Exchange rates in Chromium (rule I2): written down, refused and corrected, on a phone and on a desk."""

from decimal import Decimal

import pytest
import time_machine

from invoicing.models import ExchangeRate
from tests.browser.cases import WIDTHS
from tests.cast import NOON
from tests.invoicing.scene import invoicing_terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.parametrize("width", WIDTHS)
def test_i2_finance_writes_a_rate_down_by_keyboard_and_puts_a_wrong_one_right(window_of, cast, width):
    invoicing_terms()
    window = window_of(cast.fia, width=width)
    window.open("/desk/invoices/")
    window.press("a[href$='/invoices/exchange-rates/']")
    assert "No exchange rate is known yet" in window.text

    for rate in ("1142,31", "11,4231"):
        window.the("input[name=currency]").fill("eur")
        window.the("input[name=rate]").fill(rate)
        with window.page.expect_navigation():
            window.page.keyboard.press("Enter")
        window.look()
    assert "1142.31 is written down for EUR already" in window.text
    window.the("input[name=is_correction]").check()
    window.press("section[aria-labelledby=write] form button")

    assert "The exchange rate is written down." in window.text
    assert ExchangeRate.objects.get().rate == Decimal("11.4231")
