"""What was decided before about something alike, for who judges (rule T2): judgements of the same organisation.

Two cases are alike by the words that their subjects share, and by being about the same agreed service.
"""

import re
from dataclasses import dataclass

from cases.models import Case, TriageDecision

WORD = re.compile(r"\w{3,}")
STOP = frozenset(
    {"the", "and", "for", "not", "with", "from", "our", "are", "can", "has", "have", "when", "does"}
    | {"och", "att", "det", "som", "inte", "från", "med", "för", "kan", "har", "när", "vår", "den"}
)
SAME_SERVICE = 2
LEAST = 2
"""Points: a shared word is one, the same service two. What has fewer is not alike."""
FURTHEST_BACK = 200
MOST = 3


@dataclass(frozen=True)
class Hint:
    """An earlier judgement of a similar case, and the words that both subjects have."""

    decision: TriageDecision
    shared: tuple[str, ...]
    points: int


def hints(case: Case) -> list[Hint]:
    """The most similar cases of the same organisation with their last judgement, the most alike first. One query."""
    earlier = TriageDecision.objects.filter(case__organisation=case.organisation_id).exclude(case=case.pk)
    related = ("case", "service", "decided_by")
    found: dict[int, Hint] = {}
    for decision in earlier.select_related(*related).order_by("-pk")[:FURTHEST_BACK]:
        if decision.case_id not in found:
            same = case.service_id is not None and case.service_id in (decision.service_id, decision.case.service_id)
            shared = shared_words(case.subject, decision.case.subject)
            found[decision.case_id] = Hint(decision, shared, score(shared, same_service=same))
    alike = [hint for hint in found.values() if hint.points >= LEAST]
    return sorted(alike, key=lambda hint: (-hint.points, -hint.decision.pk))[:MOST]


def shared_words(one: str, other: str) -> tuple[str, ...]:
    """The words that say something and stand in both, in order of the alphabet."""
    return tuple(sorted(_words(one) & _words(other)))


def score(shared: tuple[str, ...], *, same_service: bool) -> int:
    """How alike two cases are, in points."""
    return len(shared) + (SAME_SERVICE if same_service else 0)


def _words(text: str) -> set[str]:
    return {word for word in WORD.findall(text.lower()) if word not in STOP}
