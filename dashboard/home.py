"""What a client's home page says: what there is, what comes next, what waits for the reader (rules C5, C6, C8, C9, R6, R8).

Everything is found in a number of queries that depends on nothing; templates neither ask nor reckon.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef

from cases import portal as case_portal
from clients import access, agreements, limits
from clients.access import ACTING, Yes
from clients.agreements import local_date
from credits import portal as credit_portal
from credits import spending
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.ledger import HoldState
from credits.portal import Usage
from credits.topups import TopUp, TopUpState
from credits.transfers import Transfer
from dashboard import delivery_home
from dashboard.approvals import Voices, top_ups_to_approve, transfers_to_approve
from invoicing import sources
from people.models import Person
from sessions import consents, late_work, portal, second_yes
from sessions.models import Consent, LateWork, Session, SessionKind, State
from sessions.models.sessions import BEFORE_WORK, OPEN
from sessions.portal import Row

__all__ = ["AccountFacts", "Home", "home_of"]

MOST_NEXT = 6
MOST_UNPAID = 5
MOST_COUNTED = 100
MOST_HELD_SHOWN = 4
TO_COME = (*BEFORE_WORK, State.IN_PROGRESS, State.PAUSED)


@dataclass(frozen=True)
class AccountFacts:
    """One account: its figures, what its credit is held for (the first few), whether the reader adds to it and books from it.

    `uncovered_minutes` is owed on confirmation: more than is held has been promised. `is_postpaid`: its hours are paid
    afterwards; `is_invoiced`: what it owes has a page, for the provider makes invoices (rules C11, I7).
    """

    account: CreditAccount
    usage: Usage
    held_for: Sequence[Session]
    held_for_others: int
    uncovered_minutes: int
    may_top_up: bool
    may_book: bool
    is_postpaid: bool
    is_invoiced: bool


@dataclass(frozen=True)
class Waiting:
    """A session that waits for a decision: by the reader, or by the `deciders`, whose names are given.

    The hours of one that takes two approvers wait for those who can give the second yes.
    """

    row: Row
    may_decide: bool
    deciders: str


@dataclass(frozen=True)
class Question:
    """A question that the reader may answer: for more time, or (`begins`) whether unplanned work may be done."""

    consent: Consent
    begins: bool


@dataclass(frozen=True)
class Unpaid:
    """The orders that have waited longest to be paid, and how many `more` there are: at least so many, if not all are `counted`."""

    oldest: Sequence[TopUp]
    more: int
    counted: bool


@dataclass(frozen=True)
class Home:
    """The home page of one person."""

    accounts: Sequence[AccountFacts]
    step: int
    coming: Sequence[Row]
    more_coming: int
    to_confirm: Sequence[Waiting]
    awaiting: Sequence[Waiting]
    questions: Sequence[Question]
    late: Sequence[LateWork]
    unpaid: Unpaid
    to_approve: Sequence[TopUp]
    transfers: Sequence[Transfer]
    cases: case_portal.Panel
    delivery: delivery_home.Panel
    is_new: bool
    sells_credit: bool

    @property
    def waits(self) -> bool:
        """Whether anything waits for the reader."""
        to_decide = (self.to_confirm, self.awaiting, self.questions, self.late, self.to_approve, self.transfers)
        return any(to_decide) or bool(self.unpaid.oldest) or self.delivery.waits


def home_of(person: Person, *, of: Collection[int], at: datetime) -> Home:
    """The home page of `person`, a member of client organisations, as of `at`: what it says of these, by number."""
    offered = credit_terms.offered()
    seen = list(credit_portal.accounts_of(person).filter(organisation__in=of))
    accounts = seen if offered else []
    mine = portal.sessions_of(person).filter(organisation__in=of)
    rows = portal.rows(mine.filter(state__in=OPEN).order_by(portal.WHEN, "pk"), at=at)
    coming = [row for row in rows if row.session.state in TO_COME]
    voices, names = spending.voices(accounts, at=at), spending.named(accounts)
    deciding = {pk for pk, about in voices.items() if any(voice.person == person for voice in about)}
    acting = {membership.organisation_id for membership in person.memberships.all() if membership.role in ACTING}
    spends = deciding | {
        account.pk
        for account in accounts
        if account.organisation_id in acting and (not names[account.pk] or person.pk in names[account.pk])
    }
    booking = {account.organisation_id for account in accounts if account.pk in spends and account.closed_at is None}
    return Home(
        accounts=_accounts(accounts, rows, deciding, spends, on=local_date(at)),
        step=offered.rounding_step_minutes if offered else 1,
        sells_credit=offered is not None,
        coming=coming[:MOST_NEXT],
        more_coming=len(coming[MOST_NEXT:]),
        to_confirm=_to_confirm([row for row in rows if row.session.state == State.SUBMITTED], person, voices),
        awaiting=[_awaiting(row, person, voices) for row in rows if row.missing_minutes],
        questions=_questions(person, deciding, spends),
        late=_late(person, deciding),
        unpaid=_unpaid(seen),
        to_approve=top_ups_to_approve(person, voices),
        transfers=transfers_to_approve(person, voices),
        cases=case_portal.panel_of(person, of=of),
        delivery=delivery_home.panel_of(person, of=of, booking=booking, at=at),
        is_new=not rows and not any(account.entry_count for account in accounts) and not mine.exists(),
    )


def _unpaid(accounts: Sequence[CreditAccount]) -> Unpaid:
    """What of these accounts waits to be paid. Two queries."""
    by_number = {account.pk: account for account in accounts}
    waiting = credit_portal.orders_on(accounts).filter(state=TopUpState.ORDERED).order_by("ordered_at", "pk")
    counted = list(waiting.values_list("pk", flat=True)[:MOST_COUNTED])
    oldest = list(waiting.filter(pk__in=counted[:MOST_UNPAID])) if counted else []
    for order in oldest:
        order.account = by_number[order.account_id]
    return Unpaid(oldest, len(counted) - len(oldest), counted=len(counted) < MOST_COUNTED)


def _accounts(
    accounts: Iterable[CreditAccount], rows: Iterable[Row], deciding: Container[int], spends: Container[int], *, on: date
) -> list[AccountFacts]:
    holding: dict[int, list[Session]] = defaultdict(list)
    postpaid = agreements.postpaid_among((account.organisation_id for account in accounts), on=on)
    is_invoiced = sources.are_offered()
    for row in rows:
        if row.session.hold is not None and row.session.hold.covered_minutes:
            holding[row.session.account_id].append(row.session)
    return [
        AccountFacts(
            account=account,
            usage=usage,
            held_for=holding[account.pk][:MOST_HELD_SHOWN],
            held_for_others=len(holding[account.pk][MOST_HELD_SHOWN:]),
            uncovered_minutes=_uncovered(row.session for row in rows if row.session.account_id == account.pk),
            may_top_up=account.pk in deciding and account.closed_at is None,
            may_book=account.pk in spends and account.closed_at is None,
            is_postpaid=account.organisation_id in postpaid,
            is_invoiced=is_invoiced,
        )
        for account, usage in credit_portal.with_usage(accounts)
    ]


def _uncovered(sessions: Iterable[Session]) -> int:
    """What will be owed on confirmation: sessions that were let through with less cover than they need (rule C5)."""
    holds = [session.hold for session in sessions if session.hold is not None]
    return sum(hold.missing_minutes for hold in holds if hold.state == HoldState.PLACED)


def _questions(person: Person, deciding: Container[int], spends: Container[int]) -> list[Question]:
    """Questions for more time, or for unplanned work, that this person may answer (rules C8, R8)."""
    earlier = Consent.objects.filter(session=OuterRef("session"), pk__lt=OuterRef("pk"))
    asked = portal.consents_of(person).filter(given=None, session__state__in=consents.ANSWERABLE).annotate(follows=Exists(earlier))
    listed = asked.select_related("session__organisation", "session__requested_by", "asked_by").order_by("asked_at", "pk")
    return [
        Question(question, begins=question.session.kind != SessionKind.BOOKED and not question.follows)
        for question in listed
        if _may_answer(person, question.session, deciding, spends)
    ]


def _may_answer(person: Person, session: Session, deciding: Container[int], spends: Container[int]) -> bool:
    booked = session.kind == SessionKind.BOOKED and person.pk == session.requested_by_id and session.account_id in spends
    return booked or session.account_id in deciding


def _late(person: Person, deciding: Container[int]) -> list[LateWork]:
    """Work that was logged late and that this person may accept (rule R6)."""
    waiting = portal.late_work_of(person).filter(accepted=None, entry__live=True, entry__session__state__in=late_work.ANSWERABLE)
    listed = waiting.select_related("entry__person", "entry__session").order_by("asked_at", "pk")
    return [late for late in listed if late.entry.session.account_id in deciding]


def _to_confirm(rows: Iterable[Row], person: Person, voices: Voices) -> list[Waiting]:
    """Hours, with who confirms them; with the first yes of two, who can give the second (rules: People, C8)."""
    firsts = [(row, second_yes.first_yes(row.session)) for row in rows]
    lent = access.lent_then(first for _, first in firsts if first)
    return [_second(row, person, voices, first, lent[first]) if first else _awaiting(row, person, voices) for row, first in firsts]


def _second(row: Row, person: Person, voices: Voices, first: Yes, lent: Set[int]) -> Waiting:
    about = voices[row.session.account_id]
    deciders = limits.seconds(first.person, among=about, lent=lent)
    completes = person in deciders or limits.decides_alone(person, second_yes.worth(row.session), among=about)
    return Waiting(row, completes, _names(deciders))


def _awaiting(row: Row, person: Person, voices: Voices) -> Waiting:
    deciders = [voice.person for voice in voices[row.session.account_id]]
    return Waiting(row, person in deciders, _names(deciders))


def _names(people: Iterable[Person]) -> str:
    return ", ".join(person.name for person in dict.fromkeys(people))
