"""Word of estimates: to who reviews them, to who wrote them, to the client's approvers (rules D1, D2, M4).

Each mail goes out in the transaction that gives rise to it, and nobody is told of their own act.
"""

from collections.abc import Iterable

from django.urls import reverse

from delivery import acceptance_messages, links, messages
from delivery.models import Estimate, TaskEvent
from notices import outbox
from people.models import Person


def to_review(estimate: Estimate, event: TaskEvent, people: Iterable[Person]) -> None:
    """An estimate waits for these colleagues' approval. They may not see the task otherwise, so that the page is the estimate's."""
    messages.happened(estimate.task, "to_review", event, people, estimate=estimate, page=_desk_page(estimate))


def was_told(estimate: Estimate, event: TaskEvent) -> bool:
    """Whether anybody has been told of the event."""
    return bool(outbox.written([acceptance_messages.written_cause(estimate.task, f"event:{event.pk}")]))


def returned(estimate: Estimate, event: TaskEvent) -> None:
    """Whoever wrote it and handed it in is told what is to be mended."""
    messages.happened(estimate.task, "returned", event, authors(estimate), estimate=estimate, page=_desk_page(estimate))


def offered(estimate: Estimate, event: TaskEvent) -> None:
    """The client's approvers have it, each by a link of their own; whoever wrote it is told that they do."""
    for person in messages.approvers(estimate.task, at=event.at):
        said = {"estimate": estimate, "link": links.url_for(estimate, person)}
        messages.tell(estimate.task, "offered", [person], said, cause=f"offered:{estimate.pk}", at=event.at)
    messages.happened(estimate.task, "sent", event, authors(estimate), estimate=estimate, page=_desk_page(estimate))


def taken_back(estimate: Estimate, event: TaskEvent, *, had_it: bool) -> None:
    """Whoever wrote it is told, and where they `had_it` the client's approvers. No reminder goes out any more."""
    acceptance_messages.drop_reminders(estimate)
    if had_it:
        messages.happened(estimate.task, "taken_back", event, messages.approvers(estimate.task, at=event.at), estimate=estimate)
    messages.happened(estimate.task, "taken_back", event, authors(estimate), estimate=estimate, page=_desk_page(estimate))


def superseded(estimate: Estimate, event: TaskEvent) -> None:
    """The client's approvers are told that another version follows. No reminder of the old one goes out any more."""
    acceptance_messages.drop_reminders(estimate)
    messages.happened(estimate.task, "superseded", event, messages.approvers(estimate.task, at=event.at), estimate=estimate)


def authors(estimate: Estimate) -> list[Person]:
    """Who wrote it, and who handed it in."""
    return [person for person in (estimate.prepared_by, estimate.submitted_by) if person is not None]


def _desk_page(estimate: Estimate) -> str:
    return reverse("desk-delivery-estimate", args=[estimate.pk])
