"""What account managers choose for their clients (rule D1)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clients.reasons import ReasonMissing
from core.errors import NotAllowed
from delivery import limits, terms
from delivery.models import DeliveryTerms, ManagerLimit
from tests.cast import NOON
from tests.delivery.scene import delivery_terms
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(cast):
    delivery_terms()


def chosen(person):
    return ManagerLimit.objects.filter(person=person).values_list("passes_below", "second_above").first()


def test_d1_an_account_manager_chooses_what_passes_and_what_takes_two(cast, acme):
    limits.choose(passes_below=Decimal("5000.50"), second_above=Decimal(40_000), reason="Small things", by=cast.max, at=NOON)

    assert chosen(cast.max) == (Decimal("5000.50"), Decimal(40_000))
    assert (terms.limits_of(acme.organisation).passes_below, terms.second_above(acme.organisation)) == (Decimal("5000.50"), Decimal(40_000))


def test_d1_nothing_chosen_is_the_providers_sum_and_nothing_passes(cast, acme):
    limits.choose(passes_below=Decimal(5000), second_above=Decimal(40_000), reason="Small things", by=cast.max, at=NOON)

    limits.choose(passes_below=None, second_above=None, reason="Small things", by=cast.max, at=NOON)

    assert (terms.limits_of(acme.organisation).passes_below, terms.second_above(acme.organisation)) == (None, Decimal(100_000))


def test_d1_who_chose_what_when_is_kept_and_the_same_again_leaves_no_trace(cast):
    limits.choose(passes_below=Decimal(5000), second_above=None, reason="Small things", by=cast.max, at=NOON)
    limits.choose(passes_below=Decimal("5000.00"), second_above=None, reason="Small things", by=cast.max, at=NOON + timedelta(hours=1))
    limits.choose(passes_below=Decimal(0), second_above=None, reason=" Less \n now ", by=cast.max, at=NOON + timedelta(days=1))

    kept = ManagerLimit.history.order_by("history_id").values_list("history_user", "history_date", "passes_below", "history_change_reason")
    assert list(kept) == [
        (cast.max.pk, NOON, 5000, "Small things"),
        (cast.max.pk, NOON + timedelta(days=1), 0, "Less now"),
    ]


@pytest.mark.parametrize("reason", ["", " ", "x" * 101])
def test_d1_nothing_is_chosen_without_a_reason_that_can_be_kept(cast, reason):
    with pytest.raises(ReasonMissing):
        limits.choose(passes_below=Decimal(5000), second_above=None, reason=reason, by=cast.max, at=NOON)

    assert not ManagerLimit.objects.exists()


@pytest.mark.parametrize("who", ["tessa", "fia", "ada"])
def test_d1_nobody_else_has_limits_to_choose(cast, who):
    person = getattr(getattr(cast, who), "person", getattr(cast, who))

    with pytest.raises(NotAllowed):
        limits.choose(passes_below=Decimal(5000), second_above=None, reason="Small things", by=person, at=NOON)

    assert not ManagerLimit.objects.exists()


@pytest.mark.parametrize("sum_", ["-1", "0.001", "100000000", "NaN", "Infinity"])
@pytest.mark.parametrize("name", ["passes_below", "second_above"])
def test_d1_absurd_sums_are_refused(cast, name, sum_):
    sums = {"passes_below": None, "second_above": None} | {name: Decimal(sum_)}

    with pytest.raises(limits.LimitAbsurd):
        limits.choose(**sums, reason="Small things", by=cast.max, at=NOON)

    assert not ManagerLimit.objects.exists()


@pytest.mark.parametrize(("passes", "second"), [("40000.01", "40000"), ("100000.01", None)])
def test_d1_what_passes_by_itself_never_takes_two(cast, passes, second):
    with pytest.raises(limits.LimitsCrossed):
        limits.choose(passes_below=Decimal(passes), second_above=second and Decimal(second), reason="Small things", by=cast.max, at=NOON)

    assert not ManagerLimit.objects.exists()


def test_d1_where_the_provider_has_no_second_any_sum_may_pass(cast):
    DeliveryTerms.objects.update(second_above=None)

    limits.choose(passes_below=Decimal(999_999), second_above=None, reason="Small things", by=cast.max, at=NOON)

    assert chosen(cast.max) == (999_999, None)


def test_p1_without_terms_of_delivery_there_is_nothing_to_limit(cast):
    DeliveryTerms.objects.all().delete()

    with pytest.raises(terms.DeliveryNotOffered):
        limits.choose(passes_below=Decimal(5000), second_above=None, reason="Small things", by=cast.max, at=NOON)

    assert not ManagerLimit.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_d1_two_first_choices_at_once_are_one_row_that_one_of_them_made(cast):
    sums = [Decimal(1000), Decimal(2000), Decimal(3000), Decimal(4000)]

    outcome = race(
        4, lambda number: limits.choose(passes_below=sums[number], second_above=None, reason="Small things", by=cast.max, at=NOON)
    )

    assert (outcome.errors, outcome.most_inside > 1) == ([], True)
    assert ManagerLimit.objects.get().passes_below in sums
    assert sorted(ManagerLimit.history.values_list("passes_below", flat=True)) == sums
