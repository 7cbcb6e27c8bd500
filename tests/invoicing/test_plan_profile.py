"""What the profile says about the money of plans (rules P1, I7, S16)."""

import pytest

from clients.models import Plan
from clients.profile_plans import _read_missed
from clients.profile_table import Fault, Table
from invoicing import profile

PAID_TO = {"bankgiro": "5050-1055"}
GIVEN = {"due_within": "30 days", "f_tax": True, "rounded_to_whole": False, "credit_frozen_when_overdue": "10 days"}
GIVEN |= {"numbers": {"credit_notes_begin_with": "K"}, "paid_to": PAID_TO}
PLANS = {"periods": "anniversary", "charged_from": "2027-01-01", "vat": "25 %"}


def read(**more):
    faults: list[Fault] = []
    terms = profile.validate(Table("invoicing", GIVEN | more, faults)).terms
    return terms, [(fault.key, fault.reason) for fault in faults]


def missed(said):
    faults: list[Fault] = []
    plan = Plan()
    _read_missed(Table("plan", {"missed_target": said}, faults), plan)
    return (plan.missed_grants, plan.missed_amount, plan.missed_cap), [fault.key for fault in faults]


def test_i7_plans_are_charged_where_the_profile_says_how():
    terms, faults = read(plans=PLANS)

    assert faults == []
    assert (terms.plan_ahead_days, terms.plan_periods, str(terms.plan_fees_from)) == (30, "anniversary", "2027-01-01")


def test_i7_without_the_table_they_are_not():
    terms, faults = read()

    assert (faults, terms.plan_ahead_days, terms.plan_fees_from) == ([], None, None)


def test_p1_what_is_wrong_is_told_by_its_key():
    _terms, faults = read(plans={"ahead": "soon", "periods": "weekly", "charged_from": "1 May", "vat": "25", "else": 1})

    assert {key for key, _reason in faults} == {f"invoicing.plans.{key}" for key in ("ahead", "periods", "charged_from", "vat", "else")}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"share_of_fee": "10 %", "at_most": "50 %"}, ("fee", 10, 50)),
        ({"credit": "1 h"}, ("credit", 60, None)),
        ({"credit": "1 h", "at_most": "4 h"}, ("credit", 60, 240)),
    ],
)
def test_s16_what_a_missed_target_grants_is_read(said, means):
    assert missed(said) == (means, [])


@pytest.mark.parametrize("said", [{"share_of_fee": "12.5 %"}, {"share_of_fee": "0 %"}, {"credit": "1 h", "more": 1}, {"at_most": "4 h"}])
def test_s16_what_grants_nothing_whole_is_refused(said):
    assert missed(said)[1] != []
