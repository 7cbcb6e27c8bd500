"""The form of what is owed: it is drafted now (see `writes.py`)."""

from tests.journeys.belongings_of_debts import owing_account
from tests.proofs.writes import Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does with debt."""
    return {"desk-debts-invoice": Write(stage.cast.fia, {"account_id": owing_account(stage.client).pk}, about="debts")}
