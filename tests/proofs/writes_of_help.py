"""The forms about help articles (see `writes.py`)."""

from cases import help_articles
from cases.help_articles import Draft
from tests.cast import NOON
from tests.proofs.writes import Stage, Write

TYPED = {"title_en": "Full disk", "text_en": "Remove old logs.", "title_sv": "", "text_sv": ""}


def rows(stage: Stage) -> dict[str, Write]:
    """A new article, another word in one, and showing one to clients and not."""
    tessa = stage.cast.tessa.person
    slugs = [f"{name}-{stage.client.account.pk}" for name in ("rewritten", "draft", "shown")]
    articles = {}
    for slug in slugs:
        drafts = {"en": Draft("Full disk", f"Remove old logs of {slug}.")}
        articles[slug] = help_articles.begin(slug=slug, drafts=drafts, by=tessa, at=NOON)
    help_articles.publish(slug=slugs[2], language="en", by=tessa, at=NOON)
    seen = {"seen": help_articles.version(articles[slugs[0]])}
    return {
        "desk-help-new": Write(tessa, {}, TYPED | {"slug": f"new-{stage.client.account.pk}"}),
        "desk-help-article": Write(tessa, {"slug": slugs[0]}, TYPED | seen),
        "desk-help-publish": Write(tessa, {"slug": slugs[1], "language": "en"}),
        "desk-help-withdraw": Write(tessa, {"slug": slugs[2], "language": "en"}),
    }
