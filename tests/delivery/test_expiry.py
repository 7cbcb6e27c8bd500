"""Reminders, what waits too long, and the end of an estimate (rules D1, D2; People)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clients.models import Organisation, Provider, StaffDuty
from clients.patience import Patience
from delivery import acceptance, estimates, expiry
from delivery.models import DeliveryTask, DeliveryTerms, TaskEventKind
from notices.models import Notice
from tests.approving import a_deputy, an_approver, limited
from tests.cast import NOON, a_colleague, at_stockholm
from tests.delivery.answering import change, figures, offered, told, yes
from tests.delivery.scene import a_draft, a_task, delivery_terms

pytestmark = pytest.mark.django_db
LAST_SECOND, MIDNIGHT = at_stockholm(2026, 12, 18, 23, 59, 59), at_stockholm(2026, 12, 19)
A_WEEK_BEFORE, TWO_DAYS_BEFORE = at_stockholm(2026, 12, 11), at_stockholm(2026, 12, 16)


@pytest.fixture(autouse=True)
def terms(acme):
    return delivery_terms()


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme)


def test_d1_a_first_estimate_expires_after_its_last_local_day_and_its_task_is_estimated_anew(cast, acme, estimate):
    assert expiry.expire_due(LAST_SECOND) == 0
    assert figures(estimate)[0] == "offered"

    assert (expiry.expire_due(MIDNIGHT), expiry.expire_due(MIDNIGHT)) == (1, 0)

    assert figures(estimate) == ("expired", "estimating", Decimal(0), Decimal(0))
    event = estimate.task.events.get(kind=TaskEventKind.EXPIRED)
    assert (event.by, event.at, event.facts["last_on"]) == (None, MIDNIGHT, "2026-12-18")
    assert told("Estimate expired") == ["anna", "max", "rolf"]
    assert estimates.draft(estimate.task, estimates.Content([]), by=cast.tessa.person, at=MIDNIGHT, cause="anew").number == 2


def test_d3_an_expired_change_leaves_the_task_as_it_was(cast, acme):
    estimate = change(cast, acme)

    assert expiry.expire_due(MIDNIGHT) == 1

    assert figures(estimate) == ("expired", "ready", Decimal(24000), Decimal(24000))


def test_d1_what_was_answered_does_not_expire_and_is_not_reminded_of(cast, acme):
    accepted, declined = offered(cast, acme), offered(cast, acme)
    yes(accepted, acme.approver)
    acceptance.decline(declined, "No", by=acme.approver, at=NOON)

    assert (expiry.remind_due(A_WEEK_BEFORE), expiry.expire_due(MIDNIGHT)) == (0, 0)

    assert (figures(accepted)[0], figures(declined)[0]) == ("accepted", "declined")


def test_d1_approvers_and_the_account_manager_are_reminded_once_for_each_of_the_terms_days(acme, estimate):
    an_approver(acme, "Dora")
    ticks = [A_WEEK_BEFORE - timedelta(seconds=1), A_WEEK_BEFORE, A_WEEK_BEFORE + timedelta(hours=5), TWO_DAYS_BEFORE, LAST_SECOND]

    reminded = [expiry.remind_due(at) for at in ticks]

    assert reminded == [0, 1, 0, 1, 0]
    assert told("Please answer by Fri 18 Dec") == ["anna", "anna", "dora", "dora"]
    assert told("Still no answer") == ["max", "max"]
    assert [event.facts["days"] for event in estimate.task.events.filter(kind="reminded").order_by("pk")] == [7, 2]


def test_d1_after_a_standstill_only_the_nearest_reminder_goes_out(estimate):
    assert (expiry.remind_due(LAST_SECOND), expiry.remind_due(LAST_SECOND)) == (1, 0)

    assert [event.facts["days"] for event in estimate.task.events.filter(kind="reminded")] == [2]


def test_d1_what_was_past_when_it_was_sent_is_not_made_up_for(cast, acme):
    offered(cast, acme, valid_until=at_stockholm(2026, 11, 22).date())

    assert expiry.remind_due(NOON + timedelta(hours=1)) == 0
    assert expiry.remind_due(at_stockholm(2026, 11, 20)) == 1


def test_d1_the_reminder_days_are_a_setting(estimate):
    DeliveryTerms.objects.update(reminder_days=[1])

    assert [expiry.remind_due(at) for at in (A_WEEK_BEFORE, TWO_DAYS_BEFORE, LAST_SECOND)] == [0, 0, 1]
    DeliveryTerms.objects.update(reminder_days=[])
    assert expiry.remind_due(LAST_SECOND) == 0


def test_d1_a_reminder_that_was_not_sent_yet_is_withdrawn_with_the_answer(acme, estimate):
    expiry.remind_due(A_WEEK_BEFORE)

    yes(estimate, acme.approver, at=A_WEEK_BEFORE)

    assert Notice.objects.filter(subject__startswith="Please answer by").count() == 0


def test_after_a_first_yes_only_who_can_give_the_second_is_reminded(acme, estimate):
    limited(acme, 0)
    an_approver(acme, "Dora")
    yes(estimate, acme.approver)

    expiry.remind_due(A_WEEK_BEFORE)

    assert told("Please answer by") == ["dora"]


def test_each_reminder_carries_the_readers_own_link(acme, estimate):
    an_approver(acme, "Dora")

    expiry.remind_due(A_WEEK_BEFORE)

    links = {
        line
        for notice in Notice.objects.filter(subject__startswith="Please answer")
        for line in notice.body.splitlines()
        if "/answer/" in line
    }
    assert len(links) == 2


def test_what_waits_too_long_for_the_client_goes_to_deputies_on_both_sides_once(cast, acme, estimate):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.filter(pk=acme.organisation.pk).update(deputy_manager=mona)
    days = Provider.objects.get().escalation_days
    a_deputy(acme, acme.requester, at=NOON + timedelta(days=days))
    too_long = NOON + timedelta(days=days + 2)

    assert [expiry.escalate(at) for at in (NOON + timedelta(hours=1), too_long, too_long)] == [0, 1, 0]

    assert (told("An estimate waits for your answer"), told("Still no answer")) == (["rolf"], ["mona"])


def test_what_waits_too_long_for_review_goes_to_the_deputy_account_manager_once(cast, acme):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.filter(pk=acme.organisation.pk).update(deputy_manager=mona)
    tessa = cast.tessa.person
    estimates.submit(a_draft(a_task(acme, tessa), tessa), by=tessa, at=NOON)
    too_long = NOON + timedelta(days=Provider.objects.get().escalation_days + 2)

    assert [expiry.escalate(at) for at in (NOON, too_long, too_long)] == [0, 1, 0]

    assert told("An estimate waits for review") == ["mona"]


def test_without_a_deputy_whoever_manages_the_client_is_asked(cast, acme, estimate):
    assert expiry.escalate(NOON + timedelta(days=30)) == 1

    assert (told("Still no answer"), told("An estimate waits for your answer")) == (["max"], ["anna"])


def test_what_waits_too_long_is_listed_for_a_managers_clients_in_three_queries(cast, acme, borealis, django_assert_num_queries):
    mine, theirs = offered(cast, acme), offered(cast, borealis)
    answered = offered(cast, acme)
    yes(answered, acme.approver)
    patience = Patience.of_provider(at=NOON + timedelta(days=20))

    with django_assert_num_queries(3):  # one reads the holidays
        found = expiry.waiting_too_long(patience)

    assert found == [mine, theirs]
    assert expiry.waiting_too_long(patience, clients=Organisation.objects.filter(pk=borealis.organisation.pk)) == [theirs]
    assert expiry.waiting_too_long(Patience.of_provider(at=NOON)) == []


def test_without_terms_of_delivery_the_jobs_do_nothing(acme):
    DeliveryTerms.objects.all().delete()

    assert (expiry.expire_due(NOON), expiry.remind_due(NOON), expiry.escalate(NOON), DeliveryTask.objects.count()) == (0, 0, 0, 0)
