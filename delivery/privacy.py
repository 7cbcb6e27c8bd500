"""What delivery holds about a person, and who has to hand over before they go (GDPR articles 15, 17; rules D1 to D5).

What was agreed with a client (estimates, acceptances, what is billed) is of the books: it is what an invoice stands on.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Acceptance, DeliveryTask
from delivery.models.tasks import CLOSED_STATES
from people import duties, personal
from people.models import Person
from people.personal import Erasing, PersonalFile

CONTRACT = gettext_lazy("What was agreed, and what an invoice stands on: kept as it is with the books for seven years.")


def declare() -> None:
    """Say it."""
    why = gettext_lazy("It belongs to the organisation whose task it is; who wrote it bears a number.")
    personal.exported("delivery", "delivery.DeliveryTask", hidden=("mail_token",), why=why)
    personal.exported("delivery", "delivery.TaskMessage", "delivery.TaskEvent", "delivery.DeliveryTime", why=why)
    personal.exported("delivery", "delivery.Completion", "delivery.Fault", why=why)
    agreed = ("delivery.Estimate", "delivery.EstimateApproval", "delivery.Acceptance", "delivery.SpokenAnswer", "delivery.Milestone")
    personal.exported("delivery-agreed", *agreed, "delivery.DeliveryCost", erasing=Erasing.KEEP, why=CONTRACT)
    personal.exported("delivery", "delivery.ManagerLimit", erasing=Erasing.REMOVE)
    papers = ("delivery.EstimateLine", "delivery.EstimateDocument", "delivery.Billable")
    personal.left_out(CONTRACT, *papers, erasing=Erasing.KEEP)
    personal.left_out(gettext_lazy("Settings of the provider, of nobody in particular."), "delivery.DeliveryTerms")
    personal.coded("delivery.DeliveryTask", "cause", "currency", "mail_token")
    personal.coded("delivery.TaskMessage", "cause")
    personal.files_of("delivery-agreed", _accepted_papers)
    duties.register("delivery", standing)


def standing(person: Person, _at: datetime) -> Iterator[str]:
    """Tasks that are not over."""
    mine = DeliveryTask.objects.filter(assignee=person).exclude(state__in=CLOSED_STATES)
    if count := mine.count():
        yield _("Delivery tasks are assigned to them (%(count)s): assign them to somebody else.") % {"count": count}


def _accepted_papers(person: Person) -> Iterator[PersonalFile]:
    """The documents that the person accepted."""
    for accepted in Acceptance.objects.filter(Q(person=person) | Q(second=person)).order_by("pk").select_related("document"):
        yield PersonalFile(f"accepted-{accepted.pk}.pdf", lambda paper=accepted.document: bytes(paper.pdf) or None)  # type: ignore[misc]
