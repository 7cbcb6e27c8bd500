"""VAT by where the buyer is, for a seller in any country of the EU (rule I2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import vat
from clients.vat import Treatment

VALID = {
    "DE": "DE136695976",
    "DK": "DK13585628",
    "FI": "FI20774740",
    "GR": "EL094259216",
    "IE": "IE6433435F",
    "SE": "SE556188840401",
}
"""Well-formed numbers, check digits and all."""
COUNTRIES = st.sampled_from([*sorted(vat.EU), "NO", "GB", "US", "CH", "XI"])


@pytest.mark.parametrize(
    ("seller", "buyer", "number", "treatment"),
    [
        ("SE", "SE", "", Treatment.DOMESTIC),
        ("SE", "SE", VALID["SE"], Treatment.DOMESTIC),
        ("SE", "", VALID["DE"], Treatment.DOMESTIC),
        ("SE", "DE", VALID["DE"], Treatment.REVERSE_CHARGE),
        ("SE", "DE", "de 136 695 976", Treatment.REVERSE_CHARGE),
        ("SE", "GR", VALID["GR"], Treatment.REVERSE_CHARGE),
        ("FI", "SE", VALID["SE"], Treatment.REVERSE_CHARGE),
        ("SE", "DE", "", Treatment.DOMESTIC),
        ("SE", "DE", "DE136695977", Treatment.DOMESTIC),
        ("SE", "DE", VALID["DK"], Treatment.DOMESTIC),
        ("SE", "NO", "", Treatment.OUTSIDE_SCOPE),
        ("SE", "GB", "GB980780684", Treatment.OUTSIDE_SCOPE),
    ],
)
def test_i2_how_a_sale_is_treated(seller, buyer, number, treatment):
    assert vat.treatment(seller_country=seller, buyer_country=buyer, buyer_vat_number=number) == treatment


@pytest.mark.parametrize(("country", "number"), VALID.items())
def test_i2_a_well_formed_number_counts_in_its_own_country_only(country, number):
    valid_in = {other for other in VALID if vat.has_valid_number(other, number)}

    assert valid_in == {country}


@given(seller=st.sampled_from(sorted(vat.EU)), buyer=COUNTRIES, number=st.sampled_from(["", *VALID.values(), "nonsense"]))
def test_i2_only_a_domestic_sale_bears_vat_and_only_a_valid_number_abroad_reverses_it(seller, buyer, number):
    kind = vat.treatment(seller_country=seller, buyer_country=buyer, buyer_vat_number=number)

    abroad_in_eu = buyer != seller and buyer in vat.EU
    assert (kind == Treatment.REVERSE_CHARGE) == (abroad_in_eu and vat.has_valid_number(buyer, number))
    assert (kind == Treatment.OUTSIDE_SCOPE) == (buyer != seller and buyer not in vat.EU)
    assert (vat.percent(kind, Decimal(25)) == 25) == (kind == Treatment.DOMESTIC)


@given(text=st.text(max_size=30))
def test_i2_no_text_whatsoever_breaks_the_check_of_a_number(text):
    assert vat.has_valid_number("DE", text) in (True, False)
