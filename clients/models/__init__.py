"""Who buys and who sells: the provider, client organisations, their people and roles, agreements and support plans.

What a person may see starts here: `Organisation.objects.visible_to(person)` answers for organisations, and
every app above narrows its own rows by it. One installation serves one provider (rule P1).
"""

from clients.models.agreed import AgreedService, AgreementPlan, AgreementTarget, AgreementTerm, Deployment
from clients.models.charging import GrantsForMissed, IndexClause, IndexedFrom, MissedGrants
from clients.models.invitations import Invitation
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
from clients.models.privacy import (
    ErasedWord,
    Erasure,
    ErasureState,
    ExportDownload,
    ExportState,
    PersonExport,
    Purge,
    Retention,
)
from clients.models.purchase_orders import PurchaseOrder, PurchaseOrderQuerySet, PurchaseOrderUse

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
    "ErasedWord",
    "Erasure",
    "ErasureState",
    "ExportDownload",
    "ExportState",
    "FeePeriod",
    "GrantsForMissed",
    "IndexClause",
    "IndexedFrom",
    "Invitation",
    "MemberRole",
    "Membership",
    "MetBy",
    "MissedGrants",
    "OnCallMember",
    "OnCallRota",
    "OnCallSwap",
    "Organisation",
    "OrganisationQuerySet",
    "PersonExport",
    "Plan",
    "PlanFee",
    "PlanPromise",
    "PlanTarget",
    "Priority",
    "Provider",
    "PurchaseOrder",
    "PurchaseOrderQuerySet",
    "PurchaseOrderUse",
    "Purge",
    "Retention",
    "ServiceManager",
    "StaffDuty",
    "StaffRole",
    "SupportChannel",
    "UnusedCredit",
    "VerifiedDomain",
    "person_duties",
]
