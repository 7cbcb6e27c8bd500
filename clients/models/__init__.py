"""Who buys and who sells: the provider, client organisations, their people and roles, agreements and support plans.

What a person may see starts here: `Organisation.objects.visible_to(person)` answers for organisations, and
every app above narrows its own rows by it. One installation serves one provider (rule P1).
"""

from clients.models.agreed import AgreedService, AgreementPlan, AgreementTarget, AgreementTerm, Deployment
from clients.models.on_call import OnCallMember, OnCallRota, OnCallSwap
from clients.models.parties import (
    Agreement,
    CreditOn,
    Deputyship,
    EndedBy,
    MemberRole,
    Membership,
    Organisation,
    OrganisationQuerySet,
    Provider,
    StaffDuty,
    StaffRole,
    UnusedCredit,
    VerifiedDomain,
    person_duties,
)
from clients.models.plans import (
    AimKind,
    CaseKind,
    FeePeriod,
    MetBy,
    Plan,
    PlanFee,
    PlanPromise,
    PlanTarget,
    Priority,
    ServiceManager,
    SupportChannel,
)

__all__ = [
    "AgreedService",
    "Agreement",
    "AgreementPlan",
    "AgreementTarget",
    "AgreementTerm",
    "AimKind",
    "CaseKind",
    "CreditOn",
    "Deployment",
    "Deputyship",
    "EndedBy",
    "FeePeriod",
    "MemberRole",
    "Membership",
    "MetBy",
    "OnCallMember",
    "OnCallRota",
    "OnCallSwap",
    "Organisation",
    "OrganisationQuerySet",
    "Plan",
    "PlanFee",
    "PlanPromise",
    "PlanTarget",
    "Priority",
    "Provider",
    "ServiceManager",
    "StaffDuty",
    "StaffRole",
    "SupportChannel",
    "UnusedCredit",
    "VerifiedDomain",
    "person_duties",
]
