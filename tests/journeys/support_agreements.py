"""A plan, what Acme's agreement says for itself, and the addresses at which staff see to both (rules P2, P3)."""

from types import SimpleNamespace
from typing import Any

from clients import agreed
from clients.models import AgreedService, Agreement, AgreementTarget, Organisation, Priority
from tests.cases.opened import a_plan
from tests.cast import NOON, Cast, Client
from worktime.models import BusinessCalendar


def agreed_things(cast: Cast, acme: Client) -> SimpleNamespace:
    """A plan that is offered and one that is not, a target, a term and a service of the agreement's own, and a client without one."""
    number = acme.account.pk
    plan = a_plan(f"plan-{number}", trial_days=30)
    draft = a_plan(f"draft-{number}", published_at=None)
    agreement = Agreement.objects.get(organisation=acme.organisation)
    target = AgreementTarget(
        priority=Priority.objects.get(number=1),
        response_kind="within",
        response_minutes=60,
        response_calendar=BusinessCalendar.objects.get(code="sq"),
    )
    said: dict[str, Any] = {"reason": "As agreed", "by": cast.max, "at": NOON}
    return SimpleNamespace(
        plan=plan,
        draft=draft,
        agreement=agreement,
        target=agreed.set_target(agreement=agreement, target=target, **said),
        term=agreed.set_term(agreement=agreement, name="reopen_days", value=60, **said),
        service=agreed.cover(service=AgreedService(agreement=agreement, name="Sign-on"), **said),
        newcomer=Organisation.objects.create(name=f"New{number}", organisation_number=f"new-{number}", account_manager=cast.max),
    )


def pages_of(acme: Client, things: SimpleNamespace) -> dict[str, tuple[dict[str, Any], bool]]:
    """The account manager's addresses: the ids in them, and whether they only act."""
    client, agreement = {"organisation_id": acme.organisation.pk}, {"agreement_id": things.agreement.pk}
    newcomer = {"organisation_id": things.newcomer.pk}
    return {
        "desk-agreement": (client, False),
        **dict.fromkeys(("desk-agreement-new", "desk-trial"), (newcomer, True)),
        **{f"desk-agreement-{name}": (agreement, True) for name in ("plans", "target", "term", "service", "processing")},
        "desk-agreement-target-drop": ({"target_id": things.target.pk}, True),
        "desk-agreement-term-drop": ({"term_id": things.term.pk}, True),
        "desk-agreement-service-drop": ({"service_id": things.service.pk}, True),
    }
