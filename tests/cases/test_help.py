"""Before reporting, matching help articles are shown (rule S14)."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import help as help_pages
from cases.help import Piece, suggest
from cases.help_index import GUARD, WORDS
from cases.help_words import LONGEST_WORD, MOST_WORDS, words_of
from cases.models import HelpArticle
from core import guards
from tests.cases.help_pages import a_shelf, an_article
from tests.cast import NOON

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own")


def slugs(typed, language="en"):
    return [found.slug for found in suggest(typed=typed, language=language)]


def test_s14_a_word_of_the_title_goes_before_a_word_of_the_text():
    a_shelf()

    assert slugs("mail") == ["mail", "backup"]


def test_s14_any_word_matches_and_more_of_them_go_first():
    a_shelf()

    assert slugs("please restore our mail backup now")[:2] == ["backup", "mail"]


def test_s14_a_word_that_is_half_typed_finds_what_begins_like_it():
    a_shelf()

    assert slugs("inst") == ["installation"]
    assert slugs("how do I inst") == ["installation"]


@pytest.mark.parametrize("typed", ["installing", "installed a server", "INSTALLATION"])
def test_s14_another_form_of_a_word_is_found(typed):
    a_shelf()

    assert slugs(typed) == ["installation"]


@pytest.mark.parametrize("typed", ["säkerhetskopior", "återställa", "Säkerhetskopian är borta", "säkerh"])
def test_s14_swedish_is_searched_as_swedish(typed):
    a_shelf()

    assert slugs(typed, "sv")[:1] == ["backup"]


def test_s14_each_article_is_found_once_in_the_readers_language():
    a_shelf()

    found = suggest(typed="mail e-post", language="sv")

    assert [(each.slug, each.language) for each in found] == [("mail", "sv")]


def test_s14_what_stands_in_the_other_language_only_is_found_there():
    a_shelf()

    assert [(found.slug, found.language) for found in suggest(typed="installation", language="sv")] == [("installation", "en")]
    assert [(found.slug, found.language) for found in suggest(typed="långsamma", language="en")] == [("performance", "sv")]


def test_s14_a_draft_is_found_by_nobody():
    a_shelf()

    assert "secret" not in slugs("mail relays of tomorrow")


def test_s14_five_are_suggested_at_most():
    for number in range(9):
        an_article(f"disk-{number}", f"Disk {number}", "The disk is full.")

    assert len(suggest(typed="disk", language="en")) == 5
    assert len(help_pages.search(typed="disk", language="en")) == 9


def test_s14_the_snippet_shows_what_was_looked_for_without_the_signs_of_markdown():
    a_shelf()

    snippet = suggest(typed="relay", language="en")[0].snippet

    assert Piece("relay", True) in snippet
    assert not set("#*") & set("".join(piece.words for piece in snippet))


def test_s14_html_in_an_article_is_shown_as_words():
    an_article("x", "<script>alert(1)</script>", "The <script>alert(1)</script> error")

    shown = render_to_string("cases/help/_found.html", {"found": suggest(typed="error", language="en"), "language": "en"})

    assert "<mark>error</mark>" in shown
    assert "<script>" not in shown


def test_s14_a_list_of_suggestions_is_one_query(django_assert_num_queries):
    a_shelf()

    with django_assert_num_queries(1):
        suggest(typed="mail backup installation", language="sv")


@pytest.mark.parametrize("typed", ["", " ", "a", "is it not", "?!", "\0", "\ud800", "🙂🙂", "___", "((((", '"'])
def test_s14_nothing_to_look_for_asks_nothing_and_finds_nothing(typed, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert suggest(typed=typed, language="en") == []


@pytest.mark.parametrize(
    "typed",
    [
        'mail "',
        "mail*",
        '"mail" NEAR("backup" "restore", 3)',
        "NEAR(mail",
        "mail AND OR NOT",
        "title:mail -mail ^mail + {title text}: mail",
        "mail'; DROP TABLE cases_helparticle; --",
        "mail:* & !(backup | <->",
        "mail\0backup",
        "mail \ud800\udfff",
        "mail 🙂 ⟦x⟧ %s %(x)s {0}",
        "mail " * 2000,
        "m" * 10_000 + " mail",
        "mail\\",
        "e\u0301mail mail ß Ǆ ﬀ ١٢٣ ² 漢字 ไทย",
    ],
)
def test_s14_whatever_is_typed_is_words(typed):
    a_shelf()

    suggest(typed=typed, language="en")

    assert slugs(typed.replace("m" * 10_000, "")[:200]) or "mail" not in typed
    assert HelpArticle.objects.count() == 7


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=400), language=st.sampled_from(["en", "sv", "de", ""]))
def test_s14_no_text_at_all_makes_a_search_fail(typed, language):
    assert suggest(typed=typed, language=language) == []


@given(typed=st.text(max_size=2000))
def test_s14_few_words_go_on_and_none_is_long(typed):
    words = words_of(typed)

    assert len(words) <= MOST_WORDS
    assert all(0 < len(word) <= LONGEST_WORD for word in words)


def test_s14_the_index_follows_what_is_written_changed_and_removed():
    article = an_article("one", "Printers", "Paper")
    assert slugs("printers") == ["one"]

    HelpArticle.objects.filter(pk=article.pk).update(title="Scanners")
    assert (slugs("printers"), slugs("scanners")) == ([], ["one"])

    HelpArticle.objects.all().delete()
    assert slugs("scanners") == []


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_s14_the_index_survives_that_its_table_is_remade():
    an_article("one", "Printers", "Paper")
    editor: Any
    with connection.schema_editor() as editor:
        editor._remake_table(HelpArticle)
    assert not set(GUARD.sqlite_names) & guards.standing(connection)
    HelpArticle.objects.filter(slug="one").update(title="Scanners")  # while no trigger stands

    call_command("migrate", verbosity=0)

    an_article("two", "Scanners and more", "Paper")
    assert slugs("scanners") == ["one", "two"]


@pytest.mark.django_db(transaction=True)
def test_s14_the_index_comes_back_when_it_is_put_up_again():
    an_article("one", "Printers", "Paper")
    with connection.cursor() as cursor:
        for statement in [*GUARD.remove(connection), *GUARD.install(connection), *GUARD.install(connection)]:
            cursor.execute(statement)

    assert slugs("printers") == ["one"]


@on_sqlite
def test_s14_fts5_finds_its_table_sound():
    a_shelf()

    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('integrity-check')")


@on_postgresql
@pytest.mark.parametrize("language", ["en", "sv"])
def test_s14_a_search_in_a_long_shelf_goes_through_the_index_of_its_language(language):
    HelpArticle.objects.bulk_create(
        HelpArticle(slug=f"p{number}", language=language, title=f"Page{number}", text=f"Word{number} ", published=True, changed_at=NOON)
        for number in range(3000)
    )
    sql, values = help_pages._on_postgresql(["word77"], language)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_helparticle")
        cursor.execute(f"EXPLAIN {sql}", [*values, 5])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert f"{WORDS}_{language}" in plan
