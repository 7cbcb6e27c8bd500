import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, transaction

from clients.models import StaffDuty
from core.errors import NotAllowed
from sessions import access, crew, jobs, life
from sessions.models import AccessInstructions, AccessLook, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague
from tests.sessions.booked import trace
from tests.sessions.factories import DAY_BEFORE, a_session, a_started_session, a_submitted_session, minutes

DAYS_30 = minutes(30 * 24 * 60)


def written(cast, acme, text="VPN, then ask Bo", **columns):
    session = a_session(cast, acme, **columns)
    access.write(session=session, text=text, by=acme.requester, at=NOON)
    return session


def test_r3_the_client_says_how_we_get_in_and_it_is_sealed(cast, acme):
    session = a_session(cast, acme)

    kept = access.write(session=session, text=" VPN,\r\nthen ask Bo \n", by=acme.requester, at=NOON)

    assert (kept.written_at, kept.written_by) == (NOON, acme.requester)
    assert "VPN" not in AccessInstructions.objects.get().sealed
    assert trace(session) == [(EventKind.ACCESS_WRITTEN, acme.requester, "")]
    assert access.read(session=session, by=acme.approver, at=NOON) == "VPN,\nthen ask Bo"


def test_r3_what_is_written_anew_replaces_what_was_written_before(cast, acme):
    session = written(cast, acme)

    access.write(session=session, text="Just ask Bo", by=acme.approver, at=NOON + minutes(5))

    assert access.read(session=session, by=cast.tessa.person, at=NOON) == "Just ask Bo"
    assert [by for _, by, _ in trace(session)] == [acme.requester, acme.approver]


def test_r3_the_same_again_changes_nothing(cast, acme):
    session = written(cast, acme)
    sealed = AccessInstructions.objects.get().sealed

    access.write(session=session, text="VPN, then ask Bo", by=acme.approver, at=NOON + minutes(5))

    assert (AccessInstructions.objects.get().sealed, len(trace(session))) == (sealed, 1)


def test_r3_each_look_is_recorded(cast, acme):
    session = written(cast, acme)

    access.read(session=session, by=cast.tessa.person, at=NOON)
    access.read(session=session, by=cast.tessa.person, at=NOON + minutes(1))
    access.read(session=session, by=acme.requester, at=NOON + minutes(2))

    looks = AccessLook.objects.order_by("pk").values_list("person", "at")
    assert list(looks) == [
        (cast.tessa.person.pk, NOON),
        (cast.tessa.person.pk, NOON + minutes(1)),
        (acme.requester.pk, NOON + minutes(2)),
    ]


