"""Rotas, pages, teams and time on cases, for the walk through every address (see `belongings.py`)."""

from datetime import timedelta

from cases import paging, standby, worklog
from cases.models import Team
from clients.models import StaffDuty
from people.models import Person
from tests.cases.opened import a_case
from tests.cast import NOON, Cast, Client, a_colleague
from tests.clients.rotas import a_rota
from tests.journeys.belongings import Own
from tests.sessions.factories import a_started_session, work

HOUR = timedelta(hours=1)


def on_call_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """A rota that a dispatcher arranges, a page to Tessa, and time that she logged."""
    key, tessa = acme.account.pk, cast.tessa.person
    spoken = Person.objects.get(pk=tessa.pk).language  # as it is now, whatever it was when the cast was made
    known = Person.objects.filter(email="disa@provider.example").first()
    disa = known or a_colleague("Disa", StaffDuty.DISPATCHER, language=spoken)
    rota = a_rota(tessa, cast.theo.person, code=f"rota-{key}", lead=disa)
    case = a_case(acme, cause=f"on-call:{key}", at=NOON - HOUR)
    page = paging.page(case, rota=rota, at=NOON)
    change = standby.swap(rota=rota, person=disa, stretch=(NOON + HOUR, NOON + 2 * HOUR), by=disa, at=NOON)
    entry = worklog.log(case=case, person=tessa, started_at=NOON - HOUR / 2, ended_at=NOON, note="Looked", by=tessa, at=NOON)
    Team.objects.get_or_create(code="development", defaults={"name_en": "Development", "name_sv": "Utveckling"})
    session = a_started_session(cast, acme, starts_at=NOON - 6 * HOUR)
    worked = work(session, cast.tessa, length=10)
    others = [acme.approver, acme.requester, cast.fia]
    ids, apart = {"rota_id": rota.pk}, [*others, tessa]
    acts = ("arrange", "members", "webhook", "secret")
    return {
        "desk-rota": Own(ids, disa, strangers=apart),
        **{f"desk-rota-{act}": Own(ids, disa, acts_only=True, strangers=apart) for act in acts},
        "desk-turn-change": Own(ids, tessa, strangers=others),
        "desk-turn-take-back": Own({"swap_id": change.pk}, disa, acts_only=True, strangers=others),
        "desk-page": Own({"page_id": page.pk}, tessa, strangers=others),
        "desk-page-acknowledge": Own({"page_id": page.pk}, tessa, acts_only=True, strangers=others),
        **{name: Own({"case_id": case.pk}, tessa, strangers=others) for name in ("desk-case-team", "desk-case-team-back")},
        "desk-case-time-take-back": Own({"entry_id": entry.pk}, tessa, strangers=[*others, disa]),
        "desk-session-time-take-back": Own({"entry_id": worked.pk}, tessa, strangers=[*others, disa]),
    }
