"""What was decided about similar cases of the same organisation is shown to who judges (rule T2)."""

import pytest

from cases import hints, triage
from cases.models import DeliveryGround
from cases.triage import Judgement
from tests.cases.judged import a_service
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, at_stockholm

pytestmark = pytest.mark.django_db
LATER = at_stockholm(2026, 11, 23, 9)


@pytest.fixture
def disa(acme):
    bind(acme, a_plan())
    return a_dispatcher()


def judged(client, by, subject, **fields):
    case = a_case(client, subject=subject, **fields)
    judgement = Judgement(DeliveryGround.CONFIGURATION, "It is a change.")
    triage.close_as_delivery(case, judgement, by=by, at=LATER, cause=f"t:{case.pk}")
    return case


def found(case):
    return [(hint.decision.case, hint.shared, hint.points) for hint in hints.hints(case)]


def test_t2_cases_whose_subjects_share_words_are_alike_the_most_alike_first(acme, disa):
    near = judged(acme, disa, "Sign-on for the new intranet")
    nearest = judged(acme, disa, "Add sign-on for the intranet portal")
    judged(acme, disa, "The printer is slow")

    case = a_case(acme, subject="Please add sign-on for the intranet")

    assert found(case) == [(nearest, ("add", "intranet", "sign"), 3), (near, ("intranet", "sign"), 2)]


def test_t2_the_same_agreed_service_counts_as_two_words(acme, disa):
    service = a_service(acme)
    same = judged(acme, disa, "Something else", service=service)

    assert found(a_case(acme, subject="Users are missing", service=service)) == [(same, (), 2)]


def test_t2_other_organisations_and_words_that_say_nothing_are_left_out(acme, borealis, disa):
    judged(borealis, disa, "Add sign-on for the intranet")
    judged(acme, disa, "The export for the archive")

    assert found(a_case(acme, subject="Add sign-on for the intranet")) == []


def test_t2_of_a_case_that_was_judged_twice_the_last_judgement_is_shown_once(acme, disa):
    earlier = a_case(acme, subject="Add sign-on for the intranet")
    triage.call_support(earlier, note="A fault", by=disa, at=NOON)
    last = triage.call_support(earlier, note="Still a fault", by=disa, at=LATER)

    assert [hint.decision for hint in hints.hints(a_case(acme, subject="Sign-on for the intranet"))] == [last]


def test_t2_hints_take_one_query_however_many_there_are(acme, disa, django_assert_num_queries):
    for number in range(5):
        judged(acme, disa, f"Sign-on for the intranet {number}")
    case = a_case(acme, subject="Sign-on for the intranet")

    with django_assert_num_queries(1):
        shown = [(str(hint.decision.case), str(hint.decision.decided_by), hint.decision.service) for hint in hints.hints(case)]

    assert len(shown) == 3


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("Lägg till enkel inloggning", "Enkel INLOGGNING för intranätet", ("enkel", "inloggning")),
        ("The export for us", "The import for us", ()),
        ("", "Anything", ()),
    ],
)
def test_t2_words_are_compared_without_case_and_without_small_words(db, one, other, shared):
    assert hints.shared_words(one, other) == shared
