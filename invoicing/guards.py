"""The last guards of invoicing, in the database itself (rules I1, I3, C14)."""

from core.guards import Guard, append_only, closed_once, columns_fixed, frozen_while, set_once, triggers
from invoicing.guards_books import BOOKS

_SAID = [
    *("kind", "currency", "preceding_id", "reason", "buyer_reference", "order_reference", "vat_treatment", "net", "vat", "total"),
    *("rounding", "payable", "year", "sequence", "number", "ocr", "issued_on", "due_on", "issued_at", "issued_by_id", "language"),
    *("seller", "buyer", "payment", "vat_rows", "books_currency", "rate", "rate_on", "vat_in_books", "state", "organisation_id"),
    *("late_terms", "cause", "drafted_at", "drafted_by_id"),
]


def _issued_for_ever() -> Guard:
    """An issued invoice is never removed, and what it says never changes (rule I1): only what is paid and credited of it does."""
    name = "invoicing_invoice_issued"
    sqlite = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _SAID)
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _SAID)
    refuse = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation';"
    return triggers(
        table="invoicing_invoice",
        name=name,
        on="UPDATE OR DELETE",
        sqlite={
            "BEFORE UPDATE": f"SELECT RAISE(ABORT, '{name}') WHERE OLD.state = 'issued' AND ({sqlite})",
            "BEFORE DELETE": f"SELECT RAISE(ABORT, '{name}') WHERE OLD.state = 'issued'",
        },
        postgresql=f"IF TG_OP = 'DELETE' THEN IF OLD.state = 'issued' THEN {refuse} END IF; RETURN OLD; END IF; "
        f"IF OLD.state = 'issued' AND ({changed}) THEN {refuse} END IF; RETURN NEW;",
    )


def _dealt_with_once() -> Guard:
    """Money that was dealt with stays so (rule I3): only what was put aside as no payment of a client's is taken up again."""
    name = "invoicing_banktransaction_closed_once"
    again = "OLD.state = 'ignored' AND NEW.state = 'open' AND NEW.settled_at IS NULL"
    abort = f"SELECT RAISE(ABORT, '{name}') WHERE OLD.settled_at IS NOT NULL"
    refuse = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation';"
    return triggers(
        table="invoicing_banktransaction",
        name=name,
        on="UPDATE OR DELETE",
        sqlite={"BEFORE UPDATE": f"{abort} AND NOT ({again})", "BEFORE DELETE": abort},
        postgresql=f"IF TG_OP = 'DELETE' THEN IF OLD.settled_at IS NOT NULL THEN {refuse} END IF; RETURN OLD; END IF; "
        f"IF OLD.settled_at IS NOT NULL AND NOT ({again}) THEN {refuse} END IF; RETURN NEW;",
    )


_ISSUED = "EXISTS (SELECT 1 FROM invoicing_invoice i WHERE i.id = {row}.invoice_id AND i.state = 'issued')"
_LINE = [
    *("invoice_id", "position", "text", "quantity", "unit", "price", "base", "net"),
    *("vat_percent", "top_up_id", "billable_id", "late_charge_id", "refund_id", "plan_charge_id", "credits_id"),
]
_ON_AN_INVOICE = (
    "EXISTS (SELECT 1 FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id "
    "WHERE l.plan_charge_id = {row}.id AND i.state = 'issued')"
)
_CHARGE = [
    *("agreement_id", "plan_id", "first", "until", "whole_first", "whole_until", "turn", "fee", "net", "vat_percent", "currency", "cause"),
    "charged_at",
]
_MISSED = [
    "case_id",
    "kind",
    "missed_at",
    "month",
    "agreement_id",
    "plan_id",
    "grants",
    "percent",
    "net",
    "currency",
    "minutes",
    "proposed_at",
]
_READ = [
    *("digest", "account", "currency", "pending", "unexplained", "opening", "opened_on", "closing", "closed_on", "read_at", "read_by_id"),
]
_BOOKED = [
    *("file_id", "identity", "entry_identity", "booked_on", "amount", "currency", "creditor_references", "text", "payer"),
    "payer_account",
]
_CHARGED = ["invoice_id", "cause", "until_on", "interest", "fees", "compensation", "spans", "made_at", "made_by_id"]
_ON_A_LINE = "EXISTS (SELECT 1 FROM invoicing_invoiceline l WHERE l.late_charge_id = {row}.id)"


