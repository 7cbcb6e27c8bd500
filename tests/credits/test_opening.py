from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from djmoney.money import Money

from clients.csv_cells import Unreadable, day, minutes, number, percent, price
from clients.models import Membership, Organisation
from credits.ledger import Entry, EntryKind, Lot
from credits.opening.applying import import_opening
from credits.opening.facts import COLUMNS
from credits.statement import statement
from credits.terms import ProfileMissing
from people.models import Person
from tests.cast import NOON
from tests.credits.opening_files import ANNA, BOLAGET, LOT, a_file, imported, refused

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "opening-sample.csv"


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


def test_c12_a_lot_may_expire_today_and_an_opening_lot_may_be_free(cast):
    imported(BOLAGET | LOT | {"expires_on": "2026-11-18", "price_per_hour": "0"})

    assert Lot.objects.get().total_price == Money(0, "SEK")


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
