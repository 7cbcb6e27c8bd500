"""E-invoices on their way to the access point: once each, whatever fails in between (rule I4)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from core import outbound
from core.errors import NotAllowed
from invoicing.models import InvoiceDocument, InvoiceEvent, InvoiceEventKind, Transmission, TransmissionChannel, TransmissionState
from invoicing.transmission import following, life, queueing, sending
from notices.models import Notice
from tests.cast import NOON
from tests.invoicing.access_points import SECRET, a_buyer, a_seller, an_access_point, connected, documented, polled
from tests.invoicing.scene import a_draft
from tests.racing import race

pytestmark = pytest.mark.django_db
LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def _loopback(settings, monkeypatch):
    settings.OUTBOUND_LOOPBACK = True
    monkeypatch.setenv("ACCESS_POINT_TOKEN", SECRET)


@pytest.fixture
def buyer(cast, acme):
    a_seller()
    return a_buyer(acme)


def events(kind):
    return list(InvoiceEvent.objects.filter(kind=kind).values_list("reason", flat=True))


def test_i4_an_e_invoice_is_posted_once_with_its_key_and_the_answer_is_kept(cast, buyer):
    with an_access_point() as point:
        connected(point)
        invoice = documented(buyer, cast.fia)

        done = [sending.send_due(NOON) for _ in range(2)]

    row = Transmission.objects.get()
    (asked,) = point.asked
    assert done == [1, 0]
    assert (asked.path, asked.headers["authorization"], asked.headers["idempotency-key"]) == ("/outbox", SECRET, row.key)
    assert asked.body == bytes(InvoiceDocument.objects.get(invoice=invoice, kind="xml").content)
    assert asked.headers["content-type"] == "application/xml"
    assert (row.channel, row.state, row.answer_id, row.to, row.attempts) == ("access_point", "sent", "AP-17", "0007:5567037485", 1)
    assert events(InvoiceEventKind.SENT) == ["E-invoice (Peppol) · 0007:5567037485"]
    assert not Notice.objects.filter(cause__startswith="transmission:").exists()


def test_i4_it_may_be_a_form_with_a_file_and_the_number_in_a_header(cast, buyer):
    with an_access_point() as point:
        connected(point, format="multipart", id_header="X-Id")
        documented(buyer, cast.fia)
        sending.send_due(NOON)

    row, body = Transmission.objects.get(), point.asked[0].body
    assert point.asked[0].headers["content-type"] == f"multipart/form-data; boundary={row.key}"
    assert b'name="file"; filename="invoice-202600001.xml"' in body
    assert bytes(InvoiceDocument.objects.get(kind="xml").content) in body
    assert row.answer_id == "H-5"


@pytest.mark.parametrize("status", [500, 503, 429, 401, 302])
def test_i4_what_may_pass_is_tried_again_later_under_the_same_key(cast, buyer, status):
    with an_access_point((status, "busy")) as point:
        connected(point)
        documented(buyer, cast.fia)

        first, at_once, later = sending.send_due(NOON), sending.send_due(NOON + timedelta(seconds=30)), sending.send_due(NOON + LATER)

    row = Transmission.objects.get()
    assert (first, at_once, later, len(point.asked), len(point.taken)) == (0, 0, 1, 2, 1)
    assert (row.state, row.attempts, row.answer) == ("sent", 2, '200 {"data": {"id": "AP-17"}}')


def test_i4_what_is_refused_for_good_is_told_to_finance_once_with_the_answer(cast, buyer):
    with an_access_point((422, "<b>Receiver\r\nunknown</b>" + "x" * 900)) as point:
        connected(point)
        documented(buyer, cast.fia)

        done = [sending.send_due(NOON), sending.send_due(NOON + LATER)]

    row, notice = Transmission.objects.get(), Notice.objects.get(cause__endswith=":undelivered")
    assert (done, len(point.asked), row.state, len(row.answer)) == ([0, 0], 1, "failed", 500)
    assert row.answer.startswith("422 <b>Receiver unknown</b>")
    assert (notice.address, "202600001 did not reach Acme" in notice.subject, "422 <b>Receiver" in notice.body) == (
        cast.fia.email,
        True,
        True,
    )
    assert events(InvoiceEventKind.UNDELIVERED)[0].startswith("E-invoice (Peppol) · 0007:5567037485 · 422")


def test_i4_after_the_last_try_it_is_given_up_and_sent_again_by_hand_under_the_same_key(cast, buyer):
    with an_access_point(*[(500, "down")] * sending.MOST_ATTEMPTS) as point:
        connected(point)
        documented(buyer, cast.fia)
        for day in range(sending.MOST_ATTEMPTS + 2):
            sending.send_due(NOON + day * LATER)
        row = Transmission.objects.get()
        assert (row.state, row.attempts, len(point.asked)) == ("given_up", sending.MOST_ATTEMPTS, sending.MOST_ATTEMPTS)
        assert Notice.objects.filter(cause__endswith=":undelivered").count() == 1

        again = [queueing.again(row, by=cast.fia, at=NOON + 20 * LATER) for _ in range(2)]
        sending.send_due(NOON + 20 * LATER)

    assert again[0] == again[1] != row
    assert Transmission.objects.get(pk=again[0].pk).state == "sent"
    assert len(point.taken) == 1


def test_i4_what_was_refused_is_sent_again_under_another_key(cast, buyer):
    with an_access_point((400, "no")) as point:
        connected(point)
        documented(buyer, cast.fia)
        sending.send_due(NOON)

        queueing.again(Transmission.objects.get(), by=cast.fia, at=NOON)
        sending.send_due(NOON)

    assert len(point.taken) == 2
    with pytest.raises(queueing.NotUndelivered):
        queueing.again(Transmission.objects.latest("pk"), by=cast.fia, at=NOON)


def test_i4_a_crash_between_the_post_and_the_note_doubles_nothing(cast, buyer, monkeypatch):
    with an_access_point() as point:
        connected(point)
        documented(buyer, cast.fia)
        with monkeypatch.context() as patch:
            patch.setattr(life, "sent", lambda *_args, **_kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                sending.send_due(NOON)
        within_the_lease = sending.send_due(NOON + sending.LEASE - timedelta(seconds=1))
        after_it = sending.send_due(NOON + sending.LEASE)

    assert (within_the_lease, after_it, len(point.asked), len(point.taken)) == (0, 1, 2, 1)
    assert Transmission.objects.get().state == "sent"


def test_i4_a_last_try_that_never_came_back_is_given_up(cast, buyer):
    with an_access_point() as point:
        connected(point)
        documented(buyer, cast.fia)
        Transmission.objects.update(attempts=sending.MOST_ATTEMPTS)

        sending.send_due(NOON)

    assert (Transmission.objects.get().state, point.asked) == ("given_up", [])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i4_two_who_send_at_once_post_each_once(cast, buyer):
    with an_access_point() as point:
        connected(point)
        for _ in range(3):
            documented(buyer, cast.fia)

        outcome = race(2, lambda _number: sending.send_due(NOON))

    assert outcome.errors == []
    assert (sum(outcome.results), len(point.asked), len(point.taken)) == (3, 3, 3)


@pytest.mark.django_db(transaction=True)
def test_i4_nothing_is_said_to_the_network_inside_a_transaction(cast, buyer, monkeypatch):
    inside, call = [], outbound.call

    def asked(*args, **more):
        inside.append(connection.in_atomic_block)
        return call(*args, **more)

    monkeypatch.setattr(outbound, "call", asked)
    with an_access_point() as point:
        polled(point)
        documented(buyer, cast.fia)
        sending.send_due(NOON)
        following.ask_due(NOON + LATER)

    assert inside == [False, False]


def test_i4_an_access_point_in_our_own_network_is_never_asked(cast, buyer, settings):
    settings.OUTBOUND_LOOPBACK = False
    with an_access_point() as point:
        connected(point)
        documented(buyer, cast.fia)

        assert sending.send_due(NOON) == 0

    row = Transmission.objects.get()
    assert (point.asked, row.state, row.answer) == ([], "queued", "The address must begin with https://.")


def test_i4_without_its_key_nothing_is_posted(cast, buyer, monkeypatch):
    monkeypatch.delenv("ACCESS_POINT_TOKEN")
    with an_access_point() as point:
        connected(point)
        documented(buyer, cast.fia)

        sending.send_due(NOON)

    assert (point.asked, "environment variable" in Transmission.objects.get().answer) == ([], True)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ((200, '{"state": "Delivered"}'), "delivered"),
        ((200, '{"state": "rejected"}'), "failed"),
        ((200, '{"state": "queued"}'), "sent"),
        ((500, '{"state": "delivered"}'), "sent"),
        ((200, "no json"), "sent"),
    ],
)
def test_i4_what_became_of_it_is_asked_later(cast, buyer, said, state):
    with an_access_point((200, '{"data": {"id": "a/b?c"}}'), said) as point:
        polled(point)
        documented(buyer, cast.fia)
        sending.send_due(NOON)

        asked = [following.ask_due(NOON), following.ask_due(NOON + LATER), following.ask_due(NOON + LATER)]

    row = Transmission.objects.get()
    assert (row.state, asked, [one.path for one in point.asked[1:]]) == (state, [0, int(state != "sent"), 0], ["/status/a%2Fb%3Fc"])
    assert point.asked[1].headers["authorization"] == SECRET


def test_i4_it_is_not_asked_for_ever(cast, buyer):
    with an_access_point((200, '{"data": {"id": 7}}'), *[(200, "{}")] * 60) as point:
        polled(point)
        documented(buyer, cast.fia)
        sending.send_due(NOON)

        for day in range(30):
            following.ask_due(NOON + day * LATER)

    assert (Transmission.objects.get().due_at, 10 < len(point.asked) < 20) == (None, True)


def test_i4_only_finance_sends_and_only_what_is_issued(cast, buyer):
    invoice = documented(buyer, cast.fia)

    for person in (buyer.approver, cast.max, cast.ada, cast.tessa.person):
        with pytest.raises(NotAllowed):
            queueing.send(invoice, TransmissionChannel.MAIL, address="x@y.example", by=person, at=NOON, cause="c")
    with pytest.raises(IntegrityError), transaction.atomic():
        Transmission.objects.create(invoice=a_draft(buyer), channel="mail", cause="d", queued_at=NOON, due_at=NOON)


def test_i4_what_was_done_with_it_stays(cast, buyer):
    with an_access_point((400, "no")) as point:
        connected(point)
        documented(buyer, cast.fia)
        rows = Transmission.objects.all()
        for change in ({"key": "x"}, {"recipients": ["x"]}, {"state": "sent"}, {"state": "failed"}, {"state": "queued", "due_at": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)
        sending.send_due(NOON)

    assert rows.get().state == TransmissionState.FAILED
    for act in (lambda: rows.update(answer="yes"), rows.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
