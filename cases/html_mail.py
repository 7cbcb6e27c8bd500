"""HTML of mails, made fit to be shown; and quotes folded in view, never cut (rule S8).

What a mail brings is cleaned anew each time: no script, style, form or frame stays, nothing is fetched from anywhere, and
links say that they lead out. Work is bounded, whatever strangers write.
"""

import re
from html import escape

import nh3

LONGEST_HTML = 1024 * 1024
LONGEST_FOLDED = 200_000
MOST_LINES = 20_000
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot"),
    *("th", "thead", "tr", "u", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
DROPPED_WHOLE = {"script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "title", "head"}

_IMAGE = re.compile(r"<img\b[^<>]{0,4000}>", re.IGNORECASE)
_HEADER = re.compile(
    r"""^(?:
        (?:On|Den|Am|Le)\b.{1,300}\b(?:wrote|skrev|schrieb|a\ écrit)\b.{0,200}:
      | -{2,}\s*(?:Original\ Message|Forwarded\ message|Ursprüngliche\ Nachricht)\s*-{2,}
      | -{2,}\s*(?:Ursprungligt\ meddelande|Vidarebefordrat\ meddelande)\s*-{2,}
      | _{20,}
      | (?:From|Från|Von):\s.{1,300}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_FIELD = re.compile(r"^(?:From|Från|Sent|Skickat|Date|Datum|To|Till|Cc|Kopia|Subject|Ämne)\s*:", re.IGNORECASE)


def clean(html: str, *, picture: str) -> str:
    """The HTML without anything that acts or is fetched. `picture`: the words that stand where a picture was left out."""
    plain = _IMAGE.sub(lambda _: f"<em>[{escape(picture)}]</em>", html[:LONGEST_HTML])
    return nh3.clean(
        plain,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        clean_content_tags=DROPPED_WHOLE,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def fold(text: str) -> tuple[str, str]:
    """What was written, and what it quotes below; together they are the whole text. Without anything to read above, nothing folds.

    A quote begins with a line that says who wrote when, with a head of From, Sent and Subject, or with lines after `>`
    that go on to the end. Answers between the lines of a quote are never folded.
    """
    lines = text[:LONGEST_FOLDED].splitlines(keepends=True)
    for number, line in enumerate(lines[:MOST_LINES]):
        if _begins_quote(lines, number, line.strip()[:600]):
            above = "".join(lines[:number])
            return (above, text[len(above) :]) if above.strip() and not _answers_below(lines, number) else (text, "")
    return text, ""


def _begins_quote(lines: list[str], number: int, line: str) -> bool:
    if line.startswith(">"):
        return True
    if not _HEADER.match(line) and not _HEADER.match(f"{line} {lines[number + 1].strip()[:300]}" if number + 1 < len(lines) else ""):
        return False
    if not _FIELD.match(line):
        return not line.startswith("_") or any(_FIELD.match(ahead.strip()) for ahead in lines[number + 1 : number + 3])
    return sum(1 for ahead in lines[number : number + 6] if _FIELD.match(ahead.strip())) >= 3


def _answers_below(lines: list[str], number: int) -> bool:
    """Whether words without `>` follow lines with it: an answer between or below the quote."""
    rest = [line.strip() for line in lines[number:MOST_LINES]]
    last = max((at for at, line in enumerate(rest) if line.startswith(">")), default=-1)
    if last < 0:
        return False
    below = [line for line in rest[last + 1 :] if line]
    between = [line for line in rest[1:last] if line and not line.startswith(">")]
    return bool(below) or len(between) > 1
