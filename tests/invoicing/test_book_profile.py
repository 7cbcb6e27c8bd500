"""`[invoicing.accounts]` of the profile (rules P1, I6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clients.profile_table import Fault, Table
from invoicing.books import profile
from invoicing.models import BookAccount, Books, Meaning
from invoicing.models.books import BY_RATE
from tests.invoicing.books_scene import CHART

pytestmark = pytest.mark.django_db


def written(**changed):
    """The chart as a file has it."""
    chart: dict[str, Any] = {}
    for key, account in CHART.items():
        meaning, _space, rate = key.partition(" ")
        if rate:
            chart.setdefault(meaning, {})[rate] = account
        else:
            chart[meaning] = account
    return {"accounts": chart | changed}


def read(values):
    faults: list[Fault] = []
    found = profile.validate(Table("invoicing", values, faults))
    return found, [(fault.key, fault.reason) for fault in faults]


def test_p1_the_chart_is_read_and_applied_and_twice_changes_nothing():
    found, faults = read(written(begin="2026-12-01"))

    assert faults == []
    assert profile.apply(found, "a.toml")
    assert profile.apply(read(written(begin="2026-12-01"))[0], "a.toml") == []
    assert BookAccount.objects.count() == len(CHART)
    assert {account.meaning for account in BookAccount.objects.all()} == set(Meaning)
    assert {account.meaning for account in BookAccount.objects.exclude(percent=None)} == set(BY_RATE)
    vat = BookAccount.objects.get(meaning=Meaning.VAT, percent=Decimal(25))
    assert (vat.number, vat.name) == ("2611", "Utgående moms, 25 %")
    assert Books.objects.get().begins_on == date(2026, 12, 1)


def test_p1_what_the_profile_leaves_out_goes():
    profile.apply(read(written())[0], "a.toml")

    changes = profile.apply(read(written(vat={"25": CHART["vat 25"]}))[0], "b.toml")

    assert len(changes) == 2
    assert BookAccount.objects.filter(meaning=Meaning.VAT).count() == 1


def test_p1_without_the_section_there_are_no_books_and_what_stands_stays():
    profile.apply(read(written())[0], "a.toml")

    found, faults = read({})

    assert (found.accounts, faults) == ([], [])
    assert profile.apply(found, "b.toml") == []
    assert BookAccount.objects.exists()


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"receivables": "151 Kundfordringar"}, "receivables"),
        ({"receivables": "1510000 Kundfordringar"}, "receivables"),
        ({"receivables": "1510"}, "receivables"),
        ({"receivables": "Kundfordringar"}, "receivables"),
        ({"receivables": 1510}, "receivables"),
        ({"paid_hand": "1930 Another name"}, "paid_hand"),
        ({"expired": "2420 Förskott från kunder"}, "advances"),
        ({"vat": {}}, "vat"),
        ({"vat": {"25 %": "2611 Moms"}}, "vat.25 %"),
        ({"vat": {"101": "2611 Moms"}}, "vat.101"),
        ({"vat": "2611 Moms"}, "vat"),
        ({"begin": "1 December"}, "begin"),
        ({"begins": "2026-12-01"}, "begins"),
    ],
)
def test_p1_whatever_is_wrong_is_named_by_its_key(changed, key):
    _found, faults = read(written(**changed))

    assert [name for name, _reason in faults] == [f"invoicing.accounts.{key}"]


@pytest.mark.parametrize("meaning", list(Meaning))
def test_p1_every_meaning_needs_its_account(meaning):
    values = written()
    del values["accounts"][meaning]

    assert [name for name, _reason in read(values)[1]] == [f"invoicing.accounts.{meaning}"]
