"""`[cases]` of the provider profile: warnings, receipts, attachments, inner teams, canned answers, first articles.

Rules P1, S7, S13, S14, S17.
"""

import re
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email, validate_slug
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.help_articles import RESERVED
from cases.models import CannedAnswer, CaseSettings, HelpArticle, Team
from clients.profile import write_row
from clients.profile_table import A_YEAR, Table
from people.models import Language

KEYS = {
    "warn_percent": "warn",
    "receipts_at_most": "receipts.at_most",
    "receipts_within_minutes": "receipts.within",
    "attachment_mib": "attachments.largest",
    "attachments_at_once": "attachments.at_once",
    "client_quota_mib": "attachments.of_a_client",
    "guide_en": "guide.en",
    "guide_sv": "guide.sv",
}
NAMES = {"name_en": "en", "name_sv": "sv"}
ANSWERS = {"text_en": "en", "text_sv": "sv"}


@dataclass(frozen=True)
class CasesSection:
    """The settings; inner teams, canned answers and the first help articles in the order of the file."""

    settings: CaseSettings
    teams: Sequence[Team]
    canned_answers: Sequence[CannedAnswer]
    articles: Sequence[HelpArticle]


def validate(table: Table) -> CasesSection:
    """What the section describes; faults go to the table."""
    settings = CaseSettings(pk=1, warn_percent=_whole_percent(table, "warn"))
    _read_receipts(table.table("receipts"), settings)
    _read_attachments(table.table("attachments"), settings)
    _read_guide(table, settings)
    table.fits(settings, KEYS)
    return CasesSection(
        settings=settings,
        teams=_read_all(table, "teams", _read_team, ["code"]),
        canned_answers=_read_all(table, "canned_answers", _read_answer, ["title"]),
        articles=_read_all(table, "articles", _read_article, ["slug", "language"]),
    )


def apply(section: CasesSection, source: str) -> list[str]:
    """Write the settings, teams and canned answers; put articles up that are not there.

    A team that the profile no longer names is retired, never deleted. A canned answer that it does not name stays, for
    staff write their own. An article that is there stays as staff left it.
    """
    changes = write_row(CaseSettings.objects.filter(pk=1).first(), section.settings, source=source)
    changes += _name_teams(section.teams, source)
    answers = {answer.title: answer for answer in CannedAnswer.objects.all()}
    for answer in section.canned_answers:
        changes += write_row(answers.get(answer.title), answer, source=source)
    return changes + _put_up(section.articles, source)


def _name_teams(teams: Sequence[Team], source: str) -> list[str]:
    changes: list[str] = []
    known = {team.code: team for team in Team.objects.order_by("pk")}
    for team in teams:
        changes += write_row(known.pop(team.code, None), team, source=source)
    for team in known.values():
        gone = copy(team)
        gone.retired = True
        changes += write_row(team, gone, source=source)
    return changes


def _put_up(articles: Iterable[HelpArticle], source: str) -> list[str]:
    there = set(HelpArticle.objects.values_list("slug", "language"))
    changes: list[str] = []
    for article in articles:
        if (article.slug, article.language) not in there:
            article.changed_at = timezone.now()
            changes += write_row(None, article, source=source)
    return changes


def _read_receipts(table: Table, settings: CaseSettings) -> None:
    settings.receipts_at_most = table.whole("at_most", most=1000)
    settings.receipts_within_minutes = table.minutes("within", least=1, most=A_YEAR)
    table.close()


def _read_attachments(table: Table, settings: CaseSettings) -> None:
    settings.attachment_mib = _mebibytes(table, "largest", most=1_000)
    settings.attachments_at_once = table.whole("at_once", most=100)
    settings.client_quota_mib = _mebibytes(table, "of_a_client", most=10_000_000)
    table.close()


def _read_guide(table: Table, settings: CaseSettings) -> None:
    """Where the recommended installation and configuration stand (rule S13); a provider need not have any."""
    if "guide" not in table.values:
        table.known.append("guide")
        return
    guide, web = table.table("guide"), URLValidator(schemes=["http", "https"])
    settings.guide_en = guide.checked("en", web, default="")
    settings.guide_sv = guide.checked("sv", web, default="")
    guide.close()


def _read_all(table: Table, key: str, read: Any, named_by: Sequence[str]) -> list[Any]:
    """The rows of [[cases.key]], in their order, none twice; there may be none."""
    rows = [read(item) for item in table.tables(key, required=False)]
    names = [" ".join(str(getattr(row, column)) for column in named_by) for row in rows]
    for name in sorted({name for name in names if name.strip() and names.count(name) > 1}):
        table.fault(key, _("“%(code)s” stands there twice") % {"code": name})
    return rows


def _read_team(table: Table) -> Team:
    team = Team(
        code=table.checked("code", validate_slug),
        name_en=table.text("en"),
        name_sv=table.text("sv"),
        email=table.checked("email", validate_email, default=""),
    )
    table.fits(team, NAMES)
    table.close()
    return team


def _read_answer(table: Table) -> CannedAnswer:
    answer = CannedAnswer(title=table.text("title"), text_en=table.lines("en"), text_sv=table.lines("sv"))
    table.fits(answer, ANSWERS)
    table.close()
    return answer


def _read_article(table: Table) -> HelpArticle:
    article = HelpArticle(
        slug=table.checked("slug", _address),
        language=table.choice("language", Language.values),
        title=table.text("title"),
        text=table.lines("text"),
        published=True,
    )
    table.fits(article, {}, besides=["changed_at"])
    table.close()
    return article


def _address(text: str) -> None:
    validate_slug(text)
    if text in RESERVED:
        raise ValidationError(_("“%(slug)s” is the address of another page. Choose another one.") % {"slug": text})


def _whole_percent(table: Table, key: str) -> int:
    """A share like "75 %", a whole one from 1 to 99."""

    def check(text: str) -> str:
        found = re.fullmatch(r"(\d{1,2}) ?%", text)
        if not found or not int(found[1]):
            raise ValidationError(_("must be a whole percentage from 1 to 99, like “75 %%”") % {})
        return found[1]

    return int(table.checked(key, check) or 1)


def _mebibytes(table: Table, key: str, *, most: int) -> int:
    """A size like "25 MiB"."""

    def check(text: str) -> str:
        found = re.fullmatch(r"(\d{1,9}) ?MiB", text)
        if not found or not 0 < int(found[1]) <= most:
            raise ValidationError(_("must be a size like “25 MiB”, from 1 to %(most)s MiB") % {"most": most})
        return found[1]

    return int(table.checked(key, check) or 1)
