"""How often VIES is asked by itself, as the provider's profile says (rules P1, I2)."""

import pytest

from clients.profile_table import Table
from invoicing import profile

SECTION = {
    "due_within": "30 days",
    "f_tax": True,
    "rounded_to_whole": False,
    "credit_frozen_when_overdue": "10 days",
    "numbers": {"invoices_begin_with": "", "credit_notes_begin_with": "K"},
    "paid_to": {"bankgiro": "5050-1055"},
}


def read(**more):
    table = Table("invoicing", SECTION | more, [])
    terms = profile.validate(table).terms
    table.close()
    return terms.vat_check_days, [fault.key for fault in table.faults]


@pytest.mark.parametrize(
    ("said", "days"),
    [({}, None), ({"vat_numbers_checked_every": "never"}, None), ({"vat_numbers_checked_every": "1 day"}, 1)],
)
def test_i2_it_is_off_unless_the_profile_says_so(said, days):
    assert read(**said) == (days, [])


@pytest.mark.parametrize("wrong", ["0 days", "30", 30, "often", "999 days", True])
def test_i2_what_is_no_number_of_days_is_told(wrong):
    assert read(vat_numbers_checked_every=wrong)[1] == ["invoicing.vat_numbers_checked_every"]
