"""What an approver said by phone or mail, and what proves it: words, a file, or both (rule D1)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.utils.translation import gettext_lazy as _

from cases.file_names import clean_name
from core.errors import DomainError
from delivery.models import AcceptedBy, Estimate, SpokenAnswer
from people.models import Person

MOST_BYTES = 10 * 1024 * 1024
MOST_WORDS = 20_000
SPOKEN = (AcceptedBy.PHONE, AcceptedBy.MAIL)


class EvidenceMissing(DomainError):
    """An answer by phone or mail is only recorded with what proves it."""

    message = _("Write down what they said, or attach their mail: without evidence nothing is recorded. Nothing has changed.")


class EvidenceTooLarge(DomainError):
    """The file or the words are too large to be kept."""

    message = _("A file of evidence has 10 MB at most and is not empty, and the words have 20,000 characters at most. Nothing has changed.")


class SaidAtAnotherTime(DomainError):
    """Nobody answers an estimate before they have it, or tomorrow."""

    message = _("They can only have said it after the estimate was sent to them, and before now. Nothing has changed.")


class NotSpoken(DomainError):
    """Only what came by phone or mail is recorded by us."""

    message = _("Only an answer by phone or mail is recorded here. Nothing has changed.")


@dataclass(frozen=True)
class Attached:
    """A file as it came."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Evidence:
    """Who said it, how and when, in which words, and the file that shows it."""

    person: Person
    way: AcceptedBy
    said_at: datetime
    words: str = ""
    file: Attached | None = None
    order_reference: str = ""

    @property
    def said(self) -> str:
        """The words as they are kept."""
        return self.words.replace("\0", "").strip()


def require(estimate: Estimate, evidence: Evidence, *, at: datetime) -> None:
    """Raises NotSpoken, EvidenceMissing, EvidenceTooLarge, SaidAtAnotherTime."""
    if evidence.way not in SPOKEN:
        raise NotSpoken
    if not evidence.said and evidence.file is None:
        raise EvidenceMissing
    if len(evidence.said) > MOST_WORDS or (evidence.file and not 0 < len(evidence.file.content) <= MOST_BYTES):
        raise EvidenceTooLarge
    if estimate.offered_at is None or not estimate.offered_at <= evidence.said_at <= at:
        raise SaidAtAnotherTime


def keep(estimate: Estimate, evidence: Evidence, *, accepts: bool, by: Person, at: datetime) -> SpokenAnswer:
    """Keep it for ever, with the SHA-256 of the file."""
    file = evidence.file
    return SpokenAnswer.objects.create(
        estimate=estimate,
        person=evidence.person,
        accepts=accepts,
        way=evidence.way,
        said_at=evidence.said_at,
        words=evidence.said,
        file_name=clean_name(file.name) if file else "",
        file=file.content if file else None,
        digest=sha256(file.content).hexdigest() if file else "",
        recorded_at=at,
        recorded_by=by,
    )
