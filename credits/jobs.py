"""What is done about credit when its time has come (rule C12). Late or twice is harmless."""

from datetime import datetime

from clients.agreements import local_date
from core.batches import each
from credits import ledger
from credits.models import CreditAccount


def expire_due(at: datetime) -> int:
    """Expire what is still available in lots whose last local day is over; how many accounts that concerned (rule C12)."""
    due = CreditAccount.objects.filter(lots__available_minutes__gt=0, lots__expires_on__lt=local_date(at)).distinct().order_by("pk")
    return each(due, lambda account: _expire(account, at))


def _expire(account: CreditAccount, at: datetime) -> bool:
    ledger.expire(account=account, at=at)
    return True
