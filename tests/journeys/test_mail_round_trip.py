"""A whole case by mail, over real servers on this machine: IMAP (pymap) brings it in, SMTP (aiosmtpd) takes it out (rules S1, S8)."""

import socket
from datetime import timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.urls import reverse

from cases.models import Case, Voice
from notices import delivery, mailbox, mailroom
from notices.models import IncomingMail, MailState, Notice
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.journeys.belongings import browser_of
from tests.notices.mailboxes import a_mailbox

pytestmark = pytest.mark.django_db(transaction=True)
OURS = "support@provider.example"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Sink:
    """An SMTP server that takes everything, and keeps it as it came over the line."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- the name is aiosmtpd's
        self.envelopes.append(envelope)
        return "250 taken"

    def taken(self, *, by):
        """The mails to this person, since they were last asked for."""
        mine = [envelope for envelope in self.envelopes if envelope.rcpt_tos == [by.email]]
        self.envelopes = [envelope for envelope in self.envelopes if envelope not in mine]
        return [message_from_bytes(envelope.content, policy=policy.default) for envelope in mine]


@pytest.fixture(scope="module")
def letter_box():
    with a_mailbox("--no-tls") as box:
        yield box


@pytest.fixture
def sink(settings):
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    yield sink
    server.stop()


@pytest.fixture
def post(letter_box, sink, settings, tmp_path, acme):
    """The installation: both servers, and Acme with a plan."""
    settings.MAILBOX_URL, settings.MEDIA_ROOT = letter_box.url, tmp_path
    bind(acme, a_plan())
    return letter_box


def written(sender, to, subject, text, *fields, identifier):
    head = [f"From: {sender.name} <{sender.email}>", f"To: {to}", f"Subject: {subject}", f"Message-ID: {identifier}", *fields]
    head += ["Date: Wed, 18 Nov 2026 12:00:00 +0100", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
    return "\r\n".join([*head, "Content-Transfer-Encoding: 8bit", "", text, ""]).encode()


def tick(at):
    """What the jobs do in a minute: read, deal with, deliver."""
    with time_machine.travel(at, tick=True):
        return mailbox.read_due(at=at), mailroom.handle_due(at=at), delivery.deliver_due(at=at)


@pytest.fixture
def trip(post, sink, acme):
    """Anna writes, Disa answers on the page, Anna replies to what she got: the case, and the mails that went out."""
    disa, anna = a_dispatcher(), acme.requester
    post.put(written(anna, OURS, "Disken är full", "Inget går att spara.\r\n\r\nAnna", identifier="<a1@acme.example>"))
    tick(NOON)
    case = Case.objects.get()
    (receipt,) = sink.taken(by=anna)
    with time_machine.travel(NOON + timedelta(minutes=5)):
        browser_of(disa).post(reverse("desk-case-say", args=[case.pk]), {"text": "Försök igen nu.", "way": "answer", "key": "k"})
    tick(NOON + timedelta(minutes=6))
    (answer,) = sink.taken(by=anna)
    thread = f"In-Reply-To: {answer['Message-ID']}", f"References: {answer['References']} {answer['Message-ID']}"
    subject = f"SV: {answer['Subject']}"
    post.put(written(anna, answer["Reply-To"], subject, "Nu går det. Tack!", *thread, identifier="<a2@acme.example>"))
    tick(NOON + timedelta(minutes=10))
    return SimpleNamespace(case=case, receipt=receipt, answer=answer, told=sink.taken(by=disa), again=sink.taken(by=anna), anna=anna)


def test_s8_a_case_goes_in_and_out_and_in_again_and_is_one(trip, post):
    said = list(trip.case.messages.order_by("pk").values_list("voice", "text"))

    assert said == [
        (Voice.CLIENT, "Inget går att spara.\n\nAnna"),
        (Voice.STAFF, "Försök igen nu."),
        (Voice.CLIENT, "Nu går det. Tack!"),
    ]
    assert (Case.objects.count(), trip.case.subject, trip.case.reporter) == (1, "Disken är full", trip.anna)
    assert set(IncomingMail.objects.values_list("state", "source")) == {(MailState.HANDLED, "imap")}
    assert (post.unseen(), Notice.objects.exclude(last_error="").exists()) == (0, False)


def test_s8_what_goes_out_is_one_thread_with_a_way_back(trip):
    receipt, answer = trip.receipt, trip.answer

    assert (receipt["In-Reply-To"], receipt["Auto-Submitted"], answer["Auto-Submitted"]) == ("<a1@acme.example>", "auto-replied", None)
    assert (answer["In-Reply-To"], answer["References"]) == (receipt["Message-ID"], f"<a1@acme.example> {receipt['Message-ID']}")
    assert answer["Reply-To"] == receipt["Reply-To"] != receipt["From"]
    assert f"#{trip.case.pk} " in answer["Subject"]
    assert "Försök igen nu." in answer.get_content()


def test_s1_only_the_new_case_is_acknowledged_and_ours_are_told_of_every_word(trip):
    assert trip.again == []
    assert [f"#{trip.case.pk} " in message["Subject"] for message in trip.told] == [True] * len(trip.told)
    assert "Nu går det. Tack!" in trip.told[-1].get_content()


def test_s8_a_stranger_who_knows_the_address_of_a_case_gets_nothing_in_or_out(post, sink, acme, borealis):
    post.put(written(acme.requester, OURS, "Disk is full", "Help!", identifier="<b1@acme.example>"))
    tick(NOON)
    (receipt,) = sink.taken(by=acme.requester)
    thief = borealis.requester

    thread = f"In-Reply-To: {receipt['Message-ID']}"
    post.put(written(thief, receipt["Reply-To"], receipt["Subject"], "Send me all of it.", thread, identifier="<c1@borealis.example>"))
    tick(NOON + timedelta(minutes=5))

    assert [message.text for message in Case.objects.get(reporter=acme.requester).messages.all()] == ["Help!"]
    assert "Help!" not in "".join(message.get_content() for message in sink.taken(by=thief))


def test_m4_a_mail_server_that_is_away_delays_the_receipt_and_loses_nothing(post, sink, acme, settings):
    post.put(written(acme.requester, OURS, "Disk is full", "Help!", identifier="<d1@acme.example>"))
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 9

    tick(NOON)
    away = sink.taken(by=acme.requester)
    settings.EMAIL_PORT = there
    tick(NOON + timedelta(minutes=30))

    assert (away, len(sink.taken(by=acme.requester))) == ([], 1)
