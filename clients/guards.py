"""The last guards of what clients have arranged, and of what is offered to them, in the database itself (rules: People, S18)."""

from core.guards import closed_once, columns_fixed, no_overlap, triggers

NOBODY_ON_CALL = """SELECT 1 FROM clients_plantarget target
    JOIN worktime_businesscalendar calendar ON calendar.id IN (target.response_calendar_id, target.solution_calendar_id)
    LEFT JOIN clients_oncallrota rota ON rota.id = target.rota_id
    WHERE target.plan_id = NEW.id AND calendar.always_open AND (rota.id IS NULL OR (rota.lead_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM clients_oncallmember member WHERE member.rota_id = rota.id)))"""
BEING_PUBLISHED = "OLD.published_at IS NULL AND NEW.published_at IS NOT NULL"
REFUSAL = "a plan around the clock needs somebody on call"

GUARDS = [
    triggers(
        table="clients_plan",
        name="clients_plan_has_people_on_call",
        sqlite={"BEFORE UPDATE OF published_at": f"SELECT RAISE(ABORT, '{REFUSAL}') WHERE {BEING_PUBLISHED} AND EXISTS ({NOBODY_ON_CALL})"},
        postgresql=f"IF {BEING_PUBLISHED} AND EXISTS ({NOBODY_ON_CALL}) THEN "
        f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW;",
        on="UPDATE",
    ),
    columns_fixed("clients_deputyship", ["organisation_id", "approver_id", "deputy_id", "first_on", "last_on", "named_at"]),
    closed_once("clients_deputyship", "ended_at"),
    no_overlap(table="clients_oncallswap", key="rota_id", start="starts_at", end="ends_at"),
]
