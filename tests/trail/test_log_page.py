"""The page of the audit log: for administrators, filtered, searched, page by page, and as a file (rule C14; proof SEC15)."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse

from tests.cast import NOON
from tests.journeys.belongings import browser_of
from trail import reading
from trail.entries import write
from trail.models import Entry, Kind
from trail.origin import Thing
from trail.reading import Wanted, page

pytestmark = pytest.mark.django_db
LOG = "desk-audit"


def at(minute):
    return NOON + timedelta(minutes=minute)


def found(**asked):
    return [(line.entry.what, line.entry.number) for line in page(Wanted(**asked)).lines]


@pytest.fixture
def told(cast, acme, borealis):
    """Four entries later than what the cast left."""
    of_acme, of_borealis = acme.organisation.pk, borealis.organisation.pk
    write(Kind.BEHALF, "desk-case-take", person=cast.tessa.person.pk, thing=Thing("cases.case", 7, of_acme), at=at(1))
    write(Kind.CLIENT, "case-answer", person=acme.requester.pk, thing=Thing("cases.case", 7, of_acme), at=at(2))
    write(Kind.DOWNLOAD, "statement-csv", person=borealis.approver.pk, thing=Thing("credits.creditaccount", 9, of_borealis), at=at(3))
    write(Kind.SIGN_IN, "signed-in", person=cast.ada.pk, at=at(24 * 60))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"kind": "behalf"}, ["desk-case-take"]),
        ({"client": "BOREA", "kind": "download"}, ["statement-csv"]),
        ({"thing": "cases.case", "number": 7}, ["case-answer", "desk-case-take"]),
        ({"words": "took a case"}, ["desk-case-take"]),
        ({"words": "case-answer"}, ["case-answer"]),
        ({"words": "#9", "kind": "download"}, ["statement-csv"]),
        ({"who": "tessa@", "kind": "behalf"}, ["desk-case-take"]),
        ({"first": NOON.date() + timedelta(days=1), "kind": "sign_in"}, ["signed-in"]),
        ({"first": NOON.date(), "last": NOON.date(), "thing": "cases.case"}, ["case-answer", "desk-case-take"]),
        ({"who": "nobody is called so"}, []),
    ],
)
def test_sec15_the_log_is_narrowed_by_time_person_client_kind_thing_and_words(told, asked, numbers):
    assert [what for what, _number in found(**asked)] == numbers


def test_sec15_pages_go_on_after_the_last_entry_whatever_comes_meanwhile(cast, acme):
    for minute in range(120):
        write(Kind.DESK, "desk-time", person=cast.ada.pk, thing=Thing("cases.case", minute), at=at(minute // 3))

    first = page(Wanted(kind="desk"))
    write(Kind.DESK, "desk-time", person=cast.ada.pk, thing=Thing("cases.case", 999), at=at(500))
    second = page(Wanted(kind="desk", after=first.after))
    third = page(Wanted(kind="desk", after=second.after))

    numbers = [line.entry.number for some in (first, second, third) for line in some.lines]
    assert (numbers, third.after) == (list(range(119, -1, -1)), "")


@pytest.mark.parametrize("after", ["x", "2026-11-18T11:00:00~1", "2026-13-45T11:00:00+00:00~1", f"{NOON.isoformat()}~{'9' * 30}", "\x00"])
def test_sec15_a_place_that_is_none_is_the_beginning(told, after):
    assert page(Wanted(after=after, kind="behalf")).lines[0].entry.what == "desk-case-take"


@pytest.mark.parametrize("rows", [3, 30])
def test_sec15_a_page_takes_as_many_queries_whatever_there_is(cast, acme, django_assert_max_num_queries, rows):
    for number in range(rows):
        cast.provider.phone = f"08-{number}"
        cast.provider.save()
    browser = browser_of(cast.ada)
    browser.get(reverse(LOG), {"thing": "clients.provider"})

    with django_assert_max_num_queries(14):
        browser.get(reverse(LOG), {"thing": "clients.provider"})


def test_sec15_administrators_read_it_and_nobody_else(cast, acme, told):
    entry = Entry.objects.latest("pk").pk
    urls = [reverse(LOG), reverse("desk-audit-csv"), reverse("desk-audit-xlsx"), reverse("desk-audit-entry", args=[entry])]

    for person in (cast.max, cast.fia, cast.tessa.person, acme.approver):
        assert [browser_of(person).get(url).status_code for url in urls] == [404] * 4
    assert [browser_of(cast.ada).get(url).status_code for url in urls] == [200] * 4


def test_sec15_one_entry_says_all_of_it(cast, acme):
    organisation = acme.organisation
    organisation.address, organisation.vat_number, organisation.country = "Elsewhere", "SE556677889901", "NO"
    organisation.language, organisation.time_zone, organisation._change_reason = "sv", "Europe/Oslo", "They moved"
    organisation.save()
    entry = Entry.objects.latest("pk")

    listed = browser_of(cast.ada).get(reverse(LOG), {"thing": "clients.organisation"}).content.decode()
    whole = browser_of(cast.ada).get(reverse("desk-audit-entry", args=[entry.pk])).content.decode()

    assert ("1 more" in listed, "Europe/Oslo" in listed) == (True, False)
    assert all(word in whole for word in ("Europe/Oslo", "Europe/Stockholm", "They moved", "Acme", "By itself"))


def test_sec15_the_file_keeps_the_filter_and_is_told_of_itself(cast, told):
    browser = browser_of(cast.ada)
    response = browser.get(reverse("desk-audit-csv"), {"kind": "behalf", "after": "whatever"})

    rows = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["When"], row["Who"], row["What was done"], row["To what"]) for row in rows] == [
        ("2026-11-18T12:01:00+01:00", "Tessa Testsson", "Took a case", "Case 7")
    ]
    assert Entry.objects.latest("pk").what == "desk-audit-csv"


def test_sec15_what_is_too_much_for_a_file_is_refused_with_a_way_on(cast, told, monkeypatch):
    monkeypatch.setattr(reading, "MOST_EXPORTED", 2)

    response = browser_of(cast.ada).get(reverse("desk-audit-xlsx"))

    assert (response.status_code, "at most 2 entries" in response.content.decode()) == (409, True)


def test_sec15_what_cannot_be_read_in_the_address_is_said_and_an_empty_log_shows_the_way(cast, told):
    browser = browser_of(cast.ada)
    wrong = browser.get(reverse(LOG), {"first": "yesterday", "kind": "behalf"})
    nothing = browser.get(reverse(LOG), {"words": "no such thing at all"})

    assert (wrong.status_code, "Took a case" in wrong.content.decode()) == (422, True)
    assert (nothing.status_code, "No entry is like that" in nothing.content.decode()) == (200, True)
