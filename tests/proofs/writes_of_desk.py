"""The forms that staff send about cases at the desk (see `writes.py`)."""

from typing import Any

from cases import merging, tagging, watchers
from cases.models import SavedView
from clients.models import Membership
from tests.cast import NOON
from tests.journeys.belongings_of_desk import a_case_of_the_desk
from tests.proofs.writes import KEY, Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """Said, given, kept together, entered."""
    tessa, client = stage.cast.tessa.person, stage.client
    names = ("say", "begin", "no-answer", "take", "release", "assign", "merge", "link", "unlink", "tag", "untag", "watch", "unwatch")
    cases = {name: a_case_of_the_desk(client, name) for name in (*names, "several", "other")}
    other = cases["other"]
    by: dict[str, Any] = {"by": tessa, "at": NOON}
    merging.link(case=cases["unlink"], other=other, **by)
    tagging.tag(case=cases["untag"], name="sync", **by)
    watchers.watch(cases["unwatch"], client.approver, **by)
    cases["release"].__class__.objects.filter(pk=cases["release"].pk).update(owner=tessa)
    view = SavedView.objects.create(person=tessa, name="Old", query="whose=mine")
    typed: dict[str, dict[str, Any]] = {
        "say": {"text": "We look at it.", "way": "answer", "key": KEY},
        "no-answer": {"reason": "Only thanks"},
        "assign": {"person": stage.cast.theo.person.pk},
        "merge": {"other": str(other.pk), "reason": "The same fault"},
        "link": {"other": str(other.pk)},
        "unlink": {"other": str(other.pk)},
        "tag": {"name": "sync"},
        "untag": {"name": "sync"},
        "watch": {"person": client.approver.pk},
        "unwatch": {"person": client.approver.pk},
    }
    others = {"say": {"text": "Something else."}}
    return {
        **{f"desk-case-{name}": Write(tessa, {"case_id": cases[name].pk}, typed.get(name, {}), others.get(name, {})) for name in names},
        **_without_a_case(stage, cases["several"].pk),
        "desk-view-drop": Write(tessa, {"view_id": view.pk}),
    }


def _without_a_case(stage: Stage, case_id: int) -> dict[str, Write]:
    tessa, member = stage.cast.tessa.person, Membership.objects.get(person=stage.client.requester)
    caller = {"caller_name": "Rolf", "caller_company": "Acme", "caller_phone": "+46 8 1", "caller_email": "rolf@acme.example"}
    report = {"via": "staff", "subject": "Disk", "text": "Almost full", "kind": "incident", "environment": "production", "key": KEY}
    return {
        "desk-cases-assign": Write(tessa, {}, {"case": [case_id], "person": stage.cast.theo.person.pk}),
        "desk-view-keep": Write(tessa, {}, {"name": "Mine", "query": "whose=mine"}),
        "desk-case-report": Write(tessa, {"member_id": member.pk}, report | caller),
    }
