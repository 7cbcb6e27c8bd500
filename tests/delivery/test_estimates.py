"""An estimate is drafted, written, handed in, taken back and replaced, each by who may (rules D1, D2, D3, D6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.vat import Treatment
from core.errors import NotAllowed
from delivery import contents, estimates, life, review, tasks
from delivery.estimates import Content, Line, Step
from delivery.models import Basis, Estimate, EstimateKind, EstimateState, LineKind, TaskEventKind, TaskState
from notices.models import Notice
from tests.cast import NOON
from tests.delivery.reviewing import ALL_KINDS, TWO_STEPS, handed_in
from tests.delivery.scene import A_DAY, TWENTY_HOURS, a_draft, a_task, a_working, accept, an_accepted, an_offered, delivery_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms(cast):
    return delivery_terms()


@pytest.fixture
def tessa(cast):
    return cast.tessa.person


@pytest.fixture
def task(acme, tessa):
    return a_task(acme, tessa)


def a_line(quantity="1", price="100", text="Work", kind=LineKind.HOURS, percent=None):
    return Line(kind, text, Decimal(quantity), Decimal(price), None if percent is None else Decimal(percent))


def stands(estimate):
    """The estimate and its rows as the database has them."""
    current = Estimate.objects.get(pk=estimate.pk)
    return (
        current.state,
        current.net,
        current.total,
        list(current.lines.values_list("text", "quantity", "unit_price").order_by("position")),
    )


def mailed(task, template):
    """Who was told of something, by the start of the subject."""
    found = Notice.objects.filter(cause__startswith=f"task:{task.pk}:", subject__startswith=template)
    return sorted(found.values_list("address", flat=True))


def test_d1_every_kind_of_line_with_milestones_comes_to_one_sum_and_vat_by_rate(task, tessa):
    estimate = a_draft(task, tessa, *ALL_KINDS, basis=Basis.FIXED, milestones=TWO_STEPS, intro=" What you get ")

    assert (estimate.number, estimate.kind, estimate.currency, estimate.basis) == (1, EstimateKind.FIRST, "SEK", Basis.FIXED)
    assert (estimate.net, estimate.vat, estimate.total) == (Decimal("35729.00"), Decimal("8860.24"), Decimal("44589.24"))
    assert list(estimate.lines.order_by("position").values_list("net", "vat_percent")) == [
        (Decimal("24600.00"), Decimal(25)),
        (Decimal("4800.00"), Decimal(25)),
        (Decimal("2400.00"), Decimal(25)),
        (Decimal("3550.00"), Decimal(25)),
        (Decimal("379.00"), Decimal(6)),
    ]
    assert list(estimate.milestones.order_by("position").values_list("net", flat=True)) == [Decimal(20000), Decimal(15729)]
    assert (estimate.intro, estimate.terms) == ("What you get", "Our terms.")
    assert task.events.get(kind=TaskEventKind.ESTIMATED).internal


def test_d1_the_usual_terms_are_in_the_clients_language_and_credit_as_the_provider_offers_it(acme, tessa, terms):
    terms.credit_price_per_hour = Decimal(1100)
    terms.save()
    acme.organisation.language = "sv"
    acme.organisation.save()

    usual = a_draft(a_task(acme, tessa), tessa)
    own = a_draft(a_task(acme, tessa), tessa, terms="Agreed by hand.", credit_price_per_hour=Decimal(0))

    assert (usual.terms, usual.credit_price_per_hour) == ("Våra villkor.", Decimal(1100))
    assert (own.terms, own.credit_price_per_hour) == ("Agreed by hand.", None)


@pytest.mark.parametrize(
    ("country", "number", "treatment", "vat"),
    [
        ("SE", "", Treatment.DOMESTIC, Decimal(6000)),
        ("DE", "DE136695976", Treatment.REVERSE_CHARGE, Decimal(0)),
        ("DE", "", Treatment.DOMESTIC, Decimal(6000)),
        ("NO", "", Treatment.OUTSIDE_SCOPE, Decimal(0)),
    ],
)
def test_i2_vat_is_treated_by_where_the_client_is(acme, tessa, country, number, treatment, vat):
    acme.organisation.country, acme.organisation.vat_number = country, number
    acme.organisation.save()

    estimate = a_draft(a_task(acme, tessa), tessa)

    assert (estimate.vat_treatment, estimate.net, estimate.vat) == (treatment, Decimal(24000), vat)


@pytest.mark.parametrize(
    ("lines", "content", "refusal"),
    [
        ([a_line("0")], {}, estimates.LineRefused),
        ([a_line("-1")], {}, estimates.LineRefused),
        ([a_line(price="0")], {}, estimates.LineRefused),
        ([a_line(price="-0.01")], {}, estimates.LineRefused),
        ([a_line("0.005", "1000")], {}, estimates.LineRefused),
        ([a_line("0.01", "0.01")], {}, estimates.LineRefused),
        ([a_line("NaN")], {}, estimates.LineRefused),
        ([a_line("Infinity")], {}, estimates.LineRefused),
        ([a_line("100000")], {}, estimates.LineRefused),
        ([a_line(text=" \0 ")], {}, estimates.LineRefused),
        ([a_line(text="x" * 201)], {}, estimates.LineRefused),
        ([a_line(percent="101")], {}, estimates.LineRefused),
        ([a_line(percent="-1")], {}, estimates.LineRefused),
        ([a_line("50000", "1000"), a_line("50000", "1000")], {}, estimates.SumAbsurd),
        ([a_line()] * 201, {}, estimates.TextTooLong),
        ([a_line()], {"intro": "x" * 20_001}, estimates.TextTooLong),
        ([a_line()], {"milestones": [Step("All", Decimal("99.99"))]}, estimates.MilestonesOff),
        ([a_line()], {"milestones": [Step("All", Decimal(150)), Step("Back", Decimal(-50))]}, estimates.MilestonesOff),
        ([a_line()], {"milestones": [Step(" ", Decimal(100))]}, estimates.MilestonesOff),
        ([a_line()], {"currency": "EUR"}, estimates.CurrenciesMixed),
        ([a_line()], {"valid_until": NOON.date() - A_DAY}, estimates.ValidityRefused),
        ([a_line()], {"valid_until": NOON.date() + timedelta(days=367)}, estimates.ValidityRefused),
        ([a_line()], {"credit_price_per_hour": Decimal(-1)}, estimates.CreditPriceRefused),
        ([a_line()], {"credit_price_per_hour": Decimal("NaN")}, estimates.CreditPriceRefused),
    ],
)
def test_d1_what_no_estimate_may_say_is_refused_and_nothing_is_written(task, tessa, lines, content, refusal):
    draft = a_draft(task, tessa)
    before = stands(draft)

    with pytest.raises(refusal) as refused:
        estimates.write(draft, Content(lines, **content), by=tessa, at=NOON)

    assert stands(draft) == before
    assert str(refused.value).endswith("Nothing has changed.")


def test_d1_a_refused_line_is_named_by_its_number(task, tessa):
    with pytest.raises(estimates.LineRefused) as refused:
        a_draft(task, tessa, TWENTY_HOURS, a_line("0"))

    assert refused.value.position == 2
    assert str(refused.value).startswith("Line 2 needs")
    assert not task.estimates.exists()


def test_d1_the_same_form_twice_is_one_estimate_and_another_content_or_task_is_refused(acme, task, tessa):
    content = Content([TWENTY_HOURS], valid_until=date(2026, 12, 1))
    first = estimates.draft(task, content, by=tessa, at=NOON, cause="form:1")

    again = estimates.draft(task, content, by=tessa, at=NOON + A_DAY, cause="form:1")
    with pytest.raises(estimates.EstimateMismatch):
        estimates.draft(task, Content([a_line()]), by=tessa, at=NOON, cause="form:1")
    with pytest.raises(estimates.EstimateMismatch):
        estimates.draft(a_task(acme, tessa), content, by=tessa, at=NOON, cause="form:1")

    assert again == first
    assert Estimate.objects.count() == 1


def test_d1_one_estimate_at_a_time(task, tessa):
    a_draft(task, tessa)

    with pytest.raises(estimates.AnotherLive):
        a_draft(task, tessa)


def test_d1_what_is_handed_in_can_no_longer_be_written(cast, acme, tessa):
    estimate = handed_in(cast, acme)

    with pytest.raises(life.EstimateMovedOn):
        estimates.write(estimate, Content([a_line()]), by=tessa, at=NOON)

    assert (estimate.task.state, estimate.valid_until) == (TaskState.REVIEWING, date(2026, 12, 18))
    assert mailed(estimate.task, "Estimate D") == ["max@provider.example"]


def test_d2_an_estimate_without_a_cost_is_not_handed_in(task, tessa):
    draft = estimates.draft(task, Content([]), by=tessa, at=NOON, cause="empty")

    with pytest.raises(estimates.NothingEstimated):
        estimates.submit(draft, by=tessa, at=NOON)

    assert stands(draft)[0] == EstimateState.DRAFT


def test_d1_a_draft_whose_last_day_passed_is_not_handed_in(task, tessa):
    draft = a_draft(task, tessa, valid_until=NOON.date())

    with pytest.raises(estimates.ValidityRefused):
        estimates.submit(draft, by=tessa, at=NOON + A_DAY)

    assert estimates.submit(draft, by=tessa, at=NOON).state == EstimateState.REVIEWING


def test_i2_a_draft_whose_vat_became_another_is_saved_again_before_it_is_handed_in(acme, task, tessa):
    draft = a_draft(task, tessa)
    acme.organisation.country = "NO"
    acme.organisation.save()

    with pytest.raises(estimates.VatChanged):
        estimates.submit(draft, by=tessa, at=NOON)
    written = estimates.write(draft, contents.of(draft), by=tessa, at=NOON)

    assert (written.vat, estimates.submit(written, by=tessa, at=NOON).total) == (Decimal(0), Decimal(24000))


def test_d3_a_change_is_asked_for_while_work_goes_on_on_the_same_basis(cast, acme, tessa):
    task = a_working(cast, acme, basis=Basis.FIXED)

    with pytest.raises(estimates.BasisDiffers):
        a_draft(task, tessa, a_line("5", "1200"), basis=Basis.CEILING)
    change = estimates.submit(a_draft(task, tessa, a_line("5", "1200"), basis=Basis.FIXED), by=tessa, at=NOON)

    assert (change.kind, change.number, change.task.state) == (EstimateKind.CHANGE, 2, TaskState.WORKING)
    assert estimates.withdraw(change, reason="Not needed", by=tessa, at=NOON).task.state == TaskState.WORKING


def test_d3_a_free_task_can_get_a_cost_by_a_change_estimate(cast, acme, tessa):
    task = tasks.hand_over_free(a_task(acme, tessa), by=cast.max, at=NOON, reason="A gift")

    change = an_offered(task, tessa, cast.max, basis=Basis.RUNNING)

    assert (change.kind, change.number, change.task.state) == (EstimateKind.CHANGE, 1, TaskState.READY)
    assert accept(change, acme).accepted_net == Decimal(24000)


@pytest.mark.parametrize("state", [TaskState.OFFERED, TaskState.DONE, TaskState.WITHDRAWN])
def test_d3_no_estimate_is_begun_where_the_task_is_not_there_for_it(cast, acme, tessa, state):
    task = an_accepted(acme, tessa, cast.max)
    if state == TaskState.OFFERED:
        task = an_offered(a_task(acme, tessa), tessa, cast.max).task
    elif state == TaskState.WITHDRAWN:
        life.step(task, to=state, at=NOON)
    else:
        life.step(tasks.begin(task, by=tessa, at=NOON), to=state, at=NOON)

    with pytest.raises((life.TaskMovedOn, estimates.AnotherLive)):
        a_draft(task, tessa)


def test_d1_who_may_write_an_estimate_and_who_may_not(cast, acme, borealis, task, tessa):
    draft = a_draft(task, tessa)

    for person in (cast.fia, cast.ada, acme.approver, acme.requester, borealis.approver):
        with pytest.raises(NotAllowed):
            estimates.write(draft, Content([a_line()]), by=person, at=NOON)
        with pytest.raises(NotAllowed):
            estimates.submit(draft, by=person, at=NOON)
        with pytest.raises(NotAllowed):
            estimates.withdraw(draft, reason="No", by=person, at=NOON)
        with pytest.raises(NotAllowed):
            estimates.revise(draft, by=person, at=NOON, cause=f"by:{person.pk}")
        with pytest.raises(NotAllowed):
            a_draft(a_task(acme, tessa), person)
    able = (tessa, cast.theo.person, cast.max)

    assert [estimates.write(draft, Content([a_line()]), by=person, at=NOON).net for person in able] == [Decimal(100)] * 3
    assert (review.awaited(draft), stands(draft)[0]) == ([], EstimateState.DRAFT)
