"""What is typed about purchase orders, and the choice among them where something is ordered (rules C16, I8)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import provider, purchase_orders
from clients.models import Organisation, Plan, PlanFee, PurchaseOrder
from clients.purchase_orders import LONGEST_TITLE, Wanted
from core.fields import AmountField, DayField
from core.formatting import day, money
from core.forms import ActForm, need
from credits import terms

CHOICE = "purchase_order"
"""The field of the choice, in every form that has one."""


class OrderForm(ActForm):
    """A purchase order to be registered."""

    number = forms.CharField(label=_("Number of your purchase order"), max_length=80)
    title = forms.CharField(label=_("What it is for"), max_length=LONGEST_TITLE, required=False)
    net = AmountField(label=_("Sum without VAT"))
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))
    key = forms.CharField(widget=forms.HiddenInput, max_length=36)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The currency is asked for where something has a price in another one than the books'."""
        super().__init__(*args, **kwargs)
        self.books, others = provider.current().currency, _other_currencies()
        if others:
            choices = [(code, code) for code in (self.books, *others)]
            self.fields["currency"] = forms.ChoiceField(label=_("Currency"), choices=choices)
            self.order_fields(["number", "title", "net", "currency"])

    @property
    def wanted(self) -> Wanted:
        """The order, in the currency that was chosen, or that of the books."""
        said = self.cleaned_data
        net = Money(said["net"], said.get("currency") or self.books)
        return Wanted(number=said["number"], title=said["title"], net=net, starts_on=said["starts_on"], ends_on=said["ends_on"])


class ChangeForm(ActForm):
    """Another sum or last day of a purchase order, and why. The currency stays."""

    net = AmountField(label=_("Sum without VAT"))
    ends_on = DayField(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    @property
    def said(self) -> dict[str, Any]:
        """What the verb takes."""
        return {**self.cleaned_data, "net": Money(self.cleaned_data["net"], self.currency)}


def offer(form: forms.Form, organisation: Organisation, *, text: str, at: datetime) -> None:
    """Let `form`, whose field `text` takes a number, choose among the client's open orders first; say where one is needed."""
    written = form.fields[text]
    if organisation.needs_order:
        written.help_text = gettext("Your organisation wants an order number on every invoice.")
        need(written)
    orders = list(purchase_orders.usable(organisation, at=at))
    if not orders:
        return
    written.label = gettext("Another reference or purchase order")
    nothing = gettext("Another number") if organisation.needs_order else gettext("Another number, or none")
    choices = [("", nothing), *((order.number, _words(order)) for order in orders)]
    form.fields[CHOICE] = forms.ChoiceField(label=_("Purchase order"), choices=choices, required=False)
    if organisation.needs_order:
        need(form.fields[CHOICE])
    names = list(form.fields)
    names.remove(CHOICE)
    names.insert(names.index(text), CHOICE)
    form.order_fields(names)


def shown(organisation: Organisation, *, text: str, at: datetime, number: str = "") -> dict[str, str]:
    """What such a form shows first: the order that `number` names, or the number itself; without one the usual order."""
    known = purchase_orders.number_for(organisation, at=at, besides=number)
    order = purchase_orders.named(organisation, known) if known else None
    if order is not None and purchase_orders.usable(organisation, at=at).filter(pk=order.pk).exists():
        return {CHOICE: order.number, text: ""}
    return {CHOICE: "", text: known}


def chosen(said: Mapping[str, Any], *, text: str) -> str:
    """The number that such a form gives: what was written goes before what was chosen."""
    return str(said.get(text) or said.get(CHOICE) or "")


def _words(order: PurchaseOrder) -> str:
    facts = {"number": order.number, "left": money(order.left), "last": day(order.ends_on)}
    return gettext("%(number)s: %(left)s left, until %(last)s") % facts


def _other_currencies() -> list[str]:
    """Those that credit or a plan has a price in, but for that of the books."""
    credit, fees = terms.offered(), (Plan.objects.exclude(fee=Decimal(0)), PlanFee.objects.exclude(fee=Decimal(0)))
    found = {code for rows in fees for code in rows.values_list("fee_currency", flat=True)}
    if credit is not None:
        found.add(str(credit.price_per_hour.currency))
    return sorted(found - {provider.current().currency})
