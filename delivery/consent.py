"""Whether credit may be used for a case: asked of the client before the first minute of it (rule T3).

An approver says so, or whoever may book from an account of the organisation. It stands here, because cases and credit know
nothing of each other.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from cases import server_support
from cases.models import TriageDecision
from clients.access import is_approver
from clients.models import Organisation
from core.errors import NotAllowed
from credits import spending
from credits.accounts import CreditAccount
from people.models import Person


@transaction.atomic
def answer(decision: TriageDecision, *, agreed: bool, by: Person, at: datetime, reason: str = "") -> TriageDecision:
    """The client says whether credit may be used (rule T3). Raises NotAllowed, and what `cases.server_support.answer_credit` raises."""
    if not may_answer(by, decision.case.organisation, at=at):
        raise NotAllowed
    return server_support.answer_credit(decision, agreed=agreed, by=by, at=at, reason=reason)


def may_answer(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """Whether `person` is an approver of `organisation` at `at`, or may book from one of its accounts."""
    if not person.is_active:
        return False
    return is_approver(person, organisation, at=at) or accounts(person, organisation, at=at).exists()


def accounts(person: Person, organisation: Organisation, *, at: datetime) -> QuerySet[CreditAccount]:
    """The open accounts of `organisation` from which `person` may book."""
    return spending.spendable(person, at=at).filter(organisation=organisation)
