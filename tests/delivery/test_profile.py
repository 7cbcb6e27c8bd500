"""`[delivery]` of the provider profile (rules P1, D1 to D6)."""

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation
from djmoney.money import Money

from clients import profile
from delivery import terms
from delivery.models import DeliveryTerms

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
SHIPPED = PROFILES / "eventful.toml"
MONEY = "must be an amount with its currency, like “1200.00 SEK”"
SHARE = "must be a share from 0 to 100 like “25 %” or “12.5 %”"


def edited(tmp_path, *replacements, of=SHIPPED):
    text = of.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "edited.toml"
    path.write_text(text)
    return path


def loaded(path):
    out = StringIO()
    call_command("load_profile", path, stdout=out)
    return out.getvalue()


def faults(tmp_path, *replacements):
    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=edited(tmp_path, *replacements))
    return [line.partition("edited.toml: ")[2] for line in refused.value.lines]


def test_p1_the_shipped_profile_makes_the_terms_of_delivery(db):
    loaded(SHIPPED)

    found: dict[str, Any] = {**DeliveryTerms.objects.values().get()}
    assert (found.pop("terms_en")[:40], found.pop("terms_sv")[:40]) == (
        "The work begins when you have accepted t",
        "Arbetet börjar när du har godkänt det hä",
    )
    assert found == {
        "id": 1,
        "hourly_rate": Decimal("1250.00"),
        "hourly_rate_currency": "SEK",
        "travel_rate": Decimal("800.00"),
        "travel_rate_currency": "SEK",
        "mileage_rate": Decimal("25.00"),
        "mileage_rate_currency": "SEK",
        "vat_percent": Decimal("25.00"),
        "validity_days": 30,
        "reminder_days": [7, 2],
        "second_above": None,
        "credit_price_per_hour": None,
        "warn_percent": 80,
        "acceptance_days": 10,
        "silence_accepts": False,
    }


@pytest.mark.parametrize(
    ("name", "hour", "second", "credit"),
    [
        ("easyredmine", Money(1300, "SEK"), Decimal(100_000), Decimal(1200)),
        ("cloudtalk", Money(110, "EUR"), Decimal(10_000), None),
        ("stratiteq", Money(1300, "SEK"), Decimal(100_000), None),
        ("safespring", Money(1400, "SEK"), Decimal(100_000), None),
        ("eventful", Money(1250, "SEK"), None, None),
    ],
)
def test_p1_every_shipped_profile_offers_delivery_and_only_who_sells_credit_takes_it_as_payment(db, name, hour, second, credit):
    loaded(PROFILES / f"{name}.toml")

    found = terms.current()
    assert (found.hourly_rate, found.second_above, found.credit_price_per_hour) == (hour, second, credit)


def test_p1_loading_it_twice_changes_nothing_and_leaves_one_line_of_history(db):
    loaded(SHIPPED)

    again = loaded(SHIPPED)

    assert "delivery" not in again.lower()
    assert [row.history_change_reason for row in DeliveryTerms.history.all()] == ["eventful.toml"]


def test_p1_a_new_price_is_one_change_told_in_words(db, tmp_path):
    loaded(SHIPPED)

    changes = loaded(edited(tmp_path, ('hour = "1250.00 SEK"', 'hour = "1300.00 SEK"'))).splitlines()

    assert len(changes) == 1
    assert changes[0].startswith("delivery terms: price of an hour: ")
    assert (terms.current().hourly_rate, DeliveryTerms.history.count()) == (Money(1300, "SEK"), 2)


def test_p1_sums_and_silence_can_be_chosen(db, tmp_path):
    path = edited(
        tmp_path,
        ('second_approval_above = "never"', 'second_approval_above = "50000 SEK"'),
        ('credit_pays_per_hour = "not offered"', 'credit_pays_per_hour = "1100.50 SEK"'),
        ("silence_accepts = false", "silence_accepts = true"),
        ('["7 days", "2 days"]', '["2 days", "14 days"]'),
    )

    loaded(path)

    found = terms.current()
    assert (found.second_above, found.credit_price_per_hour, found.silence_accepts) == (Decimal(50_000), Decimal("1100.50"), True)
    assert found.reminder_days == [14, 2]


def test_p1_the_general_terms_are_read_in_the_readers_language_and_may_be_left_out(db, tmp_path):
    loaded(SHIPPED)
    with translation.override("sv"):
        swedish = terms.current().terms
    with translation.override("en"):
        english = terms.current().terms
    whole = SHIPPED.read_text()
    (tmp_path / "bare.toml").write_text(whole[: whole.index("[delivery.terms]")])

    loaded(tmp_path / "bare.toml")

    assert (swedish.split()[0], english.split()[0]) == ("Arbetet", "The")
    assert (DeliveryTerms.objects.get().terms_en, DeliveryTerms.objects.get().terms_sv) == ("", "")


