"""Sessions from before, imported as history only (rules C14, R7)."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from clients.models import Organisation
from credits.models import Entry, Hold
from sessions.models import PastWork, Purpose
from sessions.past_work import FileRefused, import_past_work
from sessions.statistics import used_by_purpose
from tests.cast import NOON

pytestmark = pytest.mark.django_db

HEADER = "organisation_number,reference,worked_on,technician,purpose,title,hours,charged_hours"


@pytest.fixture
def number(acme):
    return acme.organisation.organisation_number


def line(number, reference="OLD-1", *, worked_on="2026-03-02", purpose="", title="Upgrade", hours="1.5", charged="1"):
    return f'{number},{reference},{worked_on},Tessa,{purpose},{title},"{hours}","{charged}"'


def imported(*lines):
    return import_past_work(data="\n".join([HEADER, *lines]).encode(), at=NOON)


def faults(*lines):
    with pytest.raises(FileRefused) as refused:
        imported(*lines)
    return [(problem.line, problem.column, problem.reason) for problem in refused.value.problems]


def test_r7_past_sessions_are_history_and_post_nothing(acme, number):
    assert imported(line(number), line(number, "OLD-2", hours="0,25", charged="0")) == 2

    kept = PastWork.objects.order_by("pk").values_list("reference", "worked_on", "technician", "minutes", "charged_minutes")
    assert list(kept) == [("OLD-1", date(2026, 3, 2), "Tessa", 90, 60), ("OLD-2", date(2026, 3, 2), "Tessa", 15, 0)]
    assert (Entry.objects.count(), Hold.objects.count()) == (0, 0)


def test_c14_the_same_file_again_adds_nothing_and_a_longer_one_what_is_new(number):
    imported(line(number))

    assert imported(line(number), line(number, "OLD-2")) == 1
    assert imported(line(number), line(number, "OLD-2")) == 0


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ({"worked_on": "2026-11-19"}, ("worked_on", "lies in the future")),
        ({"worked_on": "2 March"}, ("worked_on", "must be a date like 2027-12-31")),
        ({"purpose": "magic"}, ("purpose", "no purpose has the code “magic”")),
        ({"title": ""}, ("title", "is missing")),
        ({"title": "x" * 121}, ("title", "must be at most 120 characters")),
        ({"hours": "-1"}, ("hours", "must be above 0")),
        ({"hours": "0,01"}, ("hours", "must be whole minutes: 0.6 minutes are not")),
        ({"charged": "many"}, ("charged_hours", "must be a number with at most two decimals, like 1 200,50 or 1200.50")),
    ],
)
def test_r7_each_fault_is_told_with_line_and_column_and_nothing_is_imported(number, written, fault):
    assert faults(line(number, "OLD-9"), line(number, **written)) == [(3, *fault)]

    assert not PastWork.objects.exists()


def test_r7_an_unknown_client_is_a_fault(acme):
    assert faults(line("000000-0000")) == [(2, "organisation_number", "no client has the number “000000-0000”")]


def test_c14_a_reference_that_says_something_else_is_a_fault(number):
    imported(line(number))

    assert faults(line(number, hours="2")) == [(2, "reference", "was imported before with other details")]


def test_c14_a_reference_twice_in_the_file_is_a_fault(number):
    assert faults(line(number), line(number)) == [(3, "reference", "stands in the file twice")]


def test_r7_past_sessions_count_in_the_statistics_by_purpose(acme, number):
    purpose = Purpose.objects.order_by("position").first()
    imported(line(number, purpose=purpose.code), line(number, "OLD-2"))

    used = used_by_purpose(organisation=acme.organisation, first=date(2026, 1, 1), last=date(2026, 12, 31))

    assert [(use.purpose, use.minutes, use.sessions) for use in used] == [(purpose, 60, 1)]


def test_r7_the_client_reads_them_and_a_stranger_does_not(acme, borealis, number, client_of):
    imported(line(number, title="Upgrade of the test server"))

    mine = client_of(acme.requester).get(reverse("past-sessions")).content.decode()
    theirs = client_of(borealis.requester).get(reverse("past-sessions")).content.decode()

    assert ("Upgrade of the test server" in mine, "1 session, 1 h charged." in mine) == (True, True)
    assert "There are none." in theirs
    assert reverse("past-sessions") in client_of(acme.requester).get(reverse("sessions")).content.decode()


def test_r7_the_sample_is_imported_by_the_command(acme, capsys):
    Organisation.objects.filter(pk=acme.organisation.pk).update(organisation_number="559988-0019")
    for code in ("installation", "databases"):
        Purpose.objects.get_or_create(code=code, defaults={"name_en": code, "name_sv": code, "position": 9})

    call_command("import_worklogs", "docs/worklogs-sample.csv", dry_run=True)
    assert not PastWork.objects.exists()
    call_command("import_worklogs", "docs/worklogs-sample.csv")

    assert "3 past sessions" in capsys.readouterr().out
    assert PastWork.objects.count() == 3


def test_r7_the_command_tells_every_fault_and_exits(acme, tmp_path):
    file = Path(tmp_path) / "past.csv"
    file.write_text(f"{HEADER}\n{line('000000-0000', worked_on='soon')}\n")

    with pytest.raises(CommandError) as refused:
        call_command("import_worklogs", str(file))

    assert str(refused.value).count("line 2") == 2
