"""Technicians' own calendars: named, read by a job, kept when they cannot be read, forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from clients.models import StaffDuty
from core import outbound, sealing
from core.addresses import AddressRefused, Refusal
from core.errors import NotAllowed
from core.outbound import Answer, FetchFailed, Trouble
from dashboard.due import JOBS
from sessions import busy_apart, busy_feeds
from sessions.busy_feeds import NoAddressNamed, forget_address, name_address, read_due
from sessions.models import BusyFeed, BusyTime, CalendarObject
from tests.cast import NOON, a_colleague, a_provider, at_stockholm
from tests.internet import CALENDARS, CALENDARS_ADDRESS
from tests.racing import race
from tests.sessions.factories import a_session
from tests.sessions.ics import a_calendar, an_event, at

URL = f"https://{CALENDARS}/private/secret.ics"
MEETING = an_event(*at("20261201T0900", "20261201T1000"))
MEETING_TIMES = [(at_stockholm(2026, 12, 1, 9), at_stockholm(2026, 12, 1, 10))]
LATER = NOON + timedelta(minutes=15)


class Server:
    """Stands for the way out: gives what the test says, and remembers what it was asked."""

    def __init__(self):
        self.gives: Any = a_calendar(MEETING)
        self.asked = []
        self.in_transaction = []

    def fetch(self, url, *, most_bytes, accept, etag, last_modified):
        self.asked.append((url, etag, last_modified))
        self.in_transaction.append(connection.in_atomic_block)
        if isinstance(self.gives, Exception):
            raise self.gives
        if self.gives is None:
            return Answer(status=304, body=b"", etag="", last_modified="")
        return Answer(status=200, body=self.gives, etag='"7"', last_modified="yesterday")


@pytest.fixture
def server(internet, monkeypatch):
    internet.names[CALENDARS] = [CALENDARS_ADDRESS]
    server = Server()
    monkeypatch.setattr(outbound, "fetch", server.fetch)
    return server


@pytest.fixture
def feed(cast, server):
    return name_address(technician=cast.tessa, url=URL, by=cast.tessa.person, at=NOON)


def busy(technician):
    return list(BusyTime.objects.filter(technician=technician).order_by("starts_at").values_list("starts_at", "ends_at"))


def state(feed):
    feed.refresh_from_db()
    return feed.read_at, feed.failing_since, feed.failure, feed.due_at


def test_r2_a_named_address_is_sealed_and_due_at_once(cast, feed):
    assert (feed.host, feed.due_at, feed.named_at, feed.read_at) == (CALENDARS, NOON, NOON, None)
    assert "secret" not in feed.sealed_url
    assert sealing.unseal(feed.sealed_url, context=f"technician:{cast.tessa.pk}:busy-feed") == URL


@pytest.mark.parametrize("scheme", ["webcal", "WEBCAL", "webcals"])
def test_r2_webcal_means_https(cast, server, scheme):
    feed = name_address(technician=cast.tessa, url=f" {scheme}://{CALENDARS}/a.ics", by=cast.tessa.person, at=NOON)

    assert sealing.unseal(feed.sealed_url, context=f"technician:{cast.tessa.pk}:busy-feed") == f"https://{CALENDARS}/a.ics"


def test_r2_dispatchers_and_administrators_may_name_it_and_nobody_else(cast, acme, server):
    for allowed in (a_colleague("Disa", StaffDuty.DISPATCHER), cast.ada):
        assert name_address(technician=cast.tessa, url=URL, by=allowed, at=NOON).technician == cast.tessa

    for other in (cast.theo.person, cast.max, cast.fia, acme.approver):
        with pytest.raises(NotAllowed):
            name_address(technician=cast.tessa, url=URL, by=other, at=NOON)
        with pytest.raises(NotAllowed):
            forget_address(technician=cast.tessa, by=other, at=NOON)


@pytest.mark.parametrize("url", ["http://calendars.example/", "https://127.0.0.1/", "calendar", "https://nowhere.example/"])
def test_sec8_an_address_that_is_refused_changes_nothing(cast, feed, url):
    with pytest.raises(AddressRefused):
        name_address(technician=cast.tessa, url=url, by=cast.tessa.person, at=LATER)

    assert BusyFeed.objects.get().named_at == NOON


def test_r2_what_is_read_becomes_busy_times_and_is_read_again_when_it_is_time(cast, feed, server):
    assert read_due(at=NOON) == 1
    assert read_due(at=NOON) == 0

    assert busy(cast.tessa) == MEETING_TIMES
    assert state(feed) == (NOON, None, "", LATER)
    assert (feed.etag, feed.last_modified) == ('"7"', "yesterday")


def test_r2_what_has_not_changed_is_kept(cast, feed, server):
    read_due(at=NOON)
    rows = list(BusyTime.objects.values_list("pk", flat=True))
    server.gives = None

    assert read_due(at=LATER) == 1

    assert server.asked == [(URL, "", ""), (URL, '"7"', "yesterday")]
    assert list(BusyTime.objects.values_list("pk", flat=True)) == rows
    assert state(feed) == (LATER, None, "", LATER + timedelta(minutes=15))
    assert feed.etag == '"7"'


def test_r2_the_same_times_are_not_written_anew_and_others_replace_them(cast, feed, server):
    read_due(at=NOON)
    rows = list(BusyTime.objects.values_list("pk", flat=True))

    read_due(at=LATER)
    assert list(BusyTime.objects.values_list("pk", flat=True)) == rows

    server.gives = a_calendar(an_event(*at("20261202T0900", "20261202T1000")))
    read_due(at=LATER + timedelta(minutes=15))
    assert busy(cast.tessa) == [(at_stockholm(2026, 12, 2, 9), at_stockholm(2026, 12, 2, 10))]


def test_r2_once_a_day_all_is_read_anew_for_the_days_move_on(cast, feed, server):
    read_due(at=NOON)
    read_due(at=NOON + timedelta(days=1))

    assert server.asked == [(URL, "", "")] * 2


def test_r2_days_as_far_ahead_as_anybody_books_and_some_more_are_read(cast, feed, server):
    server.gives = a_calendar(an_event(*at("20260101T0900", "20260101T1000"), "RRULE:FREQ=DAILY"))

    read_due(at=NOON)

    times = busy(cast.tessa)
    assert times[0][0] == at_stockholm(2026, 11, 17, 9)
    assert times[-1][0] == at_stockholm(2027, 1, 31, 9)


def test_r2_our_own_sessions_in_it_do_not_count(cast, acme, feed, server):
    ours = CalendarObject.objects.create(session=a_session(cast, acme, starts_at=at_stockholm(2026, 12, 1, 9)))
    server.gives = a_calendar(an_event(*at("20261201T0900", "20261201T1000"), uid=f"{ours.uid}@tillgodo.example"))

    read_due(at=NOON)

    assert busy(cast.tessa) == []


def test_r2_what_goes_on_meanwhile_is_not_written_anew(cast, feed, server):
    server.gives = a_calendar(an_event(*at("20261101T0000", "20270101T0000")))
    read_due(at=NOON)
    rows = list(BusyTime.objects.values_list("pk", "starts_at"))

    read_due(at=LATER)

    assert list(BusyTime.objects.values_list("pk", "starts_at")) == rows
    assert rows[0][1] == datetime(2026, 11, 17, tzinfo=UTC)


def test_r2_the_calendar_of_somebody_who_has_left_is_let_alone(cast, feed, server):
    cast.tessa.person.is_active = False
    cast.tessa.person.save()

    assert read_due(at=NOON) == 0
    assert server.asked == []


def test_r2_what_the_technician_declined_does_not_count(cast, feed, server):
    declined = f"ATTENDEE;PARTSTAT=DECLINED:mailto:{cast.tessa.person.email}"
    server.gives = a_calendar(an_event(*at("20261201T0900", "20261201T1000"), declined))

    read_due(at=NOON)

    assert busy(cast.tessa) == []


TOO_MANY = [MEETING.replace("UID:", f"UID:{number}-") for number in range(5_001)]
BAD = [
    (FetchFailed(Trouble.TOO_LARGE), "The server sent more than we read."),
    (FetchFailed(Trouble.PASSED_ON), "The server passes on to another address, which is not allowed."),
    (AddressRefused(Refusal.NOT_PUBLIC), "No server on the public internet is known by this name. Check the address."),
    (b"<!doctype html>", "What is at this address cannot be read as a calendar (iCalendar, .ics)."),
    (
        a_calendar(*TOO_MANY),
        "The calendar has too many events or recurrences to be read.",
    ),
    (
        a_calendar(an_event(*at("20200101T0900", "20200101T0901"), "RRULE:FREQ=MINUTELY;COUNT=100000")),
        "The calendar has too many events or recurrences to be read.",
    ),
    (RuntimeError("secret"), "What is at this address cannot be read as a calendar (iCalendar, .ics)."),
]


@pytest.mark.parametrize(("gives", "reason"), BAD, ids=range(len(BAD)))
def test_r2_what_goes_wrong_is_recorded_and_the_last_good_state_stays(cast, feed, server, gives, reason):
    read_due(at=NOON)
    server.gives = gives

    assert read_due(at=LATER) == 0

    assert busy(cast.tessa) == MEETING_TIMES
    assert state(feed) == (NOON, LATER, reason, LATER + timedelta(minutes=15))
    assert feed.etag == '"7"'


def test_r2_it_is_tried_again_after_a_growing_pause_and_the_failure_ends_with_the_first_success(cast, feed, server):
    server.gives = FetchFailed(Trouble.UNREACHABLE)
    moment, pauses = NOON, []
    for _try in range(8):
        read_due(at=moment)
        feed.refresh_from_db()
        pauses.append((feed.due_at - moment) // timedelta(minutes=1))
        moment = feed.due_at
    assert pauses == [15, 15, 30, 60, 120, 240, 360, 360]
    assert feed.failing_since == NOON

    server.gives = a_calendar(MEETING)
    read_due(at=moment)

    assert state(feed) == (moment, None, "", moment + timedelta(minutes=15))
    assert busy(cast.tessa) == MEETING_TIMES


def test_r2_why_is_told_in_the_language_of_whoever_looks(cast, feed, server):
    server.gives = FetchFailed(Trouble.TOO_SLOW)
    with translation.override("sv"):
        read_due(at=NOON)
    feed.refresh_from_db()

    assert feed.failure == "The server took too long to answer."
    assert busy_feeds.why(feed) == "The server took too long to answer."
    assert busy_feeds.why(BusyFeed()) == ""


def test_r2_one_calendar_that_fails_does_not_keep_the_next_waiting(cast, feed, server, monkeypatch):
    name_address(technician=cast.theo, url=f"https://{CALENDARS}/theo.ics", by=cast.theo.person, at=NOON)
    gives = {URL: FetchFailed(Trouble.UNREACHABLE)}

    def fetch(url, **options):
        if url in gives:
            raise gives[url]
        return Answer(status=200, body=a_calendar(MEETING), etag="", last_modified="")

    monkeypatch.setattr(outbound, "fetch", fetch)

    assert read_due(at=NOON) == 1
    assert (busy(cast.tessa), busy(cast.theo)) == ([], MEETING_TIMES)


def test_r2_a_round_ends_in_time_and_the_rest_is_for_the_next(cast, feed, server, monkeypatch):
    name_address(technician=cast.theo, url=f"https://{CALENDARS}/theo.ics", by=cast.theo.person, at=NOON)
    monkeypatch.setattr(busy_feeds, "LONGEST_RUN", timedelta(seconds=-1))

    assert read_due(at=NOON) == 1
    assert read_due(at=NOON) == 1
    assert read_due(at=NOON) == 0


def test_r2_another_address_keeps_the_times_until_it_has_been_read(cast, feed, server):
    read_due(at=NOON)

    other = name_address(technician=cast.tessa, url=f"https://{CALENDARS}/other.ics", by=cast.tessa.person, at=LATER)

    assert busy(cast.tessa) == MEETING_TIMES
    assert (other.pk, other.read_at, other.etag, other.due_at) == (feed.pk, None, "", LATER)


def test_r2_forgetting_it_takes_the_times_along(cast, feed, server):
    read_due(at=NOON)

    forget_address(technician=cast.tessa, by=cast.tessa.person, at=LATER)

    assert (BusyFeed.objects.count(), busy(cast.tessa)) == (0, [])
    with pytest.raises(NoAddressNamed):
        forget_address(technician=cast.tessa, by=cast.tessa.person, at=LATER)


@pytest.mark.parametrize("change", ["forgotten", "renamed", "claimed by another"])
def test_r2_what_was_read_counts_for_nothing_if_the_feed_changed_meanwhile(cast, feed, server, monkeypatch, change):
    fetch, tessa = server.fetch, cast.tessa

    def meanwhile(*arguments, **options):
        if change == "forgotten":
            forget_address(technician=tessa, by=tessa.person, at=LATER)
        elif change == "renamed":
            name_address(technician=tessa, url=f"https://{CALENDARS}/other.ics", by=tessa.person, at=LATER)
        else:
            BusyFeed.objects.update(due_at=LATER + busy_feeds.LEASE)
        return fetch(*arguments, **options)

    monkeypatch.setattr(outbound, "fetch", meanwhile)

    assert read_due(at=NOON) == 0
    assert busy(tessa) == []
    assert not BusyFeed.objects.filter(read_at__isnull=False).exists()


def test_r2_it_is_one_of_the_due_jobs():
    assert JOBS["read technicians’ own calendars"] is read_due


def test_sec8_no_address_and_no_answer_comes_into_the_log(cast, feed, server, caplog):
    for gives in (RuntimeError("no good"), FetchFailed(Trouble.UNTRUSTED), b"private words"):
        server.gives = gives
        BusyFeed.objects.update(due_at=NOON)
        read_due(at=NOON)

    assert caplog.text.count("calendar of technician") == 3
    assert not any(word in caplog.text for word in ("secret", "private"))


@pytest.mark.django_db(transaction=True)
def test_r2_servers_are_asked_outside_of_any_transaction(server):
    cast = a_provider()
    name_address(technician=cast.tessa, url=URL, by=cast.tessa.person, at=NOON)

    read_due(at=NOON)

    assert server.in_transaction == [False]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_r2_of_several_loops_one_reads_each_calendar(server):
    cast = a_provider()
    for technician in (cast.tessa, cast.theo):
        name_address(technician=technician, url=URL, by=technician.person, at=NOON)

    outcome = race(6, lambda _number: read_due(at=NOON))

    assert (outcome.errors, sum(outcome.results), len(server.asked)) == ([], 2, 2)
    assert outcome.most_inside > 1
    assert busy(cast.tessa) == busy(cast.theo) == MEETING_TIMES


def test_r2_the_reader_is_a_process_of_its_own(cast, feed, server, monkeypatch):
    asked = []

    def busy_times(body, question):
        asked.append(question)
        return []

    monkeypatch.setattr(busy_apart, "busy_times", busy_times)

    read_due(at=NOON)

    (question,) = asked
    assert (question.zone.key, question.owner) == ("Europe/Stockholm", cast.tessa.person.email)
    assert question.first == datetime(2026, 11, 17, tzinfo=UTC)
