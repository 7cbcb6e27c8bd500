"""Help as it is read: by whoever is signed in, in both languages (rule S14)."""

import pytest

from cases.help_text import html_of
from cases.models import HelpArticle
from people.models import Person
from tests.cases.help_pages import a_shelf, an_article


def read(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_s14_a_client_reads_what_is_published_and_not_the_draft(acme, client_of):
    a_shelf()

    page = read(client_of(acme.requester), "/help/")

    assert "Mail is not delivered" in page
    assert "Långsamma sidor" in page
    assert "in Swedish only" in page
    assert "Mail relays of tomorrow" not in page


def test_s14_in_swedish_the_other_language_is_marked(acme, client_of):
    a_shelf()
    Person.objects.filter(pk=acme.requester.pk).update(language="sv")

    page = read(client_of(Person.objects.get(pk=acme.requester.pk)), "/help/")

    assert "E-post kommer inte fram" in page
    assert "Mail is not delivered" not in page
    assert page.count("Installation on Linux") == 1


def test_s14_an_article_is_read_in_the_readers_language_or_in_the_other(acme, client_of):
    a_shelf()
    browser = client_of(acme.requester)

    assert "<h2>Check the relay</h2>" in read(browser, "/help/mail/")
    other = read(browser, "/help/performance/")
    assert 'lang="sv"' in other
    assert "has not been translated into your language yet" in other


@pytest.mark.parametrize("slug", ["secret", "nothing", "x" * 90])
def test_s14_a_draft_is_not_found_by_its_address(acme, client_of, slug):
    a_shelf()

    assert client_of(acme.requester).get(f"/help/{slug}/").status_code == 404


def test_s14_staff_read_the_same_articles(cast, client_of):
    a_shelf()

    assert "Mail is not delivered" in read(client_of(cast.tessa.person), "/help/")


@pytest.mark.parametrize("path", ["/help/", "/help/mail/", "/help/suggestions/?q=mail"])
def test_s14_who_is_not_signed_in_is_asked_to(client, db, path):
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_s14_an_empty_shelf_and_a_vain_search_say_so(acme, client_of):
    browser = client_of(acme.requester)

    assert "No articles yet" in read(browser, "/help/")
    assert "Nothing matches “&lt;b&gt;xyz”" in read(browser, "/help/?q=<b>xyz")


@pytest.mark.parametrize("name", ["q", "subject"])
def test_s14_suggestions_come_while_a_subject_is_typed(acme, client_of, name):
    a_shelf()

    part = read(client_of(acme.requester), f"/help/suggestions/?{name}=mail+rel&environment=production")

    assert "<html" not in part
    assert 'href="/help/mail/"' in part
    assert "<mark>" in part


@pytest.mark.parametrize("typed", ["", "a", "NEAR(", "'; DROP", "%00", "%ED%A0%80", "x" * 5000, "%F0%9F%99%82", "<script>"])
def test_s14_hostile_subjects_get_an_answer_without_suggestions(acme, client_of, typed):
    a_shelf()

    part = read(client_of(acme.requester), f"/help/suggestions/?q={typed}")

    assert "may help" not in part
    assert "<script>" not in part


def test_s14_suggestions_cost_the_same_for_any_shelf(acme, client_of, django_assert_max_num_queries):
    for number in range(30):
        an_article(f"disk-{number}", f"Disk {number}", "The disk is full.")
    browser = client_of(acme.requester)

    with django_assert_max_num_queries(3):  # the session, the person, the search
        read(browser, "/help/suggestions/?q=disk")


@pytest.mark.parametrize("count", [1, 40])
def test_s14_the_list_costs_the_same_for_any_shelf(acme, client_of, django_assert_max_num_queries, count):
    for number in range(count):
        an_article(f"disk-{number}", f"Disk {number}", "The disk is full.")
    browser = client_of(acme.requester)

    with django_assert_max_num_queries(12):
        read(browser, "/help/")


def test_s14_html_and_pictures_in_an_article_are_words(acme, client_of):
    text = '<script>alert(1)</script>\n\n![a cat](https://evil.example/x.png) [go](javascript:alert(1)) <b onclick="x">b</b>'
    an_article("bad", "Bad", text)

    page = read(client_of(acme.requester), "/help/bad/")

    assert "<script>alert" not in page
    assert "evil.example" not in page
    assert "a cat" in page
    assert 'href="javascript' not in page


def test_s14_links_lead_away_without_a_trace_and_headings_stand_below_the_title():
    html = html_of("### Deep\n\ntext [there](https://a.example/)\n\n#### Deeper\n\n| a |\n| - |\n| b |")

    assert html.startswith("<h2>Deep</h2>")
    assert "<h3>Deeper</h3>" in html
    assert '<a href="https://a.example/" rel="noopener noreferrer">there</a>' in html
    assert "<td>b</td>" in html


@pytest.mark.parametrize(
    "text",
    [
        "[x](data:text/html,<script>1</script>)",
        "[x](vbscript:1)",
        "<a href='javascript:1'>x</a>",
        "[x](\tjavascript:alert(1))",
        "[a]: javascript:1\n\n[a]",
        "<javascript:alert(1)>",
        "`<img src=x onerror=1>`",
        '[x](https://a.example/ "\\" onmouseover=1")',
        "> " * 5000,
        "[" * 20_000,
        "*a_ " * 5000,
        "\0\ud7ff",
    ],
)
def test_s14_no_markdown_makes_anything_that_runs(text):
    html = html_of(text)

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html.lower()
    assert 'href="data' not in html.lower()
    assert " onmouseover=1" not in html.replace("&quot; onmouseover=1", "")


def test_s14_a_search_of_the_list_finds_more_than_the_suggestions(acme, client_of):
    for number in range(8):
        an_article(f"disk-{number}", f"Disk {number}", "The disk is full.")

    assert "8 articles match" in read(client_of(acme.requester), "/help/?q=disk")
    assert HelpArticle.objects.count() == 8
