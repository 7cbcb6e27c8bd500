"""The forms about rotas, pages, teams and time on cases (see `writes.py`)."""

from datetime import timedelta

from cases import paging, standby, teams, worklog
from cases.models import Team
from clients import rotas
from clients.models import StaffDuty
from tests.cases.opened import a_case
from tests.cast import NOON, a_colleague
from tests.clients.rotas import a_rota
from tests.proofs.writes import Stage, Write
from tests.sessions.factories import a_started_session, work

HOUR = timedelta(hours=1)
ARRANGED = {"name_en": "Nights", "name_sv": "Nätter", "acknowledge_minutes": 5, "turn_days": 1, "hands_over_at": "08:00", "lead": ""}
CHANGED = {"first_on": "2026-11-18", "first_at": "18:00", "last_on": "2026-11-19", "last_at": "08:00"}


def rows(stage: Stage) -> dict[str, Write]:
    """A new rota and another word in one, changed turns, an acknowledgement, a team, and time."""
    key, tessa = stage.client.account.pk, stage.cast.tessa.person
    disa = a_colleague(f"Disa{key}", StaffDuty.DISPATCHER)
    rota, other = (a_rota(tessa, stage.cast.theo.person, code=f"{name}-{key}", lead=disa) for name in ("nights", "days"))
    rotas.name_webhook(rota=other, url="https://calendar.example.org/hook", by=disa, at=NOON)
    other.refresh_from_db()
    ids, arranged = {"rota_id": rota.pk}, ARRANGED | {"time_zone": "Europe/Stockholm"}
    change = standby.swap(rota=rota, person=disa, stretch=(NOON + HOUR, NOON + 2 * HOUR), by=disa, at=NOON)
    return {
        "desk-rota-new": Write(disa, {}, arranged | {"code": f"new-{key}"}, about=f"rota-new-{key}"),
        "desk-rota-arrange": Write(disa, ids, arranged, about="rota"),
        "desk-rota-members": Write(disa, ids, {"person_1": tessa.pk, "email_1": "on"}, about="rota"),
        "desk-rota-webhook": Write(disa, ids, {"url": "https://calendar.example.org/hook"}, about="rota"),
        "desk-rota-secret": Write(disa, {"rota_id": other.pk}, {"seen": rotas.mark_of(other)}, about="secret"),
        "desk-turn-change": Write(disa, {"rota_id": other.pk}, CHANGED | {"person": disa.pk}),
        "desk-turn-take-back": Write(disa, {"swap_id": change.pk}, about="rota"),
        **_of_cases(stage, key),
    }


def _of_cases(stage: Stage, key: int) -> dict[str, Write]:
    tessa = stage.cast.tessa.person
    case, handed = (a_case(stage.client, cause=f"writes:{name}:{key}", at=NOON - HOUR) for name in ("on-call", "handed"))
    page = paging.page(case, rota=a_rota(tessa, code=f"paged-{key}"), at=NOON)
    names = {"name_en": "Development", "name_sv": "Utveckling"}
    team, _fresh = Team.objects.get_or_create(code="development", defaults=names)
    teams.hand_over(handed, team=team, reason="A fault", by=tessa, at=NOON)
    entry = worklog.log(case=case, person=tessa, started_at=NOON - HOUR / 2, ended_at=NOON, note="Looked", by=tessa, at=NOON)
    worked = work(a_started_session(stage.cast, stage.client, starts_at=NOON - 6 * HOUR), stage.cast.tessa, length=10)
    typed = {"what": f"#{handed.pk}", "on": "2026-11-18", "begins": "11:00", "ends": "11:20", "note": "Looked"}
    return {
        "desk-page-acknowledge": Write(tessa, {"page_id": page.pk}),
        "desk-case-team": Write(tessa, {"case_id": case.pk}, {"team": team.pk, "reason": "A fault"}),
        "desk-case-team-back": Write(tessa, {"case_id": handed.pk}, {"reason": "Mended"}),
        "desk-time": Write(tessa, {}, typed),
        "desk-case-time-take-back": Write(tessa, {"entry_id": entry.pk}, {"reason": "Wrong"}),
        "desk-session-time-take-back": Write(tessa, {"entry_id": worked.pk}, {"reason": "Wrong"}),
    }
