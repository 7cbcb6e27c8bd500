"""An estimate while it is typed: its head, its lines and its milestones as one form, with as many rows as one likes (rule D1)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.http import QueryDict

from clients.vat import Treatment
from delivery import contents, money, terms
from delivery.contents import Content
from delivery.estimate_forms import FIRST_ROWS, HeadForm, LineForm, LineRows, StepForm, StepRows, typed_rows, usual_prices
from delivery.models import Basis, DeliveryTask, Estimate, EstimateState, LineKind
from delivery.terms import DeliveryTerms

LINES, STEPS = "line", "step"


@dataclass(frozen=True)
class Writing:
    """The three forms of one page. `prices` by the kind of line; `vat_percent` None: the client bears none."""

    head: HeadForm
    lines: Any
    steps: Any
    prices: dict[str, str]
    vat_percent: Decimal | None

    def is_valid(self) -> bool:
        """Whether all of it is well filled in; each form is looked at, so that each says what is wrong."""
        judged = [form.is_valid() for form in (self.head, self.lines, self.steps)]
        return all(judged)

    @property
    def content(self) -> Content:
        """What was typed."""
        return self.head.content([form.line() for form in self.lines.filled], [form.step() for form in self.steps.filled])

    @property
    def status(self) -> int:
        """The status of its page: 409 where a rule refused, 422 where it was not well filled in, else 200."""
        faulty = self.head.is_bound and not (self.lines.is_valid() and self.steps.is_valid())
        return 422 if faulty else self.head.status

    @property
    def has_faulty_rows(self) -> bool:
        """Whether a row is not well filled in."""
        return self.head.is_bound and not (self.lines.is_valid() and self.steps.is_valid())


def begun(task: DeliveryTask) -> Writing:
    """A blank one, with what is usual."""
    plan = _plan(task)
    head = {
        "basis": plan.only or Basis.CEILING,
        "terms": contents.usual_terms(plan.estimate),
        "credit_price_per_hour": _said(terms.current().credit_price_per_hour),
    }
    return _of(plan, head, [plan.blank_line for _ in range(FIRST_ROWS)], [])


def of(estimate: Estimate) -> Writing:
    """A draft as it stands, with a blank line below."""
    said, plan = contents.of(estimate), _plan(estimate.task)
    head = {
        "basis": said.basis,
        "intro": said.intro,
        "terms": said.terms,
        "valid_until": said.valid_until,
        "credit_price_per_hour": _said(estimate.credit_price_per_hour),
    }
    usual = terms.current().vat_percent
    lines = [
        {
            "kind": line.kind,
            "text": line.text,
            "quantity": _said(line.quantity),
            "unit_price": str(money.to_cents(line.unit_price)),
            "vat_percent": _said(usual if line.vat_percent is None else line.vat_percent),
        }
        for line in said.lines
    ]
    steps = [{"title": step.title, "net": str(money.to_cents(step.net)), "planned_on": step.planned_on} for step in said.milestones]
    return _of(plan, head, lines, steps)


def sent(task: DeliveryTask, data: QueryDict) -> Writing:
    """What was sent, to be saved."""
    plan = _plan(task)
    return Writing(
        HeadForm(data, only=plan.only, days=plan.days),
        LineRows(data, prefix=LINES, form_kwargs=plan.kwargs),
        StepRows(data, prefix=STEPS),
        plan.prices,
        plan.vat_percent,
    )


def reshaped(task: DeliveryTask, data: QueryDict) -> Writing:
    """What was sent, with one row more or less; nothing is judged yet."""
    plan = _plan(task)
    head = {name: data.get(name, "") for name in HeadForm.base_fields}
    rows = {LINES: typed_rows(data, LINES, list(LineForm.base_fields)), STEPS: typed_rows(data, STEPS, list(StepForm.base_fields))}
    if data.get("add") == LINES:
        rows[LINES].append(
            {"kind": LineKind.HOURS, "unit_price": plan.prices.get(LineKind.HOURS, ""), "vat_percent": _said(plan.vat_percent)}
        )
    if data.get("add") == STEPS:
        rows[STEPS].append({})
    prefix, _dash, number = data.get("drop", "").partition("-")
    if number.isdecimal() and len(number) < 5 and int(number) < len(rows.get(prefix, [])):
        del rows[prefix][int(number)]
    return _of(plan, head, rows[LINES], rows[STEPS])


@dataclass(frozen=True)
class _Plan:
    """What the forms of a task have to know. `only`: the basis that a change estimate has to have."""

    estimate: Estimate
    prices: dict[str, str]
    only: str
    days: int
    vat_percent: Decimal | None

    @property
    def blank_line(self) -> dict[str, Any]:
        """An hour at its usual price."""
        return {"kind": LineKind.HOURS, "unit_price": self.prices.get(LineKind.HOURS, ""), "vat_percent": _said(self.vat_percent)}

    @property
    def kwargs(self) -> dict[str, Any]:
        """For each line."""
        return {"prices": self.prices, "domestic": self.vat_percent is not None}


def _plan(task: DeliveryTask) -> _Plan:
    now: DeliveryTerms = terms.current()
    estimate = Estimate(task=task, currency=task.currency)
    accepted = task.estimates.filter(state=EstimateState.ACCEPTED).order_by("number").first()
    domestic = contents.treatment_of(estimate) == Treatment.DOMESTIC
    return _Plan(
        estimate=estimate,
        prices=usual_prices(now, task.currency),
        only=accepted.basis if accepted else "",
        days=now.validity_days,
        vat_percent=now.vat_percent if domestic else None,
    )


def _of(plan: _Plan, head: dict[str, Any], lines: list[dict[str, Any]], steps: list[dict[str, Any]]) -> Writing:
    return Writing(
        HeadForm(
            initial={"key": str(uuid4())} | {name: value for name, value in head.items() if value != ""}, only=plan.only, days=plan.days
        ),
        LineRows(initial=lines, prefix=LINES, form_kwargs=plan.kwargs),
        StepRows(initial=steps, prefix=STEPS),
        plan.prices,
        plan.vat_percent,
    )


def _said(value: Decimal | None) -> str:
    """A number as one types it."""
    return "" if value is None else f"{value.normalize():f}"
