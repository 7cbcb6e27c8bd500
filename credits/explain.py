"""Why a figure is what it is: the things it is made of, each of which can be opened (rules C9, C14, C15).

Every figure is explained by tables, and each of the tables adds up to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django_stubs_ext import StrPromise

from core.formatting import day, hours, money
from credits import causes, portal
from credits.models import CreditAccount, Debt, Entry, EntryKind, Hold, Lot, Move
from people.models import Person

__all__ = ["FIGURES", "Explanation", "Part", "Table", "explain", "explain_lot", "lots_of", "net_of"]

LEFT = ("available", "held", "frozen")
"""The pockets of a lot that count in the balance."""
MOST_LISTED = 100
"""Lines of a lot's history that are listed one by one; those before are one sum."""


@dataclass(frozen=True)
class Figure:
    """A figure that can be explained, and where."""

    words: str | StrPromise
    url: str


@dataclass(frozen=True)
class Part:
    """Something that a figure is made of. `minutes` are as they count in the figure; `url` shows more about it."""

    words: str
    minutes: int
    detail: str = ""
    on: date | datetime | None = None
    url: str = ""


@dataclass(frozen=True)
class Table:
    """Parts that together are the figure."""

    title: str
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        """The figure once more, summed from its parts."""
        return sum(part.minutes for part in self.parts)


@dataclass(frozen=True)
class Explanation:
    """A figure in minutes, what it means, and tables that each add up to it."""

    title: str
    meaning: str
    minutes: int
    tables: Sequence[Table]


def explain(account: CreditAccount, figure: str, *, to: Person) -> Explanation:
    """Why `figure`, one of FIGURES, is what it is now. Raises KeyError for any other."""
    return _EXPLAINED[figure](account, to)


def figures_of(account: CreditAccount) -> list[Figure]:
    """The figures of an account that can be explained; what is held, frozen or owed only where something is."""
    shown = {"held": account.held_minutes, "frozen": account.frozen_minutes, "owed": account.debt_minutes}
    return [Figure(words, _url(account, name)) for name, words in FIGURES.items() if shown.get(name, 1)]


def lots_of(person: Person) -> QuerySet[Lot]:
    """The lots of the accounts `person` may read."""
    return Lot.objects.filter(account__in=portal.readable_accounts(person)).select_related("account__organisation")


def explain_lot(lot: Lot) -> Explanation:
    """Why so much of `lot` is left: by what became of it, by where it is now, and by every entry that touched it."""
    gone = [(_("Granted"), lot.granted_minutes), (_("Used"), -lot.spent_minutes), (_("Expired"), -lot.expired_minutes)]
    gone += [(_("Refunded"), -lot.refunded_minutes), (_("Moved to another account"), -lot.moved_minutes)]
    there = [(_("Available"), lot.available_minutes), (_("Held"), lot.held_minutes), (_("Frozen"), lot.frozen_minutes)]
    return Explanation(
        title=_words(lot),
        meaning=_("What is left of it, of all that was granted."),
        minutes=sum(minutes for _name, minutes in there),
        tables=[
            Table(_("What became of it"), [Part(words, minutes) for words, minutes in gone if minutes]),
            Table(_("Where it is now"), [Part(words, minutes) for words, minutes in there if minutes]),
            Table(_("Line by line"), _history(lot)),
        ],
    )


def net_of(moves: QuerySet[Move]) -> int:
    """What these moves did to what is left in lots, in minutes."""
    return int(moves.aggregate(net=Coalesce(Sum(_signed()), 0))["net"])


def _balance(account: CreditAccount, _to: Person) -> Explanation:
    figures = {"available": account.available_minutes, "held": account.held_minutes, "frozen": account.frozen_minutes}
    figures["owed"] = -account.debt_minutes
    sums = dict(account.entries.order_by().values_list("kind").annotate(Sum("minutes")))
    return Explanation(
        title=_("Balance"),
        meaning=_("What is left in your lots, less what is owed. It is the sum of every line since the account was opened."),
        minutes=account.balance_minutes,
        tables=[
            Table(
                _("By what can be done with it"),
                [Part(str(FIGURES[name]), minutes, url=_url(account, name)) for name, minutes in figures.items() if minutes],
            ),
            Table(_("By what happened"), [Part(str(kind.label), sums[kind]) for kind in EntryKind if sums.get(kind)]),
        ],
    )


def _available(account: CreditAccount, _to: Person) -> Explanation:
    if account.debt_minutes:
        meaning = _("Nothing is available while something is owed: a top-up pays that first.")
    else:
        meaning = _("What can be booked now: what is left in your lots and neither held nor frozen, in the order of use.")
    lots = portal.lots_left(account).filter(available_minutes__gt=0)
    return Explanation(
        title=str(FIGURES["available"]),
        meaning=meaning,
        minutes=account.available_minutes,
        tables=[Table(_("By lot"), [_of_lot(lot, lot.available_minutes) for lot in lots])],
    )


def _held(account: CreditAccount, to: Person) -> Explanation:
    holds = list(account.holds.filter(covered_minutes__gt=0).order_by("placed_at", "pk"))
    told = causes.tell([hold.cause for hold in holds], to=to)
    lots = portal.lots_left(account).filter(held_minutes__gt=0)
    return Explanation(
        title=str(FIGURES["held"]),
        meaning=_("What is promised to sessions that are booked or wait to be confirmed. It is deducted then, or free again."),
        minutes=account.held_minutes,
        tables=[
            Table(_("By what it is held for"), [_of_hold(hold, told) for hold in holds]),
            Table(_("By lot"), [_of_lot(lot, lot.held_minutes) for lot in lots]),
        ],
    )


