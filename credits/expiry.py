"""Credit that can be used only until a day: it expires after it, and is told of before (rule C12)."""

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from clients.agreements import local_date
from core.batches import each
from credits import ledger, spending, terms
from credits.models import CreditAccount, Lot
from notices import outbox


def expire_due(at: datetime) -> int:
    """Expire what is still available in lots whose last local day is over; how many accounts that concerned."""
    due = CreditAccount.objects.filter(lots__available_minutes__gt=0, lots__expires_on__lt=local_date(at)).distinct().order_by("pk")
    return each(due, lambda account: _expire(account, at))


def remind(at: datetime) -> int:
    """Tell the approvers of lots that will soon expire, once for each number of days that the terms name.

    Where several reminders fall due at once (the job did not run, the lot was bought late) only the nearest is sent.
    Returns how many lots were told of.
    """
    offered, today = terms.offered(), local_date(at)
    days = offered.expiry_reminder_days if offered else []
    if not days:
        return 0
    lots = {_cause(lot, days, today): lot for lot in expiring(today, today + timedelta(days=max(days)))}
    told = outbox.written(lots)
    return each([cause for cause in lots if cause not in told], lambda cause: _remind(lots[cause], cause, at))


def expiring(first: date, last: date) -> QuerySet[Lot]:
    """The lots that can still be used and whose last day is `first` to `last`, both included."""
    lots = Lot.objects.filter(available_minutes__gt=0, expires_on__gte=first, expires_on__lte=last)
    return lots.select_related("account__organisation").order_by("expires_on", "pk")


def _expire(account: CreditAccount, at: datetime) -> bool:
    ledger.expire(account=account, at=at)
    return True


def _cause(lot: Lot, days: list[int], today: date) -> str:
    """What names the reminder that is due: the nearest one, of the day that the lot has now."""
    left = ((lot.expires_on or today) - today).days
    return f"lot:{lot.pk}:expires:{lot.expires_on}:{min(number for number in days if number >= left)}"


def _remind(lot: Lot, cause: str, at: datetime) -> bool:
    account = lot.account
    people = spending.deciders(account, at=at)
    context = {"lot": lot, "account": account}
    return bool(outbox.compose(cause=cause, people=people, template="credits/mail/expires_soon", context=context, at=at))
