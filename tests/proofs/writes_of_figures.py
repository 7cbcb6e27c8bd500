"""The form that asks VIES about a VAT number (see `writes.py`)."""

from tests.journeys.belongings_of_figures import a_german
from tests.proofs.writes import KEY, Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """What finance asks of VIES."""
    german = a_german(stage.cast, stage.client)
    return {"desk-buyer-vat-check": Write(stage.cast.fia, {"organisation_id": german.organisation.pk}, {"key": KEY})}
