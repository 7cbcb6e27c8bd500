import pytest

from clients.models import StaffDuty
from credits.opening.facts import COLUMNS
from tests.cast import a_colleague, a_person
from tests.credits.opening_files import ANNA, BOLAGET, LOT, a_file, imported, refused


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ({"organisation": ""}, "organisation", "is missing"),
        ({"organisation": "x" * 161}, "organisation", f"must be at most 160 characters (is “{'x' * 40}…”)"),
        ({"organisation": "Two\nlines"}, "organisation", "holds a line end or another control character"),
        ({"organisation_number": ""}, "organisation_number", "is missing"),
        (
            {"organisation_number": "559900-0015"},
            "organisation_number",
            "is not an organisation number of this country (a digit may be wrong) (is “559900-0015”)",
        ),
        ({"vat_number": "SE1"}, "vat_number", "is not a VAT number of this country, like SE556677889901 (is “SE1”)"),
        ({"language": "de"}, "language", "must be one of: en, sv (is “de”)"),
        ({"time_zone": "Stockholm"}, "time_zone", "“Stockholm” is not a time zone, like Europe/Stockholm. (is “Stockholm”)"),
        ({"account_manager": ""}, "account_manager", "is missing: one line of the organisation must name its account manager"),
        ({"account_manager": "max"}, "account_manager", "must be an e-mail address, like anna@client.example (is “max”)"),
        ({"account_manager": "no@provider.example"}, "account_manager", "is no account manager here: “no@provider.example”"),
        ({"account_manager": "fia@provider.example"}, "account_manager", "is no account manager here: “fia@provider.example”"),
        ({"account_manager": "gone@provider.example"}, "account_manager", "is no account manager here: “gone@provider.example”"),
        ({"person": ""}, "person", "is missing"),
        ({"email": ""}, "email", "is missing"),
        ({"email": "anna@"}, "email", "must be an e-mail address, like anna@client.example (is “anna@”)"),
        ({"role": ""}, "role", "is missing"),
        ({"role": "boss"}, "role", "must be one of: reader, requester, approver (is “boss”)"),
        ({"account": ""}, "account", "is missing"),
        ({"hours": ""}, "hours", "is missing"),
        ({"hours": "0"}, "hours", "must be above 0 (is “0”)"),
        ({"hours": "-3"}, "hours", "must be above 0 (is “-3”)"),
        ({"hours": "0,33"}, "hours", "must be whole minutes: 19.8 minutes are not (is “0,33”)"),
        ({"hours": "100 001"}, "hours", "must be at most 100000 hours (is “100 001”)"),
        ({"hours": "eight"}, "hours", "must be a number with at most two decimals, like 1 200,50 or 1200.50 (is “eight”)"),
        ({"price_per_hour": ""}, "price_per_hour", "is missing"),
        ({"price_per_hour": "-1"}, "price_per_hour", "must be 0 or more, and below 1000000000 (is “-1”)"),
        (
            {"price_per_hour": "1,200.50"},
            "price_per_hour",
            "must be a number with at most two decimals, like 1 200,50 or 1200.50 (is “1,200.50”)",
        ),
        ({"hours": "100000", "price_per_hour": "999999999"}, "price_per_hour", "makes a sum that is too large to be kept"),
        ({"currency": "kr"}, "currency", "must be a currency by its three letters, like SEK (is “kr”)"),
        ({"vat_percent": "125"}, "vat_percent", "must be from 0 to 100 (is “125”)"),
        ({"expires_on": "31/12/2027"}, "expires_on", "must be a date like 2027-12-31 (is “31/12/2027”)"),
        ({"expires_on": "2027-02-30"}, "expires_on", "must be a date like 2027-12-31 (is “2027-02-30”)"),
        ({"expires_on": "2026-11-17"}, "expires_on", "is in the past (is “2026-11-17”)"),
        ({"reference": ""}, "reference", "is missing"),
        ({"account": "a" * 60, "reference": "b" * 60}, "reference", "is too long together with the name of the account"),
    ],
)
def test_each_fault_is_told_with_line_column_and_reason(cast, line, column, reason):
    a_colleague("Gone", StaffDuty.ACCOUNT_MANAGER, is_active=False)

    assert refused(a_file(BOLAGET | ANNA | LOT | line)) == [(2, column, reason)]


