"""From facts to rows: what the file says becomes true in the database, all of it or nothing (rules C12, C14, C16).

What is there already stays as it is, so that a second run changes nothing; where it contradicts the file, the file
is refused. Balances are granted by the ledger under a cause made of client, account and reference.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from djmoney.money import Money

from clients.access import has_duty
from clients.csv_rows import FileRefused, Problem, read_rows
from clients.models import Membership, Organisation, Provider, StaffDuty
from credits import terms
from credits.accounts import lock, open_account
from credits.ledger import CauseMismatch, EntryKind, LotSource, LotTerms, Voucher, grant
from credits.models import CreditAccount, Entry
from credits.opening.checking import cause, check
from credits.opening.facts import COLUMNS, OPTIONAL_COLUMNS, BalanceFact, ClientFact, Defaults, Opening, PersonFact
from people.models import Person

Accounts = dict[tuple[str, str], CreditAccount]


@transaction.atomic
def import_opening(*, data: bytes, at: datetime) -> Counter[str]:
    """Import the CSV file `data` (rules C12, C14); returns how many rows of each kind were added.

    Raises FileRefused with every fault, by line and column; then nothing was imported. The same file again adds
    nothing. Raises ProfileMissing before a provider profile is loaded.
    """
    provider = Provider.objects.select_for_update().filter(pk=1).first()  # one import at a time
    if provider is None:
        raise terms.ProfileMissing
    rows, problems = read_rows(data, columns=COLUMNS, optional=OPTIONAL_COLUMNS)
    defaults = Defaults(
        country=provider.country,
        language=provider.language,
        time_zone=provider.time_zone,
        currency=provider.currency,
        vat_percent=terms.current().vat_percent,
    )
    opening, faults = check(rows, defaults=defaults, today=at.astimezone(provider.zone).date())
    return Importer(opening, defaults, at, problems=[*problems, *faults]).run()


class Importer:
    """Makes one opening true. Faults join those of the file; with any of them the transaction is given up."""

    def __init__(self, opening: Opening, defaults: Defaults, at: datetime, *, problems: list[Problem]) -> None:
        self.opening, self.defaults, self.at, self.problems = opening, defaults, at, problems
        self.added: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Clients, then people, then accounts, then balances; raises FileRefused where there was any fault."""
        organisations = {number: self._organisation(client) for number, client in self.opening.clients.items()}
        for fact in self.opening.people:
            self._member(fact, organisations.get(fact.number))
        accounts = self._accounts(organisations)
        granted = set(Entry.objects.filter(kind=EntryKind.GRANT, cause__startswith="opening:").values_list("cause", flat=True))
        for balance in self.opening.balances:
            if organisations.get(balance.number):
                self._balance(balance, accounts[balance.number, balance.account], again=cause(balance) in granted)
        if self.problems:
            raise FileRefused(self.problems)
        return self.added

    def _organisation(self, client: ClientFact) -> Organisation | None:
        """The client's row: the one with this number, else a new one. None where there is a fault."""
        found = Organisation.objects.filter(organisation_number__in=[client.number, client.number.replace("-", "")]).first()
        if found and found.name != client.name:
            self._problem(client.line, "organisation", _("is known by another name: “%(name)s”") % {"name": found.name})
        if found:
            return found
        namesake = Organisation.objects.filter(name=client.name).first()
        if namesake:
            reason = _("is known with another number: %(number)s") % {"number": namesake.organisation_number}
            self._problem(client.line, "organisation_number", reason)
        manager = self._manager(client)
        if namesake or manager is None:
            return None
        self.added["organisations"] += 1
        return Organisation.objects.create(
            name=client.name,
            organisation_number=client.number,
            vat_number=client.get("vat_number", ""),
            country=client.get("country", self.defaults.country),
            language=client.get("language", self.defaults.language),
            time_zone=client.get("time_zone", self.defaults.time_zone),
            account_manager=manager,
        )

    def _manager(self, client: ClientFact) -> Person | None:
        """Who looks after a new client. None where the file names nobody, or nobody who could."""
        if "account_manager" not in client.said:
            return None
        email, line = client.said["account_manager"]
        person = Person.objects.filter(email=email, is_active=True).first()
        if person is None or not has_duty(person, StaffDuty.ACCOUNT_MANAGER):
            self._problem(line, "account_manager", _("is no account manager here: “%(email)s”") % {"email": email})
            return None
        return person

    def _member(self, fact: PersonFact, organisation: Organisation | None) -> None:
        """The person with this address, else a new one without a password; and the place in the organisation."""
        person = Person.objects.filter(email=fact.email).first()
        if person and person.name != fact.name:
            self._problem(fact.line, "person", _("is known by another name: “%(name)s”") % {"name": person.name})
        if organisation is None:
            return
        if person is None:
            person = Person.objects.create_user(
                fact.email, name=fact.name, language=organisation.language, time_zone=organisation.time_zone
            )
            self.added["people"] += 1
        place, new = Membership.objects.get_or_create(person=person, organisation=organisation, defaults={"role": fact.role})
        self.added["memberships"] += new
        if place.role != fact.role:
            self._problem(fact.line, "role", _("is known with another role: %(role)s") % {"role": place.role})

    def _accounts(self, organisations: Mapping[str, Organisation | None]) -> Accounts:
        """The accounts that the file names, opened where they are new, and locked in order."""
        accounts: Accounts = {}
        known = CreditAccount.objects.count()
        named = [(fact.number, fact.account) for fact in self.opening.accounts]
        named += [(fact.number, fact.account) for fact in self.opening.balances]
        for number, name in named:
            organisation = organisations.get(number)
            if organisation is not None and (number, name) not in accounts:
                accounts[number, name] = open_account(organisation=organisation, name=name)
        self.added["accounts"] = CreditAccount.objects.count() - known
        lock(account.pk for account in accounts.values())
        return accounts

    def _balance(self, fact: BalanceFact, account: CreditAccount, *, again: bool) -> None:
        """Grant the lot under its cause; what was granted before must be the same."""
        wanted = LotTerms(
            source=LotSource.OPENING,
            price_per_hour=fact.price_per_hour,
            total_price=_total(fact.price_per_hour, fact.minutes),
            vat_percent=fact.vat_percent,
            expires_on=fact.expires_on,
            reason=fact.reference,
        )
        voucher = Voucher(cause=cause(fact), at=self.at, text=fact.reference)
        try:
            lot = grant(account=account, minutes=fact.minutes, terms=wanted, voucher=voucher)
        except CauseMismatch:
            self._problem(fact.line, "hours", _("this reference was imported before with other hours"))
            return
        if LotTerms.of(lot, total_price=lot.total_price) != wanted:
            self._problem(fact.line, "reference", _("was imported before with another price, VAT or expiry"))
        if not again:
            self.added["lots"] += 1
            self.added["minutes"] += fact.minutes

    def _problem(self, line: int, column: str, reason: str) -> None:
        self.problems.append(Problem(line, column, reason))


def _total(price_per_hour: Money, minutes: int) -> Money:
    """Minutes × price per hour, rounded half up once."""
    exact = price_per_hour.amount * minutes / 60
    return Money(exact.quantize(Decimal("0.01"), ROUND_HALF_UP), price_per_hour.currency)