def test_r3_a_look_stays_in_the_record(cast, acme):
    session = written(cast, acme)
    access.read(session=session, by=cast.tessa.person, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        AccessLook.objects.update(at=DAY_BEFORE)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessLook.objects.all().delete()


def test_r3_nobody_else_reads(cast, acme, borealis):
    session = written(cast, acme)
    others = [cast.max, cast.fia, cast.ada, cast.theo.person, a_colleague("Dora", StaffDuty.DISPATCHER), borealis.approver]

    for person in others:
        with pytest.raises(NotAllowed):
            access.read(session=session, by=person, at=NOON)

    assert not AccessLook.objects.exists()


def test_r3_who_is_not_assigned_any_more_reads_no_more(cast, acme):
    session = written(cast, acme)
    crew.dismiss(session)

    with pytest.raises(NotAllowed):
        access.read(session=session, by=cast.tessa.person, at=NOON)


def test_r3_once_the_work_is_over_technicians_read_no_more_and_the_client_still_does(cast, acme):
    session = a_started_session(cast, acme)
    access.write(session=session, text="Ask Bo", by=acme.requester, at=NOON)
    Session.objects.filter(pk=session.pk).update(state=State.CANCELLED, closed_at=NOON)
    session.refresh_from_db()

    assert access.read(session=session, by=acme.requester, at=NOON) == "Ask Bo"
    with pytest.raises(NotAllowed):
        access.read(session=session, by=cast.tessa.person, at=NOON)


def test_r3_nobody_else_writes(cast, acme, borealis):
    session = a_session(cast, acme)

    for person in (cast.tessa.person, cast.max, cast.ada, borealis.requester):
        with pytest.raises(NotAllowed):
            access.write(session=session, text="Let me in", by=person, at=NOON)


def test_r3_once_hours_are_submitted_nothing_is_written(cast, acme):
    session = a_submitted_session(cast, acme)

    with pytest.raises(life.SessionMovedOn):
        access.write(session=session, text="Ask Bo", by=acme.requester, at=NOON)


@pytest.mark.parametrize(("text", "refusal"), [(" \n", access.AccessMissing), ("x" * 4_001, access.AccessTooLong)])
def test_r3_nothing_and_too_much_are_refused(cast, acme, text, refusal):
    session = written(cast, acme)

    with pytest.raises(refusal):
        access.write(session=session, text=text, by=acme.requester, at=NOON)

    assert access.read(session=session, by=acme.requester, at=NOON) == "VPN, then ask Bo"


def test_r3_where_nothing_was_written_there_is_nothing_to_read(cast, acme):
    with pytest.raises(access.AccessMissing):
        access.read(session=a_session(cast, acme), by=cast.tessa.person, at=NOON)


def test_r3_without_its_key_nothing_is_read_and_no_look_is_recorded(cast, acme, settings):
    session = written(cast, acme)
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(access.SealBroken):
        access.read(session=session, by=cast.tessa.person, at=NOON)

    assert not AccessLook.objects.exists()
    access.write(session=session, text="Anew", by=acme.requester, at=NOON)
    assert access.read(session=session, by=cast.tessa.person, at=NOON) == "Anew"


def test_r3_what_was_sealed_for_one_session_stays_shut_in_another(cast, acme):
    one, other = written(cast, acme, "Of one"), written(cast, acme, "Of the other", starts_at=NOON + minutes(120))
    AccessInstructions.objects.filter(session=other).update(sealed=AccessInstructions.objects.get(session=one).sealed)

    with pytest.raises(access.SealBroken):
        access.read(session=other, by=acme.requester, at=NOON)


# In the end it is erased.


def over(session, **columns):
    Session.objects.filter(pk=session.pk).update(**columns)


def test_r3_thirty_days_after_the_end_it_is_erased_and_the_looks_stay(cast, acme):
    session = written(cast, acme)
    access.read(session=session, by=cast.tessa.person, at=NOON)
    over(session, state=State.CANCELLED, closed_at=NOON + minutes(10))
    end = NOON + minutes(60)

    assert jobs.erase_access(end + DAYS_30 - minutes(1)) == 0
    assert jobs.erase_access(end + DAYS_30) == 1
    assert jobs.erase_access(end + DAYS_30) == 0

    kept = AccessInstructions.objects.get()
    assert (kept.sealed, kept.erased_at) == ("", end + DAYS_30)
    assert trace(session)[-1] == (EventKind.ACCESS_ERASED, None, "")
    assert AccessLook.objects.count() == 1
    with pytest.raises(access.AccessErased):
        access.read(session=session, by=acme.requester, at=end + DAYS_30)


def test_r3_hours_that_nobody_confirms_keep_no_secret(cast, acme):
    session = a_started_session(cast, acme)
    access.write(session=session, text="Ask Bo", by=acme.requester, at=NOON)
    figures = {"raw_minutes": 0, "free_minutes": 0, "charged_minutes": 0}
    over(session, state=State.SUBMITTED, submitted_at=NOON + minutes(90), submitted_by=cast.tessa.person, **figures)

    assert jobs.erase_access(NOON + minutes(60) + DAYS_30) == 0
    assert jobs.erase_access(NOON + minutes(90) + DAYS_30) == 1


def test_r3_a_session_that_is_open_for_work_keeps_it(cast, acme):
    written(cast, acme)
    figures = {"raw_minutes": 0, "free_minutes": 0, "charged_minutes": 0, "submitted_by": cast.tessa.person, "submitted_at": NOON}
    reopened = written(cast, acme, starts_at=NOON + minutes(120))
    over(reopened, state=State.IN_PROGRESS, started_at=NOON, **figures)

    assert jobs.erase_access(NOON + 3 * DAYS_30) == 0


def test_r3_the_days_are_a_setting(cast, acme):
    over(written(cast, acme), state=State.CANCELLED, closed_at=NOON)
    cast.session_terms.access_kept_days = 1
    cast.session_terms.save()

    assert jobs.erase_access(NOON + minutes(60 + 24 * 60)) == 1


def test_r3_what_was_erased_is_not_written_anew(cast, acme):
    session = written(cast, acme)
    AccessInstructions.objects.update(sealed="", erased_at=NOON)

    with pytest.raises(access.AccessErased):
        access.write(session=session, text="Ask Bo", by=acme.requester, at=NOON)