def _frozen(account: CreditAccount, _to: Person) -> Explanation:
    lots = portal.lots_left(account).filter(frozen_minutes__gt=0)
    return Explanation(
        title=str(FIGURES["frozen"]),
        meaning=_("What is yours but cannot be booked until it is released again."),
        minutes=account.frozen_minutes,
        tables=[Table(_("By lot"), [_of_lot(lot, lot.frozen_minutes) for lot in lots])],
    )


def _owed(account: CreditAccount, _to: Person) -> Explanation:
    debts = account.debts.filter(open_minutes__gt=0).select_related("entry").order_by("pk")
    return Explanation(
        title=str(FIGURES["owed"]),
        meaning=_("Work or a late change that your credit did not cover, at the price of its day. The next top-up pays it first."),
        minutes=account.debt_minutes,
        tables=[Table(_("By what it is owed for"), [_of_debt(debt) for debt in debts])],
    )


def _used(account: CreditAccount, _to: Person) -> Explanation:
    lots = portal.lots_in_use(account)
    parts = [_of_lot(lot, lot.granted_minutes - sum(getattr(lot, f"{pocket}_minutes") for pocket in LEFT)) for lot in lots]
    return Explanation(
        title=str(FIGURES["used"]),
        meaning=_("What is gone of the lots that are in use, and of the latest. Lots that were used up earlier are not counted."),
        minutes=portal.usage([account])[account.pk].used_minutes,
        tables=[Table(_("By lot"), parts)],
    )


def _of_lot(lot: Lot, minutes: int) -> Part:
    details = [_("%(granted)s granted") % {"granted": hours(lot.granted_minutes)}]
    if lot.expires_on:
        details.append(_("can be used until %(last)s") % {"last": day(lot.expires_on)})
    if lot.price_per_hour.amount:
        details.append(_("%(price)s an hour") % {"price": money(lot.price_per_hour)})
    return Part(_words(lot), minutes, " · ".join(details), lot.granted_at, reverse("lot-why", args=[lot.pk]))


def _of_hold(hold: Hold, told: Mapping[str, causes.Told]) -> Part:
    behind = told.get(hold.cause)
    detail = ""
    if hold.missing_minutes:
        detail = _("of %(wanted)s; %(missing)s is not covered") % {"wanted": hours(hold.minutes), "missing": hours(hold.missing_minutes)}
    words, url = (behind.words, behind.url) if behind else (pgettext("credit", "Promised"), "")
    return Part(words, hold.covered_minutes, detail, hold.placed_at, url)


def _of_debt(debt: Debt) -> Part:
    detail = _("%(price)s an hour") % {"price": money(debt.price_per_hour)}
    return Part(_what(debt.entry), debt.open_minutes, detail, debt.entry.occurred_on, reverse("entry", args=[debt.entry_id]))


def _history(lot: Lot) -> list[Part]:
    """What each entry did to what is left of the lot, the latest first; beyond MOST_LISTED of them the sum of the others."""
    moves = Move.objects.filter(lot=lot)
    touched = lot.account.entries.filter(Q(pk__in=moves.values("entry")) | Q(lot=lot))
    annotated = touched.annotate(net=Coalesce(Sum(_signed("moves__"), filter=Q(moves__lot=lot)), 0)).order_by("-number")
    entries = list(annotated[:MOST_LISTED])
    parts = [Part(_what(entry), entry.net, entry.reason, entry.recorded_at, reverse("entry", args=[entry.pk])) for entry in entries]
    earlier = moves.filter(entry__number__lt=entries[-1].number) if len(entries) == MOST_LISTED else moves.none()
    if earlier.exists():
        parts.append(Part(_("All that was earlier"), net_of(earlier)))
    return parts


def _signed(prefix: str = "") -> Case:
    """What a move of a lot does to what is left of it, in minutes."""
    into, out = Q(**{f"{prefix}to_pocket__in": LEFT}), Q(**{f"{prefix}from_pocket__in": LEFT})
    minutes = F(f"{prefix}minutes")
    return Case(When(into & ~out, then=minutes), When(out & ~into, then=-minutes), default=Value(0), output_field=IntegerField())


def _words(lot: Lot) -> str:
    return str(lot.get_source_display()) + (f": {lot.reason}" if lot.reason else "")


def _what(entry: Entry) -> str:
    return f"{entry.get_kind_display()}: {entry.text}" if entry.text else str(entry.get_kind_display())


def _url(account: CreditAccount, figure: str) -> str:
    return reverse("why", args=[account.pk, figure])


FIGURES: Mapping[str, StrPromise] = {
    "available": gettext_lazy("Available"),
    "held": gettext_lazy("Held"),
    "frozen": gettext_lazy("Frozen"),
    "owed": gettext_lazy("Owed"),
    "used": gettext_lazy("Used"),
    "balance": gettext_lazy("Balance"),
}
_EXPLAINED: Mapping[str, Callable[[CreditAccount, Person], Explanation]] = {
    "available": _available,
    "held": _held,
    "frozen": _frozen,
    "owed": _owed,
    "used": _used,
    "balance": _balance,
}
