"""The forms of the books: what waits is posted, a file is made, a month is locked (see `writes.py`)."""

from invoicing.books import posting
from invoicing.models import BookAccount, InvoicingTerms
from tests.cast import NOON
from tests.invoicing.books_scene import a_chart
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.proofs.writes import KEY, Stage, Write

ABOUT = "the books"


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does about the books: all three about the same thing."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    if not BookAccount.objects.exists():
        a_chart()
    fia = stage.cast.fia
    posting.post_due(at=NOON)  # what the other forms are about: January, before all of it, can be locked
    an_invoice(stage.client, fia)
    return {
        "desk-books": Write(fia, {}, {"until": "2026-11-18", "key": KEY}, {"until": "2026-11-17"}, about=ABOUT),
        "desk-books-post": Write(fia, {}, {}, about=ABOUT),
        "desk-books-lock": Write(fia, {"month": "2026-01"}, {}, about=ABOUT),
    }
