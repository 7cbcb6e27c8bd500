from datetime import timedelta

import pytest
from django.db import transaction

from notices import outbox
from notices.models import Notice, NoticeState
from tests.cast import NOON, a_person


@pytest.fixture
def template(settings, tmp_path):
    """A mail about a start time."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    (tmp_path / "moved.subject.txt").write_text("{{ title }}\n  starts {{ starts_at|date:'H:i' }}\n")
    (tmp_path / "moved.body.txt").write_text(
        "{% load i18n %}{% translate 'Monday' %}, {{ person.name }}: {{ title }}\n{{ base_url }}/x\n{{ provider.name }}\n"
    )
    return "moved"


def test_m4_a_notice_waits_to_be_delivered(acme):
    notice = outbox.write(cause="session:1:booked", person=acme.approver, subject="Booked", body="All is well.\r\n", at=NOON)

    written = Notice.objects.values("cause", "person", "address", "language", "subject", "body", "state", "written_at", "due_at").get()
    assert written == {
        "cause": "session:1:booked",
        "person": acme.approver.pk,
        "address": "anna@acme.example",
        "language": "en",
        "subject": "Booked",
        "body": "All is well.",
        "state": NoticeState.WAITING,
        "written_at": NOON,
        "due_at": NOON,
    }
    assert notice.pk == Notice.objects.get().pk


def test_m4_the_same_cause_reaches_the_same_person_once(acme):
    first = outbox.write(cause="session:1:booked", person=acme.approver, subject="Booked", body="First", at=NOON)
    with transaction.atomic():
        again = outbox.write(cause="session:1:booked", person=acme.approver, subject="Other", body="Second", at=NOON + timedelta(1))
        usable = Notice.objects.count()

    assert (again, again.body, usable) == (first, "First", 1)


def test_m4_the_same_cause_reaches_each_person(acme):
    for person in (acme.approver, acme.requester):
        outbox.write(cause="session:1:booked", person=person, subject="Booked", body="Text", at=NOON)

    assert Notice.objects.count() == 2


def test_m4_a_notice_falls_with_what_it_tells_of(acme):
    with transaction.atomic():
        outbox.write(cause="session:1:booked", person=acme.approver, subject="Booked", body="Text", at=NOON)
        transaction.set_rollback(True)

    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "subject",
    ["Hours\r\nBcc: everybody@example.com", "Hours\nBcc: everybody@example.com", "Hours\x0bBcc: everybody@example.com\x00"],
)
def test_m4_a_subject_is_one_line_and_cannot_add_a_header(acme, subject):
    notice = outbox.write(cause="x", person=acme.approver, subject=subject, body="Text", at=NOON)

    assert notice.subject == "Hours Bcc: everybody@example.com"


def test_m4_a_subject_is_cut_at_200_characters(acme):
    notice = outbox.write(cause="x", person=acme.approver, subject="å" * 300, body="Text", at=NOON)

    assert notice.subject == "å" * 200


def test_m4_a_body_holds_nothing_that_a_database_refuses(acme):
    notice = outbox.write(cause="x", person=acme.approver, subject="S", body="14\xa0400,00\xa0kr\x00\r\nnext\u2028last", at=NOON)

    notice.refresh_from_db()
    assert notice.body == "14\xa0400,00\xa0kr \nnext\nlast"


def test_p4_each_reads_it_in_their_own_language_and_zone(cast, template):
    anna = a_person("Anna", language="sv")
    rolf = a_person("Rolf", language="en", time_zone="America/New_York")

    written = outbox.compose(cause="x", people=[anna, rolf], template=template, context={"title": "A & <B>", "starts_at": NOON}, at=NOON)

    assert [(notice.language, notice.subject, notice.body) for notice in written] == [
        ("sv", "A & <B> starts 12:00", "måndag, Anna Testsson: A & <B>\nhttp://127.0.0.1:8000/x\nExample Support"),
        ("en", "A & <B> starts 06:00", "Monday, Rolf Testsson: A & <B>\nhttp://127.0.0.1:8000/x\nExample Support"),
    ]


def test_m4_nobody_who_may_not_sign_in_is_written_to(cast, template):
    gone = a_person("Gone", is_active=False)

    written = outbox.compose(cause="x", people=[gone], template=template, context={"title": "T", "starts_at": NOON}, at=NOON)

    assert (written, Notice.objects.count()) == ([], 0)


def test_m4_only_administrators_may_read_what_others_were_written(cast, acme):
    outbox.write(cause="x", person=acme.approver, subject="S", body="B", at=NOON)

    seen = {person.name: outbox.visible_to(person).count() for person in (cast.ada, cast.max, cast.fia, acme.approver)}
    assert seen == {"Ada Testsson": 1, "Max Testsson": 0, "Fia Testsson": 0, "Anna Testsson": 0}


def test_m4_word_of_what_did_not_come_about_is_taken_back_unless_it_is_on_its_way(acme):
    for number, person in enumerate((acme.approver, acme.requester)):
        notice = outbox.write(cause="x", person=person, subject="S", body="B", at=NOON)
        Notice.objects.filter(pk=notice.pk).update(attempts=number)
    outbox.write(cause="y", person=acme.approver, subject="S", body="B", at=NOON)

    assert outbox.withdraw(cause="x") == 1

    assert list(Notice.objects.order_by("pk").values_list("cause", "person")) == [("x", acme.requester.pk), ("y", acme.approver.pk)]


def test_m4_what_would_be_wrong_if_it_came_later_is_taken_back_even_after_a_try_in_vain(acme):
    reminders = ("4:start:1:reminder:60", "4:start:1:reminder:90", "4:start:10:reminder:60", "41:start:1:reminder:60")
    causes = [f"session:{reminder}" for reminder in reminders]
    for number, cause in enumerate(causes):
        notice = outbox.write(cause=cause, person=acme.approver, subject="S", body="B", at=NOON)
        Notice.objects.filter(pk=notice.pk).update(attempts=number)
    sent = outbox.write(cause="session:4:start:1:reminder:30", person=acme.approver, subject="S", body="B", at=NOON)
    Notice.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOON)

    assert outbox.withdraw_all(prefix="session:4:start:1:reminder:") == 2

    assert set(Notice.objects.values_list("cause", flat=True)) == {causes[2], causes[3], sent.cause}
