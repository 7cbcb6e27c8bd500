"""REL6.

The rounding to 10 minutes and the penalty of 2 hours, as properties: at every boundary, and on the days when clocks
change (rules C7, C10).
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st

from credits.ledger import EntryKind
from sessions import changes, quotes
from sessions.changes import CostChanged
from sessions.counting import Counting, charged
from sessions.models import PenaltyKind
from sessions.notice import is_late
from tests.cast import STOCKHOLM
from tests.proofs.sizes import SEED, SIZE
from tests.sessions.factories import a_session, postings

STEP, HALF, A_SECOND, NOTICE = 10, 5, timedelta(seconds=1), timedelta(hours=24)
AUTUMN, SPRING, ORDINARY = (datetime(*day, 10, tzinfo=STOCKHOLM) for day in ((2027, 10, 31), (2027, 3, 28), (2026, 11, 24)))
"""A session on the day when clocks go back, on the day when they go forward, and on any other."""
WORKED, FACTORS = st.integers(0, 3_000), st.sampled_from([100, 125, 150, 200])
SOME_DAY = st.datetimes(datetime(2026, 3, 1), datetime(2027, 12, 31), timezones=st.just(STOCKHOLM))
much = settings(max_examples=SIZE.sequences)


def comes_to(minutes: int, mode: str = "nearest", factor: int = 100) -> int:
    return charged(minutes, Counting(step=STEP, mode=mode, factor_percent=factor))


@seed(SEED)
@much
@given(WORKED, FACTORS)
@example(44, 100)
@example(45, 100)
@example(46, 100)
def test_c7_nearest_is_never_more_than_half_a_step_from_what_was_used(minutes, factor):
    exact = minutes * factor / 100

    assert comes_to(minutes, factor=factor) % STEP == 0
    assert abs(comes_to(minutes, factor=factor) - exact) <= HALF
    assert comes_to(minutes, "up", factor) >= exact
    assert comes_to(minutes, "down", factor) <= exact


@seed(SEED)
@much
@given(WORKED, WORKED, FACTORS, st.sampled_from(["nearest", "up", "down"]))
def test_c7_who_works_longer_never_charges_less(one, other, factor, mode):
    less, more = sorted((one, other))

    assert comes_to(less, mode, factor) <= comes_to(more, mode, factor)


@seed(SEED)
@much
@given(starts_at=SOME_DAY, seconds=st.integers(-3 * 86_400, 3 * 86_400), later=st.integers(0, 86_400))
@example(AUTUMN, 0, 1)
@example(SPRING, 0, 1)
def test_c10_what_is_late_stays_late_and_exactly_the_notice_is_in_time(starts_at, seconds, later):
    cut_off = starts_at.astimezone(UTC) - NOTICE
    asked, afterwards = cut_off + timedelta(seconds=seconds), cut_off + timedelta(seconds=seconds + later)

    assert is_late(starts_at=starts_at, received_at=asked, notice=NOTICE) is (seconds > 0)
    assert is_late(starts_at=starts_at, received_at=asked, notice=NOTICE) <= is_late(
        starts_at=starts_at, received_at=afterwards, notice=NOTICE
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("off", "cost"), [(-A_SECOND, 0), (timedelta(0), 0), (A_SECOND, 120)], ids=["before", "exactly", "after"])
@pytest.mark.parametrize("starts_at", [AUTUMN, SPRING, ORDINARY], ids=["clocks back", "clocks forward", "ordinary"])
@pytest.mark.parametrize("kind", [PenaltyKind.CANCEL, PenaltyKind.POSTPONE, PenaltyKind.EARLIER])
def test_c10_a_second_decides_about_two_hours(cast, acme, starts_at, off, cost, kind):
    session = a_session(cast, acme, starts_at=starts_at.astimezone(UTC), credit=240)
    asked = starts_at.astimezone(UTC) - NOTICE + off

    assert quotes.cost_minutes(session=session, kind=kind, at=asked) == cost
    if kind is not PenaltyKind.CANCEL:
        return
    with pytest.raises(CostChanged):
        changes.cancel(session=session, shown_minutes=120 - cost, by=acme.requester, at=asked)
    changes.cancel(session=session, shown_minutes=cost, by=acme.requester, at=asked)
    assert postings(session) == ([(EntryKind.LATE_CHANGE, -120)] if cost else [])
