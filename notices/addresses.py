"""Addresses of things that are talked about by mail (rules S8, D4): `support+<token>@…`, or `<token>@<their own domain>`.

The token is random: it leads a mail to what it is about, and lets nobody in. Whoever writes must be known there.
"""

import re
from collections.abc import Iterable

from clients import provider

LONGEST_TOKEN = 40

_TOKEN = re.compile(rf"[0-9a-z]{{8,{LONGEST_TOKEN}}}", re.ASCII)


def address_with(token: str) -> str:
    """Where answers about the thing with this token go."""
    ours = provider.current()
    if ours.case_domain:
        return f"{token}@{ours.case_domain}"
    local, _, domain = ours.email.partition("@")
    return f"{local}+{token}@{domain}"


def tokens_in(recipients: Iterable[str]) -> list[str]:
    """The tokens in those of the addresses, in lower case, that may be of such things."""
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
