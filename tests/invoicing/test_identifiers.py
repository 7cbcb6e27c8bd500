"""Numbers of businesses and accounts in the form the network wants."""

from dataclasses import replace

import pytest

from invoicing.einvoice.identifiers import BANKGIRO, PLUSGIRO, electronic_address, is_account, is_vat_number, registered
from tests.invoicing.documents import FJORD, GLUEHWEIN, NORDLICHT


@pytest.mark.parametrize(
    ("party", "number"),
    [
        (NORDLICHT, ("0007", "5560360793")),
        (replace(NORDLICHT, organisation_number="16 556036-0793"), ("0007", "5560360793")),
        (replace(NORDLICHT, organisation_number="19811218-9876"), ("0007", "8112189876")),
        (replace(NORDLICHT, organisation_number="18556036-0793"), ("0007", "185560360793")),
        (GLUEHWEIN, ("", "HRB 12345")),
        (replace(GLUEHWEIN, organisation_number=" HRB\x00  1\u202e "), ("", "HRB 1")),
    ],
)
def test_i4_a_business_is_known_by_its_register(party, number):
    assert registered(party) == number


@pytest.mark.parametrize(
    ("party", "address"),
    [
        (replace(NORDLICHT, endpoint=" 556036-0793 "), ("0007", "5560360793")),
        (FJORD, ("0192", "974760673")),
        (replace(FJORD, endpoint_scheme="9908 ", endpoint="974 760 673"), ("9908", "974760673")),
        (replace(FJORD, endpoint_scheme="NO:ORGNR"), ("", "974760673")),
        (replace(FJORD, endpoint_scheme="٠١٩٢"), ("", "974760673")),
    ],
)
def test_i4_an_electronic_address_has_a_scheme_of_four_digits(party, address):
    assert electronic_address(party) == address


@pytest.mark.parametrize(
    ("institution", "account", "is_one"),
    [
        (BANKGIRO, "50501055", True),
        (BANKGIRO, "9912346", True),
        (BANKGIRO, "50501056", False),
        (BANKGIRO, "505010", False),
        (BANKGIRO, "18", False),
        (BANKGIRO, "5050105A", False),
        (PLUSGIRO, "41054685", True),
        (PLUSGIRO, "18", True),
        (PLUSGIRO, "0", False),
        (PLUSGIRO, "41054686", False),
        ("ESSESESS", "SE4550000000058398257466", True),
        ("", "DE89370400440532013000", True),
        ("", "SE4550000000058398257467", False),
        ("", "50501055", False),
    ],
)
def test_i3_an_account_number_is_checked(institution, account, is_one):
    assert is_account(institution, account) is is_one


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("SE556036079301", True),
        ("SE5560360793", False),
        ("SE5560360793O1", False),
        ("DE136695976", True),
        ("136695976", False),
        ("DE", False),
    ],
)
def test_i2_a_vat_number_begins_with_its_country(number, is_one):
    assert is_vat_number(number) is is_one
