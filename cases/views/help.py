"""Help for whoever is signed in: all articles, a search, one article, and what matches while a report is typed (rule S14)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases import help as help_pages
from cases.help_articles import may_write
from cases.help_text import html_of
from clients.access import is_provider_staff
from clients.portal import SignedIn, portal_page


@require_safe
@portal_page
def articles(request: SignedIn) -> HttpResponse:
    """Every article by title; or those that match, the best first."""
    typed, language = _typed(request), _language()
    found = help_pages.search(typed=typed, language=language) if typed else []
    context = {
        "typed": typed,
        "found": found,
        "articles": [] if typed else help_pages.readable(language=language),
        "language": language,
        "may_write": may_write(request.user),
    }
    return render(request, "cases/help/list.html", context)


@require_safe
@portal_page
def article(request: SignedIn, slug: str) -> HttpResponse:
    """One article, in the reader's language or in the one there is."""
    language = _language()
    found = help_pages.read(slug=slug, language=language)
    if found is None:
        raise Http404
    context = {
        "article": found,
        "body": html_of(found.text),
        "language": language,
        "may_write": may_write(request.user),
        "is_staff": is_provider_staff(request.user),
    }
    return render(request, "cases/help/article.html", context)


@require_safe
@login_required
def suggestions(request: SignedIn) -> HttpResponse:
    """Part of a page: what matches the subject so far. Nothing where nothing matches."""
    typed, language = _typed(request), _language()
    context = {"found": help_pages.suggest(typed=typed, language=language), "typed": typed, "language": language}
    return HttpResponse(render_to_string("cases/portal/_suggestions.html", context))  # not a page: no header to make


def _typed(request: SignedIn) -> str:
    """What is looked for; the report form sends its field as it is called there."""
    return (request.GET.get("q") or request.GET.get("subject") or "").replace("\0", " ").strip()[: help_pages.MOST_CHARACTERS]


def _language() -> str:
    return (get_language() or "en")[:2]
