"""What the page of one case shows its client."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cases import calls, course, explained, life, outlook, portal, promises, terms, watchers
from cases.forms import WatcherForm, WordForm
from cases.models import Case, State
from clients.models import Priority
from people.models import Person


def page_of(case: Case, *, person: Person, at: datetime) -> dict[str, Any]:
    """What happens next, the facts, what was said and what happened. `person` is a member."""
    clocks = list(case.clocks.select_related("calendar").order_by("pk"))
    colleagues = watchers.colleagues(case)
    ahead, about = outlook.outlook(case, clocks, at=at), course.portal_context(case, person, at)
    return {
        "case": case,
        "now": at,
        "outlook": ahead,
        "by_troubleshooting": promises.by_troubleshooting(case),
        "other_clocks": [clock for clock in about["course"]["clocks"] if clock != ahead.clock],
        "explanations": [explained.explained(clock) for clock in clocks if clock.is_open],
        "priority": Priority.objects.filter(number=case.priority).first(),
        "call": calls.to_urge(case) if case.state == State.NEW or case.priority_asked else {},
        "said": list(portal.said_in(case)),
        "events": list(portal.happened_in(case)),
        "watching": list(watchers.watching_members(case)),
        "watcher_form": WatcherForm(people=colleagues, auto_id="id_watch_%s") if colleagues.exists() else None,
        "is_open": case.state != State.CLOSED,
        "person": person,
        "speaks": life.may_speak(person, case),
        **about,
    }


def word_form(request: HttpRequest) -> WordForm:
    """An empty form to write in."""
    return WordForm(request=request, files_help=files_help(), initial={"key": str(uuid4())})


def files_help() -> str:
    """How many files, and how large, may be sent at once."""
    limits = terms.current()
    words = _("At most %(most)s files of %(size)s MB each. Programs are not taken; archives are kept as they are.")
    return words % {"most": limits.attachments_at_once, "size": limits.attachment_mib}
