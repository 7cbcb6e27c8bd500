"""Kinds of notices that everyone may do without, and those that always come (rule M4).

What costs something, waits for a decision, says when something takes place, or keeps an account safe always comes by mail. The rest
each person chooses, by kind and by channel: by default it comes by mail, and as a text only to who asks for it.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise


class Kind(models.TextChoices):
    """What one may do without."""

    NEW_CASES = "new_cases", _("New cases, and cases handed to your team")
    CASE_WORDS = "case_words", _("What others of your side write in cases")
    SESSION_DETAILS = "session_details", _("Changed agenda of remote sessions")
    SESSION_REMINDERS = "session_reminders", _("The last reminder before a remote session")
    HOURS = "hours", _("Hours that were confirmed or settled")
    TOP_UPS = "top_ups", _("Top-ups that were paid, granted or taken back, and transfers")
    BALANCE = "balance", _("Credit that runs low, and purchase orders that are mostly used")
    DELIVERY_WORDS = "delivery_words", _("What is written in delivery tasks")
    DELIVERY_STEPS = "delivery_steps", _("Delivery tasks that are ready or begun, and milestones")


@dataclass(frozen=True)
class Always:
    """What always comes, and why."""

    what: StrPromise
    why: StrPromise


TEMPLATES: dict[Kind, tuple[str, ...]] = {
    Kind.NEW_CASES: ("cases/mail/new", "cases/mail/team"),
    Kind.CASE_WORDS: ("cases/mail/client_said",),
    Kind.SESSION_DETAILS: ("sessions/mail/agenda_changed",),
    Kind.SESSION_REMINDERS: ("sessions/mail/reminder",),
    Kind.HOURS: ("sessions/mail/confirmed", "sessions/mail/settled"),
    Kind.TOP_UPS: (
        "credits/mail/top_up_granted",
        "credits/mail/top_up_paid",
        "credits/mail/top_up_cancelled",
        "credits/mail/transfer_done",
        "credits/mail/transfer_declined",
    ),
    Kind.BALANCE: ("credits/mail/low_balance", "credits/mail/order_mostly_used"),
    Kind.DELIVERY_WORDS: ("delivery/mail/said", "delivery/mail/client_said"),
    Kind.DELIVERY_STEPS: ("delivery/mail/ready", "delivery/mail/begun", "delivery/mail/milestone"),
}
"""The texts of each kind; every other text always comes."""

KIND_OF = {template: kind for kind, templates in TEMPLATES.items() for template in templates}

ALWAYS = (
    Always(_("Bookings, changes and cancellations of remote sessions"), _("They say when somebody is at work, and what a change costs.")),
    Always(_("What waits for your decision, and reminders of it"), _("Something stands still until you answer.")),
    Always(_("Our answers in your cases, deadlines and calls to who is on duty"), _("That is what guarantees are about.")),
    Always(_("Penalties, credit that expires, invoices and their reminders"), _("They are about money.")),
    Always(_("Sign-in, invitations, and who may act for you"), _("They keep your account safe.")),
)
