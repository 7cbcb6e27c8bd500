"""Everything that is due, run by a loop beside the web server or by a scheduler; late or twice is harmless.

The queries of the jobs are the truth: whatever a crash left undone is found again at the next tick. One job that
fails does not keep the others from running. It is counted, with its last error, and rests for a growing while
(`core/failures.py`); administrators see it among what failed for good (`dashboard/dead_letters.py`).
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from cases import attachments, paging
from cases import jobs as case_jobs
from clients.privacy import erasures, retention
from core import failures, tracing
from credits import jobs as credit_jobs
from credits import waiting as credit_waiting
from dashboard import privacy
from delivery import completion as delivery_completion
from delivery import expiry as delivery_expiry
from invoicing import (
    automatic,
    bank,
    charging,
    compensation,
    documents,
    drafting,
    freezing,
    included,
    issue_batches,
    plan_ends,
    plan_fees,
    reminding,
    vat_checks,
)
from invoicing.books import posting as books
from invoicing.transmission import following, sending
from notices import delivery, mailbox, mailroom
from sessions import busy_feeds, ending, reminders, series_due
from sessions import escalation as session_escalation
from sessions import jobs as session_jobs
from sign_in import jobs as sign_in_jobs
from trail import addresses as audit_addresses

logger = logging.getLogger(__name__)

Job = Callable[..., int]

JOBS: dict[str, Job] = {
    "expire credit whose last day is over": credit_jobs.expire_due,
    "tell of credit that will expire": credit_jobs.remind_expiry,
    "release bookings without a top-up": session_jobs.release_unpaid,
    "schedule bookings whose credit came": session_jobs.follow_holds,
    "remind of sessions that begin soon": reminders.remind_due,
    "remind of hours to confirm": session_jobs.remind_unconfirmed,
    "confirm hours by agreed silence": session_jobs.confirm_silent,
    "settle disputes nobody settled": session_jobs.lapse_disputes,
    "ask others about hours and questions that wait": session_escalation.escalate,
    "ask others about orders and transfers that wait": credit_waiting.escalate,
    "tell of sessions that nobody closed": session_jobs.alert_unclosed,
    "tell of sessions that have used most of what is held": session_jobs.warn_used,
    "erase access instructions that nobody needs any more": session_jobs.erase_access,
    "let sessions after an agreement's end be cancelled free": ending.free_after_the_end,
    "remind of agreements to wind up": ending.remind_of_ended,
    "end series of agreements that have ended": series_due.end_with_agreements,
    "book the dates of series": series_due.book_due,
    "compute deadlines anew whose calendar has changed": case_jobs.recalculate,
    "record deadlines that have passed": case_jobs.record_missed,
    "warn of deadlines that draw near": case_jobs.warn_near,
    "remind of solutions to approve": case_jobs.remind_solutions,
    "close solved cases by agreed silence": case_jobs.close_silent,
    "tell of cases on which nothing is done": case_jobs.alarm_idle,
    "page the next where nobody acknowledged": paging.follow_up_due,
    "let estimates pass that were left handed in": delivery_expiry.let_pass_due,
    "expire estimates whose last day is over": delivery_expiry.expire_due,
    "remind of estimates to accept": delivery_expiry.remind_due,
    "ask others about costs that wait": delivery_expiry.escalate,
    "remind of work to accept": delivery_completion.remind_due,
    "accept work by agreed silence": delivery_completion.lapse_due,
    "charge plans ahead": plan_fees.charge_due,
    "take back what was charged beyond an agreement’s end": plan_ends.take_back_due,
    "grant the hours that plans include": included.grant_due,
    "propose what missed guarantees grant": compensation.propose_due,
    "order credit by agreement": credit_jobs.order_automatically,
    "draft invoices of what is billable": drafting.pull_due,
    "issue invoices of automatic top-ups": automatic.issue_due,
    "issue what batches ask for": issue_batches.issue_due,
    "make the documents of invoices": documents.make_due,
    "see what became of invoices by mail": following.follow_mails,
    "lead payments to their invoices": bank.lead_due,
    "post to the books": books.post_due,
    "freeze credit whose invoice is long overdue": freezing.freeze_due,
    "remind of invoices that are overdue": reminding.remind_due,
    "charge what was paid late": charging.charge_due,
    "deal with mails that came in": mailroom.handle_due,
    "deliver notices": delivery.deliver_due,
    "send texts and call webhooks": delivery.call_due,
    "send e-invoices": sending.send_due,
    "ask what became of e-invoices": following.ask_due,
    "remove files that no case keeps": attachments.sweep,
    "forget the network addresses of the audit log": audit_addresses.forget_due,
    "go on with erasures that two administrators agreed to": erasures.carry_on_due,
    "make copies of what is kept about people": privacy.make_copies_due,
    "let go what is past its time": retention.purge_due,
    "read the mailbox": mailbox.read_due,
    "read technicians’ own calendars": busy_feeds.read_due,
    "check VAT numbers before reverse charge": vat_checks.check_due,
    "forget sign-ins that are over": sign_in_jobs.forget_ended,
}
FETCHERS: set[Job] = {
    delivery.call_due,
    sending.send_due,
    following.ask_due,
    busy_feeds.read_due,
    mailbox.read_due,
    vat_checks.check_due,
}
"""Jobs that ask other servers for something. They run beside the others, so that a slow server holds up no sign-in mail."""


DRAWERS: set[Job] = {documents.make_due}
"""Jobs that draw documents, which takes processor time: they hold up nothing that somebody waits for."""


def run_due(*, at: datetime, jobs: Mapping[str, Job] = JOBS) -> tuple[dict[str, int], list[str]]:
    """Run every one of `jobs`; returns how many things each did, and the names of jobs that failed (they are logged).

    A job that failed before and rests is neither run nor named.
    """
    done: dict[str, int] = {}
    failed: list[str] = []
    for name in jobs:
        with tracing.job(name):
            try:
                count = run_one(name, at=at, jobs=jobs)
            except Exception:
                logger.exception("Could not %s", name)
                failed.append(name)
            else:
                done |= {} if count is None else {name: count}
    return done, failed


def run_one(name: str, *, at: datetime, jobs: Mapping[str, Job] = JOBS) -> int | None:
    """Run one of `jobs`: how many things it did, or None where it rests. Raises what it raised, after that is counted."""
    with failures.of_job(name, at) as running:
        if running.rests(""):
            return None
        try:
            with tracing.job(name):
                done = jobs[name](at=at)
        except Exception as error:
            _count(running, error)
            raise
        failures.went_well(running, "")
        failures.forget_gone(running)
        return done


def count_failure(name: str, error: Exception, *, at: datetime) -> None:
    """The same for what ended a job from outside, as a time limit does."""
    with failures.of_job(name, at) as running:
        _count(running, error)


def _count(running: failures.Running, error: Exception) -> None:
    """Things that failed have been counted one by one; what kept the whole job from its work is counted here."""
    try:
        if isinstance(error, ExceptionGroup) and not failures.is_the_databases(error):
            failures.went_well(running, "")
        else:
            failures.failed(running, "", error)
    except Exception:  # the database is away: what happened stands in the log
        logger.warning("It could not be written down that “%s” failed", running.job)
