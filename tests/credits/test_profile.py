from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from djmoney.money import Money

from clients import profile
from credits import terms
from credits.terms import CreditTerms, ProfileMissing, Rate

SHIPPED = Path(__file__).resolve().parents[2] / "profiles" / "easyredmine.toml"


def faults(tmp_path, old, new):
    """What is wrong with the shipped profile after one replacement."""
    assert old in SHIPPED.read_text()
    (tmp_path / "edited.toml").write_text(SHIPPED.read_text().replace(old, new, 1))
    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=tmp_path / "edited.toml")
    return [line.partition("edited.toml: ")[2] for line in refused.value.lines]


def test_p1_the_shipped_profile_makes_the_credit_terms(db):
    call_command("load_profile", SHIPPED, stdout=StringIO())

    found = CreditTerms.objects.values().get()
    assert found == {
        "id": 1,
        "man_day_minutes": 480,
        "minimum_top_up_minutes": 480,
        "price_per_hour": Decimal("1200.00"),
        "price_per_hour_currency": "SEK",
        "vat_percent": Decimal("25.00"),
        "rounding_step_minutes": 10,
        "rounding_mode": "nearest",
        "minimum_charge_minutes": 0,
        "low_balance_levels": [480, 120, 0],
        "lot_validity_months": None,
        "expiry_reminder_days": [60, 30, 7],
        "auto_top_ups_invoiced_at_once": False,
    }


def test_p1_loading_credit_terms_twice_writes_one_history_row(db):
    for _ in range(2):
        call_command("load_profile", SHIPPED, stdout=StringIO())

    assert CreditTerms.history.count() == 1


def test_p1_a_new_price_is_one_change(db, tmp_path):
    call_command("load_profile", SHIPPED, stdout=StringIO())
    (tmp_path / "dearer.toml").write_text(SHIPPED.read_text().replace('price_per_hour = "1200.00 SEK"', 'price_per_hour = "1300.00 SEK"'))
    out = StringIO()

    call_command("load_profile", tmp_path / "dearer.toml", stdout=out)

    assert len(out.getvalue().splitlines()) == 1
    assert out.getvalue().startswith("credit terms: price per hour: ")
    assert terms.current().price_per_hour == Money("1300.00", "SEK")


def test_i2_a_price_in_another_currency_than_the_books_is_loaded_as_often_as_wanted(db, tmp_path):
    (tmp_path / "euro.toml").write_text(SHIPPED.read_text().replace('price_per_hour = "1200.00 SEK"', 'price_per_hour = "110.00 EUR"'))

    for _ in range(2):
        call_command("load_profile", tmp_path / "euro.toml", stdout=StringIO())

    CreditTerms.objects.get().full_clean()
    assert terms.current().price_per_hour == Money("110.00", "EUR")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('step = "10 min"', 'step = "0 min"', "credit.rounding.step: must be a whole number of minutes above 0"),
        ('step = "10 min"', "step = 10", 'credit.rounding.step: must be written with its unit, like "24 h" / "10 min"'),
        ('step = "10 min"', 'step = "10"', "credit.rounding.step: must be a duration like “24 h”, “10 min” or “2 h 30 min”"),
        ('step = "10 min"', 'step = ""', "credit.rounding.step: must be a duration like “24 h”, “10 min” or “2 h 30 min”"),
        ('step = "10 min"', 'step = "-10 min"', "credit.rounding.step: must be a duration like “24 h”, “10 min” or “2 h 30 min”"),
        ('step = "10 min"', 'step = "7.5 min"', "credit.rounding.step: must be a duration like “24 h”, “10 min” or “2 h 30 min”"),
        ('step = "10 min"', 'step = "900 h"', "credit.rounding.step: must be at most 24 h"),
        ('mode = "nearest"', 'mode = "round"', "credit.rounding.mode: must be one of: nearest, up, down"),
        ('man_day = "8 h"', 'man_day = "0 h"', "credit.man_day: must be a whole number of minutes above 0"),
        ('"1 man-day"', '"0 man-days"', "credit.minimum_top_up: must be at least 1"),
        (
            '"1 man-day"',
            '"1 week"',
            "credit.minimum_top_up: must be a whole number with its unit, like “3 man-days” or “1 man-day”",
        ),
        ('hour = "1200.00 SEK"', 'hour = "1200"', "credit.price_per_hour: must be an amount with its currency, like “1200.00 SEK”"),
        ('hour = "1200.00 SEK"', 'hour = "-1 SEK"', "credit.price_per_hour: must be an amount with its currency, like “1200.00 SEK”"),
        ('hour = "1200.00 SEK"', 'hour = "12 QQQ"', "credit.price_per_hour: must be an amount with its currency, like “1200.00 SEK”"),
        ('vat = "25 %"', 'vat = "101 %"', "credit.vat: must be a share from 0 to 100 like “25 %” or “12.5 %”"),
        ('vat = "25 %"', 'vat = "25"', "credit.vat: must be a share from 0 to 100 like “25 %” or “12.5 %”"),
        ('low_balance = ["8 h", "2 h", "0 h"]', 'low_balanse = ["8 h", "2 h", "0 h"]', "credit.low_balance: is missing"),
    ],
)
def test_p1_each_fault_of_the_credit_terms_is_told(tmp_path, old, new, fault):
    assert faults(tmp_path, old, new)[0] == fault


def test_p1_a_missing_table_is_one_fault(tmp_path):
    assert faults(tmp_path, "[credit.rounding]", "[credit.roundings]") == [
        "credit.rounding: is missing",
        "credit.roundings: is not known. Did you mean “rounding”?",
    ]


def test_c1_a_man_day_is_as_long_as_the_profile_says(tmp_path):
    (tmp_path / "edited.toml").write_text(SHIPPED.read_text().replace('man_day = "8 h"', 'man_day = "7 h 30 min"'))

    credit = profile.read(path=tmp_path / "edited.toml").sections["credit"]

    assert (credit.man_day_minutes, credit.minimum_top_up_minutes) == (450, 450)


def test_p1_before_a_profile_is_loaded_nothing_has_a_price(db):
    with pytest.raises(ProfileMissing):
        terms.current()


def test_c11_the_price_of_debt_is_that_of_the_terms(cast, acme):
    assert terms.rate(terms.current(), acme.organisation) == Rate(price_per_hour=Money("1200.00", "SEK"), vat_percent=Decimal("25.00"))
