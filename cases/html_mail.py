"""What a mail brings as HTML: cleaned before anybody sees it, and read as text where it brings no other (rule S8).

Anybody can send us anything. Cleaning is nh3's; what is left has no script, no style, no form, and asks no other server
for anything: images are left out, links say nothing of where they were followed from. Only what is clean is read as
text, for the reading of broken HTML can be made endless.

Pure: no Django, no clock, no I/O.
"""

import re
from html.parser import HTMLParser

import nh3

from cases import html_tidy

LONGEST = 500_000
"""Characters of HTML that are looked at; more than any letter has. The mail itself is kept whole."""
LINES = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "table", "ul", "ol"}
WORDS = {"a", "b", "strong", "i", "em", "u", "s", "code", "span", "sub", "sup", "small", "td", "th", "thead", "tbody", "dl", "dt", "dd"}
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
WITHOUT_A_WORD = {"script", "style", "title", "head", "template", "noscript"}
SCHEMES = {"http", "https", "mailto", "tel"}


def clean(html: str) -> str:
    """The HTML as it may be shown: no scripts, styles, forms or images, and only ordinary links.

    It is made orderly before (`cases.html_tidy`): cleaning reads as browsers do, which hostile HTML can make endless.
    """
    return nh3.clean(
        html_tidy.tidied(html[:LONGEST], LINES | WORDS, ATTRIBUTES),
        tags=LINES | WORDS,
        clean_content_tags=WITHOUT_A_WORD,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def images(html: str) -> int:
    """How many images it has, none of which is shown: looking at them would tell the sender."""
    return len(re.findall(r"<img\b", html[:LONGEST], re.IGNORECASE))


def text_of(html: str) -> str:
    """The HTML as plain text: a line for each block, "- " before items, and where links lead."""
    reader = _Reader()
    reader.feed(clean(html))
    reader.close()
    text = re.sub(r"[ \t\u00a0]+", " ", "".join(reader.told))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


class _Reader(HTMLParser):
    """Collects what clean HTML says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self._link = ""
        self._began = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LINES:
            self.told.append("\n- " if tag == "li" else "\n")
        if tag == "a":
            self._link, self._began = dict(attrs).get("href") or "", len(self.told)
        if tag in ("td", "th"):
            self.told.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in LINES - {"br", "hr", "li"}:
            self.told.append("\n")
        if tag == "a" and self._link:
            said = "".join(self.told[self._began :]).strip()
            if said and self._link not in (said, f"mailto:{said}", f"{said}/"):
                self.told.append(f" <{self._link}>")
            self._link = ""

    def handle_data(self, data: str) -> None:
        self.told.append(re.sub(r"\s+", " ", data))
