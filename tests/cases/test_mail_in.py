"""Mail joins its case, opens one for a sender whom we know, or is held; and no two machines write to each other (rule S8)."""

from datetime import timedelta

import pytest

from cases import addresses, words
from cases.models import Case, EventKind, Message, Voice, Watcher
from cases.words import Said
from clients import domains
from clients.models import Membership
from notices import mailroom
from notices.models import MailState, Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON

LATER = NOON + timedelta(minutes=5)


def a_mail(*more, sender="rolf@acme.example", subject="Users are gone", to="support@provider.example", number=1, body="All of them."):
    fields = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <m{number}@acme.example>", *more, "", body]
    return "\r\n".join(fields).encode() + b"\r\n"


@pytest.fixture
def comes_in(cast, acme):
    bind(acme, a_plan())

    def come_in(raw, at=NOON, handled_at=LATER):
        row = mailroom.receive(raw=raw, source="pipe", at=at)
        assert mailroom.handle_due(at=handled_at) == 1
        row.refresh_from_db()
        return row

    return come_in


def answered(case, at=LATER):
    words.answer(case, Said("Try again."), by=a_dispatcher(f"D{case.pk}"), at=at, cause=f"answer:{case.pk}")
    return Notice.objects.get(cause__contains=":message:", person=case.reporter)


def test_s8_a_known_sender_opens_a_case_whose_clock_starts_when_the_mail_reached_us(comes_in, acme):
    row = comes_in(a_mail())

    case = Case.objects.get()
    assert (row.state, row.route, row.handled_at) == (MailState.HANDLED, "case", LATER)
    assert (case.organisation, case.reporter, case.opened_via, case.opened_at) == (acme.organisation, acme.requester, "email", NOON)
    assert (case.clocks.get().started_at, case.messages.get().text) == (NOON, "All of them.")
    receipt = Notice.objects.get(cause=f"case:{case.pk}:receipt")
    assert (receipt.in_reply_to, receipt.references, receipt.by_person) == ("<m1@acme.example>", "<m1@acme.example>", False)
    assert receipt.reply_to == f"support+{case.mail_token}@provider.example"


def test_s8_an_answer_joins_by_references_address_or_signed_number(comes_in):
    comes_in(a_mail())
    case = Case.objects.get()
    notice = answered(case)

    comes_in(a_mail(f"References: <x@y> {notice.message_id}", subject="Now another subject", number=2))
    comes_in(a_mail(subject="SV: whatever", to=addresses.address_of(case), number=3))
    comes_in(a_mail(subject=f"VB: {notice.subject}", number=4))
    comes_in(a_mail("In-Reply-To: <m1@acme.example>", number=5))

    assert Case.objects.count() == 1
    assert case.messages.filter(voice=Voice.CLIENT).count() == 5


def test_s8_every_mail_of_a_case_to_one_person_is_in_one_thread(comes_in):
    comes_in(a_mail())
    case = Case.objects.get()
    receipt = Notice.objects.get(cause=f"case:{case.pk}:receipt")

    notice = answered(case)

    assert (notice.in_reply_to, notice.by_person) == (receipt.message_id, True)
    assert notice.references == f"<m1@acme.example> {receipt.message_id}"
    assert notice.subject == receipt.subject == f"{addresses.tag_of(case)} Users are gone"


@pytest.mark.parametrize("subject", ["[#{pk} aaaaaaaaaa] Hello", "[#{pk}] Hello", "{tag} Hello"])
def test_s8_a_number_of_another_client_or_a_forged_one_leads_nowhere(comes_in, acme, borealis, subject):
    case = a_case(acme)

    comes_in(a_mail(sender="rolf@borealis.example", subject=subject.format(pk=case.pk, tag=addresses.tag_of(case))))

    assert case.messages.count() == 1
    assert Case.objects.exclude(pk=case.pk).get().organisation == borealis.organisation


def test_s8_a_stranger_with_the_address_of_a_case_is_held(comes_in, acme):
    case = a_case(acme)

    row = comes_in(a_mail(sender="eve@evil.example", to=addresses.address_of(case)))

    assert (row.state, row.route, case.messages.count(), Case.objects.count()) == (MailState.HELD, "case", 1, 1)


def test_s8_the_same_mail_to_two_of_our_addresses_is_one_message(comes_in):
    comes_in(a_mail("Delivered-To: support@provider.example"))
    row = comes_in(a_mail("Delivered-To: help@provider.example"))

    assert row.state == MailState.IGNORED
    assert (Case.objects.count(), Message.objects.count()) == (1, 1)


