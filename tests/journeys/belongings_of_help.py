"""Help articles, for the walk through every address: nobody's own, readable by all who are signed in (see `belongings.py`)."""

from cases import help_articles
from cases.help_articles import Draft
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own


def help_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """An article that everybody reads, and the pages on which technicians write it."""
    tessa, drafts = cast.tessa.person, {"en": Draft("Full disk", "Remove old logs.")}
    name = f"disk-{acme.organisation.pk}"
    help_articles.begin(slug=name, drafts=drafts, by=tessa, at=NOON)
    help_articles.publish(slug=name, language="en", by=tessa, at=NOON)
    slug, both = {"slug": name}, {"slug": name, "language": "en"}
    others = [acme.approver, acme.requester, cast.fia]
    return {
        "help-article": Own(slug, acme.requester),
        **{name: Own(slug, tessa, strangers=others) for name in ("desk-help-article", "desk-help-history")},
        **{name: Own(both, tessa, acts_only=True, strangers=others) for name in ("desk-help-publish", "desk-help-withdraw")},
    }
