import pytest

from clients.numbers import NotAnOrganisationNumber, NotAVatNumber, organisation_number, vat_number


@pytest.mark.parametrize("number", ["556677-8899", "5566778899", " 556677 8899 "])
def test_i2_a_swedish_organisation_number_is_kept_in_one_way_of_writing(number):
    assert organisation_number(number=number, country="SE") == "556677-8899"


@pytest.mark.parametrize("number", ["556677-8898", "5566", "abc", "", "556677889900"])
def test_i2_a_wrong_swedish_organisation_number_is_refused(number):
    with pytest.raises(NotAnOrganisationNumber):
        organisation_number(number=number, country="SE")


def test_i2_a_number_of_another_country_is_kept_as_it_is():
    assert organisation_number(number=" HRB  12345 ", country="DE") == "HRB 12345"


@pytest.mark.parametrize(
    ("number", "country", "kept"),
    [
        ("SE 5566778899 01", "SE", "SE556677889901"),
        ("ATU13585627", "AT", "ATU13585627"),
        ("EL094259216", "GR", "EL094259216"),
        ("CHE-116.281.710 MWST", "CH", "CHE-116.281.710 MWST"),
        ("", "SE", ""),
    ],
)
def test_i2_a_vat_number_is_kept_without_spaces(number, country, kept):
    assert vat_number(number=number, country=country) == kept


@pytest.mark.parametrize(("number", "country"), [("SE556677889801", "SE"), ("ATU13585627", "SE"), ("556677889901", "SE"), ("x", "DE")])
def test_i2_a_wrong_vat_number_is_refused(number, country):
    with pytest.raises(NotAVatNumber):
        vat_number(number=number, country=country)