def test_s8_what_a_machine_answers_is_noted_and_stops_there(comes_in, acme):
    case = a_case(acme)
    notice = answered(case)
    before = Notice.objects.count()

    row = comes_in(a_mail("Auto-Submitted: auto-replied", f"In-Reply-To: {notice.message_id}"))

    assert (row.state, Notice.objects.count(), case.messages.count()) == (MailState.IGNORED, before, 2)
    assert case.events.get(kind=EventKind.NOTED).internal


def test_s8_one_of_ours_who_answers_by_mail_writes_a_note(comes_in, acme):
    case, disa = a_case(acme), a_dispatcher()
    before = Notice.objects.filter(person=acme.requester).count()

    comes_in(a_mail(sender=disa.email, to=addresses.address_of(case)))

    assert case.messages.get(author=disa).voice == Voice.NOTE
    assert Notice.objects.filter(person=acme.requester).count() == before


def test_s8_a_verified_domain_counts_as_known_and_reads_nothing(comes_in, cast, acme):
    domains.verify(acme.organisation, "acme.example", by=cast.ada, at=NOON)

    comes_in(a_mail(sender="new@acme.example"))
    case = Case.objects.get()

    assert (case.reporter, case.messages.get().author, case.messages.get().address) == (acme.approver, None, "new@acme.example")
    assert [notice.cause for notice in Notice.objects.filter(address="new@acme.example")] == [f"case:{case.pk}:receipt:address"]


def test_s8_who_belongs_to_two_clients_is_asked_for(comes_in, acme, borealis):
    Membership.objects.create(organisation=borealis.organisation, person=acme.requester, role="requester")

    assert comes_in(a_mail()).state == MailState.HELD


def test_s8_ten_receipts_at_most_and_no_case_is_lost(comes_in):
    for number in range(12):
        comes_in(a_mail(number=number), at=NOON + timedelta(minutes=number), handled_at=NOON + timedelta(hours=1))

    assert Case.objects.count() == 12
    assert Notice.objects.filter(cause__endswith=":receipt").count() == 10
    assert Case.objects.filter(events__kind=EventKind.NOTED).count() == 2


def test_s8_a_mail_that_came_back_is_told_to_whoever_has_the_case(comes_in, acme):
    case = a_case(acme)
    notice = answered(case)
    parts = ["--b", "Content-Type: message/delivery-status", "", "Action: failed", "Status: 5.1.1", "", "--b"]
    parts += ["Content-Type: text/rfc822-headers", "", f"Message-ID: {notice.message_id}", "", "--b--"]
    head = ["Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Return-Path: <>"]

    row = comes_in(a_mail(*head, sender="MAILER-DAEMON@mx.example", body="\r\n".join(parts)))

    notice.refresh_from_db()
    assert (row.state, row.about, notice.bounced_at) == (MailState.HANDLED, notice, LATER)
    assert case.events.get(kind=EventKind.BOUNCED).internal
    assert Notice.objects.filter(cause__contains=":event:").exists()


def test_s8_a_watcher_of_the_client_may_answer(comes_in, acme):
    case = a_case(acme)
    Watcher.objects.create(case=case, person=acme.approver)

    comes_in(a_mail(sender="anna@acme.example", to=addresses.address_of(case)))

    assert case.messages.filter(author=acme.approver).count() == 1


def held(comes_in):
    return comes_in(a_mail(sender="eve@evil.example"))


def test_s8_a_held_mail_becomes_a_case_or_joins_one_by_hand(comes_in, acme, client_of):
    disa, case = a_dispatcher(), a_case(acme)
    mail, other = held(comes_in), comes_in(a_mail(sender="eve@evil.example", number=2))
    browser = client_of(disa)
    assert browser.get("/desk/cases/mail/").content.count(b"/desk/cases/mail/") >= 2
    chosen = f"{acme.organisation.pk}:{acme.requester.pk}"

    opened = browser.post(f"/desk/cases/mail/{mail.pk}/", {"act": "open", "reporter": chosen})
    joined = browser.post(f"/desk/cases/mail/{other.pk}/", {"act": "join", "number": case.pk})

    new = Case.objects.exclude(pk=case.pk).get()
    assert (opened.url, joined.url) == (f"/desk/cases/{new.pk}/", f"/desk/cases/{case.pk}/")
    assert (new.opened_at, new.messages.get().address, case.messages.count()) == (NOON, "eve@evil.example", 2)
    assert browser.get(f"/desk/cases/mail/{mail.pk}/").url == opened.url


def test_s8_only_who_sorts_mail_sees_what_is_held(comes_in, acme, client_of, cast):
    mail = held(comes_in)

    seen = [client_of(person).get(f"/desk/cases/mail/{mail.pk}/").status_code for person in (cast.ada, cast.tessa.person, acme.approver)]

    assert seen == [200, 404, 404]
