import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from djmoney.money import Money

from clients.models import Membership, Organisation, StaffDuty
from credits.ledger import Entry, EntryKind, Lot
from credits.opening.applying import import_opening
from credits.opening.cells import Unreadable, day, minutes, number, percent, price
from credits.opening.facts import COLUMNS, OpeningRefused
from credits.statement import statement
from credits.terms import ProfileMissing
from people.models import Person
from tests.cast import NOON, a_colleague, a_person

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "opening-sample.csv"
BOLAGET = {"organisation": "Exempelbolaget AB", "organisation_number": "559900-0014", "account_manager": "max@provider.example"}
ANNA = {"person": "Anna Exempel", "email": "anna@exempelbolaget.example", "role": "approver"}
LOT = {"account": "IT", "hours": "8", "price_per_hour": "1200", "reference": "1001"}


def a_file(*lines, delimiter=",", columns=COLUMNS):
    """A CSV file with these lines; what a line does not name is empty."""
    text = StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def refused(data):
    """The faults, as (line, column, reason); nothing has been imported."""
    before = Organisation.objects.count(), Person.objects.count(), Entry.objects.count()
    with pytest.raises(OpeningRefused) as refusal:
        import_opening(data=data, at=NOON)
    assert (Organisation.objects.count(), Person.objects.count(), Entry.objects.count()) == before
    return [(problem.line, problem.column, problem.reason) for problem in refusal.value.problems]


def imported(*lines):
    """What was added, by kind."""
    return dict(import_opening(data=a_file(*lines), at=NOON))


