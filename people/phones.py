"""Phone numbers as SMS gateways want them: E.164, "+46701234567"."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LOOSE = str.maketrans("", "", " \N{NO-BREAK SPACE}-‐‑–.()/")


def e164(written: str) -> str:
    """The number without what people put between its digits; "00" in front is a "+". "" stays "". Raises ValidationError."""
    number = written.strip().replace("(0)", "").translate(LOOSE)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if number and not E164.fullmatch(number):
        raise ValidationError(_("Begin with + and the number of the country, like +46 70 123 45 67."))
    return number


def is_e164(number: str) -> bool:
    """Whether texts can be sent to it."""
    return E164.fullmatch(number) is not None
