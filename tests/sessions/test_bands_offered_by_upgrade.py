"""After the upgrade whoever works in a band offers it, so that nothing closes (rule C17)."""

from datetime import time
from importlib import import_module

import pytest
from django.apps import apps

from sessions.models import Technician, WeeklyHours
from tests.sessions.banded import a_band, an_evening

upgrade = import_module("sessions.migrations.0004_technicians_offer_the_bands_they_work_in")


@pytest.fixture
def nobody_offers(cast):
    """Makes bands as they were before technicians offered them."""

    def forget():
        for technician in Technician.objects.all():
            technician.bands.clear()

    return forget


def offered(technician):
    return [band.code for band in technician.bands.order_by("pk")]


def test_c17_who_works_in_a_band_by_weekly_hours_offers_it_after_the_upgrade(cast, nobody_offers):
    an_evening()
    a_band("night", time(17), time(0), 200, weekdays=range(5))
    WeeklyHours.objects.create(technician=cast.theo, weekday=3, opens=time(17), closes=time(18))
    nobody_offers()

    upgrade.offer(apps, None)

    assert (offered(cast.tessa), offered(cast.theo)) == (["evening"], ["evening", "night"])


def test_c17_a_band_of_dates_is_met_on_its_weekdays(cast, nobody_offers):
    a_band("eve", time(8), time(12), 200, dates=["2028-12-22"])  # a Friday
    a_band("weekend", time(8), time(12), 200, dates=["2028-12-23"])
    nobody_offers()

    upgrade.offer(apps, None)

    assert offered(cast.tessa) == ["eve"]


@pytest.mark.parametrize(("zone", "codes"), [("America/New_York", ["evening"]), ("Asia/Kolkata", []), ("Europe/Stockholm", [])])
def test_c17_hours_and_band_meet_by_their_own_clocks(cast, nobody_offers, zone, codes):
    Technician.objects.update(time_zone=zone)
    a_band("evening", time(18), time(22), 150, weekdays=range(5))
    nobody_offers()

    upgrade.offer(apps, None)

    assert offered(cast.tessa) == codes


def test_c17_what_is_not_offered_any_more_is_offered_by_nobody(cast, nobody_offers):
    an_evening(offered=False)
    nobody_offers()

    upgrade.offer(apps, None)

    assert offered(cast.tessa) == []