def command(*arguments):
    """What the command prints."""
    out = StringIO()
    call_command("import_opening", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_c12_a_line_makes_a_client_a_person_and_a_lot(cast):
    added = imported(BOLAGET | ANNA | LOT | {"hours": "12,5", "price_per_hour": "1 200,50", "expires_on": "2027-12-31"})

    lot = Lot.objects.get()
    assert added == {"organisations": 1, "people": 1, "memberships": 1, "accounts": 1, "lots": 1, "minutes": 750}
    assert (lot.source, lot.granted_minutes, lot.price_per_hour, lot.total_price, lot.vat_percent, lot.expires_on) == (
        "opening",
        750,
        Money("1200.50", "SEK"),
        Money("15006.25", "SEK"),
        Decimal("25.00"),
        date(2027, 12, 31),
    )
    assert lot.account.available_minutes == 750


def test_c14_the_entry_names_client_account_and_reference(cast):
    imported(BOLAGET | LOT | {"account": "Site: B"})

    entry = Entry.objects.get()
    assert (entry.kind, entry.cause, entry.text, entry.occurred_on) == (
        EntryKind.GRANT,
        "opening:559900-0014:Site%3A B:1001",
        "1001",
        date(2026, 11, 18),
    )


def test_a_client_gets_what_the_file_says_and_the_providers_own_where_it_says_nothing(cast):
    imported(
        BOLAGET | {"vat_number": "SE559900001401", "language": "sv", "time_zone": "Europe/London"},
        BOLAGET | {"organisation": "Sample Works AB", "organisation_number": "5599112231"},
    )

    rows = Organisation.objects.order_by("name").values_list(
        "name", "organisation_number", "vat_number", "language", "time_zone", "country"
    )
    assert list(rows) == [
        ("Exempelbolaget AB", "559900-0014", "SE559900001401", "sv", "Europe/London", "SE"),
        ("Sample Works AB", "559911-2231", "", "en", "Europe/Stockholm", "SE"),
    ]


def test_a_new_person_has_the_clients_language_and_no_password(cast):
    imported(BOLAGET | ANNA | {"language": "sv", "email": "Anna@Exempelbolaget.Example"})

    anna = Person.objects.get(email="anna@exempelbolaget.example")
    assert (anna.name, anna.language, anna.has_usable_password()) == ("Anna Exempel", "sv", False)


def test_a_person_may_belong_to_two_clients(cast):
    imported(
        BOLAGET | ANNA, BOLAGET | ANNA | {"organisation": "Sample Works AB", "organisation_number": "559911-2231", "role": "requester"}
    )

    assert sorted(Membership.objects.values_list("organisation__name", "role")) == [
        ("Exempelbolaget AB", "approver"),
        ("Sample Works AB", "requester"),
    ]


def test_later_lines_need_not_repeat_what_an_earlier_one_said(cast):
    added = imported(
        BOLAGET | {"language": "sv"} | ANNA | LOT,
        {"organisation": "Exempelbolaget AB", "organisation_number": "559900-0014"} | LOT | {"reference": "1002"},
    )

    assert (added["organisations"], added["lots"]) == (1, 2)


def test_an_account_without_hours_is_opened_empty(cast):
    assert imported(BOLAGET | {"account": "IT"}) == {"organisations": 1, "accounts": 1}


def test_c14_a_second_run_changes_nothing(cast):
    lines = (BOLAGET | ANNA | LOT, BOLAGET | LOT | {"account": "Site B"})
    imported(*lines)
    rows = [model.objects.count() for model in (Organisation, Person, Membership, Entry, Lot)]

    again = imported(*lines)

    assert +import_opening(data=a_file(*lines), at=NOON) == {}
    assert {count for count in again.values() if count} == set()
    assert [model.objects.count() for model in (Organisation, Person, Membership, Entry, Lot)] == rows


def test_a_longer_file_adds_only_what_is_new(cast):
    imported(BOLAGET | ANNA | LOT)

    added = imported(BOLAGET | ANNA | LOT, BOLAGET | LOT | {"reference": "1002", "hours": "2"})

    assert {kind: count for kind, count in added.items() if count} == {"lots": 1, "minutes": 120}


@pytest.mark.parametrize(
    ("now", "fault"),
    [
        ({"hours": "9"}, (2, "hours", "this reference was imported before with other hours")),
        ({"price_per_hour": "1100"}, (2, "reference", "was imported before with another price, VAT or expiry")),
        ({"vat_percent": "12"}, (2, "reference", "was imported before with another price, VAT or expiry")),
        ({"expires_on": "2027-01-01"}, (2, "reference", "was imported before with another price, VAT or expiry")),
    ],
)
def test_c14_other_figures_under_the_same_reference_are_refused(cast, now, fault):
    imported(BOLAGET | LOT)

    assert refused(a_file(BOLAGET | LOT | now, BOLAGET | LOT | {"reference": "1002"})) == [fault]


@pytest.mark.parametrize("encode", [lambda data: data, lambda data: b"\xef\xbb\xbf" + data], ids=["plain", "with a mark"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_all_ways_of_saving_a_csv_file_are_read(cast, encode, delimiter, line_end):
    data = a_file(BOLAGET | LOT | {"organisation": "Åkeri & Söner AB", "hours": "1,5"}, delimiter=delimiter)

    import_opening(data=encode(data.replace(b"\r\n", line_end)), at=NOON)

    assert Organisation.objects.get().name == "Åkeri & Söner AB"
    assert Lot.objects.get().granted_minutes == 90


def test_empty_lines_and_the_order_and_case_of_columns_do_not_matter(cast):
    data = a_file(BOLAGET | LOT, columns=[*reversed(COLUMNS), "country"]).replace(b"hours", b"Hours") + b"\r\n" + b"," * 16 + b"\r\n"

    assert import_opening(data=data, at=NOON)["lots"] == 1


def test_letters_composed_in_two_ways_are_the_same_name(cast):
    imported(BOLAGET | {"organisation": "A\u030akeri AB"} | LOT, BOLAGET | {"organisation": "Åkeri AB"})

    assert Organisation.objects.get().name == "Åkeri AB"


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
        ({"role": "boss"}, "role", "must be one of: requester, approver (is “boss”)"),
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


def test_c12_a_lot_may_expire_today_and_an_opening_lot_may_be_free(cast):
    imported(BOLAGET | LOT | {"expires_on": "2026-11-18", "price_per_hour": "0"})

    assert Lot.objects.get().total_price == Money(0, "SEK")


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


def test_before_a_profile_is_loaded_nothing_is_imported(db):
    with pytest.raises(ProfileMissing):
        import_opening(data=a_file(BOLAGET), at=NOON)


@time_machine.travel(NOON, tick=False)
def test_the_sample_in_the_documents_is_imported(cast):
    said = command(SAMPLE)

    assert said == ["3 organisations", "4 people", "4 memberships", "4 accounts", "4 balances, 64 h 30 min in all"]
    account = Organisation.objects.get(name="Exempelbolaget AB").credit_accounts.get(name="IT")
    found = statement(account=account, first=date(2026, 11, 1), last=date(2026, 11, 30))
    assert (found.opening_minutes, found.closing_minutes) == (0, 990)
    assert command(SAMPLE) == ["All of it is there already: nothing changed."]


@time_machine.travel(NOON, tick=False)
def test_a_dry_run_says_the_same_and_imports_nothing(cast):
    said = command(SAMPLE, "--dry-run")

    assert said[0] == "3 organisations"
    assert said[-1] == "Nothing was imported: this was a dry run."
    assert not Organisation.objects.exists()
    assert not Entry.objects.exists()


def test_the_command_prints_every_fault_and_fails(cast, tmp_path):
    (tmp_path / "bad.csv").write_bytes(a_file(BOLAGET | LOT | {"hours": "0"}, {"organisation": "Other AB"}))

    with pytest.raises(CommandError) as failed:
        command(tmp_path / "bad.csv")

    assert str(failed.value).splitlines() == [
        f"{tmp_path}/bad.csv: line 2, hours: must be above 0 (is “0”)",
        f"{tmp_path}/bad.csv: line 3, organisation_number: is missing",
        "The file has faults. Nothing was imported.",
    ]


def test_a_file_that_is_not_there_is_told(cast, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file or directory"):
        command(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", "1200"),
        ("1 200,50", "1200.50"),
        ("1\xa0200\xa0300,5", "1200300.5"),
        ("1\u202f200.50", "1200.50"),
        ("\u22123", "-3"),
        ("0,05", "0.05"),
    ],
)
def test_swedish_and_english_numbers_are_read(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1,200.50", "1.200,50", "1 20", "12 3456", "1,234", "1e3", "٣", "--1", "1,", "nan", "Infinity"])
def test_doubtful_numbers_are_refused(text):
    with pytest.raises(Unreadable):
        number(text)


def test_cells_are_read_exactly():
    assert (minutes("0,05"), minutes("1 000"), price("1200,5"), percent("25 %"), day("2028-02-29")) == (
        3,
        60_000,
        Decimal("1200.50"),
        Decimal("25.00"),
        date(2028, 2, 29),
    )
