"""Accepting and declining an estimate, and the second approver above a limit (rules D1 to D3; People)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clients.models import MemberRole, Membership
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from delivery import acceptance, answerable, life
from delivery.acceptance import DocumentDiffers, FirstYesDiffers, NoSecondApprover, ReferenceTooLong, SecondApproverNeeded
from delivery.answerable import AlreadyAccepted, AlreadyDeclined, EstimateExpired, EstimateReplaced, EstimateTakenBack
from delivery.estimates import Line
from delivery.models import Acceptance, DeliveryTask, EstimateState, LineKind, PaysWith, TaskEventKind, TaskState
from notices.models import Notice
from tests.approving import a_deputy, a_member, an_approver, limited
from tests.cast import NOON, at_stockholm
from tests.delivery.answering import an_answer, change, figures, offered, on_credit, told, yes
from tests.delivery.scene import a_draft, a_task, delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
UNTOUCHED = ("offered", "offered", Decimal(0), Decimal(0))
THREE_FIXED = Line(LineKind.FIXED, "Licence", Decimal(1), Decimal(3000))
FIVE_HOURS = Line(LineKind.HOURS, "Set up", Decimal(5), Decimal(1200))


@pytest.fixture(autouse=True)
def terms(acme):
    return delivery_terms()


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme)


def events(estimate, kind):
    return list(estimate.task.events.filter(kind=kind))


def test_d1_an_acceptance_keeps_who_when_from_where_and_the_exact_document_and_sum(acme, estimate):
    given = yes(estimate, acme.approver, order_reference=" PO 7 ")

    kept = Acceptance.objects.get()
    document = estimate.documents.get(language="en")
    assert given == kept
    assert (kept.person, kept.at, kept.way, kept.address, kept.completed_at) == (acme.approver, NOON, "page", "192.0.2.7", NOON)
    assert (kept.document, kept.digest, kept.order_reference, kept.pays_with) == (document, document.digest, "PO 7", PaysWith.INVOICE)
    assert (kept.currency, kept.net, kept.vat, kept.total) == ("SEK", Decimal(24000), Decimal(6000), Decimal(30000))


def test_d2_an_accepted_cost_hands_the_task_to_the_delivery_department_and_everybody_is_told(acme, estimate):
    yes(estimate, acme.approver)

    assert figures(estimate) == ("accepted", "ready", Decimal(24000), Decimal(24000))
    estimate.refresh_from_db()
    assert (estimate.closed_at, estimate.closed_by) == (NOON, acme.approver)
    (event,) = events(estimate, TaskEventKind.ACCEPTED)
    assert (event.by, event.at, event.facts["net"], event.facts["digest"]) == (
        acme.approver,
        NOON,
        "24000.00",
        Acceptance.objects.get().digest,
    )
    assert told("Cost accepted") == ["max", "rolf"]
    body = Notice.objects.filter(subject__startswith="Cost accepted").first().body.replace("\xa0", " ")
    assert "Anna Testsson has accepted the cost: SEK 24,000.00 without VAT, SEK 30,000.00 with VAT." in body


@pytest.mark.parametrize(("basis", "workable"), [("ceiling", 6000), ("running", 6000), ("fixed", 9000)])
def test_d3_fixed_sums_are_not_for_time_unless_the_price_is_fixed(cast, acme, basis, workable):
    estimate = offered(cast, acme, FIVE_HOURS, THREE_FIXED, basis=basis)

    yes(estimate, acme.approver)

    assert figures(estimate) == ("accepted", "ready", Decimal(9000), Decimal(workable))


def test_d3_a_change_adds_to_what_is_accepted_leaves_the_task_in_its_state_and_clears_the_warning(cast, acme):
    estimate = change(cast, acme, FIVE_HOURS)
    DeliveryTask.objects.update(warned_at=NOON)

    yes(estimate, acme.approver)

    assert figures(estimate) == ("accepted", "ready", Decimal(30000), Decimal(30000))
    assert DeliveryTask.objects.get().warned_at is None


def test_d3_a_change_of_a_task_that_is_over_is_refused(cast, acme):
    estimate = change(cast, acme, FIVE_HOURS)
    DeliveryTask.objects.update(state=TaskState.WITHDRAWN, closed_at=NOON)

    with pytest.raises(life.TaskMovedOn):
        yes(estimate, acme.approver)

    assert Acceptance.objects.filter(estimate=estimate).count() == 0


def test_d1_only_the_document_that_is_kept_can_be_accepted(acme, estimate):
    for answer in ({"digest": "0" * 64}, {"digest": estimate.documents.get(language="sv").digest}, {"language": "sv", "digest": "1" * 64}):
        with pytest.raises(DocumentDiffers):
            yes(estimate, acme.approver, **answer)

    assert (figures(estimate), Acceptance.objects.count()) == (UNTOUCHED, 0)


def test_d1_the_document_of_another_estimate_is_not_this_one(cast, acme, estimate):
    other = offered(cast, acme)

    with pytest.raises(DocumentDiffers):
        yes(estimate, acme.approver, digest=other.documents.get(language="en").digest)


def test_d1_nobody_but_an_approver_of_the_client_accepts_or_declines(cast, acme, borealis, estimate):
    others = [acme.requester, borealis.approver, cast.max, cast.tessa.person, cast.fia, cast.ada]

    for person in others:
        with pytest.raises(NotAllowed):
            yes(estimate, person)
        with pytest.raises(NotAllowed):
            acceptance.decline(estimate, "Too dear", by=person, at=NOON)

    assert (figures(estimate), Acceptance.objects.count()) == (UNTOUCHED, 0)


def test_an_approver_who_has_left_accepts_nothing(acme, estimate):
    acme.approver.is_active = False

    with pytest.raises(NotAllowed):
        yes(estimate, acme.approver)


def test_the_deputy_of_an_approver_accepts_in_their_right(acme, estimate):
    a_deputy(acme, acme.requester)

    given = yes(estimate, acme.requester)

    assert (given.person, figures(estimate)[0]) == (acme.requester, "accepted")


def test_d1_accepting_twice_is_harmless_and_another_approver_hears_who_was_first(acme, dora, estimate):
    first = yes(estimate, acme.approver)

    again = yes(estimate, acme.approver, at=LATER)
    with pytest.raises(AlreadyAccepted) as refused:
        yes(estimate, dora, at=LATER)

    assert (again, Acceptance.objects.count(), len(events(estimate, TaskEventKind.ACCEPTED))) == (first, 1, 1)
    assert str(refused.value) == "Anna Testsson accepted this estimate on Wed 18 Nov 11:00. Nothing more was changed."
    assert figures(estimate) == ("accepted", "ready", Decimal(24000), Decimal(24000))


@pytest.mark.parametrize(
    ("state", "refusal", "said"),
    [
        ("superseded", EstimateReplaced, "replaced by a new one on Wed 18 Nov 11:00"),
        ("withdrawn", EstimateTakenBack, "Max Testsson took this estimate back on Wed 18 Nov 11:00"),
        ("expired", EstimateExpired, "was valid until Fri 18 Dec and has expired"),
    ],
)
def test_d1_what_is_over_is_neither_accepted_nor_declined_and_says_what_happened(cast, acme, estimate, state, refusal, said):
    life.step_estimate(estimate, to=EstimateState(state), closed_at=NOON, closed_by=cast.max)

    with pytest.raises(refusal, match=said):
        yes(estimate, acme.approver, at=LATER)
    with pytest.raises(refusal):
        acceptance.decline(estimate, "Too late", by=acme.approver, at=LATER)

    assert Acceptance.objects.count() == 0


def test_d1_an_estimate_expires_with_its_last_local_day_also_where_no_job_ran(cast, acme):
    on_the_day, after = offered(cast, acme), offered(cast, acme)
    last_second, midnight = at_stockholm(2026, 12, 18, 23, 59, 59), at_stockholm(2026, 12, 19)

    yes(on_the_day, acme.approver, at=last_second)
    with pytest.raises(EstimateExpired):
        yes(after, acme.approver, at=midnight)
    with pytest.raises(EstimateExpired):
        acceptance.decline(after, "Too late", by=acme.approver, at=midnight)

    assert (figures(on_the_day)[0], figures(after)[0]) == ("accepted", "offered")


def test_d1_what_the_client_has_not_got_is_not_accepted(cast, acme):
    draft = a_draft(a_task(acme, cast.tessa.person), cast.tessa.person)

    with pytest.raises(answerable.NotOffered):
        acceptance.accept(draft, an_answer(draft, digest="0" * 64), by=acme.approver, at=NOON)


def test_an_order_reference_that_does_not_fit_is_refused(acme, estimate):
    with pytest.raises(ReferenceTooLong):
        yes(estimate, acme.approver, order_reference="7" * 81)

    assert Acceptance.objects.count() == 0


def test_d2_a_declined_first_estimate_closes_the_task_and_everybody_is_told(acme, dora, estimate):
    acceptance.decline(estimate, "Too dear", by=acme.approver, at=NOON)

    assert figures(estimate) == ("declined", "declined", Decimal(0), Decimal(0))
    estimate.refresh_from_db()
    assert (estimate.closed_by, estimate.closing_reason, estimate.task.closed_at) == (acme.approver, "Too dear", NOON)
    assert [event.reason for event in events(estimate, TaskEventKind.DECLINED)] == ["Too dear"]
    assert told("Cost declined") == ["dora", "max", "rolf"]


def test_d3_a_declined_change_leaves_the_task_as_it_was(cast, acme):
    estimate = change(cast, acme, FIVE_HOURS)

    acceptance.decline(estimate, "Not now", by=acme.approver, at=NOON)

    assert figures(estimate) == ("declined", "ready", Decimal(24000), Decimal(24000))
    assert "work goes on within it" in Notice.objects.filter(subject__startswith="Cost declined").first().body


def test_d2_declining_takes_a_reason_and_twice_is_harmless(acme, dora, estimate):
    with pytest.raises(ReasonMissing):
        acceptance.decline(estimate, " \0", by=acme.approver, at=NOON)
    assert figures(estimate) == UNTOUCHED

    for _ in range(2):
        acceptance.decline(estimate, "Too dear", by=acme.approver, at=NOON)
    with pytest.raises(AlreadyDeclined, match="Anna Testsson declined this estimate"):
        acceptance.decline(estimate, "Too dear", by=dora, at=LATER)
    with pytest.raises(AlreadyDeclined):
        yes(estimate, dora, at=LATER)

    assert len(events(estimate, TaskEventKind.DECLINED)) == 1


def test_above_the_limit_the_first_yes_is_kept_and_others_are_asked(acme, dora, estimate):
    limited(acme, 23_999)

    given = yes(estimate, acme.approver)

    assert (given.completed_at, figures(estimate)) == (None, UNTOUCHED)
    assert [event.by for event in events(estimate, TaskEventKind.ACCEPTED_FIRST)] == [acme.approver]
    assert (told("A second yes"), told("Cost accepted")) == (["dora"], [])
    assert yes(estimate, acme.approver, at=LATER) == given
    assert len(events(estimate, TaskEventKind.ACCEPTED_FIRST)) == 1


def test_the_second_approver_completes_whatever_their_own_limit(acme, estimate):
    limited(acme, 0)
    dora = an_approver(acme, "Dora", limit=0)
    yes(estimate, acme.approver)

    given = yes(estimate, dora, at=LATER)

    assert (given.person, given.second, given.second_at, given.second_way, given.second_address) == (
        acme.approver, dora, LATER, "page", "192.0.2.7",
    )  # fmt: skip
    assert (given.completed_at, figures(estimate)) == (LATER, ("accepted", "ready", Decimal(24000), Decimal(24000)))
    assert told("Cost accepted") == ["anna", "max", "rolf"]
    assert yes(estimate, dora, at=LATER) == yes(estimate, acme.approver, at=LATER) == given


def test_an_approver_and_their_deputy_are_one_voice(acme, dora, estimate):
    limited(acme, 0)
    a_deputy(acme, acme.requester)
    yes(estimate, acme.approver)

    with pytest.raises(SecondApproverNeeded):
        yes(estimate, acme.requester, at=LATER)

    assert (figures(estimate), Acceptance.objects.get().second) == (UNTOUCHED, None)


def test_with_nobody_who_could_be_the_second_nothing_is_kept(acme, estimate):
    limited(acme, 0)

    with pytest.raises(NoSecondApprover):
        yes(estimate, acme.approver)

    assert (Acceptance.objects.count(), estimate.task.events.filter(kind="accepted_first").count()) == (0, 0)


def test_a_raised_limit_lets_the_first_complete_it_alone(acme, dora, estimate):
    limited(acme, 0)
    yes(estimate, acme.approver)
    limited(acme, None)

    given = yes(estimate, acme.approver, at=LATER)

    assert (given.second, given.completed_at, figures(estimate)[1]) == (None, LATER, "ready")


def test_a_first_yes_counts_also_where_its_role_was_lost_since(acme, dora, estimate):
    limited(acme, 0)
    yes(estimate, acme.approver)
    Membership.objects.filter(person=acme.approver).update(role="requester")

    assert yes(estimate, dora, at=LATER).completed_at == LATER


def test_the_second_agrees_to_the_document_and_the_payment_of_the_first(acme, dora, estimate):
    limited(acme, 0)
    yes(estimate, acme.approver)

    with pytest.raises(DocumentDiffers):
        yes(estimate, dora, language="sv")
    with pytest.raises(FirstYesDiffers):
        yes(estimate, dora, **on_credit(acme.account, 1200))

    assert (figures(estimate), Acceptance.objects.get().second) == (UNTOUCHED, None)


def test_d1_the_second_approver_may_decline_what_the_first_accepted(acme, dora, estimate):
    limited(acme, 0)
    yes(estimate, acme.approver)

    acceptance.decline(estimate, "Too dear", by=dora, at=LATER)

    assert (figures(estimate)[:2], Acceptance.objects.get().completed_at) == (("declined", "declined"), None)
    assert told("Cost declined") == ["anna", "max", "rolf"]


def test_d1_a_complete_acceptance_never_changes_whoever_writes(acme, estimate):
    yes(estimate, acme.approver)

    for act in (
        lambda: Acceptance.objects.update(net=1),
        lambda: Acceptance.objects.all().delete(),
        lambda: Acceptance.objects.update(order_reference="another"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_a_member_who_became_an_approver_after_it_was_sent_accepts_it(acme, estimate):
    late = a_member(acme, "Lars", role=MemberRole.APPROVER)

    assert yes(estimate, late, language="sv").document.language == "sv"
