"""`[worktime]` and `[support]` are read strictly: each fault names its key and its reason (rules P1, P2, S18, W1)."""

import pytest
from djmoney.money import Money

from clients import fees, plans, profile
from clients.models import Plan, StaffDuty
from tests.cast import NOON, a_colleague
from tests.profiles.loaded import PROFILES, a_client_with, load

PLAN = "support.plans[3]"


def text_of(name, old, new):
    text = (PROFILES / f"{name}.toml").read_text()
    assert old in text
    return text.replace(old, new, 1)


@pytest.fixture
def edited(tmp_path):
    def edit(old, new, name="cloudtalk"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text_of(name, old, new))
        return path

    return edit


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('rota = "on-call"\n', "", f"{PLAN}.targets[1].rota: is missing: somebody has to be on call for a target around the clock"),
        ('rota = "on-call"', 'rota = "nobody"', f"{PLAN}.targets[1].rota: “nobody” stands nowhere in this file. Known here: on-call"),
        (
            'calendar = "ct"',
            'calendar = "tc"',
            "support.plans[2].targets[1].calendar: “tc” stands nowhere in this file. Known here: around-the-clock, ct",
        ),
        ("priority = 1\n", "priority = 7\n", "support.plans[2].targets[1].priority: “7” stands nowhere in this file. Known here: 1, 2, 3"),
        (
            'response = "3 h"',
            'response = "soon"',
            "support.plans[2].targets[1].response: must be a duration like “24 h”, “10 min” or “2 h 30 min”",
        ),
        (
            'response = "1 h"',
            'response = "next working day"',
            f"{PLAN}.targets[1].calendar: a calendar that is always open has no next working day",
        ),
        (
            "else_becomes = 3\n",
            "",
            "support.priorities[1].else_becomes: belongs to a priority with “production_only = true”, and to no other",
        ),
        ("else_becomes = 3", "else_becomes = 1", "support.priorities[1].else_becomes: must be a lower priority: a larger number"),
        ('code = "CT-basic"', 'code = "CT basic"', "support.plans[1].code: letters, digits, dots, hyphens; at most 40"),
        ('fee = "free"', 'fee = "free"\nfees = 1', "support.plans[1].fees: is not known. Did you mean “fee”?"),
        (
            'mon = ["09:00–17:00"]',
            'mon = ["17:00–09:00"]',
            "worktime.calendars[1].hours.mon: must be hours like “08:00–17:00”; “00:00” is the midnight that ends the day",
        ),
        ('mon = ["09:00–17:00"]', 'mon = ["09:00–12:00", "11:00–17:00"]', "worktime.calendars[1].hours.mon: has hours that overlap"),
        ('on = "12-25"', 'on = "13-25"', "worktime.calendars[1].holidays_of_its_own[6].on: must be a month and a day like “12-25”"),
    ],
)
def test_p1_each_fault_of_calendars_and_plans_is_told(edited, old, new, fault):
    path = edited(old, new)

    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=path)

    assert f"{path}: {fault}" in refused.value.lines


def test_s2_an_outage_phone_without_people_is_a_fault(edited):
    path = edited('outage_rota = "outages"\n', "", name="easyredmine")

    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=path)

    reason = "an outage phone, and people on call who answer it, belong together"
    assert refused.value.lines == [f"{path}: support.plans[1].outage_rota: {reason}"]


def test_p1_history_names_the_file_and_the_same_again_leaves_none(db):
    load("stratiteq")
    again = load("stratiteq")

    plan = Plan.objects.get()
    assert (again, {row.history_change_reason for row in plan.history.all()}) == ([], {"stratiteq.toml"})


def test_p1_what_the_file_no_longer_names_goes_or_is_withdrawn(db):
    load("cloudtalk")
    a_client_with("CT-basic")

    load("stratiteq")

    assert {plan.code: plan.published_at is not None for plan in Plan.objects.all()} == {"CT-basic": False, "ONGOING-services": True}


def test_p2_a_plan_that_somebody_withdrew_stays_withdrawn(db):
    load("stratiteq")
    ada = a_colleague("Ada", StaffDuty.ADMINISTRATOR)
    plans.withdraw(plan=Plan.objects.get(), by=ada, at=NOON)

    load("stratiteq")

    assert Plan.objects.get().published_at is None


def test_p3_another_fee_in_the_file_begins_with_notice_where_clients_have_the_plan(db, edited):
    load("stratiteq")
    a_client_with("ONGOING-services")
    path = edited('fee = "5000.00 SEK"', 'fee = "6000.00 SEK"', name="stratiteq")

    said = profile.load(profile=profile.read(path=path))
    again = profile.load(profile=profile.read(path=path))

    plan = Plan.objects.get()
    announced = plan.fees.get()
    assert (len(said), again) == (1, [])
    assert (plan.fee, announced.fee) == (Money(5000, "SEK"), Money(6000, "SEK"))
    assert fees.fee_on(plan, on=announced.starts_on)[0].amount == 6000
