"""Phone numbers as gateways want them (rule M4)."""

import pytest
from django.core.exceptions import ValidationError

from people.phones import e164, is_e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+46 70-123 45 67", "+46701234567"),
        ("0046 (0)70 123 45 67", "+46701234567"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("  ", ""),
    ],
)
def test_m4_a_number_is_kept_without_what_stands_between_its_digits(written, number):
    kept = e164(written)

    assert kept == number


@pytest.mark.parametrize("written", ["070-123 45 67", "+46", "+46 70 123 45 67 ext 3", "+4670123456789012", "+٤٦٧٠١٢٣٤٥", "sms:+4670"])
def test_m4_what_is_no_number_with_a_country_is_refused(written):
    with pytest.raises(ValidationError):
        e164(written)

    assert not is_e164(written)
