"""What a version of an estimate says otherwise than the one before (rule D1), line by line. Pure but for the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from delivery import sheets
from delivery.models import Estimate


@dataclass(frozen=True)
class Difference:
    """A line that came (“+”), went (“-”), or stayed (“ ”)."""

    sign: str
    words: str


@dataclass(frozen=True)
class Since:
    """How an estimate differs from the version `before` it."""

    before: Estimate
    lines: Sequence[Difference]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return all(line.sign == " " for line in self.lines)


def since(estimate: Estimate) -> Since | None:
    """What has changed since the last version of the same kind; None where this is the first."""
    earlier = estimate.task.estimates.filter(kind=estimate.kind, number__lt=estimate.number).order_by("-number").first()
    if earlier is None:
        return None
    earlier.task = estimate.task
    return Since(earlier, between(sheets.of(earlier).sentences, sheets.of(estimate).sentences))


def between(before: Sequence[str], now: Sequence[str]) -> list[Difference]:
    """Both texts as one: what went stands above what came in its place."""
    found: list[Difference] = []
    for act, first, last, start, end in SequenceMatcher(a=list(before), b=list(now), autojunk=False).get_opcodes():
        if act == "equal":
            found += [Difference(" ", words) for words in before[first:last]]
            continue
        found += [Difference("-", words) for words in before[first:last]]
        found += [Difference("+", words) for words in now[start:end]]
    return found
