"""Mileage and expenses of a delivery: lines of their own, against the same accepted sum (rules S12, D3)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from djmoney.money import Money

from core.errors import NotAllowed
from delivery import worklog
from delivery.estimates import Line
from delivery.models import DeliveryCost, DeliveryTask, EstimateLine, LineKind, TaskEvent, TaskEventKind
from delivery.worklog import Cost, SumUsedUp, Worked
from tests.cast import NOON
from tests.delivery.scene import a_working, delivery_terms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + 10 * DAY
TWO_HOURS = Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1200))
KILOMETRES = Line(LineKind.MILEAGE, "By car", Decimal(100), Decimal(25))


@pytest.fixture
def terms(acme):
    return delivery_terms()


@pytest.fixture
def task(cast, acme, terms):
    return a_working(cast, acme)


def _an_hour(task, person):
    worklog.log(task, Worked(person, NOON, NOON + HOUR, "Worked"), by=person, at=LATER)


def _spend(task, person, *, cause="test:cost", at=LATER, **fields):
    given: dict[str, Any] = {
        "kind": LineKind.EXPENSE,
        "text": "Parking",
        "spent_on": NOON.date(),
        "quantity": Decimal(1),
        "unit_price": Decimal(150),
    }
    return worklog.spend(task, Cost(**(given | fields)), by=person, at=at, cause=cause)


def _now(task):
    return DeliveryTask.objects.get(pk=task.pk)


def test_s12_mileage_and_expenses_are_lines_of_their_own_against_the_same_sum(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS, KILOMETRES)
    line = EstimateLine.objects.get(kind=LineKind.MILEAGE)

    drive = {"kind": LineKind.MILEAGE, "text": "To Uppsala", "quantity": Decimal(70), "unit_price": None}
    by_line = _spend(task, cast.tessa.person, cause="one", line=line, **drive)
    by_terms = _spend(task, cast.tessa.person, cause="two", **(drive | {"quantity": Decimal("1.5")}))
    parked = _spend(task, cast.tessa.person, cause="three")

    assert [(cost.unit_price, cost.net) for cost in (by_line, by_terms, parked)] == [
        (Decimal(25), Decimal(1750)),
        (Decimal(25), Decimal("37.50")),
        (Decimal(150), Decimal(150)),
    ]
    assert (_now(task).used_net, task.events.filter(kind=TaskEventKind.SPENT, internal=True).count()) == (Decimal("1937.50"), 3)


def test_s12_the_same_form_spends_once_and_never_something_else(cast, task):
    first = _spend(task, cast.tessa.person)
    again = _spend(task, cast.tessa.person)

    assert first == again
    with pytest.raises(worklog.CostMismatch):
        _spend(task, cast.tessa.person, text="Something else")
    with pytest.raises(worklog.CostMismatch):
        _spend(task, cast.tessa.person, unit_price=Decimal(151))
    assert (DeliveryCost.objects.count(), _now(task).used_net) == (1, Decimal(150))


def test_s12_expenses_stop_where_the_sum_ends(cast, acme, terms):
    task = a_working(cast, acme, TWO_HOURS)
    _an_hour(task, cast.tessa.person)

    with pytest.raises(SumUsedUp) as refused:
        _spend(task, cast.tessa.person, unit_price=Decimal("1200.01"))

    assert (refused.value.left_minutes, refused.value.left_net) == (None, Money(1200, "SEK"))
    assert refused.value.message.startswith("SEK\xa01,200.00 of the accepted sum is left.")
    assert not DeliveryCost.objects.exists()
    assert _spend(task, cast.tessa.person, unit_price=Decimal(1200)).net == Decimal(1200)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"quantity": Decimal(0)}, worklog.CostRefused),
        ({"quantity": Decimal(-1)}, worklog.CostRefused),
        ({"quantity": Decimal("NaN")}, worklog.CostRefused),
        ({"unit_price": Decimal(0)}, worklog.CostRefused),
        ({"unit_price": Decimal(-5)}, worklog.CostRefused),
        ({"unit_price": Decimal("Infinity")}, worklog.CostRefused),
        ({"unit_price": None}, worklog.CostRefused),
        ({"quantity": Decimal(99_999), "unit_price": Decimal(99_999)}, worklog.CostRefused),
        ({"kind": LineKind.HOURS}, worklog.CostRefused),
        ({"text": " "}, worklog.NoteMissing),
        ({"text": "x" * 201}, worklog.TextTooLong),
        ({"spent_on": (NOON - DAY).date()}, worklog.CostOnWrongDay),
        ({"spent_on": (LATER + DAY).date()}, worklog.CostOnWrongDay),
    ],
)
def test_s12_an_expense_that_cannot_be_is_refused(cast, task, fields, refusal):
    with pytest.raises(refusal):
        _spend(task, cast.tessa.person, **fields)

    assert not DeliveryCost.objects.exists()
    assert (_now(task).used_net, task.events.filter(kind=TaskEventKind.SPENT).exists()) == (0, False)


def test_s12_an_expense_is_taken_back_once_by_whom_it_is_of_or_who_directs(cast, task):
    spent = _spend(task, cast.tessa.person)

    with pytest.raises(NotAllowed):
        worklog.take_back_cost(spent, reason="Wrong", by=cast.theo.person, at=LATER)
    worklog.take_back_cost(spent, reason="Parked free", by=cast.max, at=LATER)
    with pytest.raises(worklog.EntryTakenBack):
        worklog.take_back_cost(spent, reason="Again", by=cast.max, at=LATER)

    assert (spent.live, _now(task).used_net) == (False, 0)
    assert TaskEvent.objects.get(kind=TaskEventKind.UNSPENT).reason == "Parked free"
