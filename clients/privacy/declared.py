"""What the tables of clients hold about a person, and whom they would miss (GDPR articles 5, 15, 17)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.models import (
    Deputyship,
    Invitation,
    MemberRole,
    Membership,
    OnCallMember,
    OnCallRota,
    Organisation,
    Provider,
    StaffDuty,
    StaffRole,
)
from clients.privacy import exports
from people import duties, keeping, personal
from people.keeping import Keeping
from people.models import Person
from people.personal import Erasing

SETTINGS = gettext_lazy("Settings of the provider, of nobody in particular.")
PARTY = gettext_lazy("The identity of an organisation or of the provider, not of a person.")
ORDER = gettext_lazy("Papers of an order, kept with the books for seven years.")


def declare() -> None:
    """Say it."""
    personal.exported("memberships", "clients.Membership", "clients.StaffRole", erasing=Erasing.REMOVE)
    personal.exported("memberships", "clients.Deputyship")
    personal.exported("on-call", "clients.OnCallMember", "clients.OnCallSwap", erasing=Erasing.REMOVE)
    personal.exported("on-call", "clients.OnCallRota", hidden=("webhook", "webhook_secret"))
    personal.exported("clients-managed", "clients.Organisation", "clients.VerifiedDomain", erasing=Erasing.KEEP, why=PARTY)
    personal.exported("orders", "clients.PurchaseOrder", erasing=Erasing.KEEP, why=ORDER)
    asked = gettext_lazy("That something was asked for, and answered, can be shown later.")
    personal.exported("requests", "clients.PersonExport", hidden=("file",), why=asked)
    personal.exported("requests", "clients.ExportDownload", why=asked)
    personal.exported("requests", "clients.Erasure", hidden=("also", "table", "row"), why=asked)
    personal.exported("invitations", "clients.Invitation", emails=("email",), hidden=("token_hash", "key"))
    personal.left_out(PARTY, "clients.Agreement", erasing=Erasing.KEEP)
    personal.left_out(ORDER, "clients.PurchaseOrderUse", erasing=Erasing.KEEP)
    personal.left_out(PARTY, "clients.Provider", erasing=Erasing.KEEP)
    personal.left_out(gettext_lazy("There only while an erasure runs."), "clients.ErasedWord", erasing=Erasing.KEEP)
    personal.left_out(
        SETTINGS,
        *("clients.Priority", "clients.Plan", "clients.PlanPromise", "clients.Retention", "clients.Purge"),
        *("clients.AgreementPlan", "clients.AgreementTerm", "clients.AgreedService"),
    )
    personal.coded("clients.Erasure", "table")
    personal.coded("clients.Invitation", "duties", "token_hash")
    personal.coded("clients.Purge", "kind")
    personal.when_leaving("clients", _leave)
    duties.register("clients", standing)
    keeping.register(
        Keeping(
            name="exports",
            title=gettext_lazy("Copies that people asked for"),
            why=gettext_lazy("Two weeks are enough to fetch one; a new one can be asked for at any time."),
            days=exports.DAYS,
            due=exports.past,
            since="ready_at",
            purge=exports.remove,
        )
    )


def standing(person: Person, at: datetime) -> Iterator[str]:
    """What others would miss."""
    for organisation in Organisation.objects.filter(Q(account_manager=person) | Q(deputy_manager=person)).order_by("name"):
        yield _("%(client)s is looked after by them: name another account manager or deputy.") % {"client": organisation}
    for membership in _only_approver_of(person):
        yield _("They are the only approver of %(client)s: name another.") % {"client": membership.organisation}
    rotas = OnCallRota.objects.filter(Q(lead=person) | Q(pk__in=OnCallMember.objects.filter(person=person).values("rota")))
    for rota in rotas.order_by("pk"):
        yield _("They are on call in %(rota)s: take them off it.") % {"rota": rota.name}
    if _is_last_administrator(person):
        yield _("They are the only administrator: name another.")
    provider = Provider.objects.filter(Q(email__iexact=person.email) | Q(booking_email__iexact=person.email)).first()
    if provider:
        yield _("Their address is the one that %(provider)s writes from: enter another.") % {"provider": provider}


def _only_approver_of(person: Person) -> list[Membership]:
    mine = Membership.objects.filter(person=person, role=MemberRole.APPROVER).select_related("organisation").order_by("organisation__name")
    others = Membership.objects.filter(role=MemberRole.APPROVER, person__is_active=True).exclude(person=person)
    decided = set(others.values_list("organisation_id", flat=True))
    return [membership for membership in mine if membership.organisation_id not in decided]


def _is_last_administrator(person: Person) -> bool:
    administrators = StaffRole.objects.filter(duty=StaffDuty.ADMINISTRATOR, person__is_active=True)
    return administrators.filter(person=person).exists() and not administrators.exclude(person=person).exists()


def _leave(person: Person, at: datetime) -> None:
    """Deputyships end, and no link brings the person back."""
    for invitation in Invitation.objects.filter(email__in=[person.email, *personal.other_addresses(person)], closed_at=None):
        invitation.closed_at, invitation.withdrawn_by = at, person
        invitation.save(update_fields=["closed_at", "withdrawn_by"])
    Deputyship.objects.filter(Q(approver=person) | Q(deputy=person), ended_at=None).update(ended_at=at)
