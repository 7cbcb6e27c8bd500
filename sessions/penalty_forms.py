"""What is typed about penalties: why one is disputed, taken back, or stands (rules C10, C13)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.forms import ReasonForm


class ObjectionForm(ReasonForm):
    """Why a client disputes a penalty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("What is wrong")
        self.fields["reason"].help_text = _("Your account manager reads it and settles it.")
