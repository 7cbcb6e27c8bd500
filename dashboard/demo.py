"""Demo data: three made-up clients in the middle of things, made by the product's own verbs at earlier times.

Plainly for trying out: every name says demo, every address ends in `.example`, and all share one password. It is
loaded into an empty installation only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from clients.models import Agreement, MemberRole, Membership, Organisation, Provider, StaffDuty, StaffRole
from core.errors import DomainError
from credits import accounts, topups
from credits.accounts import CreditAccount
from dashboard import demo_help, demo_invoices, demo_mails, demo_plans
from dashboard.demo_cases import CaseStory
from dashboard.demo_cases_past import PastCases
from dashboard.demo_delivery import DeliveryStory
from dashboard.demo_delivery_costs import CostStory
from dashboard.demo_invoices import InvoiceStory
from people.models import Person
from sessions import (
    access,
    attendance,
    availability,
    bookings,
    changes,
    confirmation,
    disputes,
    notes,
    preparation,
    quotes,
    series,
    worklogs,
)
from sessions.availability import Wanted
from sessions.bookings import Wish
from sessions.models import ExceptionKind, HoursException, Ordinal, PenaltyKind, Purpose, Session, Technician, Weekday, WeeklyHours
from sessions.series import SeriesWish

PASSWORD = "tillgodo-demo"  # noqa: S105 - printed at every start of the demo


@dataclass(frozen=True)
class SignIn:
    """Somebody to try the product as."""

    email: str
    name: str
    role: str
    language: str = "en"


SIGN_INS: Sequence[SignIn] = (
    SignIn("anna@acme.example", "Anna Demo", "client, approver at Demo Acme (credit, hours to confirm)"),
    SignIn("rolf@acme.example", "Rolf Demo", "client, requester at Demo Acme"),
    SignIn("sven@nordvik.example", "Sven Demo", "client, approver at Demo Nordvik (in Swedish, low credit, a dispute)", "sv"),
    SignIn("cilla@cumulus.example", "Cilla Demo", "client, approver at Demo Cumulus (just begun)"),
    SignIn("tessa@provider.example", "Tessa Demo", "technician"),
    SignIn("theo@provider.example", "Theo Demo", "technician, works in Helsinki time", "sv"),
    SignIn("disa@provider.example", "Disa Demo", "dispatcher"),
    SignIn("max@provider.example", "Max Demo", "account manager"),
    SignIn("fia@provider.example", "Fia Demo", "finance (invoices, payments, bank files)"),
    SignIn("ada@provider.example", "Ada Demo", "administrator (also /admin/ and the mails)"),
)


class NotEmpty(DomainError):
    """Demo data is never mixed with real data."""

    message = _("There are organisations already; demo data is only loaded into an empty installation.")


@transaction.atomic
def load(*, at: datetime) -> None:
    """Make the demo's people, clients and their history up to `at`. Raises NotEmpty."""
    if Organisation.objects.exists():
        raise NotEmpty
    people = {sign_in.email.split("@", 1)[0]: _person(sign_in) for sign_in in SIGN_INS}
    _staff(people)
    story = _Story(people=people, at=at)
    story.acme()
    story.nordvik()
    story.days_off()
    demo_help.put_up(by=people["tessa"], at=at - timedelta(days=40))
    demo_plans.offer(people=people, at=at - timedelta(days=40))
    acme, nordvik = (Organisation.objects.get(name=f"Demo {name} AB") for name in ("Acme", "Nordvik"))
    PastCases(people=people, at=at, acme=acme, nordvik=nordvik).tell()
    CaseStory(people=people, at=at, acme=acme, nordvik=nordvik).tell()
    CostStory(people=people, at=at, acme=acme, nordvik=nordvik).tell()
    DeliveryStory(people=people, at=at, acme=acme, nordvik=nordvik).tell()
    InvoiceStory(people=people, at=at, acme=acme, nordvik=nordvik).tell()
    demo_mails.send(at=at)
    demo_plans.stand_in(people=people, at=at)
    _organisation("Demo Cumulus AB", 3, people["max"], {people["cilla"]: MemberRole.APPROVER})


def is_loaded() -> bool:
    """Whether this installation holds the demo."""
    return Person.objects.filter(email=SIGN_INS[0].email).exists()


def _person(sign_in: SignIn) -> Person:
    return Person.objects.create_user(sign_in.email, PASSWORD, name=sign_in.name, language=sign_in.language)


