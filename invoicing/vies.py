"""VIES, the Commission's register of VAT numbers, asked over the internet (rule I2).

`Checker` is what the rules know; `Vies` asks the REST API of the Commission by `core.outbound`, the one guarded way out.
Whatever goes wrong on the way, or in the buyer's country, is no answer about the number: VIES answers 200 with
`isValid: false` for a country that is away as well, so that only its own words VALID and INVALID are taken as an answer.

Never called inside a transaction.
"""

import json
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlencode

from core import outbound
from core.outbound import AddressRefused, FetchFailed
from invoicing.models import Verdict

ADDRESS = "https://ec.europa.eu/taxation_customs/vies/rest-api/ms"
MOST_BYTES = 64 * 1024
WRITTEN = re.compile(r"([A-Z]{2})([0-9A-Z+*]{2,13})")
NOTHING = "---"
"""What VIES writes where a country keeps a name or an address to itself."""
MALFORMED, GARBLED, NO_WAY = "MALFORMED", "GARBLED", "NO_WAY"
"""Our own words for why there is no answer, beside those of VIES and of `core.outbound.Trouble`."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of asking. `trouble`: a word of code for why there is no answer."""

    verdict: Verdict
    request_identifier: str = ""
    name: str = ""
    address: str = ""
    trouble: str = ""


class Checker(Protocol):
    """Who can be asked about a VAT number."""

    def check(self, number: str, requester: str) -> Answer:
        """What is known of `number`, asked on behalf of `requester`; both with their country's letters. Raises nothing."""
        ...


class Vies:
    """The Commission's register. An answer takes a second, or up to `core.outbound.LONGEST_SECONDS`."""

    def check(self, number: str, requester: str) -> Answer:
        """What VIES says now. A requester that is no VAT number is left out, and then there is no receipt."""
        found = WRITTEN.fullmatch(compact(number))
        if found is None:
            return _none(MALFORMED)
        try:
            answer = outbound.fetch(
                _address(found, WRITTEN.fullmatch(compact(requester))), most_bytes=MOST_BYTES, accept="application/json"
            )
        except FetchFailed as failure:
            return _none(failure.reason.value.upper())
        except AddressRefused:
            return _none(NO_WAY)
        return understood(answer.body)


def compact(number: str) -> str:
    """A VAT number as VIES knows it: no blanks, dots or hyphens, capital letters, Greece as EL."""
    bare = re.sub(r"[\s.\-]", "", number).upper()
    return f"EL{bare[2:]}" if bare.startswith("GR") else bare


def understood(body: bytes) -> Answer:
    """What an answer of VIES says. Whatever is not clearly yes or no is no answer."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return _none(GARBLED)
    if not isinstance(said, dict):
        return _none(GARBLED)
    word = said.get("userError")
    if (word, said.get("isValid")) == ("VALID", True):
        return Answer(verdict=Verdict.VALID, **_told(said))
    if (word, said.get("isValid")) == ("INVALID", False):
        return Answer(verdict=Verdict.INVALID, request_identifier=_text(said, "requestIdentifier", 40))
    return _none(_trouble(said))


def _address(number: re.Match[str], requester: re.Match[str] | None) -> str:
    query = f"?{urlencode({'requesterMemberStateCode': requester[1], 'requesterNumber': requester[2]})}" if requester else ""
    return f"{ADDRESS}/{number[1]}/vat/{quote(number[2], safe='')}{query}"


def _told(said: dict[str, object]) -> dict[str, str]:
    return {
        "request_identifier": _text(said, "requestIdentifier", 40),
        "name": _text(said, "name", 300),
        "address": _text(said, "address", 500),
    }


def _text(said: dict[str, object], key: str, most: int) -> str:
    """A text on one line, without what cannot be kept; nothing where it is none."""
    value = said.get(key)
    if not isinstance(value, str) or value.strip() == NOTHING:
        return ""
    lines = (line.strip() for line in value.splitlines())
    return "".join(sign for sign in ", ".join(line for line in lines if line) if sign.isprintable())[:most]


def _trouble(said: dict[str, object]) -> str:
    """VIES' word for it, if it is a word; its other shape of error names it in a list."""
    wrapped = said.get("errorWrappers")
    inner = wrapped[0].get("error") if isinstance(wrapped, list) and wrapped and isinstance(wrapped[0], dict) else None
    word = said.get("userError") or inner
    return word if isinstance(word, str) and re.fullmatch(r"[A-Z_]{3,60}", word) and word != "VALID" else GARBLED


def _none(trouble: str) -> Answer:
    return Answer(verdict=Verdict.UNAVAILABLE, trouble=trouble)
