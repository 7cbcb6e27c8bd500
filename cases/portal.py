"""What a client sees of cases: those of the organisations they belong to, the open ones first.

A list of them takes a fixed number of queries, however long it is.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.models import Case, CaseEvent, CaseQuerySet, Message, State, Voice
from clients.models import Organisation
from people.models import Person

THEIR_TURN = (State.WAITING, State.PROPOSED)
MOST_WAITING = 3
MOST_WORDS = 8
NUMBER = re.compile(r"#?(\d{1,18})\Z")


@dataclass(frozen=True)
class Panel:
    """Cases on the home page: how many are open, and those that wait for the reader, the first few."""

    open_count: int
    waiting: list[Case]
    waiting_count: int

    @property
    def more_waiting(self) -> int:
        """How many wait besides those that are listed."""
        return self.waiting_count - len(self.waiting)


def cases_of(person: Person) -> CaseQuerySet:
    """The cases of the organisations `person` belongs to as a client."""
    return Case.objects.visible_to(person).filter(organisation__in=Organisation.objects.of_member(person))


def waiting_for(person: Person) -> QuerySet[Case]:
    """Those in which it is the client's turn: a question to answer, a solution to approve (rules S6, S11)."""
    return cases_of(person).filter(state__in=THEIR_TURN).select_related("organisation").order_by("last_word_at", "pk")


def matching(cases: CaseQuerySet, query: str) -> CaseQuerySet:
    """Those of `cases` with this number, or in whose subject or words each of these words stands; notes of ours aside."""
    wanted = query.replace("\0", " ").strip()
    if number := NUMBER.match(wanted):
        return cases.filter(pk=int(number[1]))
    for word in wanted.split()[:MOST_WORDS]:
        said = Message.objects.filter(case=OuterRef("pk"), text__icontains=word).exclude(voice=Voice.NOTE)
        cases = cases.filter(Q(subject__icontains=word) | Exists(said))
    return cases


def panel_of(person: Person, *, of: Collection[int]) -> Panel:
    """What the home page says of cases of these organisations. Three queries at most."""
    theirs = waiting_for(person).filter(organisation__in=of)
    waiting = list(theirs[: MOST_WAITING + 1])
    count = theirs.count() if len(waiting) > MOST_WAITING else len(waiting)
    return Panel(cases_of(person).filter(organisation__in=of).open().count(), waiting[:MOST_WAITING], count)


def said_in(case: Case) -> QuerySet[Message]:
    """What was said in the open, in order, with who said it and the files."""
    said = case.messages.exclude(voice=Voice.NOTE).select_related("author").prefetch_related("attachments")
    return said.order_by("at", "pk")


def happened_in(case: Case) -> QuerySet[CaseEvent]:
    """What happened that the client may read, the latest first."""
    return case.events.filter(internal=False).select_related("by").order_by("-at", "-pk")
