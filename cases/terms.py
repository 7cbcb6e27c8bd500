"""How cases are run: when a deadline draws near, how many receipts, how large attachments (rules P1, S13).

One row, loaded from the provider profile and editable in the administration.
"""

from django.utils.translation import get_language

from cases.models import CaseSettings
from core import rows
from core.once import once

__all__ = ["CaseSettings", "current", "guide"]


def current() -> CaseSettings:
    """The settings in force now (rule P1); what the model sets where no profile has said anything yet."""
    return once("case settings", lambda: rows.find(CaseSettings, "id = 1")) or CaseSettings(pk=1)


def guide(settings: CaseSettings) -> str:
    """The address of the recommended installation and configuration, in the reader's language if it is there (rule S13)."""
    mine, other = (settings.guide_sv, settings.guide_en) if get_language() == "sv" else (settings.guide_en, settings.guide_sv)
    return mine or other
