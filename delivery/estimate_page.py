"""What the page of an estimate shows the client, and what they can do there (rules D1, D6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise
from djmoney.money import Money

from clients import limits, provider
from clients.access import Voice
from clients.agreements import local_date
from core import drawing
from core.formatting import money as written
from delivery import acceptance, answerable, life, money, paying, terms
from delivery.models import Acceptance, Basis, Estimate, EstimateDocument, EstimateLine, EstimateState, PaysWith
from delivery.paying import Choice, Payment
from people.models import Person

BASIS_WORDS: dict[str, StrPromise] = {
    Basis.FIXED: _("A fixed price: you pay this, whatever it takes us."),
    Basis.CEILING: _("A ceiling: you pay what is used, and never more than this."),
    Basis.RUNNING: _("A running account: you pay what is used. Within this sum we work without asking; beyond it we ask you first."),
}


@dataclass(frozen=True)
class Line:
    """A line as it is read."""

    line: EstimateLine
    unit_price: Money
    net: Money


@dataclass(frozen=True)
class Rate:
    """The VAT of one rate."""

    percent: Decimal
    vat: Money


@dataclass(frozen=True)
class Ruler:
    """The validity drawn: sent — reminder — last day, with "you are here". Widths as attributes of a drawing."""

    sent_at: datetime
    reminded_on: date | None
    last_on: date
    now: datetime
    free_width: str
    rest_width: str
    here: str
    anchor: str


@dataclass(frozen=True)
class Turn:
    """What `person` can do about the estimate now, and whom it waits for.

    `refusal`: why nobody can answer it. `first`: the first yes of two. `takes_second`: a yes of theirs is not enough;
    `limit` is what they decide alone, `seconds` who would be asked.
    """

    refusal: str
    may_accept: bool
    first: Acceptance | None
    may_second: bool
    takes_second: bool
    limit: Money | None
    seconds: Sequence[Person]
    approvers: Sequence[Person]


def shown(estimate: Estimate, *, at: datetime) -> dict[str, Any]:
    """What anybody of the client's reads of it."""
    lines = list(estimate.lines.order_by("position"))
    rates = money.totals((line.net, line.vat_percent) for line in lines).by_rate
    return {
        "lines": [Line(line, Money(line.unit_price, estimate.currency), Money(line.net, estimate.currency)) for line in lines],
        "rates": [Rate(percent, Money(vat, estimate.currency)) for percent, (_net, vat) in rates.items()],
        "milestones": [(step, Money(step.net, estimate.currency)) for step in estimate.milestones.order_by("position")],
        "basis_words": BASIS_WORDS[estimate.basis],
        "credit_price": estimate.credit_price_per_hour and Money(estimate.credit_price_per_hour, estimate.currency),
        "document": document(estimate),
        "ruler": ruler(estimate, at=at) if estimate.state == EstimateState.OFFERED else None,
    }


def document(estimate: Estimate) -> EstimateDocument | None:
    """The document that is shown: the one that the first of two approvers accepted, else that in the reader's language."""
    standing: Acceptance | None = getattr(estimate, "acceptance", None)
    kept = list(estimate.documents.defer("pdf").order_by("language"))
    if standing is not None:
        return next((one for one in kept if one.pk == standing.document_id), None)
    return next((one for one in kept if one.language == get_language()), next(iter(kept), None))


def turn(estimate: Estimate, person: Person, *, at: datetime) -> Turn:
    """What `person` can do about it at `at`."""
    refusal = answerable.refusal(estimate, at=at)
    standing: Acceptance | None = getattr(estimate, "acceptance", None)
    first = standing if standing and standing.completed_at is None else None
    payment = acceptance.payment_of(first) if first else Payment()
    about = paying.voices(estimate, payment, at=at)
    may_accept = life.may_accept(person, estimate.task, at=at)
    alone = limits.decides_alone(person, estimate.net, among=about)
    seconds = acceptance.seconds(first, at=at) if first else limits.seconds(person, among=about)
    may_second = first is not None and may_accept and (person in seconds or alone)
    return Turn(
        refusal=str(refusal) if refusal else "",
        may_accept=may_accept and refusal is None,
        first=first,
        may_second=may_second and refusal is None,
        takes_second=may_accept and not alone and first is None,
        limit=_limit(estimate, person, about),
        seconds=seconds,
        approvers=list(dict.fromkeys(voice.person for voice in about)),
    )


def choices(estimate: Estimate, person: Person, *, at: datetime) -> tuple[list[Choice], bool]:
    """The accounts that could pay for it, and whether an invoice can (rule D6)."""
    return paying.choices(estimate, person, at=at), paying.settled_way(estimate) != PaysWith.CREDIT


def effect(estimate: Estimate) -> str:
    """The sentence of what follows from a yes."""
    said = _("You accept %(net)s without VAT, which is %(total)s with VAT.")
    return str(said) % {"net": written(estimate.net_money), "total": written(estimate.total_money)}


def ruler(estimate: Estimate, *, at: datetime) -> Ruler | None:
    """The ruler of its validity; None where it was not sent."""
    if estimate.offered_at is None:
        return None
    last_on, ends_at = answerable.last_day(estimate), answerable.ends_at(estimate)
    remind_on = _reminder_on(estimate, last_on)
    turns_at = datetime.combine(remind_on, time(), tzinfo=provider.current().zone) if remind_on else ends_at
    near, here = drawing.ruler(booked_at=estimate.offered_at, free_until=turns_at, starts_at=ends_at, now=at)
    if remind_on is None:
        near, here = drawing.WHOLE, drawing.share_between(estimate.offered_at, ends_at, at)
    return Ruler(
        sent_at=estimate.offered_at,
        reminded_on=remind_on,
        last_on=last_on,
        now=at,
        free_width=drawing.css_percent(near),
        rest_width=drawing.css_percent(drawing.WHOLE - near),
        here=drawing.css_percent(here),
        anchor="start" if here < drawing.WHOLE // 4 else "end" if here > drawing.WHOLE * 3 // 4 else "middle",
    )


def _reminder_on(estimate: Estimate, last_on: date) -> date | None:
    """The day of the first reminder to come after it was sent; None where it was sent too late for one."""
    found = terms.offered()
    days = found.reminder_days if found else []
    sent_on = local_date(estimate.offered_at) if estimate.offered_at else last_on
    return min((on for before in days if before > 0 and (on := last_on - timedelta(days=before)) > sent_on), default=None)


def _limit(estimate: Estimate, person: Person, about: Sequence[Voice]) -> Money | None:
    limit = limits.limit_of(person, among=about)
    return None if limit is None else Money(limit, estimate.currency)
