"""Receipts for cases that came by mail (rules S1, S8): one for each new case, and not endlessly many to one sender."""

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from cases import life, mail_out, terms
from cases.models import Case, CaseEvent, EventKind, Opened
from clients import provider
from notices import outbox


def may_be_sent(case: Case, *, at: datetime) -> bool:
    """Whether the sender gets a receipt: always, but by mail ten within three hours at most (*settings*). Else staff read why not."""
    if case.opened_via != Opened.EMAIL:
        return True
    settings = terms.current()
    since = at - timedelta(minutes=settings.receipts_within_minutes)
    events = CaseEvent.objects.filter(kind=EventKind.ACKNOWLEDGED, at__gt=since, case__opened_via=Opened.EMAIL)
    if events.filter(case__reporter=case.reporter_id).count() < settings.receipts_at_most:
        return True
    with translation.override(provider.current().language):
        reason = _("No receipt was sent: the sender got as many lately as anybody gets.")
    life.note_internally(case, EventKind.NOTED, at=at, by=None, reason=reason, facts={"receipt": False})
    return False


def sent(case: Case, *, at: datetime) -> None:
    """Leave the trace; and tell a sender who is no user the number, and who reads the answers (rule S8)."""
    life.note_internally(case, EventKind.ACKNOWLEDGED, at=at, by=None)
    first = case.messages.order_by("pk").first()
    if case.opened_via == Opened.EMAIL and first is not None and first.address:
        context = {"case": case, "provider": provider.known()}
        body = outbox.render("cases/mail/receipt_to_address.body.txt", context, case.reporter)
        mail_out.send_to_address(case, first.address, (case.subject, body), cause="receipt:address", at=at)