def test_every_bad_line_is_told_and_no_good_one_is_imported(cast):
    data = a_file(
        BOLAGET | ANNA | LOT,
        BOLAGET | LOT | {"reference": "1002", "hours": "-1", "currency": "kr"},
        BOLAGET | {"organisation": "", "person": "Rolf"},
        BOLAGET | {"organisation": "Other AB", "organisation_number": "559911-2231", "account_manager": "no@provider.example"},
    )

    assert [(line, column) for line, column, _ in refused(data)] == [
        (3, "currency"),
        (3, "hours"),
        (4, "email"),
        (4, "organisation"),
        (4, "role"),
        (5, "account_manager"),
    ]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (LOT | {"hours": "9"}, "reference", "stands on line 2 for this account already"),
        (
            ANNA,
            "email",
            "stands on line 2 for this organisation already: leave person, email and role empty here",
        ),
        (
            ANNA | {"email": "rolf@exempelbolaget.example", "organisation_number": "559911-2231"},
            "organisation_number",
            "contradicts line 2, which says “559900-0014”",
        ),
        ({"organisation": "Other AB"}, "organisation", "contradicts line 2, which says “Exempelbolaget AB”"),
        ({"account_manager": "mona@provider.example"}, "account_manager", "contradicts line 2, which says “max@provider.example”"),
        ({"language": "sv"}, "language", "contradicts line 2, which says “en”"),
    ],
)
def test_a_line_that_repeats_or_contradicts_another_is_refused(cast, line, column, reason):
    assert refused(a_file(BOLAGET | ANNA | LOT | {"language": "en"}, BOLAGET | line)) == [(3, column, reason)]


def test_one_address_with_two_names_is_refused(cast):
    other = {"organisation": "Sample Works AB", "organisation_number": "559911-2231", "person": "Anna Other"}

    assert refused(a_file(BOLAGET | ANNA, BOLAGET | ANNA | other)) == [(3, "person", "contradicts line 2, which says “Anna Exempel”")]


def test_what_contradicts_the_database_is_refused(cast):
    imported(BOLAGET | ANNA)
    a_person("Rolf", domain="exempelbolaget.example")

    assert refused(
        a_file(
            BOLAGET | ANNA | {"organisation": "Renamed AB", "role": "requester"},
            BOLAGET | {"organisation": "Exempelbolaget AB", "organisation_number": "559911-2231"},
            BOLAGET | {"organisation": "Renamed AB", "person": "Rolf Other", "email": "rolf@exempelbolaget.example", "role": "requester"},
        )
    ) == [
        (2, "organisation", "is known by another name: “Exempelbolaget AB”"),
        (2, "role", "is known with another role: approver"),
        (3, "organisation_number", "is known with another number: 559900-0014"),
        (4, "person", "is known by another name: “Rolf Testsson”"),
    ]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (1, "", "the file is empty")),
        (b"\n\n", (1, "", "the file is empty")),
        ("organisation\nÅkeri".encode("latin-1"), (2, "", "is not UTF-8: save the file as “CSV UTF-8”")),
        ("organisation".encode("utf-16"), (1, "", "the file is UTF-16: save it as “CSV UTF-8”")),
        (a_file(BOLAGET) + b"\0", (3, "", "holds a NUL character: this is not a text file")),
        (b",".join([b"x"] * 100_000), (1, "", "the header has 100000 columns")),
        (a_file(BOLAGET) + b'"open', (3, "", "cannot be read as CSV: unexpected end of data")),
        (a_file(BOLAGET | {"organisation": "x" * 1_000_000}), (2, "", "cannot be read as CSV: field larger than field limit (131072)")),
        (a_file(BOLAGET) + b"one,two\n", (3, "", "has 2 cells, but the header has 16 columns")),
        (b"x" * 20_000_001, (1, "", "the file is larger than 20 MB")),
    ],
    ids=["empty", "blank", "latin", "utf-16", "nul", "columns", "quote", "field", "cells", "size"],
)
def test_a_hostile_file_is_refused_with_its_line(cast, data, fault):
    assert refused(data) == [fault]


def test_a_header_with_missing_unknown_and_double_columns_is_refused(cast):
    columns = [column for column in COLUMNS if column != "reference"]
    header = ",".join([*columns, "references", "hours"]).encode()

    assert refused(header) == [
        (1, "hours", "stands in the header twice"),
        (1, "reference", "is missing in the header"),
        (1, "references", "is not known. Did you mean “reference”?"),
    ]
