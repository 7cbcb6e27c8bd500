import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.models import Notice
from sessions import clocks, consents, extensions, jobs, pauses
from sessions.clocks import Clock
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.racing import race
from tests.sessions.booked import mails
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, minutes


def clock(session, at):
    return clocks.clock_of(session, at=NOON + minutes(at))


def test_c5_what_is_used_is_the_time_since_the_start_for_everybody(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])

    now = clock(session, 51)

    assert (now.elapsed_minutes, now.worked_minutes, now.used_minutes, now.held_minutes, now.left_minutes) == (51, 102, 102, 120, 18)
    assert now.warns


def test_r6_pauses_do_not_count(cast, acme):
    session = a_started_session(cast, acme)
    session = pauses.pause(session=session, by=cast.tessa.person, at=NOON + minutes(20), reason="Restart")

    assert (clock(session, 50).used_minutes, clock(session, 50).stands_still) == (20, True)
    session = pauses.resume(session=session, by=cast.tessa.person, at=NOON + minutes(50))
    assert (clock(session, 55).used_minutes, clock(session, 55).stands_still) == (25, False)


def test_c17_it_counts_by_the_factor(cast, acme):
    assert clock(a_started_session(cast, acme, factor_percent=150), 31).used_minutes == 46


def test_r6_only_a_session_that_runs_has_a_clock(cast, acme):
    assert clock(a_session(cast, acme), 0) is None
    assert clock(a_submitted_session(cast, acme, starts_at=NOON + minutes(120)), 180) is None


@given(
    elapsed=st.integers(0, 3_000),
    people=st.integers(1, 3),
    factor=st.integers(6, 900),
    held=st.integers(1, 3_000),
    warn=st.integers(1, 100),
)
def test_c8_it_warns_from_the_share_on_and_is_drawn_within_its_bounds(elapsed, people, factor, held, warn):
    now = Clock(
        elapsed_seconds=elapsed * 60 + 59,
        people=people,
        factor_percent=factor,
        held_minutes=held,
        logged_minutes=0,
        warn_percent=warn,
        stands_still=False,
    )

    assert now.warns == (elapsed * people * factor / 100 >= held * warn / 100 or elapsed * people * factor == held * warn)
    assert 0 <= now.solid_percent <= now.within_percent <= 100
    assert now.left_minutes + now.used_minutes >= held


def test_c8_at_eighty_percent_crew_and_booker_are_told_once(cast, acme):
    session = a_started_session(cast, acme)

    assert jobs.warn_used(NOON + minutes(47)) == 0
    assert jobs.warn_used(NOON + minutes(48)) == 1
    assert jobs.warn_used(NOON + minutes(49)) == 0

    told = mails("12 min of the held time is left")
    assert set(told) == {"rolf", "tessa"}
    assert "has used 48 min of the 1 h that is held" in told["tessa"]
    assert session.events.get(kind=EventKind.USED_UP).facts == {"held_minutes": 60}


def test_c8_after_an_extension_it_is_told_again(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    jobs.warn_used(NOON + minutes(48))
    consent = extensions.ask(session=session, minutes=120, reason="More", by=cast.tessa.person, at=NOON + minutes(50))
    consents.give_consent(consent=consent, by=acme.requester, at=NOON + minutes(50))

    assert jobs.warn_used(NOON + minutes(95)) == 0
    assert jobs.warn_used(NOON + minutes(96)) == 1
    assert session.events.filter(kind=EventKind.USED_UP).count() == 2


def test_c8_the_share_is_a_setting(cast, acme):
    a_started_session(cast, acme)
    cast.session_terms.warn_percent = 50
    cast.session_terms.save()

    assert (jobs.warn_used(NOON + minutes(29)), jobs.warn_used(NOON + minutes(30))) == (0, 1)


def test_c8_hours_that_were_opened_again_are_not_told_of(cast, acme):
    session = a_submitted_session(cast, acme)
    session.submitted_at = NOON
    type(session).objects.filter(pk=session.pk).update(state="in_progress")

    assert jobs.warn_used(NOON + minutes(600)) == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c8_two_job_loops_at_once_tell_once(cast, acme):
    session = a_started_session(cast, acme)

    outcome = race(4, lambda _: jobs.warn_used(NOON + minutes(50)))

    assert (outcome.errors, sum(outcome.results)) == ([], 1)
    assert Notice.objects.count() == 2
    assert session.events.filter(kind=EventKind.USED_UP).count() == 1
