"""Receipts for cases that came by mail (rules S1, S8): one for each new case, and not endlessly many to one sender."""

from datetime import datetime, timedelta

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import translation
from django.utils.translation import gettext as _

from cases import life, mail_out, terms
from cases.models import Case, CaseEvent, EventKind, Message, Opened, Way
from clients import provider
from notices import outbox


def may_be_sent(case: Case, *, at: datetime) -> bool:
    """Whether the sender gets a receipt: always, but by mail ten within three hours at most (*settings*). Else staff read why not.

    Who writes as no user, from the client's domain, uses up no receipts of the user who answers for them.
    """
    if case.opened_via != Opened.EMAIL:
        return True
    events = CaseEvent.objects.filter(kind=EventKind.ACKNOWLEDGED, at__gt=_since(at), case__opened_via=Opened.EMAIL)
    alike = {"case__messages__address": ""} if not _stranger(case) else {"case__messages__address__gt": ""}
    reports = {"case__messages__cause": Concat(F("case__cause"), Value(":report")), **alike}
    if events.filter(case__reporter=case.reporter_id, **reports).count() < terms.current().receipts_at_most:
        return True
    with translation.override(provider.current().language):
        reason = _("No receipt was sent: the sender got as many lately as anybody gets.")
    life.note_internally(case, EventKind.NOTED, at=at, by=None, reason=reason, facts={"receipt": False})
    return False


def may_be_passed_on(message: Message, *, at: datetime) -> bool:
    """Whether the others of the client's are mailed a word of a colleague's: always, but of one sender's mails as many as of receipts.

    Two machines at the client's that do not say so would answer each other through us without end (rule S8).
    """
    if message.way != Way.EMAIL:
        return True
    case, sender = message.case, {"author": message.author_id, "address": message.address, "way": Way.EMAIL, "voice": message.voice}
    if case.messages.filter(at__gt=_since(at), **sender).count() <= terms.current().receipts_at_most:
        return True
    with translation.override(provider.current().language):
        reason = _("The sender’s colleagues were not mailed: so many mails of one sender are not passed on.")
    life.note_internally(case, EventKind.NOTED, at=at, by=None, reason=reason, facts={"passed_on": False})
    return False


def sent(case: Case, *, at: datetime) -> None:
    """Leave the trace; and tell a sender who is no user the number, and who reads the answers (rule S8)."""
    life.note_internally(case, EventKind.ACKNOWLEDGED, at=at, by=None)
    if case.opened_via == Opened.EMAIL and (address := _stranger(case)):
        context = {"case": case, "provider": provider.known()}
        body = outbox.render("cases/mail/receipt_to_address.body.txt", context, case.reporter)
        mail_out.send_to_address(case, address, (case.subject, body), cause="receipt:address", at=at)


def _stranger(case: Case) -> str:
    """The address that reported the case, where it is of no user."""
    return case.messages.order_by("pk").values_list("address", flat=True).first() or ""


def _since(at: datetime) -> datetime:
    return at - timedelta(minutes=terms.current().receipts_within_minutes)
