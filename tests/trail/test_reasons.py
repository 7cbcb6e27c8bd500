"""The audit log says why an agreement, the money of a plan or a limit was changed (rule C14; proof SEC15)."""

import csv
from io import StringIO

import pytest
import time_machine
from django.urls import reverse

from tests.cases.opened import a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import delivery_terms
from tests.journeys.belongings import browser_of
from tests.profiles.loaded import agreement_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def changed(cast, acme):
    """An account manager changes one thing of each sort at the desk, and says why."""
    delivery_terms()
    bind(acme, a_plan())
    agreement, max_ = agreement_of(acme), browser_of(cast.max)
    row, more = agreement.plans.get(), a_plan("more")
    money = {"included_account": "IT", "index_from": "anniversary", "missed_grants": "nothing", "reason": "Money"}
    answers = [
        max_.post(reverse("desk-plan-money", args=[row.pk]), money),
        max_.post(reverse("desk-agreement-plans", args=[agreement.pk]), {"bound": [more.pk], "reason": "Other plan"}),
        max_.post(reverse("desk-agreement-term", args=[agreement.pk]), {"name": "reopen_days", "value": "90", "reason": "New term"}),
        max_.post(reverse("desk-agreement-term-drop", args=[agreement.terms.get().pk]), {"reason": "Old term"}),
        max_.post(reverse("desk-delivery-limits"), {"passes_below": "5000", "second_above": "", "reason": "Small things"}),
    ]
    assert [answer.status_code for answer in answers] == [302] * 5


def test_sec15_the_page_and_the_file_say_why(cast, changed):
    browser = browser_of(cast.ada)

    page = browser.get(reverse("desk-audit"), {"kind": "change", "who": "Max"}).content.decode()
    file = browser.get(reverse("desk-audit-csv"), {"kind": "change", "who": "Max"}).content.decode("utf-8-sig")

    told = [(row["What was done"], row["To what"].rsplit(" ", 1)[0], row["Why"]) for row in csv.DictReader(StringIO(file))]
    assert told == [
        ("Added", "Limits of an account manager", "Small things"),
        ("Removed", "Term of an agreement", "Old term"),
        ("Added", "Term of an agreement", "New term"),
        ("Added", "Plan of an agreement", "Other plan"),
        ("Removed", "Plan of an agreement", "Other plan"),
        ("Changed", "Plan of an agreement", "Money"),
    ]
    assert [why for _what, _thing, why in told if why not in page] == []
