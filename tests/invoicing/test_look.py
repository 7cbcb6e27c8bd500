"""How an issued invoice looks, whatever the provider's profile says by the time it is drawn (rules I1, I4)."""

from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest
from django.db import DatabaseError, transaction

from clients.models import Provider
from delivery.models import Billable, BillableKind
from invoicing import crediting, documents, drafting, issuing, look
from invoicing.models import DocumentKind, Invoice, InvoicingTerms, PaperLogo
from invoicing.said import facts_of
from tests.cast import NOON, at_stockholm
from tests.core.papers import pages_of
from tests.delivery.scene import a_working, delivery_terms
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="{width}" height="40" fill="#0b6b57"/></svg>'


@pytest.fixture
def logo(settings, tmp_path):
    """The file of the provider's logo, in a static folder of this test's own."""
    settings.STATICFILES_DIRS = [copytree(settings.STATICFILES_DIRS[0], tmp_path / "static")]
    file = Path(settings.STATICFILES_DIRS[0]) / "ours.svg"
    file.write_text(SQUARE.format(width=40))
    return file


@pytest.fixture
def seller(cast, logo):
    """Terms with a look of their own."""
    return invoicing_terms(footer_en="Board: Ada.", footer_sv="Styrelse: Ada.", colour="#114488", logo="ours.svg")


def drawn(invoice):
    """The digests of its files, as a process draws them that knows nothing but the database."""
    files = documents.draw(Invoice.objects.get(pk=invoice.pk)).files
    return {kind: sha256(content).hexdigest() for kind, content in files.items()}


def everything_changes(logo):
    """The profile of another day: another foot, colour, logo and time zone, and the file of the old logo is another."""
    InvoicingTerms.objects.update(footer_en="Board: Bo.", footer_sv="Styrelse: Bo.", colour="#aa2211", logo="tillgodo/mark.svg")
    Provider.objects.update(time_zone="Pacific/Auckland")
    logo.write_text(SQUARE.format(width=10))


def test_i1_the_paper_is_the_same_when_the_profile_has_changed_before_it_is_drawn(cast, acme, seller, logo):
    invoice = an_invoice(acme, cast.fia)
    note = crediting.credit(invoice, None, reason="Agreed by phone", by=cast.fia, at=NOON, cause="all")
    before = [drawn(paper) for paper in (invoice, note)]

    everything_changes(logo)
    changed = [drawn(paper) for paper in (invoice, note)]
    logo.unlink()
    gone = [drawn(paper) for paper in (invoice, note)]

    assert changed == before
    assert gone == before


def test_i1_what_is_issued_after_the_change_looks_like_the_change(cast, acme, seller, logo):
    before = documents.draw(an_invoice(acme, cast.fia)).files[DocumentKind.PDF]

    everything_changes(logo)
    after = documents.draw(an_invoice(acme, cast.fia)).files[DocumentKind.PDF]

    assert [["Ada." in page, "Bo." in page] for page in (pages_of(before)[0], pages_of(after)[0])] == [[True, False], [False, True]]
    assert [row["zone"] for row in looks()] == ["Europe/Stockholm", "Pacific/Auckland"]


def looks():
    """What was frozen of each invoice, in their order."""
    return [seller[look.KEY] for seller in Invoice.objects.order_by("pk").values_list("seller", flat=True)]


def test_i1_the_day_of_supply_is_one_of_the_zone_at_issue(cast, acme, seller, logo):
    delivery_terms()
    evening = at_stockholm(2026, 11, 17, 22)
    sums = {"net": Decimal(24_000), "currency": "SEK", "vat_percent": Decimal(25)}
    done = Billable.objects.create(
        task=a_working(cast, acme), kind=BillableKind.COMPLETION, cause="bill:1", text="Single sign-on", arose_at=evening, **sums
    )
    draft = drafting.draft_delivery([done], by=None, at=NOON)
    assert draft is not None
    invoice = issuing.issue(draft, by=cast.fia, at=NOON)

    everything_changes(logo)

    assert facts_of(invoice).supplied_on == date(2026, 11, 17)


def test_i1_a_logo_is_kept_once_however_many_invoices_show_it(cast, acme, seller, logo):
    for _ in range(3):
        an_invoice(acme, cast.fia)

    assert [bytes(kept.content) for kept in PaperLogo.objects.all()] == [logo.read_bytes()]
    assert {row["digest"] for row in looks()} == {PaperLogo.objects.get().digest}


@pytest.mark.parametrize("act", [lambda: PaperLogo.objects.update(content=b"another"), lambda: PaperLogo.objects.all().delete()])
def test_i1_a_kept_logo_stays_whoever_writes_to_the_database(act, cast, acme, seller):
    an_invoice(acme, cast.fia)

    with pytest.raises(DatabaseError, match="invoicing_paperlogo"), transaction.atomic():
        act()


def test_i1_the_frozen_look_stays_whoever_writes_to_the_database(cast, acme, seller):
    invoice = an_invoice(acme, cast.fia)

    with pytest.raises(DatabaseError, match="invoicing_invoice_issued"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(seller=invoice.seller | {look.KEY: {"footer": "another"}})


def test_i1_what_was_issued_before_looks_were_frozen_is_drawn_as_things_are_now(cast, acme, seller, logo):
    with_look = an_invoice(acme, cast.fia)
    without = {key: value for key, value in with_look.seller.items() if key != look.KEY}
    old = Invoice(state="issued", seller=without, language="sv")

    shown = look.of(old)

    assert (shown.footer, shown.colour, shown.logo, shown.zone) == ("Styrelse: Ada.", "#114488", "ours.svg", "Europe/Stockholm")
    assert look.files_of(shown) == {"ours.svg": logo.read_bytes()}
