"""What the database refuses of factors, whoever asks (rule C17)."""

from datetime import time

import pytest
from django.db import IntegrityError, connection, transaction

from sessions.models import Session, SkillLevel, TimeBand
from tests.sessions.banded import a_band, a_level, an_evening
from tests.sessions.factories import a_session, a_started_session


@pytest.mark.parametrize("percent", [0, 24, 301, 1000])
@pytest.mark.parametrize(("model", "constraint"), [(TimeBand, "band_factor_in_range"), (SkillLevel, "skill_factor_in_range")])
def test_c17_a_factor_that_is_a_slip_of_the_pen_is_refused(cast, model, constraint, percent):
    an_evening()
    a_level(cast)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.update(factor_percent=percent)


@pytest.mark.parametrize("percent", [25, 300])
def test_c17_the_ends_of_the_range_are_taken(cast, percent):
    assert an_evening(percent).factor_percent == percent
    assert a_level(cast, percent).factor_percent == percent


@pytest.mark.parametrize("percent", [0, 5, 901])
def test_c17_a_session_is_never_multiplied_beyond_what_a_band_and_a_skill_can_make(cast, acme, percent):
    session = a_session(cast, acme)

    with pytest.raises(IntegrityError, match="session_factor_in_range"), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(factor_percent=percent)


@pytest.mark.parametrize(("opens", "closes"), [(time(18), time(17)), (time(18), time(18))])
def test_c17_a_band_that_closes_before_it_opens_is_refused(db, opens, closes):
    with pytest.raises(IntegrityError, match="band_opens_before_it_closes"), transaction.atomic():
        a_band("never", opens, closes, 150, weekdays=[0])


@pytest.mark.parametrize("change", ["factor_percent = 150", "band_id = {band}", "skill_level_id = {level}"])
def test_c17_once_work_has_begun_the_factor_is_fixed(cast, acme, change):
    session = a_started_session(cast, acme)
    statement = change.format(band=an_evening().pk, level=a_level(cast).pk)

    with pytest.raises(IntegrityError, match="support_sessions_session_factor_fixed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE support_sessions_session SET {statement} WHERE id = %s", [session.pk])

    session.refresh_from_db()
    assert (session.factor_percent, session.band, session.skill_level) == (100, None, None)


def test_c17_before_work_has_begun_the_factor_follows_the_agreed_time(cast, acme):
    session = a_session(cast, acme)

    Session.objects.filter(pk=session.pk).update(factor_percent=150, band=an_evening())

    session.refresh_from_db()
    assert session.factor_percent == 150
