"""The last guards of the books, in the database itself (rules I6, C14)."""

from core.guards import Guard, append_only, closed_once, columns_fixed, frozen_while, set_once, triggers

_CLOSED = "EXISTS (SELECT 1 FROM invoicing_bookvoucher v WHERE v.id = {row}.voucher_id AND v.closed_at IS NOT NULL)"
_ROW = ["voucher_id", "position", "meaning", "number", "name", "amount", "text", "lot_id", "debt_id", "line_id"]
_SAID = ["series", "year", "booked_on", "happened_on", "text", "said", "cause", "written_at"]
_LOCKED = (
    "EXISTS (SELECT 1 FROM invoicing_bookperiod p WHERE p.locked_at IS NOT NULL "
    "AND NEW.booked_on >= p.first_on AND NEW.booked_on <= p.last_on)"
)


def _begins_open() -> Guard:
    """A voucher is written open, and in a month that is open (rule I6)."""
    name = "invoicing_bookvoucher_begins_open"
    breaks = f"NEW.closed_at IS NOT NULL OR {_LOCKED}"
    return triggers(
        table="invoicing_bookvoucher",
        name=name,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{name}') WHERE {breaks}"},
        postgresql=f"IF {breaks} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


def _closes_balanced() -> Guard:
    """A voucher closes with rows, and only when they come to nothing (rule I6). In SQLite decimals are floats."""
    name = "invoicing_bookvoucher_balanced"
    total = "(SELECT ROUND(COALESCE(SUM(r.amount), 1) * 100) FROM invoicing_bookrow r WHERE r.voucher_id = NEW.id)"
    breaks = f"OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND {total} <> 0"
    return triggers(
        table="invoicing_bookvoucher",
        name=name,
        on="UPDATE",
        sqlite={"BEFORE UPDATE OF closed_at": f"SELECT RAISE(ABORT, '{name}') WHERE {breaks}"},
        postgresql=f"IF {breaks} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


def _files_closed_ones() -> Guard:
    """Only a closed voucher goes into a file (rule I6)."""
    name = "invoicing_bookfilevoucher_closed"
    breaks = f"NOT {_CLOSED.format(row='NEW')}"
    return triggers(
        table="invoicing_bookfilevoucher",
        name=name,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{name}') WHERE {breaks}"},
        postgresql=f"IF {breaks} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


BOOKS = [
    _begins_open(),
    _closes_balanced(),
    columns_fixed("invoicing_bookvoucher", _SAID),
    closed_once("invoicing_bookvoucher", "closed_at"),
    frozen_while("invoicing_bookrow", _ROW, holds=_CLOSED),
    append_only("invoicing_bookevent"),
    append_only("invoicing_bookmove"),
    append_only("invoicing_bookfile"),
    append_only("invoicing_bookfilevoucher"),
    _files_closed_ones(),
    columns_fixed("invoicing_booklot", ["lot_id", "line_id", "total", "vat_treatment", "granted_minutes"]),
    columns_fixed("invoicing_bookperiod", ["first_on", "last_on"]),
    set_once("invoicing_bookperiod", ["accrued_at", "locked_at", "locked_by_id"]),
]
