"""Requests about one's own data, with word of them to who is concerned (GDPR articles 12, 15, 17).

The rules are those of `clients.privacy`, which stands beneath the outbox and so cannot tell anybody itself.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.access import staff
from clients.models import Erasure, ErasureState, ExportState, PersonExport, StaffDuty
from clients.privacy import erasures, exports, retention
from notices import outbox
from people import keeping, personal
from people.models import Person
from people.personal import Erasing

LATELY = timedelta(days=2)
"""How long after a copy became ready the person is told of it, if a crash came between."""


def declare() -> None:
    """Say what the tables of this app hold about a person."""
    answers = _("Who answered a failure, how and why: never changed, as the log is.")
    personal.exported("answers-to-failures", "dashboard.DeadLetterEvent", erasing=Erasing.KEEP, why=answers)
    personal.left_out(_("Of jobs, and of nobody."), "dashboard.JobRun", erasing=Erasing.KEEP)


@dataclass(frozen=True)
class Asked:
    """One request, as lists show it: `due_on` is the last day to answer, `is_late` where that is past and nothing was done."""

    what: str
    request: PersonExport | Erasure
    due_on: date
    is_open: bool
    is_late: bool


@transaction.atomic
def ask_for_erasure(*, person: Person, by: Person, at: datetime) -> Erasure:
    """Ask for `person` to be erased, and tell the administrators. Raises what `clients.privacy.erasures.ask` raises."""
    asked = erasures.ask(person=person, by=by, at=at)
    context = {"erasure": asked, "due_on": erasures.due_on(asked.asked_at)}
    _tell(asked, "asked", [each for each in staff(StaffDuty.ADMINISTRATOR) if each != person], at, context)
    return asked


@transaction.atomic
def propose(erasure: Erasure, *, also: str, by: Person, at: datetime) -> Erasure:
    """Propose it, and tell the person, who cannot be reached afterwards, and the other administrators."""
    proposed = erasures.propose(erasure, also=also, by=by, at=at)
    others = [each for each in staff(StaffDuty.ADMINISTRATOR) if each not in (by, proposed.person)]
    _tell(proposed, "proposed", others, at, {"erasure": proposed})
    _tell(proposed, "prepared", [proposed.person], at, {"erasure": proposed})
    return proposed


@transaction.atomic
def refuse(erasure: Erasure, *, reason: str, by: Person, at: datetime) -> Erasure:
    """Say no, and tell the person why (article 12(4))."""
    refused = erasures.refuse(erasure, reason=reason, by=by, at=at)
    _tell(refused, "refused", [refused.person], at, {"erasure": refused})
    return refused


def make_copies_due(*, at: datetime) -> int:
    """Go on with the copies that were asked for, and tell of those that are ready; returns how many became ready."""
    made = exports.make_due(at=at)
    for export in PersonExport.objects.filter(state=ExportState.READY, ready_at__gt=at - LATELY).select_related("person"):
        _tell(export, "ready", [export.person], at, {"export": export, "until": until(export)})
    return made


def until(export: PersonExport) -> datetime | None:
    """Until when a copy can be fetched; None: for ever."""
    kind = keeping.find("exports")
    return exports.until(export, retention.days_of(kind) if kind else None)


def requests(person: Person, *, today: date) -> list[Asked]:
    """Every request that `person` may see, the newest first, open ones before the others."""
    copies = PersonExport.objects.visible_to(person).select_related("person", "asked_by").prefetch_related("downloads").order_by("-pk")
    wishes = Erasure.objects.visible_to(person).select_related("person", "asked_by").order_by("-pk")
    found = [_asked("copy", copy, copy.state == ExportState.ASKED, today) for copy in copies[:200]]
    found += [_asked("erasure", wish, wish.state not in (ErasureState.DONE, ErasureState.REFUSED), today) for wish in wishes[:200]]
    return sorted(found, key=lambda asked: (not asked.is_open, -asked.request.asked_at.timestamp()))


def today() -> date:
    """The date now, in the reader's zone."""
    return timezone.localdate()


def _asked(what: str, request: PersonExport | Erasure, is_open: bool, on: date) -> Asked:
    due_on = erasures.due_on(timezone.localtime(request.asked_at))
    return Asked(what, request, due_on, is_open, is_open and due_on < on)


def _tell(request: PersonExport | Erasure, what: str, people: list[Person], at: datetime, context: dict[str, object]) -> None:
    kind = "copy" if isinstance(request, PersonExport) else "erasure"
    able = [person for person in people if person.is_active]
    outbox.compose(cause=f"{kind}:{request.pk}:{what}", people=able, template=f"privacy/mail/{kind}_{what}", context=context, at=at)
