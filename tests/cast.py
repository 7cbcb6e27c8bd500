"""One cast for all tests: Acme the client, Borealis the stranger, Tessa and Theo the technicians, Max the account manager.

Every function makes rows and returns them; times are fixed so that results can be compared whole.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from djmoney.money import Money

from clients.models import Agreement, MemberRole, Membership, Organisation, Provider, StaffDuty, StaffRole
from credits.models import CreditAccount, CreditTerms
from people.models import Person
from sessions.models import PenaltyKind, Purpose, SessionTerms, Technician, WeeklyHours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
"""Wednesday 18 November 2026, 12:00 in Stockholm."""
PASSWORD = "a-fine-long-password"


def at_stockholm(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant by the clock in Stockholm."""
    return datetime(year, month, day, hour, minute, second, tzinfo=STOCKHOLM).astimezone(UTC)


def a_person(name: str, *, language: str = "en", domain: str = "acme.example", **fields: Any) -> Person:
    """Somebody who can sign in with PASSWORD at `<name>@<domain>`: written unlooked at, which saves a twentieth of all tests."""
    person = Person(email=f"{name.lower()}@{domain}", name=f"{name} Testsson", language=language, **fields)
    person.set_password(PASSWORD)
    person.save()
    return person


def a_colleague(name: str, *duties: StaffDuty, **fields: Any) -> Person:
    """Somebody who works for the provider with these duties."""
    person = a_person(name, domain="provider.example", **fields)
    for duty in duties:
        StaffRole.objects.create(person=person, duty=duty)
    return person


def a_technician(name: str, *, opens: time = time(8), closes: time = time(17)) -> Technician:
    """A technician who works Monday to Friday in Stockholm."""
    technician = Technician.objects.create(person=a_colleague(name, StaffDuty.TECHNICIAN), time_zone="Europe/Stockholm")
    for weekday in range(5):
        WeeklyHours.objects.create(technician=technician, weekday=weekday, opens=opens, closes=closes)
    return technician


@dataclass
class Cast:
    """The provider and its people. `purpose` is one kind of server support."""

    provider: Provider
    max: Person
    fia: Person
    ada: Person
    tessa: Technician
    theo: Technician
    purpose: Purpose
    credit_terms: CreditTerms
    session_terms: SessionTerms


@dataclass
class Client:
    """A client organisation with one approver, one requester and one account."""

    organisation: Organisation
    approver: Person
    requester: Person
    account: CreditAccount


def a_provider() -> Cast:
    """The provider with ER's server-support terms, Max (account manager), Fia (finance), Ada (administrator), Tessa and Theo."""
    return Cast(
        provider=_example_support(),
        credit_terms=_credit_terms(),
        session_terms=_session_terms(),
        max=a_colleague("Max", StaffDuty.ACCOUNT_MANAGER),
        fia=a_colleague("Fia", StaffDuty.FINANCE),
        ada=a_colleague("Ada", StaffDuty.ADMINISTRATOR, is_staff=True, is_superuser=True),
        tessa=a_technician("Tessa"),
        theo=a_technician("Theo"),
        purpose=Purpose.objects.create(code="processes", name_en="Processes", name_sv="Processer", position=1),
    )


def _example_support() -> Provider:
    return Provider.objects.create(
        pk=1,
        name="Example Support",
        legal_name="Example Support AB",
        organisation_number="556677-8899",
        address="Storgatan 1\n111 22 Stockholm",
        country="SE",
        time_zone="Europe/Stockholm",
        currency="SEK",
        language="en",
        email="support@provider.example",
    )


def _credit_terms() -> CreditTerms:
    return CreditTerms.objects.create(
        pk=1,
        man_day_minutes=480,
        minimum_top_up_minutes=480,
        price_per_hour=Money(Decimal("1200.00"), "SEK"),
        vat_percent=Decimal("25.00"),
        rounding_step_minutes=10,
        rounding_mode="nearest",
        minimum_charge_minutes=0,
        low_balance_levels=[120],
        expiry_reminder_days=[60, 30, 7],
    )


def _session_terms() -> SessionTerms:
    return SessionTerms.objects.create(
        pk=1,
        notice_minutes=24 * 60,
        penalty_minutes=120,
        penalty_kinds=[kind.value for kind in PenaltyKind],
        penalty_capped_at_estimate=False,
        undo_minutes=30,
        tolerance_percent=15,
        no_show_wait_minutes=15,
        our_late_change_minutes=120,
        contest_days=60,
        silence_days=10,
        reminder_days=3,
        settlement_days=5,
        estimate_step_minutes=30,
        slot_step_minutes=30,
        buffer_before_minutes=0,
        buffer_after_minutes=0,
        minimum_lead_minutes=60,
        furthest_ahead_days=60,
        top_up_deadline_minutes=24 * 60,
        most_awaiting=2,
    )


def a_client(cast: Cast, name: str = "Acme", *, language: str = "en", credit_on: str = "payment", silence_confirms: bool = False) -> Client:
    """A client that Max looks after, with an empty account. `name` is unique."""
    organisation = Organisation.objects.create(
        name=name, organisation_number=f"5560{Organisation.objects.count():02}-0000", language=language, account_manager=cast.max
    )
    Agreement.objects.create(
        organisation=organisation,
        starts_on=NOON.date().replace(year=2026, month=1, day=1),
        credit_on=credit_on,
        silence_confirms=silence_confirms,
    )
    domain = f"{name.lower()}.example"
    approver = a_person("Anna", language=language, domain=domain)
    requester = a_person("Rolf", language=language, domain=domain)
    Membership.objects.create(organisation=organisation, person=approver, role=MemberRole.APPROVER)
    Membership.objects.create(organisation=organisation, person=requester, role=MemberRole.REQUESTER)
    account = CreditAccount.objects.create(organisation=organisation, name="IT")
    return Client(organisation=organisation, approver=approver, requester=requester, account=account)


def a_reader(client: Client, name: str = "Lena", **fields: Any) -> Person:
    """Somebody of the client who sees, and acts on nothing."""
    person = a_person(name, domain=f"{client.organisation.name.lower()}.example", **fields)
    Membership.objects.create(organisation=client.organisation, person=person, role=MemberRole.READER)
    return person


def an_owner(client: Client) -> Person:
    """The client's approver, who looks after its people as well."""
    Membership.objects.filter(organisation=client.organisation, person=client.approver).update(is_owner=True)
    return client.approver
