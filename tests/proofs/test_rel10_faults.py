"""REL10. Whatever fails underneath, nothing is done by half: it is tried again with pauses, or the person is told calmly."""

import errno
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from cases.models import Attachment, Case
from core import unavailable
from core.errors import NotAllowed
from credits.audit import audit
from invoicing import documents
from invoicing.models import InvoiceDocument
from notices import delivery, outbox
from notices.models import Notice, NoticeState
from tests.cast import NOON, a_provider
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.journeys.belongings import browser_of
from tests.proofs import writes_of_clients
from tests.proofs.faults import Moody, Said, disk_full_after, mail_server, query_fails
from tests.proofs.sizes import SIZE, chance, say
from tests.proofs.traces import effect, traces
from tests.proofs.writes import Write, a_stage

NO_FAULT = (10**9, "none")
FORMS = ("session-new", "topup-new", "session-confirm", "session-cancel")
REFUSED_ONCE_DONE = ("session-confirm",)
"""Done although nobody heard of it, it says once more that it is; the others find their key, and answer as at first."""


@pytest.mark.django_db(transaction=True)
def test_rel10_whatever_query_of_a_form_fails_the_person_is_told_and_nothing_is_done_by_half():
    with time_machine.travel(NOON, tick=False):
        rows = writes_of_clients.rows(a_stage(a_provider(), 1))
        told = {name: failing_at_some_query(name, rows[name]) for name in FORMS}

    say("REL10 forms", **{name.replace("-", "_"): tried for name, tried in told.items()})
    assert audit().findings == []


def failing_at_some_query(name: str, write: Write) -> str:
    """Fail at one query after the other, each time with a fresh page, and press once more afterwards: how often it failed, of how many."""
    browser = browser_of(write.person)
    browser.raise_request_exception, before = False, traces()
    whole, queries = pressed(browser, write.url(name), write.typed)
    numbers = range(1, queries + 1)
    chosen = sorted(chance("REL10", name).sample(numbers, min(SIZE.faults, queries)))
    for number in chosen:
        for fault in ("lost", "57P01", "40P01"):
            with transaction.atomic():
                answer, _ = post(browser, write.url(name), write.typed, (number, fault))
                done = effect(before)
                assert answer.status_code == 503, (name, number, fault, answer.status_code)
                assert answer.headers["Retry-After"] == "5"
                assert b"send it once more in a moment" in answer.content
                assert done in ({}, whole), (name, number, fault, done)
                again, _ = post(browser, write.url(name), write.typed, NO_FAULT)
                answer_again = 409 if done and name in REFUSED_ONCE_DONE else 302
                assert (again.status_code, effect(before)) == (answer_again, whole), (name, number, fault)
                transaction.set_rollback(True)
    answer, _ = post(browser, write.url(name), write.typed, (chosen[-1], "40P01"))  # alone in its transaction it is done again by itself
    assert (answer.status_code, effect(before)) == (302, whole)
    return f"{len(chosen)} of {queries}"


def pressed(browser, url, typed) -> tuple[dict[str, int], int]:
    """What it does when all goes well, and with how many queries; undone."""
    before = traces()
    with transaction.atomic():
        answer, queries = post(browser, url, typed, NO_FAULT)
        assert answer.status_code == 302, (url, answer.status_code)
        done = effect(before)
        transaction.set_rollback(True)
    return done, queries


def post(browser, url, typed, fault: tuple[int, str]):
    """The answer to the form whose query of this number fails so, and how many queries there were."""
    with query_fails(*fault) as count:
        answer = browser.post(url, typed)
    return answer, count.queries


@pytest.mark.parametrize(("refusal", "status"), [(NotAllowed(), 403), (OperationalError("gone"), 503)])
def test_rel10_what_is_done_again_may_end_otherwise(rf: RequestFactory, monkeypatch, db, refusal, status):
    gave_way = OperationalError()
    gave_way.__cause__ = Said("40001")

    def refuse(_request):
        raise refusal

    monkeypatch.setattr(unavailable, "_may_do_again", lambda _request: True)
    monkeypatch.setattr(unavailable, "_again", refuse)

    assert unavailable.UnavailableMiddleware(refuse).process_exception(rf.get("/"), gave_way).status_code == status


def test_rel10_retries_are_few(rf: RequestFactory, monkeypatch):
    tries = []
    gave_way = OperationalError()
    gave_way.__cause__ = Said("40P01")

    def again(_request):
        tries.append(1)
        raise gave_way

    monkeypatch.setattr(unavailable, "FIRST_PAUSE_SECONDS", 0)
    monkeypatch.setattr(unavailable, "_may_do_again", lambda _request: True)
    monkeypatch.setattr(unavailable, "_again", again)

    assert unavailable.UnavailableMiddleware(again).process_exception(rf.get("/"), gave_way).status_code == 503
    assert len(tries) == unavailable.MOST_RETRIES


