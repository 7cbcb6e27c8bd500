"""Requests as no browser sends them: any method at any address, with ids, queries, bodies and headers that are none.

Drawn by a seed, like `hostile.py`, which fills in the forms that stand on pages.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, quote_from_bytes

from django.db import transaction
from django.test import Client as Browser

from tests.journeys.hostile import ASKED, CHOICES, DAYS, INSTANTS, NUMBERS, TEXTS

METHODS = ["GET"] * 6 + ["POST"] * 6 + ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO"]
IDS = [
    "0",
    "-1",
    "1",
    "9" * 18,
    "9223372036854775807",
    "9223372036854775808",
    "9" * 200,
    "9e30",
    "x",
    "%00",
    "%ff",
    "1%0a",
    "..",
    "%2e%2e%2f",
    "٣",
    "1;2",
]
SIGNS = [
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\x00",
    "\u202e\u2066".encode(),
    "🦊".encode() * 9,
    b"\r\nX-Evil: 1",
    b"%",
    b"%zz",
    b"\xc0\xaf",
    b"+" * 99,
]
ORDERED = [
    "page",
    "sort",
    "order",
    "q",
    "state",
    "tab",
    "view",
    "after",
    "before",
    "here",
    "year",
    "month",
    "first",
    "last",
    "date",
    "query",
    "next",
]
DEEP = b"[" * 20_000
KINDS = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "application/x-www-form-urlencoded; charset=nothing",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=é",
    "multipart/mixed; boundary=x",
    "application/json",
    "application/xml",
    "text/calendar",
    "message/rfc822",
    "",
    "\x00",
    "x" * 3_000,
]
BODIES = [
    b"",
    b"\x00",
    DEEP,
    b"{}",
    b'[{"a": 1e999}]',
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="../../a\x00.svg"\r\nContent-Type: \xff\r\n\r\n<svg/>\r\n--x--',
    b"--x\r\nContent-Disposition: form-data; name*=utf-8''%ED%A0%80; filename*=nothing'x'%ff\r\n\r\n1\r\n--x--",
    b"--x\r\nContent-Disposition: form-data; name=key\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--",
    b"--x\r\nContent-Disposition: form-data; name=" + b"k" * 9_000 + b"\r\n\r\n1",
    b"&".join(b"a=%d" % number for number in range(1_500)),
    b"a[]=1&a[b][c]=2&a=3&a=4&=5&==&&&",
    b"_method=DELETE&act=%ff&key=%00&text=%ED%A0%80&reason=%F0%9F%A6%8A",
]
HEADERS: list[dict[str, str]] = [
    {},
    {},
    {"Accept-Language": "sv;q=nan,*;q=1e999,xx-" + "y" * 600},
    {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"},
    {"HX-Request": "true", "HX-Current-URL": "http://[::1", "HX-Target": "%ff", "HX-Prompt": "\u202e"},
    {"HX-Request": "true", "HX-Trigger": "x" * 5_000, "HX-Boosted": "maybe", "Triggering-Event": "{"},
    {"Referer": "http://[", "Origin": "null"},
    {"If-None-Match": '"' * 3_000, "If-Modified-Since": "Thu, 99 Xxx 99999999 99:99:99 GMT", "Range": "bytes=9-1,-0,x"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example", "X-Original-URL": "/admin/"},
    {"X-HTTP-Method-Override": "DELETE", "Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "Expect": "x"},
    {"Cookie": "sessionid=\x00; csrftoken=" + "x" * 5_000 + '; messages=[["__json_message"]]; django_language=../../x'},
    {"Content-Length": "-1"},  # one that is no number is refused by gunicorn
    {"Authorization": "Basic %%%"},
]


@dataclass
class Strange:
    """One request: who sends what where."""

    browser: Browser
    method: str
    path: str
    query: str = ""
    kind: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def send(self) -> Any:
        """The response; what was done is undone, also to who is signed in."""
        kept = SimpleCookie(self.browser.cookies)
        with transaction.atomic():
            try:
                return self.browser.generic(
                    self.method, self.path, self.body, self.kind, headers=self.headers, QUERY_STRING=self.query, REMOTE_ADDR="192.0.2.1"
                )
            finally:
                self.browser.cookies = kept
                transaction.set_rollback(True)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:300]}?{self.query[:300]} {self.kind[:60]!r} {self.body[:300]!r} {str(self.headers)[:300]}"


def a_strange_request(browser: Browser, path: str, names: list[str], chance: random.Random) -> Strange:
    """Something strange to `path`, whose form, if it has one, has fields of these `names`."""
    method, typed = chance.choice(METHODS), chance.random() < 0.6
    fields = names if typed and names else ["key", "text", "reason", "act", "name", "size"]
    asked = chance.sample(sorted({*ORDERED, *ASKED}), 3)
    return Strange(
        browser,
        method,
        _without_its_id(path, chance) if chance.random() < 0.3 else path,
        _pairs(asked, chance, 6_000) if method in {"GET", "HEAD"} or chance.random() < 0.2 else "",
        "application/x-www-form-urlencoded" if typed else chance.choice(KINDS),
        b"" if method in {"GET", "HEAD"} else _pairs(fields, chance, 1_200_000).encode() if typed else chance.choice(BODIES),
        chance.choice(HEADERS),
    )


def _without_its_id(path: str, chance: random.Random) -> str:
    """Another id in its place; a word at the end where it has none."""
    changed = re.sub(r"/\d+/|/[0-9a-f-]{36}/", lambda _found: f"/{chance.choice(IDS)}/", path, count=1)
    return changed if changed != path else f"{path}{chance.choice(IDS)}"


def _pairs(names: list[str], chance: random.Random, longest: int) -> str:
    """Names and values as they stand in an address or a form: repeated, as if they were lists, broken."""
    said = []
    for name in names:
        bent = chance.choice([name] * 6 + [f"{name}[]", f"{name}[0]", f"{name}__in", f"{name}_0", name.upper(), f"{name}%00"])
        said += [f"{bent}={_value(chance, longest)}" for _ in range(chance.choice([1, 1, 1, 2, 40]))]
    return chance.choice(["&", "&", "&", ";", "&&"]).join(said)[:longest]


def _value(chance: random.Random, longest: int) -> str:
    kinds: list[Callable[[], str]] = [
        lambda: quote(chance.choice(chance.choice([NUMBERS, DAYS, INSTANTS, TEXTS, CHOICES])), errors="surrogatepass"),
        lambda: quote_from_bytes(chance.choice(SIGNS)),
        lambda: chance.choice(SIGNS[3:5]).decode("latin-1"),
        lambda: "1",
    ]
    if chance.random() < 0.003 and longest > 1_000_000:
        return "A" * 1_000_000
    return chance.choices(kinds, [6, 3, 1, 2])[0]()
