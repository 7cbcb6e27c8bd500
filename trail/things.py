"""What an address is about: the number in it says which thing, and the thing says whose it is."""

from collections import deque
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model
from django.urls import Resolver404, resolve

from clients.models import Organisation
from trail.origin import NOTHING, Thing

BY_NUMBER = {
    "account_id": "credits.CreditAccount",
    "agreement_id": "clients.Agreement",
    "answer_id": "delivery.SpokenAnswer",
    "attachment_id": "cases.Attachment",
    "batch_id": "invoicing.IssueBatch",
    "calendar_id": "worktime.BusinessCalendar",
    "card_payment_id": "invoicing.CardPayment",
    "case_id": "cases.Case",
    "charge_id": "invoicing.LateCharge",
    "compensation_id": "invoicing.Compensation",
    "consent_id": "support_sessions.Consent",
    "contest_id": "invoicing.InvoiceContest",
    "cost_id": "delivery.DeliveryCost",
    "credit_id": "invoicing.PlanCredit",
    "deputyship_id": "clients.Deputyship",
    "dispute_id": "support_sessions.Dispute",
    "domain_id": "clients.VerifiedDomain",
    "entry_id": "credits.Entry",
    "erasure_id": "clients.Erasure",
    "estimate_id": "delivery.Estimate",
    "export_id": "clients.PersonExport",
    "fault_id": "delivery.Fault",
    "file_id": "invoicing.BookFile",
    "invitation_id": "clients.Invitation",
    "invoice_id": "invoicing.Invoice",
    "late_work_id": "support_sessions.LateWork",
    "lot_id": "credits.Lot",
    "member_id": "clients.Membership",
    "membership_id": "clients.Membership",
    "message_id": "cases.Message",
    "milestone_id": "delivery.Milestone",
    "order_id": "clients.PurchaseOrder",
    "organisation_id": "clients.Organisation",
    "page_id": "cases.Page",
    "payment_id": "invoicing.Payment",
    "payout_id": "invoicing.Payout",
    "person_id": "people.Person",
    "pk": "notices.IncomingMail",
    "plan_id": "clients.Plan",
    "refund_id": "credits.Refund",
    "role_id": "clients.StaffRole",
    "rota_id": "clients.OnCallRota",
    "row_id": "clients.AgreementPlan",
    "series_id": "support_sessions.Series",
    "service_id": "clients.AgreedService",
    "session_id": "support_sessions.Session",
    "sign_in_id": "usersessions.UserSession",
    "swap_id": "clients.OnCallSwap",
    "target_id": "clients.AgreementTarget",
    "task_id": "delivery.DeliveryTask",
    "technician_id": "support_sessions.Technician",
    "term_id": "clients.AgreementTerm",
    "top_up_id": "credits.TopUp",
    "transaction_id": "invoicing.BankTransaction",
    "transfer_id": "credits.Transfer",
    "transmission_id": "invoicing.Transmission",
    "view_id": "cases.SavedView",
    "visit_id": "cases.Visit",
    "voucher_id": "invoicing.BookVoucher",
}
"""What a number in an address is the key of."""
BESIDES = {
    ("auto-top-up-approve", "agreement_id"): "credits.AutoTopUp",
    ("auto-top-up-issuing", "agreement_id"): "credits.AutoTopUp",
    ("auto-top-up-stop", "agreement_id"): "credits.AutoTopUp",
    ("desk-audit-entry", "entry_id"): "trail.Entry",
    ("desk-call-drop", "task_id"): "cases.CallTask",
    ("desk-case-time-take-back", "entry_id"): "cases.CaseTime",
    ("desk-mail-notice", "pk"): "notices.Notice",
    ("desk-mail-retry", "pk"): "notices.Notice",
    ("desk-payout-file", "file_id"): "invoicing.PayoutFile",
    ("desk-session-time-take-back", "entry_id"): "support_sessions.WorkEntry",
    ("desk-task-time-take-back", "entry_id"): "delivery.DeliveryTime",
    ("desk-work-correct", "entry_id"): "support_sessions.WorkEntry",
    ("desk-work-take-back", "entry_id"): "support_sessions.WorkEntry",
}
"""Addresses in which a number is the key of something else."""
PERSON = "people.person"
FARTHEST = 4
LARGEST = 2**63
"""Keys are smaller; an address may hold any number."""


def of_address(name: str, numbers: dict[str, Any]) -> Thing:
    """What the address with this name is about, by the numbers in it: the first that is known. One query."""
    for word, number in numbers.items():
        label = BESIDES.get((name, word)) or BY_NUMBER.get(word)
        if label and isinstance(number, int):
            return Thing(label.lower(), number if number < LARGEST else None, organisation_of(label, number))
    return NOTHING


def of_path(path: str) -> Thing:
    """What a path of this product is about: where one is led after something was made."""
    try:
        found = resolve(path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0])
    except Resolver404:
        return NOTHING
    return of_address(found.url_name or "", found.kwargs)


def of_row(row: Model) -> Thing:
    """A row, which may not stand any more, and the client that it belongs to."""
    label = row._meta.label_lower
    path = path_to_client(label)
    if not path or path == "pk":
        return Thing(label, row.pk, row.pk if path else None)
    first, _, rest = path.partition("__")
    near = first.removesuffix("_id")
    key = row.serializable_value(near)
    relation = row._meta.get_field(near).related_model
    if not rest or key is None or relation is None or isinstance(relation, str):
        return Thing(label, row.pk, key)
    return Thing(label, row.pk, organisation_of(relation._meta.label, key))


def organisation_of(label: str, number: int) -> int | None:
    """The client that a thing belongs to; None where it belongs to none, or is not there."""
    path = path_to_client(label)
    if not path or not -LARGEST <= number < LARGEST:
        return None
    found: int | None = apps.get_model(label)._default_manager.filter(pk=number).values_list(path, flat=True).first()
    return found


@cache
def path_to_client(label: str) -> str:
    """The shortest way from a model to its client along foreign keys, as a lookup; along those that are always set, if there is one."""
    return _way(label, with_gaps=False) or _way(label, with_gaps=True)


def _way(label: str, *, with_gaps: bool) -> str:
    ways: deque[tuple[type[Model], str]] = deque([(apps.get_model(label), "")])
    seen: set[type[Model]] = set()
    while ways:
        model, way = ways.popleft()
        if model is Organisation:
            return f"{way}_id" if way else "pk"
        if model in seen or way.count("__") >= FARTHEST:
            continue
        seen.add(model)
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and isinstance(field.related_model, type) and (with_gaps or not field.null):
                ways.append((field.related_model, f"{way}__{field.name}" if way else field.name))
    return ""
