from sessions import consents, receipts
from sessions.models import Consent
from tests.cast import NOON
from tests.sessions.factories import a_started_session, minutes, work


def test_c7_three_short_entries_are_rounded_once_not_thrice(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])
    work(session, cast.tessa, length=13)
    work(session, cast.theo, length=13)
    work(session, cast.tessa, start=13, length=13)

    bill = receipts.receipt(session)

    assert (bill.raw_minutes, bill.free_minutes, bill.billable_minutes, bill.charged_minutes) == (39, 0, 39, 40)


def test_r7_the_receipt_says_who_worked_from_when_to_when_and_what_was_done(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo], estimate=30)
    work(session, cast.theo, start=20, length=60)
    work(session, cast.tessa, length=30)

    lines = receipts.receipt(session).lines

    assert [(line.person, line.started_at, line.ended_at, line.note, line.minutes, line.free_minutes) for line in lines] == [
        (cast.tessa.person, NOON, NOON + minutes(30), "Cleaned up", 30, 0),
        (cast.theo.person, NOON + minutes(20), NOON + minutes(80), "Cleaned up", 60, 21),
    ]


def test_c7_entries_taken_back_do_not_count(cast, acme):
    session = a_started_session(cast, acme)
    wrong = work(session, cast.tessa, length=50)
    work(session, cast.tessa, length=20, corrects=wrong)

    assert receipts.receipt(session).raw_minutes == 20


def test_c7_the_terms_of_the_session_decide_the_rounding_not_those_of_today(cast, acme):
    session = a_started_session(cast, acme, rounding_step_minutes=15, rounding_mode="up", minimum_charge_minutes=30)
    cast.credit_terms.rounding_step_minutes = 60
    cast.credit_terms.save()
    work(session, cast.tessa, length=31)

    assert receipts.receipt(session).charged_minutes == 45


def test_c8_refused_and_unanswered_consent_counts_for_nothing(cast, acme):
    session = a_started_session(cast, acme)
    refused = consents.ask_consent(session=session, minutes=200, reason="More disks", by=cast.tessa.person, at=NOON)
    consents.refuse_consent(consent=refused, by=acme.approver, at=NOON)
    consents.ask_consent(session=session, minutes=180, reason="One disk", by=cast.tessa.person, at=NOON)
    work(session, cast.tessa, length=100)

    bill = receipts.receipt(session)

    assert (bill.raw_minutes, bill.free_minutes, bill.charged_minutes) == (100, 31, 70)
    assert receipts.agreed_minutes(session) == 69


def test_c8_given_consent_counts_from_its_answer_on(cast, acme):
    session = a_started_session(cast, acme)
    Consent.objects.create(
        session=session,
        minutes=90,
        reason="More",
        asked_at=NOON,
        asked_by=cast.tessa.person,
        given=True,
        answered_at=NOON + minutes(80),
        answered_by=acme.approver,
    )
    work(session, cast.tessa, length=110)

    bill = receipts.receipt(session)

    assert (bill.free_minutes, bill.billable_minutes, bill.charged_minutes) == (20, 90, 90)
    assert receipts.agreed_minutes(session) == 90


def test_r7_a_receipt_takes_the_same_queries_however_many_lines_it_has(cast, acme, django_assert_num_queries):
    session = a_started_session(cast, acme)
    for number in range(6):
        work(session, cast.tessa, start=number * 5, length=5)

    with django_assert_num_queries(3):
        receipts.receipt(session)
