"""Everything of a client's in one file, to take along when an agreement ends, or at any time (rule P5).

Lists are CSV, conversations JSON, papers and files as they are. Internal notes, drafts, and what staff alone see stay out. The
file is written while it is sent: nothing of it is kept, and however much it is, it never stands in memory whole.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.models import Attachment, Case, Message, Voice
from clients import members, provider
from clients.access import has_duty, is_approver_by_role, manages
from clients.agreements import local_date
from clients.models import Membership, Organisation, PurchaseOrder, StaffDuty
from core.zipped import Sink
from credits import statement as statements
from credits.accounts import CreditAccount
from credits.exports.as_csv import statement_csv
from delivery.models import DeliveryTask, Estimate, EstimateDocument
from delivery.report_files import Cell, Table, as_csv
from invoicing import listing, listing_files
from invoicing.models import DocumentKind, Invoice, InvoiceDocument
from invoicing.transmission import words
from people.models import Person
from sessions.models import Session

CHUNK = 50
EARLIEST = datetime(1980, 1, 1)  # noqa: DTZ001 -- of the format, which knows no zones

Part = tuple[str, bytes | Iterable[bytes]]


def may_fetch(person: Person, organisation: Organisation) -> bool:
    """Whether `person` may take everything of the client's along: who decides for it or looks after its people, and who cares for it."""
    if not person.is_active:
        return False
    ours = manages(person, organisation) or has_duty(person, StaffDuty.ADMINISTRATOR)
    return ours or is_approver_by_role(person, organisation) or members.owns(person, organisation)


def pieces(organisation: Organisation, *, language: str, at: datetime) -> Iterator[bytes]:
    """The file as a ZIP, piece by piece, its words in `language`."""
    sink = Sink()
    stamp = max(at.replace(tzinfo=None), EARLIEST).timetuple()[:6]
    with ZipFile(sink, "w", ZIP_DEFLATED) as packed:
        for name, content in _in(language, provider.current().zone, _parts(organisation, language, at)):
            entry = ZipInfo(name, stamp)
            entry.compress_type = ZIP_DEFLATED
            with packed.open(entry, "w", force_zip64=True) as written:
                for piece in [content] if isinstance(content, bytes) else content:
                    written.write(piece)
                    yield sink.taken()
            yield sink.taken()
    yield sink.taken()


def _in(language: str, zone: tzinfo, parts: Iterator[Part]) -> Iterator[Part]:
    """The parts, each made while `language` and `zone` are active: between two of them the server does other things."""
    while True:
        with override(language), timezone.override(zone):
            part = next(parts, None)
        if part is None:
            return
        yield part


def _parts(organisation: Organisation, language: str, at: datetime) -> Iterator[Part]:
    yield "organisation.json", _json(_about(organisation, at))
    for name, table in _tables(organisation, at):
        yield f"{name}.csv", as_csv(table, language=language)
    yield from _statements(organisation, language, at)
    yield from _invoices(organisation)
    yield from _estimates(organisation)
    yield from _cases(organisation)


def _about(organisation: Organisation, at: datetime) -> dict[str, Any]:
    agreements = organisation.agreements.order_by("starts_on")
    return {
        "name": organisation.name,
        "organisation_number": organisation.organisation_number,
        "vat_number": organisation.vat_number,
        "address": organisation.address,
        "country": organisation.country,
        "language": organisation.language,
        "time_zone": organisation.time_zone,
        "agreements": [{"starts_on": str(one.starts_on), "ends_before": str(one.ends_on) if one.ends_on else None} for one in agreements],
        "provider": provider.current().legal_name,
        "made_at": at.isoformat(),
    }


def _tables(organisation: Organisation, at: datetime) -> Iterator[tuple[str, Table]]:
    yield "people", _people(organisation)
    yield "purchase-orders", _purchase_orders(organisation)
    yield "sessions", _sessions(organisation)
    yield "cases", _case_list(organisation)
    yield "deliveries", _deliveries(organisation)
    invoices = Invoice.objects.issued().filter(organisation=organisation).select_related("organisation", "preceding").order_by("pk")
    yield "invoices", listing_files.table(listing.rows(invoices, today=local_date(at)))


def _people(organisation: Organisation) -> Table:
    found = Membership.objects.filter(organisation=organisation).select_related("person").order_by("pk")
    headings = [_("Name"), _("E-mail"), _("Role"), _("Looks after the people")]
    return _table(_("People"), headings, ((one.person.name, one.person.email, one.get_role_display(), _yes(one.is_owner)) for one in found))


def _purchase_orders(organisation: Organisation) -> Table:
    found = PurchaseOrder.objects.filter(organisation=organisation).order_by("pk")
    headings = [_("Number"), _("Title"), _("Net"), _("Used"), _("Currency"), _("First day"), _("Last day")]
    rows = (
        (one.number, one.title, one.net.amount, one.used_net, str(one.net.currency), str(one.starts_on), str(one.ends_on)) for one in found
    )
    return _table(_("Purchase orders"), headings, rows)