def test_p1_without_the_section_no_delivery_is_offered_and_what_was_loaded_stays(db, tmp_path):
    whole = SHIPPED.read_text()
    (tmp_path / "none.toml").write_text(whole[: whole.index("[delivery]")])
    loaded(tmp_path / "none.toml")
    with pytest.raises(terms.DeliveryNotOffered):
        terms.current()

    loaded(SHIPPED)
    loaded(tmp_path / "none.toml")

    assert terms.current().hourly_rate == Money(1250, "SEK")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('hour = "1250.00 SEK"', 'hour = "1250"', f"delivery.hour: {MONEY}"),
        ('hour = "1250.00 SEK"', 'hour = "-1 SEK"', f"delivery.hour: {MONEY}"),
        ('hour = "1250.00 SEK"', "hour = 1250", "delivery.hour: must be written with its unit, like"),
        ('hour = "1250.00 SEK"', 'our = "1250.00 SEK"', "delivery.hour: is missing"),
        ('travel_hour = "800.00 SEK"', 'travel_hour = "8 QQQ"', f"delivery.travel_hour: {MONEY}"),
        ('kilometre = "25.00 SEK"', 'kilometer = "25.00 SEK"', "delivery.kilometre: is missing"),
        ('vat = "25 %"', 'vat = "101 %"', f"delivery.vat: {SHARE}"),
        ('valid_for = "30 days"', 'valid_for = "0 days"', "delivery.estimates.valid_for: must be at least 1"),
        ('valid_for = "30 days"', 'valid_for = "30"', "delivery.estimates.valid_for: must be a whole number with its unit"),
        ('valid_for = "30 days"', 'valid_for = "400 days"', "delivery.estimates.valid_for: Ensure this value is less than"),
        ('["7 days", "2 days"]', '"7 days"', "delivery.estimates.remind_before_expiry: must be a list in square brackets"),
        ('["7 days", "2 days"]', '["2 days", "2 days"]', "delivery.estimates.remind_before_expiry: names something twice"),
        ('["7 days", "2 days"]', '["0 days"]', "delivery.estimates.remind_before_expiry.1: must be at least 1"),
        ('above = "never"', 'above = "sometimes"', f"delivery.estimates.second_approval_above: {MONEY}"),
        ('hour = "not offered"', 'hour = "never"', f"delivery.estimates.credit_pays_per_hour: {MONEY}"),
        ('hour = "not offered"', 'hour = "0 SEK"', "delivery.estimates.credit_pays_per_hour: must be above 0, or “not offered”"),
        ('above = "never"', 'above = "0 SEK"', "delivery.estimates.second_approval_above: must be above 0, or “never”"),
        ('warn_when_used = "80 %"', 'warn_when_used = "80"', f"delivery.work.warn_when_used: {SHARE}"),
        ('warn_when_used = "80 %"', 'warn_when_used = "0 %"', "delivery.work.warn_when_used: must be a whole percentage from 1 to 100"),
        ('warn_when_used = "80 %"', 'warn_when_used = "82.5 %"', "delivery.work.warn_when_used: must be a whole percentage from 1 to 100"),
        ('"10 working days"   # D5', '"10 days"   # D5', "delivery.completion.accepted_within: must be a whole number with its unit"),
        ('"10 working days"   # D5', '"0 working days"   # D5', "delivery.completion.accepted_within: must be at least 1"),
        ("silence_accepts = false", 'silence_accepts = "no"', "delivery.completion.silence_accepts: must be true or false"),
        ("[delivery.work]", "[delivery.wrok]", "delivery.work: is missing"),
        ("[delivery.terms]\nen", "[delivery.terms]\nenglish", "delivery.terms.en: is missing"),
        ("[delivery.work]", "[delivery.work]\nstop = true", "delivery.work.stop: is not known. Known here: warn_when_used"),
    ],
)
def test_p1_each_fault_is_told_with_its_key(tmp_path, old, new, fault):
    assert any(line.startswith(fault) for line in faults(tmp_path, (old, new)))


def test_p1_what_is_wrong_with_a_price_is_told_once(tmp_path):
    books = ('currency = "SEK"', 'currency = "EUR"')

    found = faults(tmp_path, books, ('hour = "1250.00 SEK"', 'hour = "dear"'), ("800.00 SEK", "80.00 EUR"), ("25.00 SEK", "2.50 EUR"))

    assert [line for line in found if line.startswith("delivery.")] == [f"delivery.hour: {MONEY}"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('hour = "1250.00 SEK"', 'hour = "125.00 EUR"', "delivery.hour"),
        ('travel_hour = "800.00 SEK"', 'travel_hour = "80.00 EUR"', "delivery.travel_hour"),
        ('kilometre = "25.00 SEK"', 'kilometre = "2.50 EUR"', "delivery.kilometre"),
        ('above = "never"', 'above = "9000 EUR"', "delivery.estimates.second_approval_above"),
        ('hour = "not offered"', 'hour = "110 EUR"', "delivery.estimates.credit_pays_per_hour"),
    ],
)
def test_d1_currencies_are_never_mixed(tmp_path, old, new, key):
    assert faults(tmp_path, (old, new)) == [f"{key}: must be in SEK, the currency of the books"]


def test_d1_all_prices_in_a_currency_that_is_not_that_of_the_books_are_each_told(tmp_path):
    all_euros = [(f"{amount} SEK", f"{amount} EUR") for amount in ("1250.00", "800.00", "25.00")]

    assert sorted(faults(tmp_path, *all_euros)) == [
        f"delivery.{key}: must be in SEK, the currency of the books" for key in ("hour", "kilometre", "travel_hour")
    ]


def test_d1_where_the_currency_of_the_books_is_at_fault_only_that_is_told(tmp_path):
    found = faults(tmp_path, ('currency = "SEK"', 'currency = "SEKS"'))

    assert [line.partition(":")[0] for line in found] == ["provider.currency"]


def test_p1_all_faults_are_told_at_once_and_nothing_changes(db, tmp_path):
    loaded(SHIPPED)

    found = faults(tmp_path, ('hour = "1250.00 SEK"', 'hour = "1"'), ('vat = "25 %"', 'vat = "25"'), ('"80 %"', '"120 %"'))

    assert [line.partition(":")[0] for line in found] == ["delivery.hour", "delivery.vat", "delivery.work.warn_when_used"]
    assert terms.current().hourly_rate == Money(1250, "SEK")
