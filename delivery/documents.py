"""The estimate on paper: a PDF in each language, kept as the client gets it, with its SHA-256 (rules D1, P4).

A document says what was handed in, dated then: the same rows give the same bytes. Drawing takes a second, so that it is
done before anything is locked; what was drawn is kept only of the submission that it was drawn of.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clients import provider
from clients.agreements import local_date
from core import pdf
from delivery import life, sheets, terms
from delivery.models import Estimate, EstimateDocument, EstimateState
from people.models import Language

DRAWN_WITH = ("task__organisation__account_manager", "task__contact", "prepared_by")


@dataclass(frozen=True)
class Drawn:
    """The bytes by language, of one submission of an estimate."""

    submission: int
    pdfs: dict[str, bytes]


def draw(estimate: Estimate) -> Drawn:
    """The documents of the estimate as it stands now, in every language. Locks nothing, keeps nothing."""
    current = Estimate.objects.select_related(*DRAWN_WITH).get(pk=estimate.pk)
    return Drawn(current.submission, {language: _render(current, language) for language in Language.values})


def preview(estimate: Estimate, language: str) -> bytes:
    """One of them before it is approved, marked as a draft; valid for the usual days where no day is set yet."""
    current = Estimate.objects.select_related(*DRAWN_WITH).get(pk=estimate.pk)
    current.valid_until = current.valid_until or local_date(current.prepared_at) + timedelta(days=terms.current().validity_days)
    return _render(current, language, is_draft=True)


@transaction.atomic
def keep(estimate: Estimate, *, drawn: Drawn | None = None, at: datetime | None = None) -> dict[str, EstimateDocument]:
    """The documents of an estimate that was handed in, by language: kept once, whoever asks again.

    Raises EstimateMovedOn for a draft, or where `drawn` is of another submission.
    """
    standing = {document.language: document for document in estimate.documents.all()}
    missing = [language for language in Language.values if language not in standing]
    if not missing:
        return standing
    if estimate.state == EstimateState.DRAFT or (drawn is not None and drawn.submission != estimate.submission):
        raise life.EstimateMovedOn
    pdfs = (drawn or draw(estimate)).pdfs
    made_at = at or estimate.submitted_at or timezone.now()
    EstimateDocument.objects.bulk_create(
        [
            EstimateDocument(
                estimate=estimate, language=language, pdf=pdfs[language], digest=sha256(pdfs[language]).hexdigest(), made_at=made_at
            )
            for language in missing
        ],
        ignore_conflicts=True,  # somebody else has kept the same bytes at the same moment
    )
    return {document.language: document for document in EstimateDocument.objects.filter(estimate=estimate)}


def kept(estimate: Estimate, language: str) -> EstimateDocument | None:
    """The document in `language`, or in another one where there is none; None where the client has not been sent any."""
    found = {document.language: document for document in estimate.documents.all()}
    return found.get(language) or next(iter(found.values()), None)


def _render(estimate: Estimate, language: str, *, is_draft: bool = False) -> bytes:
    seller, task = provider.current(), estimate.task
    context: dict[str, Any] = {
        "provider": seller,
        "organisation": task.organisation,
        "manager": task.organisation.account_manager,
        "task": task,
        "estimate": estimate,
        "sheet": sheets.of(estimate),
        "is_draft": is_draft,
        "page": settings.BASE_URL + reverse("delivery-task", args=[task.pk]),
    }
    dated = estimate.submitted_at or estimate.prepared_at
    return pdf.render(template="delivery/pdf/estimate.html", context=context, language=language, zone=seller.zone, at=dated)
