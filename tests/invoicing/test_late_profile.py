"""What the profile says of reminders and late payment (rules P1, I5)."""

import tomllib
from decimal import Decimal

import pytest

from clients.profile_table import Fault, Table
from invoicing import late_profile
from invoicing.models import LateTerms, ReferenceRate, ReminderStep

pytestmark = pytest.mark.django_db
WHOLE = """
[[reminders]]
after = "5 days"
[[reminders]]
after = "15 days"
fee = "60.00 SEK"
[late]
interest = true
points = "9 %"
compensation = "450.00 SEK"
smallest_invoice = "100.00 SEK"
reminders_after_contest = "14 days"
[[late.reference_rates]]
from = "2026-07-01"
percent = "-0.5 %"
[[late.reference_rates]]
from = "2027-01-01"
percent = "1.75 %"
"""


def read(text, cast):
    faults: list[Fault] = []
    table = Table("invoicing", tomllib.loads(text), faults)
    table.sections = {"provider": cast.provider}
    found = late_profile.validate(table)
    table.close()
    return found, {fault.key: str(fault.reason) for fault in faults}


def standing():
    return (
        list(ReminderStep.objects.order_by("number").values_list("number", "days", "fee")),
        list(ReferenceRate.objects.order_by("year", "half").values_list("year", "half", "percent")),
    )


def test_p1_all_of_it_is_read_and_applied_once(cast):
    found, faults = read(WHOLE, cast)

    first, again = late_profile.apply(found, "a.toml"), late_profile.apply(read(WHOLE, cast)[0], "a.toml")

    assert (faults, len(first), again) == ({}, 5, [])
    assert standing() == (
        [(1, 5, 0), (2, 15, 60)],
        [(2026, 2, Decimal("-0.50")), (2027, 1, Decimal("1.75"))],
    )
    terms = LateTerms.objects.get()
    assert (terms.charges_interest, terms.points, terms.contest_days) == (True, Decimal(9), 14)
    assert (terms.compensation, terms.smallest) == (Decimal(450), Decimal(100))


def test_p1_what_is_left_out_is_nothing_and_steps_that_are_gone_go(cast):
    late_profile.apply(read(WHOLE, cast)[0], "a.toml")
    ReferenceRate.objects.create(year=2030, half=1, percent=3)

    late_profile.apply(read('[[reminders]]\nafter = "8 days"', cast)[0], "b.toml")

    assert standing()[0] == [(1, 8, 0)]
    assert len(standing()[1]) == 3
    assert LateTerms.objects.get().charges_interest is False
    late_profile.apply(read("", cast)[0], "c.toml")
    assert standing()[0] == []


def test_p1_little_is_enough(cast):
    found, faults = read("[late]\ninterest = true", cast)

    assert faults == {}
    assert (found.terms.points, found.terms.compensation, found.terms.smallest, found.terms.contest_days) == (8, 0, 50, 10)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[reminders]]\nafter = "5 days"\n[[reminders]]\nafter = "5 days"', "invoicing.reminders"),
        ('[[reminders]]\nafter = "9 days"\n[[reminders]]\nafter = "5 days"', "invoicing.reminders"),
        ('[[reminders]]\nafter = "0 days"', "invoicing.reminders[1].after"),
        ('[[reminders]]\nafter = "5 days"\nfee = "5.00 EUR"', "invoicing.reminders[1].fee"),
        ('[[reminders]]\nafter = "5 days"\nfea = "5.00 SEK"', "invoicing.reminders[1].fea"),
        ("[late]\n", "invoicing.late.interest"),
        ("[late]\ninterest = true\npoints = 8", "invoicing.late.points"),
        ('[late]\ninterest = true\nfee = "x"', "invoicing.late.fee"),
        (
            '[late]\ninterest = true\n[[late.reference_rates]]\nfrom = "2027-02-01"\npercent = "1 %"',
            "invoicing.late.reference_rates[1].from",
        ),
        (
            '[late]\ninterest = true\n[[late.reference_rates]]\nfrom = "2027-01-01"\npercent = "high"',
            "invoicing.late.reference_rates[1].percent",
        ),
    ],
)
def test_p1_each_fault_is_told_with_its_key(cast, text, key):
    assert list(read(text, cast)[1]) == [key]
