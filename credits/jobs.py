"""What is done about credit when its time has come (rule C12). Late or twice is harmless."""

from credits.expiry import expire_due
from credits.expiry import remind as remind_expiry

__all__ = ["expire_due", "remind_expiry"]
