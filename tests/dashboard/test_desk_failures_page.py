"""REL8. What failed for good stands on one page; each failure is answered once, and the answer stays."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import failures
from core.batches import each
from core.models import Failure
from dashboard import dead_letters, due
from dashboard.models import DeadLetterAct, DeadLetterEvent
from invoicing.models import Transmission
from notices import outbox
from notices.models import IncomingMail, Notice, NoticeState
from tests.cast import NOON
from tests.journeys.belongings_of_failures import a_failure
from tests.journeys.belongings_of_sending import on_the_way

LATER = NOON + timedelta(hours=1)
PAGE, ALL = "desk-failures", "desk-failures-retry"


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


@pytest.fixture
def notice(acme):
    written = outbox.write(cause="session:1:booked", person=acme.approver, subject="Booked for Tuesday", body="See you", at=NOON)
    return fail(written, "SMTPDataError: 550 no such user at smtp://us:secret@mail.example")


def fail(notice, error="ConnectionRefusedError"):
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.FAILED, attempts=8, last_error=error)
    notice.refresh_from_db()
    return notice


def kinds():
    return sorted(letter.key.split(":")[0] for letter in dead_letters.found())


def test_it_shows_what_since_when_how_often_and_why_without_secrets(ada, notice):
    a_failure()

    page = ada.get(reverse(PAGE)).content.decode()

    assert "Booked for Tuesday → anna@acme.example" in page
    assert "550 no such user at smtp://…@mail.example" in page
    assert "secret@" not in page
    assert "OSError: No space left on device" in page


def test_it_says_so_when_nothing_has_failed(ada):
    assert "Nothing has failed" in ada.get(reverse(PAGE)).content.decode()


def test_everything_that_fails_for_good_stands_there_and_nothing_else(cast, acme, notice):
    sign_in = outbox.write(cause="sign-in:1", person=acme.approver, subject="Your code 123456", body="", at=NOON)
    fail(sign_in)
    on_the_way(cast, acme)
    facts = {
        "size": 1,
        "source": "pipe",
        "received_at": NOON,
        "due_at": NOON,
        "handled_at": NOON,
        "outcome": "It never ended.",
        "state": "held",
    }
    IncomingMail.objects.create(raw=b"1", digest="1", attempts=5, **facts)
    IncomingMail.objects.create(raw=b"2", digest="2", attempts=1, **facts)
    a_failure(), a_failure(attempts=2), a_failure(given_up_at=NOON), a_failure(thing="")

    assert kinds() == ["failure", "failure", "mail", "notice", "notice", "transmission"]
    assert "123456" not in str(dead_letters.found())


def test_one_is_tried_again_once_and_stands_there_anew_when_it_fails_anew(cast, ada, notice):
    key = f"notice:{notice.pk}"
    for _ in range(2):
        ada.post(reverse("desk-failure-retry", args=[key]))

    notice.refresh_from_db()
    assert (notice.state, notice.attempts, kinds()) == (NoticeState.WAITING, 0, [])
    assert [(event.act, event.by) for event in dead_letters.answered()] == [(DeadLetterAct.RETRIED, cast.ada)]

    Notice.objects.update(due_at=LATER)
    fail(notice)
    assert kinds() == ["notice"]


def test_all_are_tried_again_and_what_refuses_stays(cast, acme, ada, notice):
    on_the_way(cast, acme)
    row = a_failure(retry_at=LATER, last_at=LATER)

    said = ada.post(reverse(ALL), follow=True).content.decode()

    row.refresh_from_db()
    assert "2 are tried again." in said
    assert "1 stays" in said  # an e-invoice is finance's to send
    assert (row.retry_at > LATER, kinds()) == (True, ["transmission"])
    assert Transmission.objects.filter(cause__endswith=":again").count() == 0


def test_it_is_given_up_for_a_reason_and_then_rests(cast, ada):
    row = a_failure()
    url = reverse("desk-failure-give-up", args=[f"failure:{row.pk}"])

    assert ada.post(url, {"reason": ""}).status_code == 422
    for _ in range(2):
        assert ada.post(url, {"reason": "printed by hand"}).status_code == 302

    assert list(DeadLetterEvent.objects.values_list("act", "reason", "by")) == [("given_up", "printed by hand", cast.ada.pk)]
    with failures.of_job(row.job, LATER) as running:
        assert running.rests(row.thing)


def test_a_due_job_is_never_given_up(ada):
    row = a_failure(thing="")

    refused = ada.post(reverse("desk-failure-give-up", args=[f"failure:{row.pk}"]), {"reason": "enough"})

    assert refused.status_code == 409
    row.refresh_from_db()
    assert row.given_up_at is None


@pytest.mark.parametrize("letter", ["notice:0", "notice:x", "nothing:1", "notice:99999999999999999999"])
def test_what_is_not_there_is_not_found(ada, letter):
    assert ada.get(reverse("desk-failure-give-up", args=[letter])).status_code == 404
    assert ada.post(reverse("desk-failure-retry", args=[letter])).status_code == 302


def test_nobody_but_an_administrator_gets_in(cast, acme, client_of):
    for person in (cast.tessa.person, cast.max, cast.fia, acme.approver):
        assert client_of(person).get(reverse(PAGE)).status_code == 404
        assert client_of(person).post(reverse(ALL)).status_code == 404


def test_answers_are_never_changed(cast):
    event = DeadLetterEvent.objects.create(letter="notice:1", failed="1", act="retried", by=cast.ada, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        DeadLetterEvent.objects.filter(pk=event.pk).update(act="given_up", reason="no")


def test_rel10_one_thing_that_fails_rests_and_the_others_have_their_turn(db):
    acted: list[str] = []

    def job(at):
        return each(["sound", "broken"], lambda thing: _act(thing, acted))

    for minutes in (0, 0.5, 2):
        due.run_due(at=NOON + timedelta(minutes=minutes), jobs={"act": job})

    assert acted == ["sound", "broken", "sound", "sound", "broken"]
    assert list(Failure.objects.values_list("thing", "attempts", "last_error")) == [("broken", 2, "ValueError: broken")]


def test_rel10_what_somebody_did_in_another_way_is_no_failure_any_more(db):
    a_failure(job="act", thing="gone", retry_at=NOON)
    a_failure(job="act", thing="rests", retry_at=LATER)
    a_failure(job="act", thing="given up", given_up_at=NOON)

    due.run_due(at=NOON, jobs={"act": lambda at: each(["sound"], bool)})

    assert sorted(Failure.objects.values_list("thing", flat=True)) == ["given up", "rests"]


def _act(thing, acted):
    acted.append(thing)
    if thing == "broken":
        raise ValueError(thing)
    return True
