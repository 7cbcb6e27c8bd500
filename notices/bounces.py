"""Reports about mails of ours (RFC 3464, RFC 5965): which one, whether it did not arrive, or its reader complained (rule S8)."""

import re
from dataclasses import dataclass
from datetime import datetime

from notices import machine_mail
from notices.incoming import Mail
from notices.models import IncomingMail, Notice

MOST_READ = 64 * 1024
MOST_IDS = 20

_ID = re.compile(r"<[^<>\s]{1,250}>")
_NAMED = re.compile(r"^(?:Original-)?(?:Message-ID)\s*:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)
_ACTION = re.compile(r"^Action\s*:\s*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"^Status\s*:\s*(\d\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
_NOTICE = re.compile(r"<notice-(\d{1,18})\.(\d{1,18})@", re.ASCII)
_COMPLAINT = re.compile(r"^Feedback-Type\s*:\s*(?!not-spam)[a-z-]{1,20}", re.IGNORECASE | re.MULTILINE)
RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/delivery-status",
    "message/global-delivery-status",
    "message/feedback-report",
)


@dataclass(frozen=True)
class Report:
    """What a mail server says of a notice: `failed` for good, `complained` about, or only late or read. `status` as in RFC 3463."""

    notice: Notice
    failed: bool
    status: str
    complained: bool = False


def read(mail: Mail) -> Report | None:
    """The report in the mail; None where it is about no mail of ours."""
    if not machine_mail.is_report(mail):
        return None
    told = [part.text(MOST_READ) for part in mail.parts[:MOST_IDS] if part.content_type in RETURNED]
    ids = [found for text in told for found in _NAMED.findall(text)] + list(mail.answers_to)
    notice = _notice([found for found in ids if machine_mail.is_own_id(found)][:MOST_IDS])
    if notice is None:
        return None
    status = "\n".join(text for text in told)
    actions = [action.lower() for action in _ACTION.findall(status)]
    codes = _STATUS.findall(status)
    failed = "failed" in actions or (not actions and any(code.startswith("5") for code in codes))
    return Report(notice, failed, next(iter(codes), ""), complained=_COMPLAINT.search(status) is not None)


def record(report: Report, row: IncomingMail, *, at: datetime) -> None:
    """Link the mail to the notice that it is about, and remember that this one did not arrive."""
    IncomingMail.objects.filter(pk=row.pk).update(about=report.notice)
    if report.failed:
        Notice.objects.filter(pk=report.notice.pk, bounced_at=None).update(bounced_at=at)


def _notice(ids: list[str]) -> Notice | None:
    """The notice with one of our Message-IDs."""
    threaded = Notice.objects.filter(message_id__in=ids).first() if ids else None
    if threaded is not None:
        return threaded
    for found in ids:
        if (named := _NOTICE.match(found)) is not None:
            notice = Notice.objects.filter(pk=int(named[1])).first()
            if notice is not None and int(notice.written_at.timestamp()) == int(named[2]):
                return notice
    return None
