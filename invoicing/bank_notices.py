"""What is to be noticed about a bank file that was read (rule I3): what it lacks by its balances, and what is yet to come.

Nothing follows from it but a look at the bank: money that came is led where it belongs all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from djmoney.money import Money

from core.formatting import money
from invoicing.models import BankFile


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A file, and in sentences what is to be noticed about it: nothing where it is whole."""

    file: BankFile
    notices: list[str]


def last_read(most: int) -> list[Shown]:
    """The files that were read last, that of today first."""
    return of(BankFile.objects.select_related("read_by").order_by("-read_at", "-pk")[:most])


def of(files: Sequence[BankFile] | QuerySet[BankFile]) -> list[Shown]:
    """Each of these files with its notices. One query for all."""
    jumps = _jumps([file.pk for file in files])
    return [Shown(file=file, notices=_notices(file, jumps.get(file.pk, Decimal(0)))) for file in files]


def _notices(file: BankFile, jump: Decimal) -> list[str]:
    said = []
    if file.unexplained:
        lacks = _(
            "The transactions of this file do not explain its balances: %(sum)s is missing. Perhaps a page of the statement is missing."
        )
        said.append(lacks % {"sum": money(Money(file.unexplained, file.currency))})
    if jump:
        between = _("Between the file before and this one %(sum)s moved that neither tells of. Perhaps a file has not been read.")
        said.append(between % {"sum": money(Money(abs(jump), file.currency))})
    if file.pending:
        waits = ngettext(
            "%(number)s entry was not booked yet and is left out; it comes with a later file.",
            "%(number)s entries were not booked yet and are left out; they come with a later file.",
            file.pending,
        )
        said.append(waits % {"number": file.pending})
    return said


def _jumps(files: list[int]) -> dict[int, Decimal]:
    """By file, how far its opening balance is from the closing balance of the file before; none where no file is, or it follows on.

    The file before is that of the same account which began earlier and ended last by then. Banks date an opening balance by the day
    that begins or by the one that has ended, and files overlap: so a file follows on from whichever closed with its opening balance,
    on that day or on the last day before it that a file closed on. It is looked at anew each time: a file that is read late fills the gap.
    """
    others = BankFile.objects.filter(account=OuterRef("account"), currency=OuterRef("currency"), closed_on__lte=OuterRef("opened_on"))
    others = others.exclude(pk=OuterRef("pk")).order_by("-closed_on", "-pk")
    before = others.filter(opened_on__lt=OuterRef("opened_on"))
    ended_on = Subquery(before.filter(closed_on__lt=OuterRef("opened_on")).values("closed_on")[:1])
    found = (
        BankFile.objects.filter(pk__in=files, opened_on__isnull=False)
        .annotate(since=Coalesce(ended_on, F("opened_on")), left_at=Subquery(before.values("closing")[:1]))
        .filter(~Exists(others.filter(closed_on__gte=OuterRef("since"), closing=OuterRef("opening"))), left_at__isnull=False)
    )
    return {pk: opening - left_at for pk, opening, left_at in found.values_list("pk", "opening", "left_at")}
