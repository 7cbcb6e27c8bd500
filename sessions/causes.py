"""What a cause in the ledger means, told to who reads it there: the session, by its title, with its page (rule C14)."""

import re
from collections.abc import Collection

from django.urls import reverse

from credits.causes import Told
from people.models import Person
from sessions.models import Session

OF_A_SESSION = re.compile(r"session:(\d+):")


def told(causes: Collection[str], to: Person) -> dict[str, Told]:
    """The session behind each cause, where this person may see it. One query."""
    numbers = {cause: int(found[1]) for cause in causes if (found := OF_A_SESSION.match(cause))}
    sessions = Session.objects.visible_to(to).in_bulk(set(numbers.values()))
    return {
        cause: Told(words=sessions[number].title, url=reverse("session", args=[number]))
        for cause, number in numbers.items()
        if number in sessions
    }
