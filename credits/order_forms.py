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
from clients.models import Organisation, PurchaseOrder
from clients.purchase_orders import LONGEST_TITLE, Wanted
from core.fields import AmountField, DayField
from core.formatting import day, money
from core.forms import ActForm, need

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

    @property
    def wanted(self) -> Wanted:
        """The order, in the currency of the books."""
        said = self.cleaned_data
        return Wanted(
            number=said["number"], title=said["title"], net=_in_books(said["net"]), starts_on=said["starts_on"], ends_on=said["ends_on"]
        )


class ChangeForm(ActForm):
    """Another sum or last day of a purchase order, and why."""

    net = AmountField(label=_("Sum without VAT"))
    ends_on = DayField(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    @property
    def said(self) -> dict[str, Any]:
        """What the verb takes."""
        return {**self.cleaned_data, "net": _in_books(self.cleaned_data["net"])}


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


def _in_books(amount: Decimal) -> Money:
    return Money(amount, provider.current().currency)
