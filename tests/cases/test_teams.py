"""A case goes to an inner team and back; its clocks go on, and the client keeps one contact (rule S17)."""

import pytest

from cases import life, teams
from cases.models import Case, CaseEvent, EventKind, Team
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON


@pytest.fixture
def case(cast, acme):
    bind(acme, a_plan())
    case = a_case(acme)
    Case.objects.filter(pk=case.pk).update(owner=cast.tessa.person)
    case.refresh_from_db()
    return case


@pytest.fixture
def developers(db):
    return Team.objects.create(code="development", name_en="Development", name_sv="Utveckling", email="dev@provider.example")


def test_s17_a_handed_over_case_keeps_its_clocks_and_its_owner_and_the_team_is_told(cast, case, developers):
    clock = case.clocks.get()
    before = Notice.objects.exclude(address=developers.email).count()

    handed = teams.hand_over(case, team=developers, reason="A fault in our code", by=cast.theo.person, at=NOON)

    assert (handed.team, handed.owner, handed.state) == (developers, cast.tessa.person, case.state)
    assert (case.clocks.get().due_at, case.clocks.get().pauses) == (clock.due_at, [])
    mail = Notice.objects.get(address="dev@provider.example")
    assert mail.subject == f"For Development: case {case.pk}, Users are not created"
    assert "A fault in our code" in mail.body
    assert Notice.objects.exclude(address=developers.email).count() == before


def test_s17_the_trace_is_for_staff_only(cast, case, developers):
    teams.hand_over(case, team=developers, reason="A fault in our code", by=cast.tessa.person, at=NOON)
    teams.take_back(case, reason="Mended", by=cast.tessa.person, at=NOON)

    events = CaseEvent.objects.filter(kind__in=[EventKind.HANDED_OVER, EventKind.HANDED_BACK]).order_by("pk")
    assert [(event.kind, event.internal, event.reason, event.facts["code"]) for event in events] == [
        ("handed_over", True, "A fault in our code", "development"),
        ("handed_back", True, "Mended", "development"),
    ]
    case.refresh_from_db()
    assert case.team is None


def test_s17_what_is_refused_changes_nothing(cast, acme, case, developers):
    retired = Team.objects.create(code="old", name_en="Old", name_sv="Gammal", retired=True)

    with pytest.raises(teams.NotWithTeam):
        teams.take_back(case, reason="Mended", by=cast.tessa.person, at=NOON)
    with pytest.raises(teams.TeamRetired):
        teams.hand_over(case, team=retired, reason="Why", by=cast.tessa.person, at=NOON)
    with pytest.raises(ReasonMissing):
        teams.hand_over(case, team=developers, reason=" ", by=cast.tessa.person, at=NOON)
    with pytest.raises(NotAllowed):
        teams.hand_over(case, team=developers, reason="Why", by=acme.requester, at=NOON)
    teams.hand_over(case, team=developers, reason="Why", by=cast.tessa.person, at=NOON)
    with pytest.raises(teams.AlreadyWithTeam):
        teams.hand_over(case, team=developers, reason="Why", by=cast.tessa.person, at=NOON)

    assert CaseEvent.objects.filter(kind=EventKind.HANDED_OVER).count() == 1


def test_s17_a_closed_case_goes_nowhere(cast, case, developers):
    Case.objects.filter(pk=case.pk).update(state="closed", closed_as="withdrawn", closed_at=NOON)

    with pytest.raises(life.CaseClosed):
        teams.hand_over(case, team=developers, reason="Why", by=cast.tessa.person, at=NOON)
