"""A shipped profile in an empty database, a client with one of its plans, and what its cases are due."""

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cases.models import Case, ClockKind
from clients import profile
from clients.models import Agreement, OnCallMember, OnCallRota, Plan, StaffDuty
from tests.cases.opened import a_case, bind
from tests.cast import Client, a_client, a_colleague

PROFILES = Path(__file__).resolve().parents[2] / "profiles"


def load(name: str) -> list[str]:
    """Make a shipped profile the terms in force; what has changed, in words."""
    return profile.load(profile=profile.read(path=PROFILES / f"{name}.toml"))


def with_people_on_call(name: str) -> list[str]:
    """The profile with somebody on each of its rotas, so that all of its plans are published."""
    load(name)
    for rota in OnCallRota.objects.all():
        OnCallMember.objects.create(rota=rota, person=a_colleague(f"Jo{rota.pk}", StaffDuty.TECHNICIAN), position=1)
    return load(name)


def a_client_with(*codes: str, name: str = "Acme") -> Client:
    """A client whose agreement binds these plans."""
    manager: Any = SimpleNamespace(max=a_colleague(f"Max{name}", StaffDuty.ACCOUNT_MANAGER))
    client = a_client(manager, name)
    for code in codes:
        bind(client, Plan.objects.get(code=code))
    return client


def agreement_of(client: Client) -> Agreement:
    """The client's one agreement."""
    return Agreement.objects.get(organisation=client.organisation)


def due(case: Case) -> dict[str, datetime | None]:
    """The deadlines of a case by what is due."""
    return {ClockKind(clock.kind).value: clock.due_at for clock in case.clocks.all()}


def matrix(code: str, priorities: range, *, at: datetime, **report: Any) -> dict[int, dict[str, datetime | None]]:
    """What is due, by priority, of real cases that a client with this plan reports at `at`."""
    client = a_client_with(code, name=f"C{code.replace('.', '').replace('-', '')}")
    return {number: due(a_case(client, at=at, priority=number, cause=f"{code}:{number}", **report)) for number in priorities}
