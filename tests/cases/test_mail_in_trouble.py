"""Mail that means harm, or that meets what nobody thought of: no loop, no word that reaches nobody, nothing lost (rule S8)."""

from datetime import timedelta

import pytest

from cases import addresses, solutions, words
from cases.models import Case, EventKind, Message, Watcher
from cases.words import Said
from clients import domains
from clients.models import Membership
from notices import mailroom
from notices.models import MailState, Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON

DATED = "Date: Wed, 18 Nov 2026 13:00:00 +0100"
ROUNDS = 30


def a_mail(*more, sender="rolf@acme.example", subject="Users are gone", to="support@provider.example", number=1, body="All of them."):
    fields = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <m{number}@acme.example>", *more, "", body]
    return "\r\n".join(fields).encode() + b"\r\n"


@pytest.fixture
def comes_in(cast, acme):
    bind(acme, a_plan())

    def come_in(raw):
        row = mailroom.receive(raw=raw, source="pipe", at=NOON)
        mailroom.handle_due(at=NOON)
        row.refresh_from_db()
        return row

    return come_in


def everybody_reacts(to, reacts):
    """How many mails `to` got until nothing moved, or after thirty rounds, where `reacts` makes a mail of each."""
    heard = set()
    for _ in range(ROUNDS):
        fresh = [notice for notice in Notice.objects.filter(address__in=to).order_by("pk") if notice.pk not in heard]
        if not fresh:
            break
        for notice in fresh:
            heard.add(notice.pk)
            mailroom.receive(raw=reacts(notice), source="pipe", at=NOON)
        mailroom.handle_due(at=NOON)
    return len(heard)


def a_bounce(notice):
    parts = ["--b", "Content-Type: message/delivery-status", "", "Action: failed", "Status: 5.1.1", "", "--b"]
    parts += ["Content-Type: text/rfc822-headers", "", f"Message-ID: {notice.message_id}", "", "--b--"]
    head = ["Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Return-Path: <>"]
    return a_mail(*head, sender="MAILER-DAEMON@mx.example", number=f"bounce{notice.pk}", body="\r\n".join(parts))


def test_s8_sec7_two_mailboxes_of_ours_that_take_nothing_come_to_rest(comes_in, acme):
    ours = [a_dispatcher("Disa").email, a_dispatcher("Dora").email]
    case = a_case(acme)

    assert everybody_reacts(ours, a_bounce) == 4  # the new case, twice; and of each of them the other is told

    assert case.events.filter(kind=EventKind.BOUNCED).count() == 4


def test_s8_a_word_to_somebody_who_has_left_us_reaches_the_dispatchers(comes_in, acme):
    disa, dora, case = a_dispatcher("Disa"), a_dispatcher("Dora"), a_case(acme)
    words.answer(case, Said("Try again."), by=disa, at=NOON, cause="answer")
    disa.is_active = False
    disa.save()

    comes_in(a_mail(to=addresses.address_of(case)))

    word = case.messages.get(mail__isnull=False)
    assert [notice.person for notice in Notice.objects.filter(cause=f"case:{case.pk}:message:{word.pk}")] == [dora]


def test_s8_an_answer_to_somebody_who_has_left_the_client_reaches_its_approver(comes_in, acme):
    case = a_case(acme)
    Membership.objects.filter(person=acme.requester).delete()

    said = words.answer(case, Said("Try again."), by=a_dispatcher(), at=NOON, cause="answer")

    assert [notice.person for notice in Notice.objects.filter(cause=f"case:{case.pk}:message:{said.pk}")] == [acme.approver]


def test_s8_who_only_writes_from_the_domain_uses_up_no_receipts_of_the_approver(comes_in, cast, acme):
    domains.verify(acme.organisation, "acme.example", by=cast.ada, at=NOON)
    for number in range(11):
        comes_in(a_mail(sender=f"x{number}@acme.example", number=number))

    comes_in(a_mail(sender=acme.approver.email, number=99))

    told = Notice.objects.filter(cause__endswith=":receipt", person=acme.approver)
    assert told.filter(cause=f"case:{Case.objects.latest('pk').pk}:receipt").exists()
    assert (told.count(), Notice.objects.filter(cause__endswith=":receipt:address").count()) == (11, 10)


