"""How mail finds its case (rule S8): the case's own address, and the signed number in the subject.

The address holds a random token (`notices.addresses`). The number alone can be guessed, so it stands in the subject with a
signature. Neither lets anybody in: whoever writes must be known on the case.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from itertools import islice

from django.conf import settings
from django.utils.crypto import salted_hmac

from cases.models import Case
from notices.addresses import address_with

SALT = "cases.addresses.tag"
SIGNATURE_LENGTH = 10
MOST_TAGS = 20

_TAG = re.compile(rf"\[#(\d{{1,12}})\s{{1,3}}([a-z2-7]{{{SIGNATURE_LENGTH}}})\]", re.IGNORECASE | re.ASCII)


def address_of(case: Case) -> str:
    """Where answers about `case` go."""
    return address_with(case.mail_token)


def tag_of(case: Case) -> str:
    """The number of `case` as it stands in subjects, signed: `[#123 abcdefghij]`."""
    return f"[#{case.pk} {_signature(case.pk, settings.SECRET_KEY)}]"


def numbers_in(subject: str) -> list[int]:
    """The numbers in the subject that are ours: signed with our key, or one that we had before."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    found = [(int(number), signature.lower()) for number, signature in islice(_tags(subject), MOST_TAGS)]
    return [
        number for number, signature in dict.fromkeys(found) if any(hmac.compare_digest(signature, _signature(number, key)) for key in keys)
    ]


def _tags(subject: str) -> Iterable[tuple[str, str]]:
    return ((tag[1], tag[2]) for tag in _TAG.finditer(subject))


def _signature(number: int, key: str | bytes) -> str:
    digest = salted_hmac(SALT, str(number), secret=key, algorithm="sha256").digest()
    return b32encode(digest).decode("ascii").lower()[:SIGNATURE_LENGTH]
