"""Paging whoever is on call (rule S18): the person on call, the next in turn, the lead, until one acknowledges.

A page is a row, and leaves an event. The pages of one occasion share the beginning of their cause
(`case:12:rota:3:0:`), so that the same occasion pages once however often it is told, and one acknowledgement stops them
all. Every verb locks the case first: a follow-up and an acknowledgement at the same moment come one after the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases import life, paging_messages
from cases.models import Case, EventKind, Page, PageStep, State
from clients import on_call
from clients.access import has_duty
from clients.models import OnCallRota, StaffDuty
from core.batches import each
from core.errors import DomainError, NotAllowed
from core.formatting import moment
from core.once import at_one_moment
from people.models import Person

STEPS = (PageStep.ON_CALL, PageStep.NEXT, PageStep.LEAD)
OCCASIONS = (EventKind.PRIORITY_CHANGED, EventKind.OBJECTED, EventKind.REOPENED, EventKind.BACK_TO_SUPPORT)
"""What may page anew for a case that was paged for before."""


class PageAcknowledged(DomainError):
    """Somebody was quicker: they have the case."""

    def __init__(self, *, by: Person, at: datetime) -> None:
        super().__init__(by, at)
        self.by, self.at = by, at

    @property
    def message(self) -> str:
        """The sentence with who has it, and since when."""
        return _("%(name)s acknowledged this page at %(when)s. Nothing has changed.") % {"name": self.by, "when": moment(self.at)}


def page_if_on_call(case: Case, *, at: datetime, priority: int | None = None) -> Page | None:
    """Page for a case that was opened, raised or reopened, if its target names a rota (rule S18); None where it names none.

    An outage goes to the rota for outages. What the guarantees do not bind to pages nobody. `priority`: the one whose
    target runs, where that is not the case's own (rule S5).
    """
    rota_id = _rota_id(case, priority or case.priority)
    if rota_id is None or not (case.guaranteed or case.is_outage):
        return None
    return page(case, rota=OnCallRota.objects.get(pk=rota_id), at=at)


@at_one_moment()
@transaction.atomic
def page(case: Case, *, rota: OnCallRota, at: datetime) -> Page:
    """Page who is on call in `rota` at `at` (rule S18), the next or the lead where nobody is, and else the dispatchers.

    While a page of the rota waits for its acknowledgement, and for the same occasion again, it returns the page that stands.
    Raises CaseClosed.
    """
    case = life.locked_open(case)
    beginning = f"case:{case.pk}:rota:{rota.pk}:{case.events.filter(kind__in=OCCASIONS).count()}:"
    paged = case.pages.filter(rota=rota).order_by("pk")
    waiting = paged.filter(acknowledged_at=None, next_at__isnull=False)
    if standing := paged.filter(cause__startswith=beginning).first() or waiting.first():
        return standing
    return _go_on(case, rota, beginning, STEPS, at=at)


@transaction.atomic
def acknowledge(*, page: Page, by: Person, at: datetime) -> Page:
    """Take it on (rule S18): nobody else is paged for it. Whoever was paged may, and all who may work the case.

    A page that has moved on can still be acknowledged; all of the occasion are, at once. By the same person again it changes
    nothing. Raises NotAllowed,
    PageAcknowledged(by, at).
    """
    case = life.locked(page.case)
    together = _together(page)
    page = together.select_related("case", "rota", "person").get(pk=page.pk)
    paged = together.filter(person=by).exists()
    if not (by.is_active and (paged or life.may_work(by, case) or has_duty(by, StaffDuty.ADMINISTRATOR))):
        raise NotAllowed
    if taken := together.filter(acknowledged_at__isnull=False).select_related("acknowledged_by").first():
        if taken.acknowledged_by == by:
            return taken
        raise PageAcknowledged(by=taken.acknowledged_by or by, at=taken.acknowledged_at or at)
    together.update(next_at=None, acknowledged_at=at, acknowledged_by=by)
    page.refresh_from_db(fields=["next_at", "acknowledged_at", "acknowledged_by"])
    life.note_internally(case, EventKind.PAGE_ACKNOWLEDGED, at=at, by=by, facts={"page": page.pk, "step": page.step})
    paging_messages.withdraw(_beginning(page))
    return page


def follow_up_due(*, at: datetime) -> int:
    """Go on with pages that nobody acknowledged in time (rule S18): to the next in turn, the lead, the dispatchers.

    Late or twice is harmless: each page is followed once, and each step has its full time. Returns how many were.
    """
    due = Page.objects.filter(acknowledged_at=None, next_at__lte=at).order_by("next_at", "pk")
    return each(list(due.select_related("case")), lambda page: _follow_up(page, at=at))


def waiting_for(person: Person) -> QuerySet[Page]:
    """The pages that wait for `person` to acknowledge them, the oldest first: their own, and for dispatchers the last of each."""
    open_ones = Page.objects.filter(acknowledged_at=None, case__in=Case.objects.visible_to(person).open())
    wanted = Q(person=person)
    if has_duty(person, StaffDuty.DISPATCHER):
        wanted |= Q(next_at__isnull=False) | Q(person=None)
    open_ones = open_ones.filter(wanted)
    return open_ones.select_related("case__organisation", "person", "rota").order_by("paged_at", "pk")


def visible_to(person: Person) -> QuerySet[Page]:
    """The pages that `person` may see: those of the cases they see, for staff only."""
    staff = has_duty(person, *on_call.WORKS_CASES)
    return Page.objects.filter(case__in=Case.objects.visible_to(person)) if staff else Page.objects.none()


@at_one_moment()
@transaction.atomic
def _follow_up(page: Page, *, at: datetime) -> bool:
    """One page moves on, unless it was acknowledged, followed or its case closed meanwhile."""
    case = life.locked(page.case)
    if not Page.objects.filter(pk=page.pk, acknowledged_at=None, next_at__lte=at).update(next_at=None):
        return False
    if case.state == State.CLOSED:
        return False
    rota = OnCallRota.objects.get(pk=page.rota_id)
    _go_on(case, rota, _beginning(page), STEPS[STEPS.index(PageStep(page.step)) + 1 :], at=at)
    return True


def _go_on(case: Case, rota: OnCallRota, beginning: str, steps: Sequence[PageStep], *, at: datetime) -> Page:
    """The first of the steps that has somebody who was not paged yet; where none has, the dispatchers are told."""
    paged = set(case.pages.filter(cause__startswith=beginning, person__isnull=False).values_list("person", flat=True))
    for step in steps:
        person = _whom(rota, step, paged, at)
        if person is not None and person.pk not in paged:
            return _page(case, rota, beginning, step, person=person, at=at)
    return _tell_dispatchers(case, rota, beginning, at=at)


def _whom(rota: OnCallRota, step: PageStep, paged: set[int], at: datetime) -> Person | None:
    if step == PageStep.ON_CALL:
        return on_call.on_call(rota=rota, at=at)
    if step == PageStep.NEXT:
        return on_call.next_in_turn(rota=rota, at=at, after=paged)
    return rota.lead if rota.lead and rota.lead.is_active else None


def _page(case: Case, rota: OnCallRota, beginning: str, step: PageStep, *, person: Person, at: datetime) -> Page:
    next_at = at + timedelta(minutes=rota.acknowledge_minutes)
    page = Page.objects.create(
        case=case, rota=rota, person=person, step=step, cause=f"{beginning}{step.value}", paged_at=at, next_at=next_at
    )
    facts = {"page": page.pk, "rota": rota.pk, "person": person.pk, "name": person.name, "step": step.value, "next_at": next_at.isoformat()}
    life.note_internally(case, EventKind.PAGED, at=at, by=None, facts=facts)
    paging_messages.paged(page, at=at)
    return page


def _tell_dispatchers(case: Case, rota: OnCallRota, beginning: str, *, at: datetime) -> Page:
    """Nobody is left to be paged: a page to nobody stands for it, which anybody who works cases can acknowledge."""
    cause = f"{beginning}dispatchers"
    page, fresh = Page.objects.get_or_create(cause=cause, defaults={"case": case, "rota": rota, "step": PageStep.LEAD, "paged_at": at})
    if fresh:
        facts = {"page": page.pk, "rota": rota.pk, "step": "dispatchers"}
        life.note_internally(case, EventKind.PAGED, at=at, by=None, facts=facts)
        paging_messages.nobody_answered(page, at=at)
    return page


def _rota_id(case: Case, priority: int) -> int | None:
    terms = life.terms_of(case)
    of_target = terms.target(priority).rota_id
    return (terms.outage_rota_id or of_target) if case.is_outage else of_target


def _together(page: Page) -> QuerySet[Page]:
    """The pages of the same occasion."""
    return Page.objects.filter(case_id=page.case_id, cause__startswith=_beginning(page))


def _beginning(page: Page) -> str:
    return page.cause.rpartition(":")[0] + ":"
