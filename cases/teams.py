"""Inner teams (rule S17): a case is handed to development or operations, and comes back, while its clocks go on.

The client keeps one contact: the owner stays who it is, and the client is not told.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cases import life
from cases.models import Case, CaseEvent, EventKind, Team
from clients import provider
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from notices import outbox
from people.models import Person


class TeamRetired(DomainError):
    """The team takes no cases any more."""

    message = _("This team is no longer used. Choose another one. Nothing has changed.")


class AlreadyWithTeam(DomainError):
    """The team has the case."""

    message = _("This team has the case already. Nothing has changed.")


class NotWithTeam(DomainError):
    """No team has the case."""

    message = _("No inner team has this case. Nothing has changed.")


@transaction.atomic
def hand_over(case: Case, *, team: Team, reason: str, by: Person, at: datetime) -> Case:
    """Hand a case to an inner team, also from another one; its clocks go on, and its owner stays (rule S17). The team is told.

    Raises NotAllowed, CaseClosed, TeamRetired, AlreadyWithTeam, ReasonMissing, ReasonTooLong.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if team.retired:
        raise TeamRetired
    if case.team_id == team.pk:
        raise AlreadyWithTeam
    reason = reasoned(reason)
    life.amend(case, team=team)
    event = life.note_internally(case, EventKind.HANDED_OVER, at=at, by=by, reason=reason, facts=_facts(team))
    _tell(case, team, event)
    return case


@transaction.atomic
def take_back(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """The inner team is done with it, or should not have had it (rule S17). The team is told.

    Raises NotAllowed, CaseClosed, NotWithTeam, ReasonMissing, ReasonTooLong.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if case.team is None:
        raise NotWithTeam
    team, reason = case.team, reasoned(reason)
    life.amend(case, team=None)
    event = life.note_internally(case, EventKind.HANDED_BACK, at=at, by=by, reason=reason, facts=_facts(team))
    _tell(case, team, event)
    return case


def in_use() -> QuerySet[Team]:
    """The teams that a case can be handed to."""
    return Team.objects.filter(retired=False).order_by("code")


def _facts(team: Team) -> dict[str, object]:
    return {"team": team.pk, "code": team.code}


def _tell(case: Case, team: Team, event: CaseEvent) -> None:
    """To the team's own address, in the provider's language; a team without one reads its cases in the queue."""
    if not team.email:
        return
    reader = provider.current()
    with translation.override(reader.language):
        context = {"case": case, "team": team, "event": event, "page": reverse("desk-case", args=[case.pk]), "base_url": settings.BASE_URL}
        text = outbox.render("cases/mail/team.subject.txt", context, reader), outbox.render("cases/mail/team.body.txt", context, reader)
    cause = f"case:{case.pk}:event:{event.pk}"
    outbox.write_to_address(cause=cause, address=team.email, language=reader.language, text=text, at=event.at)
