"""SEC5, what comes in: whatever a calendar holds, reading it ends soon, and with times or a refusal (rules R2, W5)."""

import resource
from datetime import timedelta
from itertools import pairwise
from time import process_time

import pytest

from sessions import busy_apart, busy_child
from sessions.busy_reading import NotACalendar, Question, TooMuch, _stretches, busy_times, merge
from tests.cast import NOON, STOCKHOLM
from tests.proofs.sizes import SIZE, chance, say
from tests.proofs.strange_calendars import a_sound_one, a_strange_one, attacks

QUESTION = Question(first=NOON - timedelta(days=1), last=NOON + timedelta(days=74), zone=STOCKHOLM, owner="t@x.example")
ATTACKS = attacks()
HARMLESS = {
    *("until the year 9999", "20,000 past events", "one line of a megabyte", "one name of a megabyte", "folds alone"),
    *("changes of one event", "many that lead nowhere", "a zone that changes nowhere"),
}
EITHER = {"a rule that leads nowhere", "empty lines alone", "a billion times"}
"""What a fast machine reads in time and a slow one does not."""


def read(reader, body):
    """The times, or the refusal. Anything else that is raised fails the proof."""
    try:
        times = reader(body, QUESTION)
    except (NotACalendar, TooMuch) as refusal:
        return type(refusal)
    assert all(start < end for start, end in times)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(times))
    assert not times or (times[0][0] >= QUESTION.first and times[-1][1] <= QUESTION.last)
    return times


def timed(reads, body):
    """What reading it comes to, and the seconds of processor time that this took."""
    began = process_time()
    return read(reads, body), process_time() - began


def test_sec5_strange_calendars_are_read_or_refused():
    slowest, met = 0.0, {"times": 0, "none": 0, NotACalendar: 0, TooMuch: 0}

    for number in range(SIZE.calendars_in):
        body = a_strange_one(chance("SEC5", number))
        leads_nowhere = b"HOURLY" in body or b"BYYEARDAY=999" in body
        found, spent = timed(busy_apart.busy_times if leads_nowhere else busy_times, body)
        if spent > busy_child.MOST_CPU_SECONDS:  # was it the calendar, or what was imported and swept up meanwhile?
            found, spent = timed(busy_apart.busy_times if leads_nowhere else busy_times, body)
        slowest = max(slowest, spent)
        met[found if isinstance(found, type) else "times" if found else "none"] += 1

    assert all(met.values())
    assert slowest <= busy_child.MOST_CPU_SECONDS
    say(
        "SEC5 strange calendars",
        **{f"met {getattr(what, '__name__', what)}": times for what, times in met.items()},
        slowest=f"{slowest:.2f} s",
    )


def test_r2_what_is_left_out_unread_would_have_changed_nothing():
    met = 0

    for number in range(SIZE.calendars_in):
        body = a_sound_one(chance("SEC5 sound", number))
        times = busy_times(body, QUESTION)
        assert times == merge(_stretches(body.decode(), QUESTION)), body.decode()
        met += len(times)

    assert met > SIZE.calendars_in
    say("SEC5 sound calendars", calendars=SIZE.calendars_in, times=met)


@pytest.mark.parametrize("name", ATTACKS)
def test_sec5_attacks_are_ended(name):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    found = read(busy_apart.busy_times, ATTACKS[name])

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent <= busy_child.MOST_CPU_SECONDS + 0.1
    assert name in EITHER or isinstance(found, list) == (name in HARMLESS)
    say(f"SEC5 {name}", spent=f"{spent:.2f} s", met=getattr(found, "__name__", f"{len(found)} times" if isinstance(found, list) else found))
