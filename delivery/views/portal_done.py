"""What clients answer to what is done: accept it, or list faults (rule D5)."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.portal import SignedIn, portal_page
from core.errors import NotAllowed
from core.formatting import money as formatted
from delivery import billing, completion, done_words, life
from delivery.completion_forms import AcceptForm, FaultsForm
from delivery.models import DeliveryTask
from delivery.views import done_acts
from delivery.views.done_acts import Act, sent
from delivery.views.portal_task import find

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@portal_page
def accept(request: SignedIn, task_id: int) -> HttpResponse:
    """Accept it as done; what is invoiced is named before."""
    task, at = _decided(request, task_id), timezone.now()
    if (told := completion.waiting(task)) is None:
        return done_acts.gone(request, task, name="delivery-task")
    account = billing.account_of(task)
    act = Act(
        title=_("Is it done as agreed?"),
        sentence=done_words.when_accepted(account),
        text=told.words,
        label=_("Accept as done: %(net)s") % {"net": formatted(account.left_money)} if account.left else _("Accept as done"),
        done=_("You have accepted it as done. Thank you."),
        other_url=reverse("delivery-completion-faults", args=[task.pk]),
        other_label=_("List what is wrong"),
    )
    form = AcceptForm(sent(request), left=account.left)
    return done_acts.portal_page(request, task, act, form, lambda said: completion.accept(told, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@portal_page
def faults(request: SignedIn, task_id: int) -> HttpResponse:
    """List what is wrong, in as many rows as it takes."""
    task, at = _decided(request, task_id), timezone.now()
    if (told := completion.waiting(task)) is None:
        return done_acts.gone(request, task, name="delivery-task")
    act = Act(
        title=_("List what is wrong"),
        sentence=done_words.when_faults(billing.account_of(task)),
        text=told.words,
        label=_("Send the list"),
        done=_("Thank you. We mend it free of charge, and tell you when it is done."),
        more_rows=True,
    )
    form = FaultsForm(sent(request), **done_acts.rows_of(request, task))
    return done_acts.portal_page(
        request, task, act, form, lambda said: completion.list_faults(told, faults=form.listed(said), by=request.user, at=at)
    )


def _decided(request: SignedIn, task_id: int) -> DeliveryTask:
    """The task, where who asks decides for its client. Raises NotAllowed."""
    task = find(request, task_id)
    if not life.may_accept(request.user, task, at=timezone.now()):
        raise NotAllowed
    return task
