"""From rows to facts: each cell read, each line held against the others (rules C12, X2).

Pure: no database, no clock; the caller says what empty cells mean and what day it is. All faults of all lines
are found at once.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from djmoney.money import Money

from clients import csv_cells as cells
from clients import numbers
from clients.csv_cells import Unreadable
from clients.csv_rows import Problem, Row, shown
from clients.models import MemberRole
from clients.profile_table import country
from core.errors import DomainError
from credits.opening.facts import AccountFact, BalanceFact, ClientFact, Defaults, Opening, PersonFact
from people.models import Language, validate_time_zone

Value = TypeVar("Value")
CAUSE_LENGTH = 120


def check(rows: Iterable[Row], *, defaults: Defaults, today: date) -> tuple[Opening, list[Problem]]:
    """The facts of the file, and every fault found. `today` is the provider's local date.

    What has a fault is left out of the facts, so that the rest can be held against the database all the same.
    """
    checker = Checker(defaults, today)
    for row in rows:
        checker.add(row)
    checker.close()
    return checker.opening, checker.problems


def cause(fact: BalanceFact) -> str:
    """What the ledger calls this opening balance: the same client, account and reference are granted once (rule C14)."""
    parts = (part.replace("%", "%25").replace(":", "%3A") for part in (fact.number, fact.account, fact.reference))
    return ":".join(["opening", *parts])


class Checker:
    """Collects facts and faults, line by line. What each line said first is remembered with its number."""

    def __init__(self, defaults: Defaults, today: date) -> None:
        self.defaults, self.today = defaults, today
        self.opening = Opening()
        self.problems: list[Problem] = []
        self.names: dict[str, tuple[str, int]] = {}
        self.people: dict[str, tuple[str, int]] = {}
        self.memberships: dict[tuple[str, str], int] = {}
        self.references: dict[tuple[str, str, str], int] = {}
        self.managed: set[str] = set()

    def add(self, row: Row) -> None:
        """One line: its organisation, and a person, an account, a balance."""
        number = self._client(row)
        self._person(row, number)
        self._balance(row, number)

    def close(self) -> None:
        """After the last line: what some line of a client should have said."""
        for client in self.opening.clients.values():
            if client.number not in self.managed:
                self._problem(client.line, "account_manager", _("is missing: one line of the organisation must name its account manager"))

    def _client(self, row: Row) -> str:
        """The organisation number, with what this line says of the organisation; empty where that has a fault."""
        land = self._cell(row, "country", lambda text: _checked(country, text.upper()), self.defaults.country)
        name = self._required(row, "organisation", lambda text: cells.words(text, 160))
        number = self._required(row, "organisation_number", lambda text: _organisation_number(text, land))
        facts = {
            "country": self._cell(row, "country", str.upper, ""),
            "vat_number": self._cell(row, "vat_number", lambda text: _vat_number(text, land), ""),
            "language": self._cell(row, "language", _language, ""),
            "time_zone": self._cell(row, "time_zone", lambda text: _checked(validate_time_zone, text), ""),
            "account_manager": self._cell(row, "account_manager", cells.email, ""),
        }
        if not name or not number:
            return ""
        first_number, line = self.names.setdefault(name, (number, row.line))
        if first_number != number:
            self._contradiction(row, "organisation_number", line, first_number)
            return ""
        client = self.opening.clients.setdefault(number, ClientFact(row.line, name, number))
        if client.name != name:
            self._contradiction(row, "organisation", client.line, client.name)
        if row.cells["account_manager"]:
            self.managed.add(number)
        for column, said in facts.items():
            if said and client.said.setdefault(column, (said, row.line))[0] != said:
                self._contradiction(row, column, client.said[column][1], client.said[column][0])
        return number

    def _person(self, row: Row, number: str) -> None:
        if not any(row.cells[column] for column in ("person", "email", "role")):
            return
        name = self._required(row, "person", lambda text: cells.words(text, 120))
        email = self._required(row, "email", cells.email)
        role = self._required(row, "role", _role)
        if not (name and email and role):
            return
        first_name, line = self.people.setdefault(email, (name, row.line))
        if first_name != name:
            self._contradiction(row, "person", line, first_name)
            return
        line = self.memberships.setdefault((number, email), row.line)
        if line != row.line:
            if number:
                reason = _("stands on line %(line)s for this organisation already: leave person, email and role empty here")
                self._problem(row.line, "email", reason % {"line": line})
            return
        self.opening.people.append(PersonFact(line=row.line, number=number, name=name, email=email, role=role))

    def _balance(self, row: Row, number: str) -> None:
        if not any(row.cells[column] for column in ("hours", "price_per_hour", "expires_on", "reference")):
            if named := self._cell(row, "account", _account, ""):
                self.opening.accounts.append(AccountFact(line=row.line, number=number, account=named))
            return
        account = self._required(row, "account", _account)
        minutes = self._required(row, "hours", cells.minutes)
        price = self._required(row, "price_per_hour", cells.price)
        currency = self._cell(row, "currency", cells.currency, self.defaults.currency)
        vat_percent = self._cell(row, "vat_percent", cells.percent, self.defaults.vat_percent)
        expires_on = self._cell(row, "expires_on", self._not_past, None)
        reference = self._required(row, "reference", lambda text: cells.words(text, 80))
        if not (account and minutes and price is not None and reference):
            return
        fact = BalanceFact(
            line=row.line,
            number=number,
            account=account,
            minutes=minutes,
            price_per_hour=Money(price, currency),
            vat_percent=vat_percent,
            expires_on=expires_on,
            reference=reference,
        )
        if self._fits(fact):
            self.opening.balances.append(fact)

    def _fits(self, fact: BalanceFact) -> bool:
        """Whether the reference names one balance of the account, and it and the sum fit where the ledger keeps them."""
        before = len(self.problems)
        line = self.references.setdefault((fact.number, fact.account, fact.reference), fact.line)
        if fact.number and line != fact.line:
            self._problem(fact.line, "reference", _("stands on line %(line)s for this account already") % {"line": line})
        if fact.price_per_hour.amount * fact.minutes / 60 >= cells.MOST_TOTAL:
            self._problem(fact.line, "price_per_hour", _("makes a sum that is too large to be kept"))
        if len(cause(fact)) > CAUSE_LENGTH:
            self._problem(fact.line, "reference", _("is too long together with the name of the account"))
        return len(self.problems) == before

    def _not_past(self, text: str) -> date:
        day = cells.day(text)
        if day < self.today:
            raise Unreadable(_("is in the past"))
        return day

    def _required(self, row: Row, column: str, read: Callable[[str], Value]) -> Value | None:
        if not row.cells[column]:
            self._problem(row.line, column, _("is missing"))
            return None
        return self._cell(row, column, read, None)

    def _cell(self, row: Row, column: str, read: Callable[[str], Value], default: Value) -> Value:
        text = row.cells.get(column, "")
        if not text:
            return default
        try:
            return read(text)
        except Unreadable as fault:
            self._problem(row.line, column, _("%(reason)s (is “%(text)s”)") % {"reason": fault, "text": shown(text)})
            return default

    def _contradiction(self, row: Row, column: str, line: int, said: str) -> None:
        self._problem(row.line, column, _("contradicts line %(line)s, which says “%(said)s”") % {"line": line, "said": shown(said)})

    def _problem(self, line: int, column: str, reason: str) -> None:
        self.problems.append(Problem(line, column, reason))


def _checked(check: Callable[[str], object], text: str) -> str:
    try:
        check(text)
    except ValidationError as fault:
        raise Unreadable(" ".join(fault.messages)) from None
    return text


def _organisation_number(text: str, land: str) -> str:
    try:
        return cells.words(numbers.organisation_number(number=text, country=land), 40)
    except DomainError as fault:
        raise Unreadable(str(fault)) from None


def _vat_number(text: str, land: str) -> str:
    try:
        return cells.words(numbers.vat_number(number=text, country=land), 40)
    except DomainError as fault:
        raise Unreadable(str(fault)) from None


def _account(text: str) -> str:
    return cells.words(text, 80)


def _language(text: str) -> str:
    return _one_of(text, Language.values)


def _role(text: str) -> str:
    return _one_of(text, MemberRole.values)


def _one_of(text: str, among: list[str]) -> str:
    if text.lower() not in among:
        raise Unreadable(_("must be one of: %(words)s") % {"words": ", ".join(among)})
    return text.lower()
