"""How cases are run: the provider's settings (rule P1)."""

from cases.models import CaseSettings
from core import rows
from core.once import once


def current() -> CaseSettings:
    """The settings of cases; the product's own defaults where no profile says otherwise."""
    return once("case settings", lambda: rows.find(CaseSettings, "id = 1")) or CaseSettings(pk=1)
