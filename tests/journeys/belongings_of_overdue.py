"""Acme's invoices that are late or contested, for the walk through every address (see `belongings.py`)."""

from datetime import timedelta
from types import SimpleNamespace

from invoicing import charging, contesting, issuing, stopping
from invoicing.models import Invoice, InvoicingTerms, LateTerms
from people.models import Person
from tests.cast import NOON, Cast, Client
from tests.invoicing.overdue import contested, late_terms
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms, paid
from tests.journeys.belongings import Own

LONG_AGO = NOON - timedelta(days=70)
"""An invoice of then has been overdue for forty days."""
ON_THE_INVOICE = {"desk-invoice-late": False, "desk-invoice-charge": True, "desk-invoice-extend": True}


def overdue_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What Acme contests, and what finance does about what is late."""
    things = when_late(cast, acme)
    staff, others = [cast.tessa.person, cast.max, cast.fia], [acme.approver, cast.tessa.person, cast.max]
    invoice, objected = {"invoice_id": things.late.pk}, {"invoice_id": things.objected.pk}
    return {
        "invoice-contest": Own(invoice, acme.approver, strangers=[acme.requester, *staff]),
        "invoice-contest-withdraw": Own(objected, acme.approver, acts_only=True, strangers=staff),
        "desk-contest": Own({"contest_id": things.contest.pk}, cast.max, strangers=[acme.approver, cast.tessa.person]),
        "desk-invoice-write-off": Own({"invoice_id": things.lost.pk}, cast.fia, strangers=others),
        "desk-late-charge-waive": Own({"charge_id": things.charge.pk}, cast.fia, strangers=others),
        **{name: Own(invoice, cast.fia, acts_only=acts, strangers=others) for name, acts in ON_THE_INVOICE.items()},
    }


def when_late(cast: Cast, client: Client) -> SimpleNamespace:
    """Invoices that are late: as they are, to be charged, stopped, contested by the client and contested to be answered, charged."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    if not LateTerms.objects.exists():
        late_terms()
    names = ("late", "to_charge", "to_extend", "stopped", "objected", "contested")
    made = SimpleNamespace(**{name: an_invoice(client, cast.fia, at=LONG_AGO) for name in names})
    stopping.stop(made.stopped, reason="We look into it", by=cast.fia, at=NOON, cause=f"stop:{made.stopped.pk}")
    made.objection = contested(made.objected, client.approver, at=NOON)
    made.contest = contested(made.contested, client.approver, at=NOON)
    settled = an_invoice(client, cast.fia, at=LONG_AGO)
    paid(settled, 12000, cast.fia)
    made.charge = charging.charge(settled, by=cast.fia, at=NOON, cause=f"late:{settled.pk}:by-hand")
    made.lost = _without_credit(client, cast.fia)
    answered = contested(an_invoice(client, cast.fia), client.approver, at=NOON)
    contesting.reject(answered, answer="It is what was agreed", by=cast.max, at=NOON)
    return made


def _without_credit(client: Client, finance: Person) -> Invoice:
    """A late invoice that sells no credit, so that it can be written off."""
    draft = a_draft(client, at=LONG_AGO)
    draft.lines.update(top_up=None)
    return issuing.issue(draft, by=finance, at=LONG_AGO)
