"""Everything that is due, run by a loop beside the web server or by a scheduler; late or twice is harmless.

The queries of the jobs are the truth: whatever a crash left undone is found again at the next tick. One job that
fails does not keep the others from running.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from cases import attachments, paging
from cases import jobs as case_jobs
from credits import jobs as credit_jobs
from credits import waiting as credit_waiting
from notices import delivery, mailbox, mailroom
from sessions import busy_feeds, ending, reminders, series_due
from sessions import escalation as session_escalation
from sessions import jobs as session_jobs

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
    "deal with mails that came in": mailroom.handle_due,
    "deliver notices": delivery.deliver_due,
    "send texts and call webhooks": delivery.call_due,
    "remove files that no case keeps": attachments.sweep,
    "read the mailbox": mailbox.read_due,
    "read technicians’ own calendars": busy_feeds.read_due,
}
FETCHERS: set[Job] = {delivery.call_due, busy_feeds.read_due, mailbox.read_due}
"""Jobs that ask other servers for something. They run beside the others, so that a slow server holds up no sign-in mail."""


def run_due(*, at: datetime, jobs: Mapping[str, Job] = JOBS) -> tuple[dict[str, int], list[str]]:
    """Run every one of `jobs`; returns how many things each did, and the names of jobs that failed (they are logged)."""
    done: dict[str, int] = {}
    failed: list[str] = []
    for name, job in jobs.items():
        try:
            done[name] = job(at=at)
        except Exception:
            logger.exception("Could not %s", name)
            failed.append(name)
    return done, failed
