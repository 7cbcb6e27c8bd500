"""What is said to an access point, and what its answers mean (rule I4).

Pure: no models, no network, no clock.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote

from urllib3.filepost import encode_multipart_formdata

from core.outbound import Reply
from invoicing.transmission.access_point import ID, MULTIPART, AccessPoint

XML = "application/xml"
LONGEST_ANSWER, LONGEST_ID = 500, 200
TRY_AGAIN = {401, 407, 408, 425, 429}
"""About our key or the moment, and not about the invoice: worth another try, for the operator may mend it meanwhile."""


class Verdict(Enum):
    """What an answer means for the invoice."""

    TAKEN = "taken"
    REFUSED = "refused"
    NOT_NOW = "not now"


@dataclass(frozen=True)
class Heard:
    """An answer as it is kept: what it means, the number that was given, and what was said, in one line."""

    verdict: Verdict
    answer_id: str
    answer: str


def request(xml: bytes, *, name: str, key: str, access_point: AccessPoint) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the post. The same invoice under the same key is the same request, byte for byte."""
    headers = {"Idempotency-Key": key, "Accept": "application/json, */*;q=0.5"}
    if access_point.format == MULTIPART:
        body, content_type = encode_multipart_formdata({"file": (name, xml, XML)}, boundary=key)
        return body, headers | {"Content-Type": content_type}
    return xml, headers | {"Content-Type": XML}


def heard(reply: Reply, access_point: AccessPoint) -> Heard:
    """What the answer to a post means."""
    if reply.is_good:
        verdict = Verdict.TAKEN
    elif 400 <= reply.status < 500 and reply.status not in TRY_AGAIN:
        verdict = Verdict.REFUSED
    else:
        verdict = Verdict.NOT_NOW
    return Heard(verdict, _id(reply, access_point) if reply.is_good else "", said(reply))


def status_address(access_point: AccessPoint, answer_id: str) -> str:
    """Where to ask what became of it."""
    return access_point.status_url.replace(ID, quote(answer_id, safe=""))


def became(reply: Reply, access_point: AccessPoint) -> Verdict:
    """What became of an invoice that was taken: TAKEN is delivered; NOT_NOW: nothing is known yet."""
    word = str(pointed(_json(reply), access_point.status_at) or "").strip().lower() if reply.is_good else ""
    if word and word in access_point.delivered:
        return Verdict.TAKEN
    return Verdict.REFUSED if word and word in access_point.refused else Verdict.NOT_NOW


def pointed(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to (RFC 6901); None where it leads nowhere."""
    for name in pointer.split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and key.isascii() and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        elif isinstance(document, Mapping) and key in document:
            document = document[key]
        else:
            return None
    return document


def said(reply: Reply) -> str:
    """What was said, in one line that fits: the status, and the beginning of the text."""
    text = reply.body.decode("utf-8", "replace")
    words = "".join(sign if sign.isprintable() else " " for sign in text).split()
    return f"{reply.status} {' '.join(words)}".strip()[:LONGEST_ANSWER]


def _id(reply: Reply, access_point: AccessPoint) -> str:
    """The number that the other side gave; nothing where there is none that can be kept."""
    if access_point.id_header:
        found: Any = reply.headers.get(access_point.id_header.lower(), "")
    else:
        found = pointed(_json(reply), access_point.id_at) if access_point.id_at else ""
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return text if len(text) <= LONGEST_ID and text.isprintable() else ""


def _json(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
