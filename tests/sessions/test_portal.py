"""Lists for many sessions say what the rules say for one."""

import pytest

from credits import ledger
from sessions import cover, portal
from sessions.models import Session
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_lot, a_session, minutes

pytestmark = pytest.mark.django_db


def test_c6_the_gaps_of_many_are_those_of_each(cast, acme, borealis):
    a_session(cast, acme, estimate=120, credit=30)
    book(cast, acme, starts_at=TUESDAY)
    book(cast, acme, starts_at=TUESDAY + minutes(120), at=NOON + minutes(1))
    book(cast, borealis, starts_at=TUESDAY + minutes(240), credit=40)
    book(cast, borealis, starts_at=TUESDAY + minutes(360), estimate_minutes=30)
    ledger.adjust(account=borealis.account, minutes=-10, voucher=ledger.Voucher(cause="test:gap", at=NOON, reason="for a test"))
    sessions = list(Session.objects.select_related("hold"))

    gaps = cover.gaps(sessions)

    each = {session.pk: cover.missing_minutes(session) for session in sessions if session.state == "awaiting_top_up"}
    assert gaps == each
    assert sorted(gaps.values()) == [60, 150, 210]


def test_c6_no_gap_where_nothing_waits(cast, acme, django_assert_num_queries):
    a_lot(acme.account, 60)
    session = a_session(cast, acme)

    with django_assert_num_queries(0):
        gaps = cover.gaps([session])

    assert gaps == {}


def test_a_manager_sees_sessions_at_the_desk_and_none_in_the_portal(cast, acme):
    a_session(cast, acme)

    assert Session.objects.visible_to(cast.max).count() == 1
    assert portal.sessions_of(cast.max).count() == 0
    assert portal.sessions_of(acme.requester).count() == 1
