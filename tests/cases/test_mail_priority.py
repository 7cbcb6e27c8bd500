"""A priority that the subject of a new report begins with is chosen as if in the portal (rules S2, S3)."""

import pytest

from cases.mail_text import priority_in
from cases.models import Case, Clock
from clients import domains
from clients.models import Priority
from notices import mailroom
from notices.models import Notice
from tests.cases.mail_corpus import mail
from tests.cases.opened import a_plan, bind
from tests.cast import NOON, at_stockholm
from tests.profiles.loaded import a_client_with, load

ASKED = {
    "Priority 1: nobody can sign in": 1,
    "[Prio 2] The mail is slow": 2,
    "(prio 2) The mail is slow": 2,
    "Prioritet 1 – ingen kan logga in": 1,
    "P1: down": 1,
    "p2, the relay": 2,
    "Priority: 3. A question": 3,
    "PRIO1 - DOWN": 1,
    "Re: SV: Priority 1: again": 1,
    "[EXTERNAL] FW: P2: the relay": 2,
    "Priority 12: everything": 12,
    "P1": 1,
}
MENTIONED = [
    "Priority 1 customers cannot sign in",
    "P1.5 does not install",
    "Priority 1–3 of the list",
    "Priority 1/2: which?",
    "About priority 1: a question",
    "Prior 1: x",
    "Priority: high",
    "P100: x",
    "[#1 abcdefghij] P",
    "",
    "[" * 4000 + "a] " * 4000,
]


@pytest.mark.parametrize(("subject", "number"), ASKED.items())
def test_s2_a_subject_that_begins_with_a_priority_asks_for_it(subject, number):
    assert priority_in(subject) == number


@pytest.mark.parametrize("subject", MENTIONED)
def test_s2_a_subject_that_only_mentions_one_asks_for_none(subject):
    assert priority_in(subject) is None


def opened_by(raw):
    mailroom.receive(raw=raw, source="pipe", at=NOON)
    mailroom.handle_due(at=NOON)
    return Case.objects.get()


@pytest.fixture
def sq(db):
    load("stratiteq")
    return a_client_with("ONGOING-services")


def test_s2_asked_for_by_mail_it_stands_when_the_call_is_logged_and_the_receipt_says_so(sq):
    case = opened_by(mail(subject="Priority 1: nobody can sign in"))

    receipt = Notice.objects.get(cause=f"case:{case.pk}:receipt")
    assert (case.priority, case.priority_asked, case.subject) == (3, 1, "Priority 1: nobody can sign in")
    assert "You asked for priority 1. It stands as soon as you have also phoned us; until then it is 3." in receipt.body
    assert f"Phone +46 8 000 00 00 and name case #{case.pk}." in receipt.body
    assert case.clocks.get().due_at == at_stockholm(2026, 11, 19, 11)


def test_s2_where_no_call_is_wanted_the_priority_stands_at_once(scene_cast):
    case = opened_by(mail(subject="SV: [Prio 1] Nobody can sign in"))

    assert (case.priority, case.priority_asked, case.clocks.get().amount.total_seconds()) == (1, None, 2 * 3600)


def test_s3_a_priority_that_the_plan_does_not_have_gets_the_default(acme):
    bind(acme, a_plan())
    Priority.objects.create(number=4, name_en="Low", name_sv="Låg", definition_en="Low.", definition_sv="Låg.")

    assert [opened_by_number(number).priority for number in (4, 9, 0)] == [3, 3, 3]


def opened_by_number(number):
    mailroom.receive(raw=mail(subject=f"Priority {number}: x", identifier=f"<p{number}@acme.example>"), source="pipe", at=NOON)
    mailroom.handle_due(at=NOON)
    return Case.objects.latest("pk")


def test_s2_somebody_known_by_the_domain_only_chooses_no_priority(cast, acme):
    bind(acme, a_plan())
    domains.verify(acme.organisation, "acme.example", by=cast.max, at=NOON)

    case = opened_by(mail(subject="Priority 1: nobody can sign in", sender="lena@acme.example"))

    assert (case.priority, case.priority_asked, case.messages.get().address) == (3, None, "lena@acme.example")


def test_s5_in_an_answer_it_changes_nothing(scene_cast):
    case = opened_by(mail())

    mailroom.receive(
        raw=mail("In-Reply-To: <m1@acme.example>", subject="Priority 1: now", identifier="<m2@acme.example>"), source="pipe", at=NOON
    )
    mailroom.handle_due(at=NOON)

    case.refresh_from_db()
    assert (case.messages.count(), case.priority, case.priority_asked, Clock.objects.count()) == (2, 3, None, 1)
