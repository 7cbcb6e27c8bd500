"""What became of money on our account (rule I3): all movements, or those of one file, by what was decided, and what each led to."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoicing.listing import Tab
from invoicing.models import BankFile, BankTransaction, Payment, TransactionState

ALL = "all"
_BY_HAND = Q(state=TransactionState.RESOLVED)
_TABS: dict[str, tuple[str | Promise, Q]] = {
    ALL: (pgettext_lazy("of a filter", "All"), Q(pk__isnull=False)),
    "waiting": (_("Waits for you"), Q(state=TransactionState.OPEN)),
    "matched": (_("Led to its invoice"), Q(state=TransactionState.MATCHED)),
    "paid": (_("Led by hand"), _BY_HAND & Q(is_kept=False)),
    "kept": (_("Kept for the client"), _BY_HAND & Q(is_kept=True)),
    "aside": (pgettext_lazy("bank transactions", "Put aside"), Q(state=TransactionState.IGNORED)),
}


def tab_of(code: str) -> str:
    """The list of that name; all where there is none."""
    return code if code in _TABS else ALL


def found(tab: str, file: BankFile | None) -> QuerySet[BankTransaction]:
    """The movements on a list, the latest first, each with the payments that it became."""
    led = Payment.objects.select_related("invoice", "organisation").order_by("pk")
    rows = _of(file).filter(_TABS[tab][1]).select_related("settled_by", "proposed").prefetch_related(Prefetch("payments", led))
    return rows.order_by("-booked_on", "-pk")


def tabs(file: BankFile | None) -> list[Tab]:
    """How much is on each list. One query."""
    counts = _of(file).aggregate(**{code: Count("pk", filter=where) for code, (_label, where) in _TABS.items()})
    return [Tab(code, label, counts[code]) for code, (label, _where) in _TABS.items()]


def _of(file: BankFile | None) -> QuerySet[BankTransaction]:
    """All of them, or those of a file; `is_kept`: something of it became a client's money."""
    rows = BankTransaction.objects.annotate(is_kept=Exists(Payment.objects.filter(transaction=OuterRef("pk"), invoice=None)))
    return rows if file is None else rows.filter(file=file)
