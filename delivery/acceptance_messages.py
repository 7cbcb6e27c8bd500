"""Word of the client's answers to estimates, of what waits for one, and of what expired (rules D1, D2, M4)."""

from collections.abc import Iterable
from datetime import datetime

from delivery import answerable, links, messages
from delivery.models import Acceptance, DeliveryTask, Estimate, TaskEvent
from notices import outbox
from people.models import Person


def accepted(estimate: Estimate, acceptance: Acceptance, event: TaskEvent) -> None:
    """The cost is accepted: account managers, the department, the client and the first of two approvers are told (rule D2)."""
    task = estimate.task
    told = [*messages.managers(task), *messages.department(task), *messages.clients(task), acceptance.person]
    drop_reminders(estimate)
    messages.happened(task, "accepted", event, _besides(told, _whose(acceptance, event)), estimate=estimate, acceptance=acceptance)


def declined(estimate: Estimate, event: TaskEvent, person: Person) -> None:
    """The cost is declined: everybody is told (rule D2)."""
    task = estimate.task
    told = [*messages.managers(task), *messages.department(task), *messages.clients(task), *messages.approvers(task, at=event.at)]
    drop_reminders(estimate)
    messages.happened(task, "declined", event, _besides(told, person), estimate=estimate, who=person)


def second_asked(estimate: Estimate, event: TaskEvent, first: Person, people: Iterable[Person]) -> None:
    """Those who can be the second approver are asked, each with a link of their own."""
    for person in people:
        link = links.url_for(estimate, person)
        messages.happened(estimate.task, "second_yes", event, [person], estimate=estimate, who=first, link=link)


def recorded(estimate: Estimate, event: TaskEvent, person: Person, *, accepts: bool) -> None:
    """Whoever said it by phone or mail is told that it was recorded in their name (rule D1)."""
    messages.happened(estimate.task, "recorded", event, [person], estimate=estimate, accepts=accepts)


def expired(estimate: Estimate, event: TaskEvent) -> None:
    """It was not answered in time: account managers and the client are told."""
    task = estimate.task
    told = [*messages.managers(task), *messages.clients(task), *messages.approvers(task, at=event.at)]
    drop_reminders(estimate)
    messages.happened(task, "expired", event, told, estimate=estimate)


def remind(estimate: Estimate, people: Iterable[Person], *, cause: str, at: datetime) -> None:
    """The client's `people` are reminded, each with a link of their own, and the account managers that it still waits."""
    context = {"estimate": estimate, "ends_at": answerable.ends_at(estimate)}
    for person in people:
        link = links.url_for(estimate, person)
        messages.tell(estimate.task, "answer_reminder", [person], context | {"link": link}, cause=cause, at=at)
    messages.tell(estimate.task, "answer_waits", messages.managers(estimate.task), context, cause=cause, at=at)


def waits_for_review(estimate: Estimate, people: Iterable[Person], *, cause: str, at: datetime) -> None:
    """It has waited too long for the account manager: the deputy is asked (rules: People)."""
    messages.tell(estimate.task, "review_too_long", people, {"estimate": estimate}, cause=cause, at=at)


def waits_for_client(estimate: Estimate, *, clients: Iterable[Person], ours: Iterable[Person], cause: str, at: datetime) -> None:
    """It has waited too long for the client: deputies of approvers, and the deputy account manager, are asked (rules: People)."""
    context = {"estimate": estimate, "ends_at": answerable.ends_at(estimate)}
    for person in clients:
        link = links.url_for(estimate, person)
        messages.tell(estimate.task, "answer_too_long", [person], context | {"link": link}, cause=cause, at=at)
    messages.tell(estimate.task, "answer_waits", ours, context | {"too_long": True}, cause=cause, at=at)


def written_cause(task: DeliveryTask, cause: str) -> str:
    """The cause as `delivery.messages.tell` writes it into the outbox."""
    return f"task:{task.pk}:{cause}"


def reminder_cause(estimate: Estimate, days: int) -> str:
    """Names the reminder so many days before the last one."""
    return f"{_reminders(estimate)}{days}"


def drop_reminders(estimate: Estimate) -> None:
    """What was answered is not reminded of: what was written and not sent is withdrawn."""
    outbox.withdraw_all(prefix=written_cause(estimate.task, _reminders(estimate)))


def _reminders(estimate: Estimate) -> str:
    return f"estimate:{estimate.pk}:reminder:"


def _whose(acceptance: Acceptance, event: TaskEvent) -> Person | None:
    """Whose yes the event is, where it was recorded: they have a mail of their own about it."""
    last = acceptance.second or acceptance.person
    return last if event.by != last else None


def _besides(people: Iterable[Person], person: Person | None) -> list[Person]:
    return [one for one in people if one != person]
