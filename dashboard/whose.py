"""Whose organisation a page of the portal is about, by what stands in its address (rules: People).

So that a page of one organisation is never shown under the name of another: who opens it by a link of a mail is taken there.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from cases.models import Case, Message
from clients.models import Deputyship, Membership, PurchaseOrder
from credits.accounts import CreditAccount
from credits.auto_top_ups import AutoTopUp
from credits.ledger import Entry, Lot
from credits.topups import TopUp
from credits.transfers import Transfer
from delivery.models import DeliveryTask, Estimate
from invoicing.models import Invoice
from sessions.models import Consent, LateWork, Series, Session

OWNERS: dict[str, tuple[type[Model], str]] = {
    "account_id": (CreditAccount, "organisation"),
    "agreement_id": (AutoTopUp, "account__organisation"),
    "case_id": (Case, "organisation"),
    "consent_id": (Consent, "session__organisation"),
    "deputyship_id": (Deputyship, "organisation"),
    "entry_id": (Entry, "account__organisation"),
    "estimate_id": (Estimate, "task__organisation"),
    "invoice_id": (Invoice, "organisation"),
    "late_work_id": (LateWork, "entry__session__organisation"),
    "lot_id": (Lot, "account__organisation"),
    "membership_id": (Membership, "organisation"),
    "message_id": (Message, "case__organisation"),
    "order_id": (PurchaseOrder, "organisation"),
    "series_id": (Series, "organisation"),
    "session_id": (Session, "organisation"),
    "task_id": (DeliveryTask, "organisation"),
    "top_up_id": (TopUp, "account__organisation"),
    "transfer_id": (Transfer, "source__organisation"),
}
"""What is named in addresses of the portal, and the way from there to the organisation."""


def organisation_of(named: Mapping[str, Any]) -> int | None:
    """The number of the organisation that a page with these ids in its address is about; None where none of them tells."""
    if "organisation_id" in named:
        return int(named["organisation_id"])
    for key, (model, path) in OWNERS.items():
        if key in named:
            found: int | None = model._default_manager.filter(pk=named[key]).values_list(path, flat=True).first()
            return found
    return None