def _staff(people: dict[str, Person]) -> None:
    duties = {
        "tessa": (StaffDuty.TECHNICIAN,),
        "theo": (StaffDuty.TECHNICIAN,),
        "disa": (StaffDuty.DISPATCHER, StaffDuty.TECHNICIAN),
        "max": (StaffDuty.ACCOUNT_MANAGER,),
        "fia": (StaffDuty.FINANCE,),
        "ada": (StaffDuty.ADMINISTRATOR,),
    }
    StaffRole.objects.bulk_create(StaffRole(person=people[name], duty=duty) for name, all_ in duties.items() for duty in all_)
    Person.objects.filter(pk=people["ada"].pk).update(is_staff=True, is_superuser=True)
    for name, zone in (("tessa", "Europe/Stockholm"), ("theo", "Europe/Helsinki")):
        technician = Technician.objects.create(person=people[name], time_zone=zone)
        hours = [(time(8), time(12)), (time(13), time(17))]
        WeeklyHours.objects.bulk_create(
            WeeklyHours(technician=technician, weekday=weekday, opens=opens, closes=closes)
            for weekday in range(5)
            for opens, closes in hours
        )


def _organisation(name: str, number: int, manager: Person, members: dict[Person, MemberRole], **fields: str) -> CreditAccount:
    serial = f"55990{number:04d}"
    digits = f"{serial}{luhn.calc_check_digit(serial)}"
    organisation = Organisation.objects.create(
        name=name,
        organisation_number=f"{digits[:6]}-{digits[6:]}",
        vat_number=f"SE{digits}01",
        address=f"Demogatan {number}\n111 2{number} Stockholm",
        account_manager=manager,
        **fields,
    )
    for person, role in members.items():
        Membership.objects.create(organisation=organisation, person=person, role=role, is_owner=role == MemberRole.APPROVER)
    return accounts.open_account(organisation=organisation, name="IT")


