"""Whether credit may be used is said by an approver, or by whoever may book (rule T3)."""

import pytest

from cases import triage
from clients.models import MemberRole, Membership
from core.errors import NotAllowed
from credits.models import CreditAccount, Spender
from delivery import consent
from tests.cases.judged import ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(acme):
    bind(acme, a_plan())
    return ask(a_case(acme), a_dispatcher())


def test_t3_an_approver_or_whoever_may_book_answers(acme, question):
    answered = consent.answer(question, agreed=True, by=acme.requester, at=NOON)

    assert (answered.agreed, answered.answered_by) == (True, acme.requester)


def test_t3_where_the_account_names_who_spends_only_they_and_approvers_answer(acme, question):
    other = a_person("Ove")
    Membership.objects.create(organisation=acme.organisation, person=other, role=MemberRole.REQUESTER)
    Spender.objects.create(account=acme.account, person=other)

    with pytest.raises(NotAllowed):
        consent.answer(question, agreed=True, by=acme.requester, at=NOON)

    people = (acme.requester, other, acme.approver)
    assert [consent.may_answer(person, acme.organisation, at=NOON) for person in people] == [False, True, True]
    assert triage.question(question.case) == question


def test_t3_without_an_account_the_approvers_answer(acme, question):
    CreditAccount.objects.all().delete()

    assert [consent.may_answer(person, acme.organisation, at=NOON) for person in (acme.requester, acme.approver)] == [False, True]


def test_t3_nobody_of_ours_or_of_another_client_answers(cast, acme, borealis, question):
    for person in (borealis.approver, cast.max, cast.tessa.person, cast.ada, cast.fia, question.decided_by):
        with pytest.raises(NotAllowed):
            consent.answer(question, agreed=True, by=person, at=NOON)

    assert triage.question(question.case) == question


def test_t3_whoever_has_left_answers_nothing(acme, question):
    acme.approver.is_active = False
    acme.approver.save()

    assert not consent.may_answer(acme.approver, acme.organisation, at=NOON)
