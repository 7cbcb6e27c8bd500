"""An estimate is written with rows that come and go in the browser, with its sums beside; then it is approved (rules D1, I2)."""

import pytest
from django.urls import reverse

from delivery.models import Estimate, EstimateState
from tests.delivery.scene import a_task, delivery_terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_d1_rows_come_and_go_while_the_sums_follow_and_the_manager_approves_what_was_saved(cast, acme, window_of):
    delivery_terms()
    task = a_task(acme, cast.tessa.person)
    tessa = window_of(cast.tessa.person)
    tessa.open(reverse("desk-delivery-estimate-new", args=[task.pk]))

    page = tessa.page
    page.fill("[name=line-0-text]", "Set up single sign-on")
    page.fill("[name=line-0-quantity]", "12,5")
    page.select_option("[name=line-1-kind]", "mileage")
    page.fill("[name=line-1-text]", "Stockholm–Uppsala")
    page.fill("[name=line-1-quantity]", "142")
    usual = page.input_value("[name=line-1-unit_price]")
    tessa.the("[data-add=line]").click()
    page.select_option("[name=line-3-kind]", "expense")
    page.fill("[name=line-3-text]", "Train")
    page.fill("[name=line-3-unit_price]", "189,50")
    page.fill("[name=line-3-vat_percent]", "6")
    page.locator("[data-rows=line] > :nth-child(3) [data-drop]").click()
    sums = page.inner_text("[data-sums]").replace("\N{NO-BREAK SPACE}", " ").split("\n")
    tessa.look()
    tessa.press("main .btn-primary")

    assert usual == "25.00"
    assert [said for said in sums if "SEK" in said] == ["SEK 18,739.50", "SEK 4,648.87", "SEK 23,388.37"]
    estimate = Estimate.objects.get()
    assert (str(estimate.net), str(estimate.vat), str(estimate.total)) == ("18739.50", "4648.87", "23388.37")
    tessa.press("button:has-text('Hand in SEK')")
    max_ = window_of(cast.max, width=1280)
    max_.open(reverse("desk-delivery-estimate", args=[estimate.pk]))
    max_.press("button:has-text('Approve SEK')")
    assert "Approved." in max_.text
    assert Estimate.objects.get().state == EstimateState.OFFERED
