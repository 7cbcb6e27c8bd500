"""ER's published terms of server support, walked through pages: credit, rounding, the sanction (C2, C3, C7, C9, C10, R1)."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache

from clients.models import StaffDuty
from sessions.models import Purpose
from tests.cast import a_colleague, a_technician, at_stockholm
from tests.journeys.story import Story, travel
from tests.profiles.walking import a_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(db):
    """The profile's people at their browsers; the client has Basic, and no credit yet. Nobody has signed in too often before."""
    cache.clear()
    town = a_town("easyredmine")
    town.agrees("ER-basic")
    cast: Any = SimpleNamespace(max=town.max, fia=a_colleague("Fia", StaffDuty.FINANCE), purpose=Purpose.objects.get(code="processes"))
    cast.tessa, cast.theo = a_technician("Tessa"), a_technician("Theo")
    with travel(18, 10):
        return Story(cast, town.client)


def test_c2_c3_the_smallest_top_up_is_one_man_day_and_an_order_of_its_own(story):
    story.tops_up()  # half a day is refused, with "8 h"; one is ordered, paid by its own amount, and is credit

    assert story.figures() == (480, 0, 0)


def test_c10_less_than_24_hours_before_the_start_costs_two_hours_and_exactly_24_nothing(story):
    story.tops_up()
    story.books(day=20, hour=10)
    later = at_stockholm(2026, 11, 23, 10)

    costs = []
    for minute in (0, 1):
        with travel(19, 10, minute):
            costs += story.cost_page(to=later).form(to="/postponement/").fields["shown_minutes"]
    with travel(19, 10, 1):
        story.postpones(to=later, cost="120")

    assert costs == ["0", "120"]
    assert story.figures() == (480 - 120 - 120, 120, 0)  # two hours are gone, though nothing was worked; two are held


def test_c7_c9_the_total_of_a_session_is_rounded_once_to_ten_minutes(story):
    story.tops_up()
    story.books(day=24, hour=10)

    story.is_worked(day=24, hour=10)  # 13, 13 and 13 minutes are 39, and that is 40
    story.is_disputed_and_settled()
    story.books_again_and_confirms()  # 45 minutes are 50

    assert story.figures() == (480 - 40 - 50, 0, 0)


def test_r1_a_booking_names_one_of_the_published_purposes(story):
    story.tops_up()
    with travel(18, 11):
        page = story.rolf.open("/sessions/new/", account=story.acme.account.pk)

    names = list(Purpose.objects.order_by("position").values_list("name_en", flat=True))
    assert (len(names), [name for name in names if name not in page.text]) == (12, [])
