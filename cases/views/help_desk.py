"""Help articles at the desk: what there is, writing with a preview, publishing, and who wrote what (rule S14)."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import help_articles
from cases.help_articles import WRITERS
from cases.help_forms import ArticleForm, filled_in
from cases.help_history import changes_of
from cases.help_text import html_of
from cases.models import HelpArticle
from clients.desk import StaffRequest, for_staff
from people.models import Language

PAGE_LENGTH = 50
CHANGES_A_PAGE = 20


@require_safe
@for_staff(*WRITERS)
def articles(request: StaffRequest) -> HttpResponse:
    """Every article with its state in each language."""
    slugs = HelpArticle.objects.order_by("slug").values_list("slug", flat=True).distinct()
    page = Paginator(slugs, PAGE_LENGTH).get_page(request.GET.get("page"))
    there = HelpArticle.objects.filter(slug__in=list(page)).defer("text")
    by_place = {(row.slug, row.language): row for row in there}
    rows = [(slug, [(name, by_place.get((slug, code))) for code, name in Language.choices]) for slug in page]
    return render(request, "cases/desk/help_list.html", {"page": page, "rows": rows, "languages": Language.labels})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WRITERS)
def new(request: StaffRequest) -> HttpResponse:
    """Begin an article."""
    form = ArticleForm(request.POST if request.method == "POST" else None)
    if "preview" not in request.POST and form.carried_out(
        lambda said: help_articles.begin(slug=said["slug"], drafts=form.drafts, by=request.user, at=timezone.now())
    ):
        messages.success(request, _("The article is written. Clients see it when it is published."))
        return redirect("desk-help-article", form.cleaned_data["slug"])
    return _page(request, form, [])


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WRITERS)
def article(request: StaffRequest, slug: str) -> HttpResponse:
    """An article, both languages beside each other, and what can be done with it."""
    rows = _rows(slug)
    initial = filled_in(rows, seen=help_articles.version(rows))
    form = ArticleForm(request.POST if request.method == "POST" else None, initial=initial, there=[row.language for row in rows])
    if "preview" not in request.POST and form.carried_out(
        lambda said: help_articles.rewrite(slug=slug, drafts=form.drafts, seen=said["seen"], by=request.user, at=timezone.now())
    ):
        messages.success(request, _("The article is saved."))
        return redirect("desk-help-article", slug)
    return _page(request, form, rows, slug=slug)


@require_safe
@for_staff(*WRITERS)
def history(request: StaffRequest, slug: str) -> HttpResponse:
    """Who wrote what when."""
    page = Paginator(changes_of(slug), CHANGES_A_PAGE).get_page(request.GET.get("page"))
    if not page.object_list:
        raise Http404
    return render(request, "cases/desk/help_history.html", {"slug": slug, "page": page})


@require_POST
@for_staff(*WRITERS)
def publish(request: StaffRequest, slug: str, language: str) -> HttpResponse:
    """Show it to clients in this language."""
    _rows(slug)
    help_articles.publish(slug=slug, language=language, by=request.user, at=timezone.now())
    messages.success(request, _("Clients see the article now."))
    return redirect("desk-help-article", slug)


@require_POST
@for_staff(*WRITERS)
def withdraw(request: StaffRequest, slug: str, language: str) -> HttpResponse:
    """Show it to clients in this language no longer."""
    _rows(slug)
    help_articles.withdraw(slug=slug, language=language, by=request.user, at=timezone.now())
    messages.success(request, _("Clients do not see the article any more."))
    return redirect("desk-help-article", slug)


def _rows(slug: str) -> list[HelpArticle]:
    """The article in each language it stands in; 404 where there is none."""
    if not (rows := list(HelpArticle.objects.filter(slug=slug).order_by("language"))):
        raise Http404
    return rows


def _page(request: StaffRequest, form: ArticleForm, rows: Sequence[HelpArticle], *, slug: str = "") -> HttpResponse:
    previews = []
    if "preview" in request.POST and form.is_valid():
        previews = [(code, draft.title, html_of(draft.text, highest=3)) for code, draft in form.drafts.items()]
    context = {"form": form, "rows": rows, "slug": slug, "previews": previews}
    return render(request, "cases/desk/help_write.html", context, status=form.status)