def _waived_is_not_invoiced() -> Guard:
    """A late charge that was waived comes onto no line (rule I5)."""
    name = "invoicing_invoiceline_waived"
    waived = (
        "NEW.late_charge_id IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM invoicing_latecharge c WHERE c.id = NEW.late_charge_id AND c.waived_at IS NOT NULL)"
    )
    abort = f"SELECT RAISE(ABORT, '{name}') WHERE {waived}"
    return triggers(
        table="invoicing_invoiceline",
        name=name,
        on="INSERT OR UPDATE",
        sqlite={"BEFORE INSERT": abort, "BEFORE UPDATE": abort},
        postgresql=f"IF {waived} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


_ON_ITS_WAY = ["invoice_id", "channel", "recipients", "cause", "key", "queued_at", "queued_by_id"]


def _only_issued_are_sent() -> Guard:
    """A draft never leaves the house (rule I4)."""
    name = "invoicing_transmission_issued"
    draft = f"NOT {_ISSUED.format(row='NEW')}"
    return triggers(
        table="invoicing_transmission",
        name=name,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{name}') WHERE {draft}"},
        postgresql=f"IF {draft} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


_PAYOUT = [
    *("organisation_id", "cause", "currency", "amount", "account_kind", "account", "bic", "reference"),
    *("proposed_at", "proposed_by_id"),
]
_MONEY = (
    "(SELECT COALESCE(SUM(p.amount), 0) FROM invoicing_payment p WHERE p.organisation_id = NEW.organisation_id "
    "AND p.currency = NEW.currency AND p.invoice_id IS NULL)"
)
_SET_ASIDE = (
    "(SELECT COALESCE(SUM(o.amount), 0) FROM invoicing_payout o WHERE o.organisation_id = NEW.organisation_id "
    "AND o.currency = NEW.currency AND o.state IN ('proposed', 'approved'))"
)


def _money_there(table: str, beyond: str) -> Guard:
    """No more of a client's money goes than there is, and what payouts have set aside goes nowhere else (rule I3)."""
    name = f"{table}_money_there"
    return triggers(
        table=table,
        name=name,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{name}') WHERE {beyond}"},
        postgresql=f"IF {beyond} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


GUARDS = [
    _issued_for_ever(),
    frozen_while("invoicing_invoiceline", _LINE, holds=_ISSUED),
    append_only("invoicing_invoicedocument"),
    append_only("invoicing_paperlogo"),
    append_only("invoicing_invoiceevent"),
    append_only("invoicing_payment"),
    append_only("invoicing_cardevent"),
    columns_fixed("invoicing_cardpayment", ["invoice_id", "cause", "service", "currency", "amount", "begun_at", "begun_by_id"]),
    closed_once("invoicing_cardpayment", "returned_at"),
    append_only("invoicing_vatcheck"),
    columns_fixed("invoicing_bankfile", _READ),
    columns_fixed("invoicing_banktransaction", _BOOKED),
    _dealt_with_once(),
    *BOOKS,
    append_only("invoicing_reminder"),
    columns_fixed("invoicing_invoicestop", ["invoice_id", "cause", "stopped_at", "stopped_by_id", "why", "until_on"]),
    closed_once("invoicing_invoicestop", "resumed_at"),
    columns_fixed("invoicing_invoicecontest", ["invoice_id", "cause", "reason", "positions", "contested_at", "contested_by_id"]),
    closed_once("invoicing_invoicecontest", "closed_at"),
    columns_fixed("invoicing_invoicefreeze", ["invoice_id", "lot_id", "frozen_at"]),
    closed_once("invoicing_invoicefreeze", "released_at"),
    columns_fixed("invoicing_latecharge", _CHARGED),
    closed_once("invoicing_latecharge", "waived_at"),
    frozen_while("invoicing_latecharge", ["waived_at"], holds=_ON_A_LINE),
    _waived_is_not_invoiced(),
    _only_issued_are_sent(),
    columns_fixed("invoicing_transmission", _ON_ITS_WAY),
    set_once("invoicing_transmission", ["sent_at", "ended_at"]),
    closed_once("invoicing_transmission", "ended_at"),
    columns_fixed("invoicing_issuebatch", ["cause", "asked_by_id", "asked_at"]),
    closed_once("invoicing_issuebatch", "closed_at"),
    columns_fixed("invoicing_issuebatchrow", ["batch_id", "invoice_id"]),
    closed_once("invoicing_issuebatchrow", "done_at"),
    append_only("invoicing_payoutfile"),
    columns_fixed("invoicing_payout", _PAYOUT),
    set_once("invoicing_payout", ["approved_at", "approved_by_id", "file_id"]),
    closed_once("invoicing_payout", "closed_at"),
    _money_there(
        "invoicing_payment",
        "NEW.invoice_id IS NULL AND NEW.amount < 0 "
        f"AND {_MONEY} + (CASE WHEN NEW.way = 'payout' THEN 0 ELSE NEW.amount END) < {_SET_ASIDE} - 0.005",
    ),
    _money_there("invoicing_payout", f"NEW.state <> 'proposed' OR {_MONEY} - {_SET_ASIDE} < NEW.amount - 0.005"),
    frozen_while("invoicing_plancharge", _CHARGE, holds=_ON_AN_INVOICE),
    closed_once("invoicing_plancredit", "settled_at"),
    append_only("invoicing_planhours"),
    append_only("invoicing_indexnotice"),
    columns_fixed("invoicing_compensation", _MISSED),
    set_once("invoicing_compensation", ["decided_at", "lot_id", "credit_note_id"]),
]
