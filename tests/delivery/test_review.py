"""An estimate is reviewed before the client sees it, never by who wrote it; above a sum by two (rule D1)."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from clients.models import StaffDuty, StaffRole
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from delivery import estimates, life, links, review
from delivery.models import Estimate, EstimateState, TaskEventKind, TaskState
from notices.models import Notice
from tests.cast import NOON, a_colleague
from tests.delivery.reviewing import another_manager, handed_in, limits
from tests.delivery.scene import A_DAY, TWENTY_HOURS, a_draft, a_task, a_working, delivery_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms(cast):
    return delivery_terms()


@pytest.fixture
def tessa(cast):
    return cast.tessa.person


@pytest.fixture
def dan(acme):
    """The deputy account manager of Acme."""
    deputy = a_colleague("Dan", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = deputy
    acme.organisation.save()
    return deputy


def stands(estimate):
    """The states of the estimate and of its task, and who has approved what was handed in."""
    current = Estimate.objects.select_related("task").get(pk=estimate.pk)
    return current.state, current.task.state, [approval.person for approval in current.approvals.select_related("person").order_by("pk")]


def told(estimate, subject):
    found = Notice.objects.filter(cause__startswith=f"task:{estimate.task_id}:", subject__contains=subject)
    return sorted(found.values_list("address", flat=True))


def test_d1_approved_by_the_account_manager_the_client_has_it(cast, acme, tessa):
    estimate = handed_in(cast, acme)

    approved = review.approve(estimate, by=cast.max, at=NOON + A_DAY)

    assert (approved.state, approved.offered_at, approved.task.state) == (EstimateState.OFFERED, NOON + A_DAY, TaskState.OFFERED)
    assert sorted(approved.documents.values_list("language", flat=True)) == ["en", "sv"]
    assert told(estimate, "for you to answer") == ["anna@acme.example"]
    assert told(estimate, "The client has estimate") == ["tessa@provider.example"]
    kinds = list(approved.task.events.order_by("pk").values_list("kind", "internal"))
    assert kinds[-2:] == [(TaskEventKind.APPROVED, True), (TaskEventKind.OFFERED, False)]


def test_d1_the_mail_names_the_sum_how_long_it_is_valid_and_what_to_do(cast, acme):
    estimate = review.approve(handed_in(cast, acme), by=cast.max, at=NOON)

    body = Notice.objects.get(address=acme.approver.email, cause__contains="offered").body.replace("\xa0", " ")

    for said in (
        "SEK 24,000.00 without VAT, SEK 30,000.00 to pay.",
        "Ceiling: what is used, at most this.",
        "You can accept or decline it until and including Fri 18 Dec.",
        links.url_for(estimate, acme.approver),
        "Your account manager Max Testsson, max@provider.example, answers questions about it.",
    ):
        assert said in body


def test_d1_approving_twice_is_harmless(cast, acme):
    estimate = review.approve(handed_in(cast, acme), by=cast.max, at=NOON)

    again = review.approve(estimate, by=cast.max, at=NOON + A_DAY)

    assert (again.state, again.offered_at) == (EstimateState.OFFERED, NOON)
    assert stands(estimate)[2] == [cast.max]
    assert Notice.objects.filter(cause__contains="offered").count() == 1


def test_d1_the_deputy_approves_as_well(cast, acme, dan):
    assert review.approve(handed_in(cast, acme), by=dan, at=NOON).state == EstimateState.OFFERED


@pytest.mark.parametrize("verb", ["approve", "give_back"])
def test_d1_nobody_reviews_what_they_wrote_or_handed_in(cast, acme, dan, verb):
    wrote = handed_in(cast, acme, by=cast.max)
    handed = estimates.submit(a_draft(a_task(acme, cast.max), dan), by=cast.max, at=NOON)
    said = {"reason": "Mine"} if verb == "give_back" else {}

    for estimate, person in ((wrote, cast.max), (handed, cast.max), (handed, dan)):
        with pytest.raises(review.OwnEstimate):
            getattr(review, verb)(estimate, by=person, at=NOON, **said)

    assert [stands(estimate) for estimate in (wrote, handed)] == [(EstimateState.REVIEWING, TaskState.REVIEWING, [])] * 2


def test_d1_who_wrote_in_somebody_elses_draft_is_an_author_of_it_too(cast, acme, dan, tessa):
    limits(cast.max, passes_below=50_000)
    draft = a_draft(a_task(acme, tessa), tessa)
    for _ in range(2):
        estimates.write(draft, estimates.Content([TWENTY_HOURS]), by=cast.max, at=NOON)
    estimates.submit(draft, by=tessa, at=NOON)

    with pytest.raises(review.OwnEstimate):
        review.approve(draft, by=cast.max, at=NOON)

    assert stands(draft) == (EstimateState.REVIEWING, TaskState.REVIEWING, [])
    assert draft.task.events.filter(kind=TaskEventKind.ESTIMATED, by=cast.max).count() == 1
    assert (review.waiting_for(cast.max), review.waiting_for(dan)) == ([], [draft])


def test_d1_the_list_of_what_waits_asks_no_more_for_many_than_for_one(cast, acme, django_assert_max_num_queries):
    for _ in range(3):
        handed_in(cast, acme)

    with django_assert_max_num_queries(5):
        assert len(review.waiting_for(cast.max)) == 3


def test_d1_where_the_author_is_the_only_manager_a_colleague_with_the_duty_approves(cast, acme):
    mona = another_manager()
    estimate = handed_in(cast, acme, by=cast.max)

    assert review.awaited(estimate) == [mona]
    assert told(estimate, "waits for your approval") == ["mona@provider.example"]
    assert review.approve(estimate, by=mona, at=NOON).state == EstimateState.OFFERED


def test_d1_a_colleague_with_the_duty_does_not_approve_for_anothers_client(cast, acme):
    mona = another_manager()
    estimate = handed_in(cast, acme)

    with pytest.raises(NotAllowed):
        review.approve(estimate, by=mona, at=NOON)

    assert review.awaited(estimate) == [cast.max]


def test_d1_where_nobody_else_has_the_duty_nobody_is_waited_for(cast, acme):
    assert review.awaited(handed_in(cast, acme, by=cast.max)) == []


def test_d1_above_a_sum_a_second_account_manager_approves_too(cast, acme):
    mona, lone = another_manager(), limits(cast.max, second_above=23_999)
    estimate = handed_in(cast, acme)

    first = review.approve(estimate, by=cast.max, at=NOON)
    waits = stands(estimate)
    review.approve(estimate, by=cast.max, at=NOON)
    second = review.approve(estimate, by=mona, at=NOON + A_DAY)

    assert (first.state, lone.second_above) == (EstimateState.REVIEWING, Decimal(23_999))
    assert waits == (EstimateState.REVIEWING, TaskState.REVIEWING, [cast.max])
    assert told(estimate, "waits for your approval") == ["max@provider.example", "mona@provider.example"]
    assert (second.state, stands(estimate)[2]) == (EstimateState.OFFERED, [cast.max, mona])


def test_d1_exactly_the_sum_takes_one(cast, acme):
    limits(cast.max, second_above=24_000)

    assert review.approve(handed_in(cast, acme), by=cast.max, at=NOON).state == EstimateState.OFFERED


def test_d1_the_providers_sum_holds_where_the_manager_has_chosen_none(cast, acme, terms):
    terms.second_above = Decimal(20_000)
    terms.save()

    assert review.approve(handed_in(cast, acme), by=cast.max, at=NOON).state == EstimateState.REVIEWING


def test_d1_the_second_never_wrote_it_and_what_was_given_back_is_approved_anew_by_both(cast, acme, dan, tessa):
    limits(cast.max, second_above=1)
    estimate = handed_in(cast, acme, by=dan)
    review.approve(estimate, by=cast.max, at=NOON)

    with pytest.raises(review.OwnEstimate):
        review.approve(estimate, by=dan, at=NOON)
    review.give_back(estimate, reason="I misread it", by=cast.max, at=NOON)
    estimates.submit(estimate, by=dan, at=NOON)

    assert review.awaited(Estimate.objects.get(pk=estimate.pk)) == [cast.max]
    assert review.approve(estimate, by=cast.max, at=NOON).state == EstimateState.REVIEWING


def test_d1_given_back_it_is_a_draft_again_and_the_author_reads_why(cast, acme, tessa):
    estimate = handed_in(cast, acme)

    back = review.give_back(estimate, reason=" The visit is missing ", by=cast.max, at=NOON)

    assert (back.state, back.task.state) == (EstimateState.DRAFT, TaskState.ESTIMATING)
    event = back.task.events.get(kind=TaskEventKind.RETURNED)
    assert (event.reason, event.by, event.internal) == ("The visit is missing", cast.max, True)
    notice = Notice.objects.get(address=tessa.email, subject__contains="was given back")
    assert "The visit is missing" in notice.body
    assert reverse("desk-delivery-estimate", args=[back.pk]) in notice.body
    again = estimates.submit(back, by=tessa, at=NOON)
    assert (again.state, again.submission) == (EstimateState.REVIEWING, 2)


def test_d1_giving_back_takes_a_reason(cast, acme):
    estimate = handed_in(cast, acme)

    with pytest.raises(ReasonMissing):
        review.give_back(estimate, reason="\n", by=cast.max, at=NOON)

    assert stands(estimate)[0] == EstimateState.REVIEWING


def test_d1_what_its_reader_did_not_read_is_not_approved(cast, acme, tessa):
    estimate = handed_in(cast, acme)
    review.give_back(estimate, reason="More", by=cast.max, at=NOON)
    estimates.write(estimate, estimates.Content([TWENTY_HOURS, TWENTY_HOURS]), by=tessa, at=NOON)
    estimates.submit(estimate, by=tessa, at=NOON)

    with pytest.raises(life.EstimateMovedOn):
        review.approve(estimate, by=cast.max, at=NOON, submission=1)

    assert stands(estimate) == (EstimateState.REVIEWING, TaskState.REVIEWING, [])
    assert review.approve(estimate, by=cast.max, at=NOON, submission=2).net == Decimal(48_000)


@pytest.mark.parametrize("verb", ["approve", "give_back"])
def test_d1_a_draft_or_what_was_taken_back_is_not_reviewed(cast, acme, tessa, verb):
    draft, taken = a_draft(a_task(acme, tessa), tessa), handed_in(cast, acme)
    estimates.withdraw(taken, reason="Wrong", by=tessa, at=NOON)
    said = {"reason": "No"} if verb == "give_back" else {}

    for estimate in (draft, taken):
        with pytest.raises(life.EstimateMovedOn):
            getattr(review, verb)(estimate, by=cast.max, at=NOON, **said)


def test_d1_an_estimate_whose_last_day_has_passed_is_not_approved(cast, acme):
    estimate = handed_in(cast, acme, valid_until=NOON.date())

    with pytest.raises(review.ValidityPassed):
        review.approve(estimate, by=cast.max, at=NOON + A_DAY)

    assert stands(estimate) == (EstimateState.REVIEWING, TaskState.REVIEWING, [])
    assert not estimate.documents.exists()
    assert review.approve(estimate, by=cast.max, at=NOON).state == EstimateState.OFFERED


@pytest.mark.parametrize(("below", "state"), [(24_000, EstimateState.OFFERED), (23_999, EstimateState.REVIEWING)])
def test_d1_up_to_the_managers_own_sum_what_somebody_else_wrote_passes_by_itself(cast, acme, below, state):
    limits(cast.max, passes_below=below)

    estimate = handed_in(cast, acme)

    assert stands(estimate)[0] == state
    assert stands(estimate)[2] == []
    assert estimate.task.events.filter(kind=TaskEventKind.PASSED, by=None).exists() == (state == EstimateState.OFFERED)
    assert told(estimate, "waits for your approval") == ([] if state == EstimateState.OFFERED else ["max@provider.example"])
    assert told(estimate, "for you to answer") == (["anna@acme.example"] if state == EstimateState.OFFERED else [])


def test_d1_what_passes_by_itself_has_its_documents(cast, acme):
    limits(cast.max, passes_below=50_000)

    assert sorted(handed_in(cast, acme).documents.values_list("language", flat=True)) == ["en", "sv"]


def test_d1_the_managers_own_estimate_never_passes_by_itself(cast, acme, tessa):
    limits(cast.max, passes_below=50_000)
    another_manager()
    handed_by_max = estimates.submit(a_draft(a_task(acme, tessa), tessa), by=cast.max, at=NOON)

    assert stands(handed_in(cast, acme, by=cast.max))[0] == EstimateState.REVIEWING
    assert stands(handed_by_max)[0] == EstimateState.REVIEWING


def test_d1_what_takes_two_never_passes_by_itself(cast, acme):
    limits(cast.max, passes_below=50_000, second_above=20_000)

    assert stands(handed_in(cast, acme))[0] == EstimateState.REVIEWING


@pytest.mark.parametrize("lost", ["duty", "account"])
def test_d1_nothing_passes_by_the_choice_of_a_manager_who_is_none_any_more(cast, acme, lost):
    limits(cast.max, passes_below=50_000)
    if lost == "duty":
        StaffRole.objects.filter(person=cast.max).delete()
    else:
        cast.max.is_active = False
        cast.max.save()

    assert stands(handed_in(cast, acme))[0] == EstimateState.REVIEWING


def test_d3_a_change_estimate_is_approved_the_same_way_and_work_goes_on(cast, acme, tessa):
    task = a_working(cast, acme)
    change = estimates.submit(a_draft(task, tessa), by=tessa, at=NOON)

    approved = review.approve(change, by=cast.max, at=NOON)

    assert (approved.state, approved.task.state) == (EstimateState.OFFERED, TaskState.WORKING)
    assert told(change, "Change estimate") == ["anna@acme.example"]


def test_d3_more_is_not_asked_for_once_the_work_is_done(cast, acme, tessa):
    task = a_working(cast, acme)
    reviewed = estimates.submit(a_draft(task, tessa), by=tessa, at=NOON)
    life.step(reviewed.task, to=TaskState.DONE, at=NOON)

    with pytest.raises(life.TaskMovedOn):
        review.approve(reviewed, by=cast.max, at=NOON)
    back = review.give_back(reviewed, reason="It is done", by=cast.max, at=NOON)
    with pytest.raises(life.TaskMovedOn):
        estimates.submit(back, by=tessa, at=NOON)

    assert stands(reviewed) == (EstimateState.DRAFT, TaskState.DONE, [])
    assert not reviewed.documents.exists()


def test_d1_who_may_review_and_who_may_not(cast, acme, borealis, tessa):
    estimate = handed_in(cast, acme, by=cast.theo.person)
    refused = [tessa, cast.fia, cast.ada, acme.approver, acme.requester, borealis.approver, another_manager()]

    for person in refused:
        with pytest.raises(NotAllowed):
            review.approve(estimate, by=person, at=NOON)
        with pytest.raises(NotAllowed):
            review.give_back(estimate, reason="No", by=person, at=NOON)

    assert stands(estimate) == (EstimateState.REVIEWING, TaskState.REVIEWING, [])
    assert [review.waiting_for(person) for person in refused] == [[]] * len(refused)
    assert review.waiting_for(cast.max) == [estimate]


def test_d1_the_last_valid_day_is_counted_by_the_providers_date(cast, acme):
    estimate = handed_in(cast, acme)

    assert estimate.valid_until == date(2026, 12, 18)
