"""What is done about credit when its time has come (rules C2, C12). Late or twice is harmless."""

from credits.auto_top_ups import order_due as order_automatically
from credits.expiry import expire_due
from credits.expiry import remind as remind_expiry

__all__ = ["expire_due", "order_automatically", "remind_expiry"]
