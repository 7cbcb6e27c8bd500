from datetime import date, timedelta

from sessions import confirmation, disputes
from sessions.models import Purpose
from sessions.statistics import used_by_purpose
from tests.cast import NOON, at_stockholm
from tests.sessions.factories import a_submitted_session, entry_ids

LATER = NOON + timedelta(days=20)
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def confirmed(cast, client, **columns):
    session = a_submitted_session(cast, client, **columns)
    return confirmation.confirm(session=session, by=client.approver, at=LATER)


def test_r7_used_hours_are_summed_by_purpose_most_first(cast, acme):
    training = Purpose.objects.create(code="training", name_en="Training", name_sv="Utbildning", position=2)
    confirmed(cast, acme, worked=[20])
    confirmed(cast, acme, worked=[25], starts_at=NOON + timedelta(hours=2))
    confirmed(cast, acme, worked=[60], starts_at=NOON + timedelta(hours=4), purpose=training)

    used = used_by_purpose(organisation=acme.organisation, first=NOVEMBER[0], last=NOVEMBER[1])

    assert [(str(use.purpose), use.minutes, use.sessions) for use in used] == [("Training", 60, 1), ("Processes", 50, 2)]


def test_r7_settled_hours_are_used_hours_and_unconfirmed_ones_are_not(cast, acme):
    a_submitted_session(cast, acme, worked=[60])
    session = a_submitted_session(cast, acme, worked=[30], starts_at=NOON + timedelta(hours=2))
    dispute = disputes.dispute(session=session, claims={entry_ids(session)[0]: 10}, reason="No", by=acme.approver, at=LATER)
    disputes.uphold(dispute=dispute, by=cast.max, at=LATER, reason="Yes")

    used = used_by_purpose(organisation=acme.organisation, first=NOVEMBER[0], last=NOVEMBER[1])

    assert [(use.minutes, use.sessions) for use in used] == [(30, 1)]


def test_r7_a_session_counts_on_the_providers_day_on_which_it_began(cast, acme):
    confirmed(cast, acme, worked=[40], starts_at=at_stockholm(2026, 11, 30, 23, 30))

    november = used_by_purpose(organisation=acme.organisation, first=NOVEMBER[0], last=NOVEMBER[1])
    december = used_by_purpose(organisation=acme.organisation, first=date(2026, 12, 1), last=date(2026, 12, 31))

    assert ([use.minutes for use in november], december) == ([40], [])


def test_r7_another_clients_hours_are_not_in_it(cast, acme, borealis):
    confirmed(cast, borealis, worked=[40])

    assert used_by_purpose(organisation=acme.organisation, first=NOVEMBER[0], last=NOVEMBER[1]) == []


def test_r7_statistics_take_two_queries_besides_the_providers_zone(cast, acme, django_assert_num_queries):
    confirmed(cast, acme, worked=[40])

    with django_assert_num_queries(3):
        used_by_purpose(organisation=acme.organisation, first=NOVEMBER[0], last=NOVEMBER[1])
