"""The last guards of what clients have arranged, and of what is offered to them, in the database itself (rules: People, S18)."""

from clients.erasable import erasable
from core.guards import append_only, closed_once, columns_fixed, frozen_while, no_overlap, set_once, triggers

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

_LIVE_USES = "(SELECT COALESCE(SUM(u.net), 0) FROM clients_purchaseorderuse u WHERE u.order_id = {row} AND u.released_at IS NULL)"
_MISCOUNTED = f"ABS(NEW.used_net - {_LIVE_USES.format(row='NEW.id')}) > 0.005"
_BEYOND = (
    f"{_LIVE_USES.format(row='NEW.order_id')} + NEW.net > 0.005 + (SELECT o.net FROM clients_purchaseorder o WHERE o.id = NEW.order_id)"
)
_COUNTED, _WITHIN = "clients_purchaseorder_counted", "clients_purchaseorderuse_within"

_OTHERS = """SELECT 1 FROM clients_staffrole other JOIN people_person person ON person.id = other.person_id
    WHERE other.duty = 'administrator' AND person.is_active AND other.person_id <> {person}"""
_LAST_LEAVES = f"OLD.duty = 'administrator' AND NOT EXISTS ({_OTHERS.format(person='OLD.person_id')})"
_LAST_SHUT_OUT = f"""OLD.is_active AND NOT NEW.is_active AND NOT EXISTS ({_OTHERS.format(person="OLD.id")})
    AND EXISTS (SELECT 1 FROM clients_staffrole own WHERE own.duty = 'administrator' AND own.person_id = OLD.id)"""
ALONE = "somebody has to be an administrator"
REFUSE_ALONE = f"RAISE EXCEPTION '{ALONE}' USING ERRCODE = 'check_violation';"
# two administrators who leave at one moment come one after the other
IN_TURN = "PERFORM 1 FROM clients_staffrole r WHERE r.duty = 'administrator' ORDER BY r.id FOR UPDATE;"
_STANDS_FOR = "('Erased person ' || e.person_id, 'erased-' || e.person_id || '@erased.invalid', 'erased')"
# the spelling's place is taken by the number of who is erased; a letter of the text, or its escape, may stand before or after it
_SAID = ("NEW.new", *(part for n in (1, 2) for part in (f"SUBSTR(NEW.new, {n + 1})", f"SUBSTR(NEW.new, 1, ABS(LENGTH(NEW.new) - {n}))")))
_IS_ERASED = " OR ".join(f"{said} IN {_STANDS_FOR}" for said in _SAID)
_TWO_AGREED = f"""EXISTS (SELECT 1 FROM clients_erasure e WHERE e.id = NEW.erasure_id AND e.state = 'running'
    AND e.approved_by_id IS NOT NULL AND ({_IS_ERASED}))"""
_WORD = "clients_erasedword_of_a_running_erasure"
_WORD_REFUSED = f"RAISE EXCEPTION '{_WORD}' USING ERRCODE = 'restrict_violation';"

GUARDS = [
    columns_fixed("clients_erasure", ["person_id", "asked_by_id", "asked_at"]),
    set_once("clients_erasure", ["approved_by_id", "approved_at"]),
    *erasable(["also", "refusal"], closed_once("clients_erasure", "closed_at")),
    triggers(
        table="clients_erasedword",
        name=_WORD,
        on="INSERT OR UPDATE",
        sqlite={
            "BEFORE INSERT": f"SELECT RAISE(ABORT, '{_WORD}') WHERE NOT {_TWO_AGREED}",
            "BEFORE UPDATE": f"SELECT RAISE(ABORT, '{_WORD}')",
        },
        postgresql=f"IF TG_OP = 'UPDATE' THEN {_WORD_REFUSED} END IF; IF NOT {_TWO_AGREED} THEN {_WORD_REFUSED} END IF; RETURN NEW;",
    ),
    append_only("clients_exportdownload"),
    columns_fixed("clients_personexport", ["person_id", "asked_by_id", "asked_at"]),
    columns_fixed("clients_purge", ["kind", "before", "started_at"]),
    closed_once("clients_purge", "ended_at"),
    triggers(
        table="clients_staffrole",
        name="clients_staffrole_last_administrator",
        sqlite={
            "BEFORE DELETE": f"SELECT RAISE(ABORT, '{ALONE}') WHERE {_LAST_LEAVES}",
            "BEFORE UPDATE OF duty, person_id": f"SELECT RAISE(ABORT, '{ALONE}') WHERE "
            f"(OLD.duty <> NEW.duty OR OLD.person_id <> NEW.person_id) AND {_LAST_LEAVES}",
        },
        postgresql="IF TG_OP = 'UPDATE' AND OLD.duty = NEW.duty AND OLD.person_id = NEW.person_id THEN RETURN NEW; END IF; "
        f"IF OLD.duty = 'administrator' THEN {IN_TURN} END IF; "
        f"IF {_LAST_LEAVES} THEN {REFUSE_ALONE} END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
        on="UPDATE OR DELETE",
    ),
    triggers(
        table="people_person",
        name="people_person_last_administrator",
        sqlite={"BEFORE UPDATE OF is_active": f"SELECT RAISE(ABORT, '{ALONE}') WHERE {_LAST_SHUT_OUT}"},
        postgresql=f"IF OLD.is_active AND NOT NEW.is_active THEN {IN_TURN} END IF; "
        f"IF {_LAST_SHUT_OUT} THEN {REFUSE_ALONE} END IF; RETURN NEW;",
        on="UPDATE",
    ),
    set_once("clients_invitation", ["closed_at", "accepted_by_id", "withdrawn_by_id"]),
    frozen_while(
        "clients_invitation",
        ["organisation_id", "role", "approval_limit", "is_owner", "duties", "round", "token_hash"],
        holds="{row}.closed_at IS NOT NULL",
    ),
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
    columns_fixed(
        "clients_purchaseorder", ["organisation_id", "number", "key", "net_currency", "starts_on", "cause", "opened_at", "opened_by_id"]
    ),
    set_once("clients_purchaseorder", ["closed_at", "closed_by_id"]),
    triggers(
        table="clients_purchaseorder",
        name=_COUNTED,
        on="INSERT OR UPDATE",
        sqlite={
            "BEFORE INSERT": f"SELECT RAISE(ABORT, '{_COUNTED}') WHERE NEW.used_net <> 0",
            "BEFORE UPDATE OF used_net": f"SELECT RAISE(ABORT, '{_COUNTED}') WHERE {_MISCOUNTED}",
        },
        postgresql=f"IF {_MISCOUNTED} THEN RAISE EXCEPTION '{_COUNTED}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    ),
    columns_fixed("clients_purchaseorderuse", ["order_id", "cause", "net", "text", "at"]),
    closed_once("clients_purchaseorderuse", "released_at"),
    triggers(
        table="clients_purchaseorderuse",
        name=_WITHIN,
        on="INSERT",
        sqlite={"BEFORE INSERT": f"SELECT RAISE(ABORT, '{_WITHIN}') WHERE {_BEYOND}"},
        postgresql=f"IF {_BEYOND} THEN RAISE EXCEPTION '{_WITHIN}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    ),
    no_overlap(table="clients_oncallswap", key="rota_id", start="starts_at", end="ends_at"),
]
