"""How mail finds its case (rule S8): the case's own address, and the signed number in the subject.

The address holds a random token, `support+<token>@…` or `<token>@<domain of case addresses>`. The number alone can be
guessed, so it stands in the subject with a signature. Neither lets anybody in: whoever writes must be known on the case.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from itertools import islice

from django.conf import settings
from django.utils.crypto import salted_hmac

from cases.models import Case
from clients import provider

SALT = "cases.addresses.tag"
SIGNATURE_LENGTH = 10
MOST_TAGS = 20
LONGEST_TOKEN = 40

_TAG = re.compile(rf"\[#(\d{{1,12}})\s{{1,3}}([a-z2-7]{{{SIGNATURE_LENGTH}}})\]", re.IGNORECASE | re.ASCII)
_TOKEN = re.compile(rf"[0-9a-z]{{8,{LONGEST_TOKEN}}}", re.ASCII)


def address_of(case: Case) -> str:
    """Where answers about `case` go."""
    ours = provider.current()
    if ours.case_domain:
        return f"{case.mail_token}@{ours.case_domain}"
    local, _, domain = ours.email.partition("@")
    return f"{local}+{case.mail_token}@{domain}"


def tokens_in(recipients: Iterable[str]) -> list[str]:
    """The tokens in those of the addresses, in lower case, that may be of cases."""
    ours = provider.known()
    if ours is None:
        return []
    support, _, domain = ours.email.lower().partition("@")
    found = []
    for address in recipients:
        local, _, at = address.partition("@")
        plain, _, token = local.partition("+")
        if ours.case_domain and at == ours.case_domain.lower():
            found.append(local)
        elif (plain, at) == (support, domain):
            found.append(token)
    return [token for token in dict.fromkeys(found) if _TOKEN.fullmatch(token)]


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
