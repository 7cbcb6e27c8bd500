"""The last guards of the ledger, in the database itself (rules C12, C14, C15)."""

from core.guards import append_only, closed_once, columns_fixed, triggers
from credits.models.lots import TERMS

_GAP = "credits_entry_numbered"
_SHORTENED = "credits_lot_never_shortened"
_SHORTENS = "(CASE WHEN OLD.expires_on IS NULL THEN NEW.expires_on IS NOT NULL ELSE COALESCE(NEW.expires_on < OLD.expires_on, TRUE) END)"
_PREVIOUS = "SELECT {column} FROM credits_entry WHERE account_id = NEW.account_id ORDER BY number DESC LIMIT 1"
_NUMBER = _PREVIOUS.format(column="number")
_BALANCE = _PREVIOUS.format(column="balance_after")
_RECORDED = _PREVIOUS.format(column="recorded_at")
_BREAKS = (
    f"NEW.number <> COALESCE(({_NUMBER}), 0) + 1 OR NEW.balance_after <> COALESCE(({_BALANCE}), 0) + NEW.minutes "
    f"OR NEW.recorded_at < COALESCE(({_RECORDED}), NEW.recorded_at)"
)

GUARDS = [
    append_only("credits_entry"),
    append_only("credits_move"),
    append_only("credits_refund"),
    columns_fixed("credits_lot", TERMS),
    columns_fixed("credits_debt", ["account_id", "entry_id", "minutes", "price_per_hour", "price_per_hour_currency", "vat_percent"]),
    columns_fixed(
        "credits_hold", ["account_id", "cause", "price_per_hour", "price_per_hour_currency", "vat_percent", "postpaid", "placed_at"]
    ),
    columns_fixed(
        "credits_topup",
        [
            "account_id",
            "cause",
            "minutes",
            "price_per_hour",
            "price_per_hour_currency",
            "net",
            "net_currency",
            "vat",
            "vat_currency",
            "total",
            "total_currency",
            "vat_percent",
            "credit_on",
            "bonus_minutes",
            "campaign_id",
            "validity_months",
            "ordered_at",
            "ordered_by_id",
            "debt_id",
            "automatic_id",
        ],
    ),
    closed_once("credits_hold", "resolved_at"),
    closed_once("credits_topup", "closed_at"),
    columns_fixed(
        "credits_autotopup",
        ["account_id", "cause", "below_minutes", "minutes", "most_a_month", "reference", "agreed_at", "agreed_by_id"],
    ),
    closed_once("credits_autotopup", "stopped_at"),
    columns_fixed("credits_transfer", ["source_id", "target_id", "cause", "minutes", "reason", "proposed_at", "proposed_by_id"]),
    closed_once("credits_transfer", "closed_at"),
    triggers(
        table="credits_lot",
        name=_SHORTENED,
        on="UPDATE",
        sqlite={"BEFORE UPDATE OF expires_on": f"SELECT RAISE(ABORT, '{_SHORTENED}') WHERE {_SHORTENS}"},
        postgresql=f"IF {_SHORTENS} THEN RAISE EXCEPTION '{_SHORTENED}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    ),
    triggers(
        table="credits_entry",
        name=_GAP,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{_GAP}') WHERE {_BREAKS}"},
        postgresql=f"IF {_BREAKS} THEN RAISE EXCEPTION '{_GAP}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    ),
]
