"""What a cause in the ledger means, told to who reads it there: the delivery task, by its title, with its page (rule C14)."""

import re
from collections.abc import Collection

from django.urls import reverse

from clients.access import is_provider_staff
from credits.causes import Told
from delivery.models import Estimate
from people.models import Person

OF_AN_ESTIMATE = re.compile(r"delivery:(\d{1,18}):")


def told(causes: Collection[str], to: Person) -> dict[str, Told]:
    """The task behind each cause, where this person may see it. The number in a cause is that of an estimate. One query."""
    numbers = {cause: int(found[1]) for cause in causes if (found := OF_AN_ESTIMATE.match(cause))}
    estimates = Estimate.objects.visible_to(to).select_related("task").in_bulk(set(numbers.values()))
    page = "desk-delivery-task" if is_provider_staff(to) else "delivery-task"
    return {
        cause: Told(words=str(estimates[number].task), url=reverse(page, args=[estimates[number].task_id]))
        for cause, number in numbers.items()
        if number in estimates
    }