@dataclass
class _Story:
    """What happened before today, told in order: each account's ledger only goes forward."""

    people: dict[str, Person]
    at: datetime

    def acme(self) -> None:
        """A client in good order, with a late change behind it and hours to confirm."""
        anna, rolf = self.people["anna"], self.people["rolf"]
        account = _organisation("Demo Acme AB", 1, self.people["max"], {anna: MemberRole.APPROVER, rolf: MemberRole.REQUESTER})
        self._agreement(account, days_ago=300)
        self._top_up(account, 3 * 480, by=anna, days_ago=60)
        mail = self._book(account, "Mail relay after the move", 60, "email", by=rolf, days_ago=45)
        self._work(mail, [(0, 13), (15, 28), (30, 43)], "Relay rebuilt, test mails went through.")
        confirmation.confirm(session=mail, by=anna, at=self._after(mail, hours=3))
        moved = self._book(account, "Upgrade of the application server", 120, "application-servers", by=rolf, days_ago=30)
        self._postpone_late(moved, by=rolf)
        self._work(moved, [(0, 127)], "Packages upgraded, application restarted, log checked.")
        confirmation.confirm(session=moved, by=anna, at=self._after(moved, hours=4))
        disk = self._book(account, "Disk replacement", 120, "components", by=rolf, days_ago=8)
        self._work(disk, [(0, 118)], "Disk replaced, services checked.")
        self._prepare(self._book(account, "Move of the database to the new host", 120, "databases", by=rolf, days_ago=0))
        self._plan_maintenance(account, by=rolf)
        self._book(account, "Renewal of certificates", 60, "web-servers", by=rolf, days_ago=0)
        department = accounts.open_account(organisation=account.organisation, name="Web")
        self._book(department, "Set-up of the build server", 240, "virtual-machines", by=anna, days_ago=0, days_ahead=6)

    def nordvik(self) -> None:
        """A Swedish client with little credit, an unpaid top-up and a dispute."""
        sven = self.people["sven"]
        account = _organisation("Demo Nordvik AB", 2, self.people["max"], {sven: MemberRole.APPROVER}, language="sv")
        self._agreement(account, days_ago=100)
        self._top_up(account, 480, by=sven, days_ago=50)
        first = self._book(account, "Utbildning i driften", 240, "training", by=sven, days_ago=40)
        self._work(first, [(0, 240)], "Genomgång av drift och övervakning.")
        confirmation.confirm(session=first, by=sven, at=self._after(first, hours=6))
        second = self._book(account, "Långsam webbserver", 120, "web-servers", by=sven, days_ago=8)
        self._work(second, [(0, 95)], "Inställningarna rättade och servern omstartad.")
        entry = second.work.get(live=True)
        reason = "Vi avslutade efter en timme."
        disputes.dispute(session=second, claims={entry.pk: 60}, reason=reason, by=sven, at=self._after(second, hours=5))
        self._book(account, "Diskar i lagringen", 60, "components", by=sven, days_ago=0)
        topups.order(account=account, minutes=960, cause="demo:nordvik:2", by=sven, at=self.at)

    def days_off(self) -> None:
        """Theo is away for some days."""
        theo, first_on = Technician.objects.get(person=self.people["theo"]), (self.at + timedelta(days=8)).date()
        HoursException.objects.create(
            technician=theo, kind=ExceptionKind.OFF, first_on=first_on, last_on=first_on + timedelta(days=2), note="Away"
        )

    def _agreement(self, account: CreditAccount, *, days_ago: int) -> None:
        Agreement.objects.create(organisation=account.organisation, starts_on=(self.at - timedelta(days=days_ago)).date())

    def _top_up(self, account: CreditAccount, minutes: int, *, by: Person, days_ago: int) -> None:
        at = self.at - timedelta(days=days_ago)
        cause = f"demo:{account.pk}:{days_ago}"
        demo_invoices.buy(account, minutes, cause=cause, by=by, fia=self.people["fia"], at=at)

    def _book(  # noqa: PLR0913 a booking is that many facts
        self, account: CreditAccount, title: str, minutes: int, purpose: str, *, by: Person, days_ago: int, days_ahead: int = 3
    ) -> Session:
        at = self.at - timedelta(days=days_ago)
        technician = Technician.objects.get(person=self.people["theo" if by.language == "sv" else "tessa"])
        wanted = Wanted(purpose=Purpose.objects.get(code=purpose), minutes=minutes, technician=technician)
        first = (at + timedelta(days=days_ahead)).date()
        slot = availability.open_slots(wanted=wanted, first=first, days=7, zone=Provider.objects.get().zone, at=at)[0]
        wish = Wish(
            purpose=wanted.purpose,
            title=title,
            estimate_minutes=minutes,
            starts_at=slot.starts_at,
            technician=technician,
            access_arranged=True,
        )
        return bookings.request(account=account, wish=wish, cause=f"demo:{account.pk}:{title}", by=by, at=at)

    def _prepare(self, session: Session) -> None:
        """What both sides do before a session: agenda, who comes, how to get in, a note."""
        anna, rolf, tessa = (self.people[name] for name in ("anna", "rolf", "tessa"))
        agenda = "1. Copy of the database\n2. Switch at the new host\n3. Check of the reports"
        preparation.change_agenda(session=session, description=agenda, by=rolf, at=self.at)
        attendance.invite(session=session, person=anna, by=rolf, at=self.at)
        access.write(session=session, text="VPN as last time; Rolf lets you in at the jump host.", by=rolf, at=self.at)
        notes.add_note(session=session, text="Last night’s backup is complete.", cause="demo:note:1", by=rolf, at=self.at)
        notes.add_note(session=session, text="Good. The copy takes about 40 minutes.", cause="demo:note:2", by=tessa, at=self.at)

    def _plan_maintenance(self, account: CreditAccount, *, by: Person) -> None:
        """Maintenance on the first Tuesday of every month."""
        purpose = Purpose.objects.get(code="environment")
        wish = SeriesWish(
            purpose=purpose,
            title="Monthly maintenance",
            estimate_minutes=60,
            ordinal=Ordinal.FIRST,
            weekday=Weekday.TUESDAY,
            at_clock=time(9),
            time_zone="Europe/Stockholm",
            first_on=(self.at + timedelta(days=45)).date(),
        )
        series.plan(account=account, wish=wish, cause="demo:series:1", by=by, at=self.at)

    def _postpone_late(self, session: Session, *, by: Person) -> None:
        asked_at = session.starts_at - timedelta(hours=20) if session.starts_at else self.at
        technician = session.reservations.get(live=True).technician
        wanted = Wanted(purpose=session.purpose, minutes=session.estimate_minutes, technician=technician, moving=session)
        first = (asked_at + timedelta(days=3)).date()
        slot = availability.open_slots(wanted=wanted, first=first, days=7, zone=Provider.objects.get().zone, at=asked_at)[0]
        cost = quotes.quote(session=session, kind=PenaltyKind.POSTPONE, at=asked_at).minutes
        reason = "Our release was delayed."
        changes.postpone(session=session, starts_at=slot.starts_at, shown_minutes=cost, by=by, at=asked_at, reason=reason)
        session.refresh_from_db()

    def _work(self, session: Session, stretches: Sequence[tuple[int, int]], summary: str) -> None:
        """Start, log `stretches` (minutes after the start), submit."""
        starts_at = session.starts_at or self.at
        technician = session.reservations.get(live=True).technician.person
        worklogs.start(session=session, by=technician, at=starts_at)
        for start, end in stretches:
            worklogs.log(
                session=session,
                technician_person=technician,
                started_at=starts_at + timedelta(minutes=start),
                ended_at=starts_at + timedelta(minutes=end),
                note=summary,
                by=technician,
                at=starts_at + timedelta(minutes=end),
            )
        worklogs.submit(session=session, summary=summary, by=technician, at=starts_at + timedelta(minutes=stretches[-1][1] + 5))
        session.refresh_from_db()

    def _after(self, session: Session, *, hours: int) -> datetime:
        return (session.starts_at or self.at) + timedelta(hours=hours)
