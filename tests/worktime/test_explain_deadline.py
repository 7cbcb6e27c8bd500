"""A deadline is explained on the command line (rules W3, W5, S6)."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.worktime.calendars_of import ALWAYS, SQ, calendar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def calendars():
    for spec in (SQ, ALWAYS):
        calendar(spec)


def explained(*words):
    out = StringIO()
    call_command("explain_deadline", *words, stdout=out)
    return [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]


def test_w3_each_interval_stands_with_its_length_and_the_total():
    assert explained("sq", "2026-12-23 15:00", "8 h") == [
        "sq, Europe/Stockholm: 8 h from Wed 2026-12-23 15:00+0100",
        "Wed 2026-12-23 15:00+0100 – 17:00+0100 2 h 2 h",
        "Thu 2026-12-24 08:30+0100 – 14:00+0100 5 h 30 min 7 h 30 min",
        "Mon 2026-12-28 08:00+0100 – 08:30+0100 30 min 8 h",
        "Due Mon 2026-12-28 08:30+0100 (2026-12-28 07:30 UTC)",
    ]


@pytest.mark.parametrize(("amount", "due"), [("90 min", "16:30"), ("1h30min", "16:30"), ("1 h 30 min", "16:30"), ("0 h", "15:00")])
def test_w3_amounts_are_written_in_hours_and_minutes(amount, due):
    assert f"Due Mon 2026-11-23 {due}+0100" in explained("sq", "2026-11-23T14:00Z", amount)[-1]


def test_w5_the_second_date_stands_where_it_is_another():
    assert explained("always", "2027-03-27 23:00", "2 h")[1] == "Sat 2027-03-27 23:00+0100 – Sun 2027-03-28 01:00+0100 2 h 2 h"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nn", "2026-11-23 15:00", "8 h"), "There is no calendar “nn”. There are: always, sq."),
        (("sq", "yesterday", "8 h"), "“yesterday” is no instant."),
        (("sq", "2026-11-23 15:00", "8"), "“8” is no amount of working time."),
        (("sq", "2026-11-23 15:00", ""), "“” is no amount of working time."),
        (("sq", "2027-03-28 02:30", "8 h"), "never show 2027-03-28 02:30"),
        (("sq", "2026-10-25 02:30", "8 h"), "Say which: 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00."),
        (("always", "9998-12-31 15:00", "999999 h"), "beyond the years 2 to 9998"),
        (("sq", "9998-12-31 15:00", "999999 h"), "beyond the years 2 to 9998"),
    ],
)
def test_w5_what_cannot_be_explained_is_refused_with_the_reason(words, said):
    with pytest.raises(CommandError) as refused:
        explained(*words)

    assert said in str(refused.value)