@pytest.mark.django_db(transaction=True)
def test_rel10_whatever_query_of_a_delivery_fails_the_mail_goes_out_and_only_its_window_doubles_it(acme):
    doubled = 0
    for number in range(1, 9):
        for fault in ("lost", "40001"):
            mail.outbox.clear()
            written = outbox.write(cause=f"test:{number}:{fault}", person=acme.approver, subject="Hi", body="Hi", at=NOON)
            with query_fails(number, fault), pytest.MonkeyPatch.context():
                quietly_deliver(NOON)
            quietly_deliver(NOON + timedelta(hours=1))

            written.refresh_from_db()
            assert (written.state, written.last_error) == (NoticeState.SENT, ""), (number, fault)
            assert {message.extra_headers["Message-ID"] for message in mail.outbox} == {delivery.message_id(written)}
            assert len(mail.outbox) <= 2
            doubled += len(mail.outbox) - 1
    say("REL10 delivery", faults=16, doubled_in_the_window=doubled)
    assert doubled <= 2  # the one query between the server's 250 and our commit


def quietly_deliver(at) -> None:
    with suppress(OperationalError, InterfaceError):  # as the loop does, which comes again
        delivery.deliver_due(at=at)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("mood", "said"),
    [("451 come again", "451"), ("550 no such mailbox", "550"), ("hang", "timed out"), ("refusing", "ConnectionRefusedError")],
)
def test_rel10_a_mail_server_in_a_bad_mood_gets_it_later_and_once(acme, settings, mood, said):
    server, settings.EMAIL_BACKEND = Moody(), "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT, server.mood = "127.0.0.1", 0.2, mood
    written = outbox.write(cause="test:1", person=acme.approver, subject="Hi", body="Hi", at=NOON)
    with mail_server(server) as port:
        settings.EMAIL_PORT = 1 if mood == "refusing" else port
        assert delivery.deliver_due(at=NOON) == 0
        written.refresh_from_db()
        assert (written.state, written.attempts) == (NoticeState.WAITING, 1)
        assert said in written.last_error
        assert timedelta(seconds=90) < written.due_at - NOON < timedelta(seconds=150)

        settings.EMAIL_PORT, server.mood = port, "250 OK"
        assert delivery.deliver_due(at=NOON + timedelta(seconds=80)) == 0
        assert delivery.deliver_due(at=written.due_at) == 1
    assert len(server.taken) == 1
    assert delivery.message_id(written).encode() in server.taken[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hours", [-1, 1])
def test_rel10_a_clock_that_leaps_while_a_mail_is_sent_doubles_nothing_and_loses_nothing(acme, settings, hours, monkeypatch):
    written = outbox.write(cause="test:1", person=acme.approver, subject="Hi", body="Hi", at=NOON)
    hand_over, leapt = delivery._hand_over, NOON + timedelta(hours=hours)

    def slow(notice, at):
        from tests.racing import race  # noqa: PLC0415 -- another loop, with a connection of its own, while this one talks

        monkeypatch.setattr(delivery, "_hand_over", hand_over)
        assert race(1, lambda _number: delivery.deliver_due(at=leapt)).results == [0]
        hand_over(notice, at)

    monkeypatch.setattr(delivery, "_hand_over", slow)
    assert delivery.deliver_due(at=NOON) == 1
    assert delivery.deliver_due(at=leapt + timedelta(hours=2)) == 0
    assert [message.extra_headers["Message-ID"] for message in mail.outbox] == [delivery.message_id(written)]


@pytest.mark.django_db(transaction=True)
def test_rel10_whatever_query_of_drawing_documents_fails_they_are_kept_whole_and_once(acme, cast, monkeypatch):
    invoicing_terms()
    before = an_invoice(acme, cast.fia)
    drawn = documents.draw(before)
    monkeypatch.setattr(documents, "draw", lambda _invoice: drawn)
    with query_fails(*NO_FAULT) as counted:
        assert documents.make_due(NOON) == 1
    invoice = an_invoice(acme, cast.fia)
    for number in range(1, 1 + min(SIZE.faults, counted.queries)):
        with query_fails(number, "53100"), pytest.raises((ExceptionGroup, OperationalError)):
            documents.make_due(NOON)  # the disk of the database is full
        assert not InvoiceDocument.objects.filter(invoice=invoice).exists(), number

    assert [documents.make_due(NOON), documents.make_due(NOON)] == [1, 0]
    assert InvoiceDocument.objects.filter(invoice=invoice).count() == len(drawn.files)
    assert Notice.objects.filter(cause__startswith="transmission:").count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", [0, 70_000])
def test_rel10_a_disk_that_is_full_is_said_and_leaves_no_half_file(scene, acme, settings, tmp_path, room):
    case, browser = Case.objects.filter(organisation=acme.organisation).first(), browser_of(acme.requester)
    browser.raise_request_exception, before = False, traces()
    files = [SimpleUploadedFile("small.log", b"x" * 60_000), SimpleUploadedFile("large.log", b"y" * 200_000)]
    form = {"text": "See the logs", "key": "1"}

    with disk_full_after(room):
        answer = browser.post(reverse("case-answer", args=[case.pk]), form | {"attached": files})

    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
    assert effect(before) == {}
    for file in files:
        file.seek(0)
    assert browser.post(reverse("case-answer", args=[case.pk]), form | {"attached": files}).status_code == 302
    assert sorted(Attachment.objects.filter(size__gt=50_000).values_list("size", flat=True)) == [60_000, 200_000]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_rel10_a_full_disk_is_a_calm_page_and_another_mistake_is_not(rf: RequestFactory, number):
    middleware = unavailable.UnavailableMiddleware(lambda _request: HttpResponse())

    assert middleware.process_exception(rf.get("/"), OSError(number, "full")).status_code == 503
    assert middleware.process_exception(rf.get("/"), OSError(errno.ENOENT, "no such file")) is None
