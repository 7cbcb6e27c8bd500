"""What a client's home page says: what there is, what comes next, what waits for the reader (rules C5, C6, C8, C9).

Everything is found in a number of queries that depends on nothing; templates neither ask nor reckon.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clients.access import decides_for
from clients.models import MemberRole, Membership
from credits import portal as credit_portal
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.portal import Usage
from credits.topups import TopUp, TopUpState
from people.models import Person
from sessions import consents, portal
from sessions.models import Consent, Session, State
from sessions.models.sessions import BEFORE_WORK, OPEN
from sessions.portal import Row

__all__ = ["AccountFacts", "Home", "home_of"]

MOST_NEXT = 6
MOST_HELD_SHOWN = 4
TO_COME = (*BEFORE_WORK, State.IN_PROGRESS, State.PAUSED)


@dataclass(frozen=True)
class AccountFacts:
    """One account: its figures, what its credit is held for (the first few), and who may add to it.

    `uncovered_minutes` is owed on confirmation: more than is held has been promised.
    """

    account: CreditAccount
    usage: Usage
    held_for: Sequence[Session]
    held_for_others: int
    uncovered_minutes: int
    may_top_up: bool


@dataclass(frozen=True)
class Waiting:
    """A session that waits for a decision: by the reader, or by the `deciders`, whose names are given."""

    row: Row
    may_decide: bool
    deciders: str


@dataclass(frozen=True)
class Home:
    """The home page of one person."""

    accounts: Sequence[AccountFacts]
    step: int
    coming: Sequence[Row]
    more_coming: int
    to_confirm: Sequence[Waiting]
    awaiting: Sequence[Waiting]
    questions: Sequence[Consent]
    unpaid: Sequence[TopUp]
    is_new: bool

    @property
    def waits(self) -> bool:
        """Whether anything waits for the reader."""
        return bool(self.to_confirm or self.awaiting or self.questions or self.unpaid)


def home_of(person: Person, *, at: datetime) -> Home:
    """The home page of `person`, a member of client organisations, as of `at`."""
    accounts = list(credit_portal.accounts_of(person))
    mine = portal.sessions_of(person)
    rows = portal.rows(mine.filter(state__in=OPEN).order_by("starts_at", "pk"), at=at)
    coming = [row for row in rows if row.session.state in TO_COME]
    deciders, deciding = _deciders(accounts), decides_for(person, at=at)
    unpaid = credit_portal.top_ups_of(person).filter(state=TopUpState.ORDERED).select_related("account__organisation")
    return Home(
        accounts=_accounts(accounts, rows, deciding),
        step=credit_terms.current().rounding_step_minutes,
        coming=coming[:MOST_NEXT],
        more_coming=len(coming[MOST_NEXT:]),
        to_confirm=_waiting(rows, State.SUBMITTED, deciding, deciders),
        awaiting=_waiting([row for row in rows if row.missing_minutes], State.AWAITING_TOP_UP, deciding, deciders),
        questions=_questions(person, deciding),
        unpaid=list(unpaid.order_by("ordered_at", "pk")),
        is_new=not rows and not any(account.entry_count for account in accounts) and not mine.exists(),
    )


def _accounts(accounts: Iterable[CreditAccount], rows: Iterable[Row], deciding: Container[int]) -> list[AccountFacts]:
    holding: dict[int, list[Session]] = defaultdict(list)
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
            may_top_up=account.organisation_id in deciding,
        )
        for account, usage in credit_portal.with_usage(accounts)
    ]


def _uncovered(sessions: Iterable[Session]) -> int:
    """What will be owed on confirmation: sessions that were let through with less cover than they need (rule C5)."""
    holds = [session.hold for session in sessions if session.hold is not None and session.state != State.AWAITING_TOP_UP]
    return sum(hold.missing_minutes for hold in holds)


def _questions(person: Person, deciding: Container[int]) -> list[Consent]:
    """Questions for more time that this person may answer (rule C8)."""
    asked = portal.consents_of(person).filter(given=None, session__state__in=consents.WORKABLE)
    listed = asked.select_related("session__organisation", "session__requested_by", "asked_by").order_by("asked_at", "pk")
    return [question for question in listed if _may_answer(person, question.session, deciding)]


def _may_answer(person: Person, session: Session, deciding: Container[int]) -> bool:
    return session.organisation_id in deciding or person.pk == session.requested_by_id


def _waiting(rows: Iterable[Row], state: State, deciding: Container[int], deciders: Mapping[int, str]) -> list[Waiting]:
    """The sessions in `state`, with who decides about them."""
    return [
        Waiting(row, row.session.organisation_id in deciding, deciders.get(row.session.organisation_id, ""))
        for row in rows
        if row.session.state == state
    ]


def _deciders(accounts: Iterable[CreditAccount]) -> dict[int, str]:
    """Who decides for the accounts' organisations, by name."""
    names: dict[int, list[str]] = defaultdict(list)
    organisations = {account.organisation_id for account in accounts}
    deciding = Membership.objects.filter(organisation__in=organisations, role=MemberRole.APPROVER, person__is_active=True)
    for organisation, name in deciding.order_by("person__name", "pk").values_list("organisation", "person__name"):
        names[organisation].append(name)
    return {organisation: ", ".join(listed) for organisation, listed in names.items()}
