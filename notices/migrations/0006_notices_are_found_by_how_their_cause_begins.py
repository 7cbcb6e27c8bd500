"""An index by which the notices of one session, or one task, are found among all that were ever written."""

from typing import ClassVar

from django.db import migrations, models

from core.migrating import AddIndexBeside


class Migration(migrations.Migration):
    """Built beside the work (docs/migrations.md)."""

    atomic = False
    dependencies: ClassVar = [("notices", "0005_notices_are_chosen_and_held")]
    operations: ClassVar = [
        AddIndexBeside("notice", models.Index(fields=["cause"], opclasses=["varchar_pattern_ops"], name="notice_by_cause")),
    ]