def _sessions(organisation: Organisation) -> Table:
    found = Session.objects.filter(organisation=organisation).select_related("purpose", "account", "requested_by").order_by("pk")
    headings = [_("Number"), _("Title"), _("Purpose"), _("Account"), _("State"), _("Booked by"), _("Starts"), _("Ends")]
    headings += [_("Worked (minutes)"), _("Charged (minutes)"), _("What was done")]
    rows = (
        (
            one.pk,
            one.title,
            str(one.purpose),
            one.account.name,
            one.get_state_display(),
            one.requested_by.name,
            _instant(one.starts_at),
            _instant(one.ends_at),
            one.raw_minutes,
            one.charged_minutes,
            one.summary,
        )
        for one in found.iterator(CHUNK)
    )
    return _table(_("Sessions"), headings, rows)


def _case_list(organisation: Organisation) -> Table:
    found = Case.objects.filter(organisation=organisation).select_related("reporter").order_by("pk")
    headings = [_("Number"), _("Subject"), _("Kind"), _("Priority"), _("State"), _("Reported by"), _("Reported"), _("Closed")]
    rows = (
        (
            one.pk,
            one.subject,
            one.get_kind_display(),
            one.priority,
            one.get_state_display(),
            one.reporter.name,
            _instant(one.opened_at),
            _instant(one.closed_at),
        )
        for one in found.iterator(CHUNK)
    )
    return _table(_("Cases"), headings, rows)


def _deliveries(organisation: Organisation) -> Table:
    found = DeliveryTask.objects.filter(organisation=organisation).order_by("pk")
    headings = [_("Number"), _("Title"), _("State"), _("Opened"), _("Closed"), _("Accepted (net)"), _("Used (net)"), _("Currency")]
    rows = (
        (
            one.pk,
            one.title,
            one.get_state_display(),
            _instant(one.opened_at),
            _instant(one.closed_at),
            one.accepted_net,
            one.used_net,
            one.currency,
        )
        for one in found.iterator(CHUNK)
    )
    return _table(_("Deliveries"), headings, rows)


def _statements(organisation: Organisation, language: str, at: datetime) -> Iterator[Part]:
    """The statement of each account, from its first entry on."""
    zone = provider.current().zone
    for account in CreditAccount.objects.filter(organisation=organisation).order_by("pk"):
        first = account.entries.order_by("recorded_at", "number").values_list("recorded_at", flat=True).first()
        if first is not None:
            found = statements.statement(account=account, first=local_date(first), last=local_date(at))
            yield f"credit/{account.pk}-{slugify(account.name)}.csv", statement_csv(found, language=language, zone=zone)


def _invoices(organisation: Organisation) -> Iterator[Part]:
    found = InvoiceDocument.objects.filter(invoice__in=Invoice.objects.issued().filter(organisation=organisation))
    for document in found.select_related("invoice").order_by("invoice", "kind").iterator(CHUNK):
        yield f"invoices/{words.file_name(document.invoice, DocumentKind(document.kind))}", bytes(document.content)


def _estimates(organisation: Organisation) -> Iterator[Part]:
    offered = Estimate.objects.filter(task__organisation=organisation, offered_at__isnull=False)
    for document in EstimateDocument.objects.filter(estimate__in=offered).select_related("estimate").order_by("pk").iterator(CHUNK):
        estimate = document.estimate
        yield f"deliveries/{estimate.task_id}/estimate-{estimate.number}-{document.language}.pdf", bytes(document.pdf)


def _cases(organisation: Organisation) -> Iterator[Part]:
    """Of each case what was said, and the files that went with it."""
    for case in Case.objects.filter(organisation=organisation).order_by("pk").iterator(CHUNK):
        said = case.messages.exclude(voice=Voice.NOTE).select_related("author").order_by("at", "pk")
        yield f"cases/{case.pk}/conversation.json", _json({"number": case.pk, "subject": case.subject, "messages": _messages(said)})
        files = Attachment.objects.filter(case=case).exclude(message__voice=Voice.NOTE).order_by("pk")
        for file in files:
            if default_storage.exists(str(file.content.name)):
                yield f"cases/{case.pk}/{file.pk}-{_plain(file.name)}", _bytes_of(file)


def _messages(said: QuerySet[Message]) -> list[dict[str, str]]:
    return [
        {"at": one.at.isoformat(), "by": one.author.name if one.author else one.address, "whose": one.voice, "text": one.text}
        for one in said
    ]


def _bytes_of(file: Attachment) -> Iterator[bytes]:
    with file.content.open("rb") as content:
        yield from content.chunks()


def _plain(name: str) -> str:
    """A name that leads into no other folder, whoever chose it: letters and digits, and what kind of file it is."""
    path = PurePosixPath(name.replace("\\", "/"))
    return slugify(path.stem)[:80] + (f".{slugify(path.suffix)}" if slugify(path.suffix) else "")


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    return Table(title, headings, list(rows))


def _instant(at: datetime | None) -> str:
    """To the minute, where the provider is: a list for a spreadsheet is read by people."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def _yes(said: bool) -> str:
    return _("yes") if said else ""


def _json(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=1).encode()
