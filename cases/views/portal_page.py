"""What the page of one case shows its client."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cases import calls, explained, life, outlook, portal, report_choices, terms, watchers
from cases.forms import WatcherForm, WordForm
from cases.models import Case, ClosedAs, State
from clients.models import Priority
from people.models import Language, Person

NOTHING = "partials/nothing.html"
PLACES = {name: [f"cases/portal/_{name}.html", NOTHING] for name in ("solution", "reopen", "priority", "escalation")}
"""What else stands on the page, each in its place: the first template that there is."""


def page_of(case: Case, *, person: Person, at: datetime) -> dict[str, Any]:
    """What happens next, the facts, what was said and what happened. `person` is a member."""
    clocks = list(case.clocks.select_related("calendar").order_by("pk"))
    agreed = life.terms_of(case)
    colleagues = watchers.colleagues(case)
    return {
        "case": case,
        "now": at,
        "outlook": outlook.outlook(case, clocks, at=at),
        "explanations": [explained.explained(clock) for clock in clocks if clock.is_open],
        "priority": Priority.objects.filter(number=case.priority).first(),
        "call": calls.to_urge(case) if case.state == State.NEW else {},
        "answers_in": language_name(report_choices.answers_in(case.language, agreed)),
        "said": list(portal.said_in(case)),
        "events": list(portal.happened_in(case)),
        "watching": list(watchers.watching(case)),
        "watcher_form": WatcherForm(people=colleagues, auto_id="id_watch_%s") if colleagues.exists() else None,
        "is_open": case.state != State.CLOSED,
        "reopen_until": _reopen_until(case, agreed.reopen_days),
        "solution": case.solutions.filter(answered_at=None).select_related("proposed_by").first(),
        "person": person,
        "places": PLACES,
    }


def word_form(request: HttpRequest) -> WordForm:
    """An empty form to write in."""
    return WordForm(request=request, files_help=files_help(), initial={"key": str(uuid4())})


def files_help() -> str:
    """How many files, and how large, may be sent at once."""
    limits = terms.current()
    words = _("At most %(most)s files of %(size)s MB each. Programs are not taken; archives are kept as they are.")
    return words % {"most": limits.attachments_at_once, "size": limits.attachment_mib}


def language_name(code: str) -> str:
    """The name of a language in the reader's; empty for none."""
    return str(dict(Language.choices).get(code, "")) if code else ""


def _reopen_until(case: Case, days: int) -> datetime | None:
    """Until when the client may reopen a case that was solved (rule S11)."""
    solved = case.closed_as in (ClosedAs.SOLVED, ClosedAs.SILENCE)
    return case.closed_at + timedelta(days=days) if solved and case.closed_at else None