def test_s8_sec7_two_machines_of_the_client_that_hide_come_to_rest(comes_in, acme):
    case = a_case(acme)
    Watcher.objects.create(case=case, person=acme.approver)
    words.answer(case, Said("Try again."), by=a_dispatcher(), at=NOON, cause="answer")

    def answers(notice):
        fields = {"sender": notice.address, "to": notice.reply_to, "number": notice.pk, "body": f"Away {notice.pk}"}
        return a_mail(f"In-Reply-To: {notice.message_id}", **fields)

    assert everybody_reacts([acme.requester.email, acme.approver.email], answers) < 25

    assert case.events.filter(kind=EventKind.NOTED, facts__passed_on=False).exists()


def test_s8_a_user_who_belongs_to_no_client_any_more_is_not_let_in_by_the_domain(comes_in, cast, acme):
    domains.verify(acme.organisation, "acme.example", by=cast.ada, at=NOON)
    Membership.objects.filter(person=acme.requester).delete()

    row = comes_in(a_mail())

    assert (row.state, Case.objects.count()) == (MailState.HELD, 0)


def test_s8_a_message_id_that_another_client_uses_too_leads_nobody_astray(comes_in, acme, borealis):
    case = a_case(borealis)
    comes_in(a_mail(sender=borealis.requester.email, to=addresses.address_of(case)))
    comes_in(a_mail(sender=acme.requester.email))  # the same Message-ID

    comes_in(a_mail("In-Reply-To: <m1@acme.example>", sender=borealis.approver.email, number=2))

    assert case.messages.filter(author=borealis.approver).count() == 1


def test_s8_two_mails_with_one_message_id_and_other_words_are_both_read(comes_in):
    comes_in(a_mail(DATED, body="One."))

    again = comes_in(a_mail(DATED, "X-Copy: 1", body="One.\r\n\r\nA footer of the list."))
    other = comes_in(a_mail(DATED, body="Another."))

    assert (again.state, other.state) == (MailState.IGNORED, MailState.HANDLED)
    assert sorted(Message.objects.values_list("text", flat=True)) == ["Another.", "One."]


def test_s8_staff_decide_about_each_of_two_copies(comes_in, acme, borealis, client_of):
    copies = [comes_in(a_mail(DATED, f"X-Copy: {number}", sender="eve@evil.example")) for number in range(3)]
    browser, case = client_of(a_dispatcher()), a_case(borealis)
    of_acme = f"{acme.organisation.pk}:{acme.requester.pk}"
    decisions = [{"act": "open", "reporter": of_acme}, {"act": "join", "number": case.pk}, {"act": "open", "reporter": of_acme}]

    pages = [browser.post(f"/desk/cases/mail/{copy.pk}/", said) for copy, said in zip(copies, decisions, strict=True)]

    assert [page.status_code for page in pages] == [302, 302, 302]
    assert len({page.url for page in pages}) == 3
    assert Message.objects.filter(address="eve@evil.example").count() == 3


def test_s8_sec15_who_let_a_held_mail_in_is_named(comes_in, acme, client_of):
    mails = [comes_in(a_mail(sender="eve@evil.example", number=number)) for number in range(2)]
    disa, case = a_dispatcher(), a_case(acme)

    client_of(disa).post(f"/desk/cases/mail/{mails[0].pk}/", {"act": "open", "reporter": f"{acme.organisation.pk}:{acme.requester.pk}"})
    client_of(disa).post(f"/desk/cases/mail/{mails[1].pk}/", {"act": "join", "number": case.pk})

    assert Case.objects.exclude(pk=case.pk).get().entered_by == disa
    assert case.events.get(kind=EventKind.NOTED).by == disa


@pytest.mark.parametrize(("days", "told"), [(0, "reopen it on its page until"), (31, "please report a new case")])
def test_s11_who_mails_to_a_closed_case_is_told_that_it_is_closed(comes_in, acme, days, told):
    disa = a_dispatcher("Disa")
    case = a_case(acme)
    solutions.withdraw(case, reason="It works.", by=acme.requester, at=NOON - timedelta(days=days))
    Notice.objects.all().delete()

    row = comes_in(a_mail(to=addresses.address_of(case), body="No, it does not."))

    assert row.state == MailState.HANDLED
    mine, theirs = (Notice.objects.get(person=person).body for person in (acme.requester, disa))
    assert (told in mine, "does not open it again" in theirs) == (True, True)
