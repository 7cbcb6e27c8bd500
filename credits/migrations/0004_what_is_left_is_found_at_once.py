"""Indexes by which an account's lots that are not used up, its newest lot, and orders and transfers that wait are found among many."""

from typing import ClassVar

from django.db import migrations, models

from core.migrating import AddIndexBeside

NOT_USED_UP = models.Q(available_minutes__gt=0) | models.Q(held_minutes__gt=0) | models.Q(frozen_minutes__gt=0)
WAITING = models.Q(state__in=["awaiting_approval", "ordered"])

PROPOSED = models.Q(state="proposed")


class Migration(migrations.Migration):
    """Built beside the work (docs/migrations.md)."""

    atomic = False
    dependencies: ClassVar = [("credits", "0003_credit_is_owed_automatic_and_included")]
    operations: ClassVar = [
        AddIndexBeside("lot", models.Index(fields=["account", "id"], condition=NOT_USED_UP, name="lot_not_used_up")),
        AddIndexBeside("lot", models.Index(fields=["account", "id"], name="lot_newest")),
        AddIndexBeside("topup", models.Index(fields=["account", "state", "ordered_at", "id"], condition=WAITING, name="top_up_waiting")),
        AddIndexBeside("transfer", models.Index(fields=["source"], condition=PROPOSED, name="transfer_waits_from")),
        AddIndexBeside("transfer", models.Index(fields=["target"], condition=PROPOSED, name="transfer_waits_to")),
    ]
