"""The last guards of what clients have arranged, and of what is offered to them, in the database itself (rules: People, S18)."""

from core.guards import closed_once, columns_fixed, no_overlap, triggers

NOBODY_ON_CALL = """SELECT 1 FROM clients_plantarget target
    JOIN worktime_businesscalendar calendar ON calendar.id IN (target.response_calendar_id, target.solution_calendar_id)
    LEFT JOIN clients_oncallrota rota ON rota.id = target.rota_id
    WHERE target.plan_id = NEW.id AND calendar.always_open AND (rota.id IS NULL OR (rota.lead_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM clients_oncallmember member WHERE member.rota_id = rota.id)))"""
BEING_PUBLISHED = "OLD.published_at IS NULL AND NEW.published_at IS NOT NULL"
REFUSAL = "a plan around the clock needs somebody on call"


def _needed(rota: str) -> str:
    """Whether a plan that is offered, or an agreement's own target, promises something around the clock by this rota."""
    around = (
        "worktime_businesscalendar calendar ON calendar.always_open "
        "AND calendar.id IN (target.response_calendar_id, target.solution_calendar_id)"
    )
    return f"""(EXISTS (SELECT 1 FROM clients_plan plan WHERE plan.published_at IS NOT NULL AND plan.outage_rota_id = {rota})
    OR EXISTS (SELECT 1 FROM clients_plantarget target JOIN {around} JOIN clients_plan plan ON plan.id = target.plan_id
        WHERE target.rota_id = {rota} AND plan.published_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM clients_agreementtarget target JOIN {around} WHERE target.rota_id = {rota}))"""


LEAVES_NOBODY = f"""NOT EXISTS (SELECT 1 FROM clients_oncallmember other WHERE other.rota_id = OLD.rota_id AND other.id <> OLD.id)
    AND NOT EXISTS (SELECT 1 FROM clients_oncallrota rota WHERE rota.id = OLD.rota_id AND rota.lead_id IS NOT NULL)
    AND {_needed("OLD.rota_id")}"""
LEADS_NOBODY = f"""OLD.lead_id IS NOT NULL AND NEW.lead_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM clients_oncallmember member WHERE member.rota_id = OLD.id) AND {_needed("OLD.id")}"""
EMPTIED = "somebody has to stay on call here"
REFUSE_EMPTIED = f"RAISE EXCEPTION '{EMPTIED}' USING ERRCODE = 'check_violation';"

GUARDS = [
    triggers(
        table="clients_plan",
        name="clients_plan_has_people_on_call",
        sqlite={"BEFORE UPDATE OF published_at": f"SELECT RAISE(ABORT, '{REFUSAL}') WHERE {BEING_PUBLISHED} AND EXISTS ({NOBODY_ON_CALL})"},
        postgresql=f"IF {BEING_PUBLISHED} AND EXISTS ({NOBODY_ON_CALL}) THEN "
        f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
        on="UPDATE",
    ),
    triggers(
        table="clients_oncallmember",
        name="clients_oncallmember_last_stays",
        sqlite={
            "BEFORE DELETE": f"SELECT RAISE(ABORT, '{EMPTIED}') WHERE {LEAVES_NOBODY}",
            "BEFORE UPDATE OF rota_id": f"SELECT RAISE(ABORT, '{EMPTIED}') WHERE OLD.rota_id <> NEW.rota_id AND {LEAVES_NOBODY}",
        },
        # two who leave at one moment come one after the other
        postgresql="IF TG_OP = 'UPDATE' AND OLD.rota_id = NEW.rota_id THEN RETURN NEW; END IF; "
        "PERFORM 1 FROM clients_oncallrota rota WHERE rota.id = OLD.rota_id FOR UPDATE; "
        f"IF {LEAVES_NOBODY} THEN {REFUSE_EMPTIED} END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
        on="UPDATE OR DELETE",
    ),
    triggers(
        table="clients_oncallrota",
        name="clients_oncallrota_lead_stays",
        sqlite={"BEFORE UPDATE OF lead_id": f"SELECT RAISE(ABORT, '{EMPTIED}') WHERE {LEADS_NOBODY}"},
        postgresql=f"IF {LEADS_NOBODY} THEN {REFUSE_EMPTIED} END IF; RETURN NEW;",
        on="UPDATE",
    ),
    columns_fixed("clients_deputyship", ["organisation_id", "approver_id", "deputy_id", "first_on", "last_on", "named_at"]),
    closed_once("clients_deputyship", "ended_at"),
    no_overlap(table="clients_oncallswap", key="rota_id", start="starts_at", end="ends_at"),
]
