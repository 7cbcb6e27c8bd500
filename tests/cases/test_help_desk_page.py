"""Help as it is written: by technicians, dispatchers and administrators (rule S14)."""

import pytest

from cases import help_articles
from cases.help_articles import AddressTaken, ArticleChanged, ArticleGone, Draft
from cases.models import HelpArticle
from clients.models import StaffDuty
from core.errors import NotAllowed
from tests.cases.help_pages import a_shelf
from tests.cast import NOON, a_colleague

TYPED = {"slug": "disk-full", "title_en": "Full disk", "text_en": "# Logs\r\n\r\nRemove them.", "title_sv": "", "text_sv": ""}


@pytest.fixture
def tessa(cast, client_of):
    return client_of(cast.tessa.person)


def a_written(cast, slug="disk", **drafts):
    given = {"en": Draft("Full disk", "Remove logs.")} | drafts
    return help_articles.begin(slug=slug, drafts=given, by=cast.tessa.person, at=NOON)


def test_s14_an_article_is_written_and_shown_to_nobody_yet(cast, tessa):
    answer = tessa.post("/desk/help/new/", TYPED)

    assert answer["Location"] == "/desk/help/disk-full/"
    row = HelpArticle.objects.get()
    assert (row.slug, row.language, row.title, row.text, row.published) == ("disk-full", "en", "Full disk", "# Logs\n\nRemove them.", False)
    assert HelpArticle.history.get().history_user == cast.tessa.person


def test_s14_sending_the_form_twice_writes_once(tessa):
    for _ in range(2):
        assert tessa.post("/desk/help/new/", TYPED).status_code == 302

    assert HelpArticle.objects.count() == HelpArticle.history.count() == 1


def test_s14_a_preview_saves_nothing(tessa):
    answer = tessa.post("/desk/help/new/", TYPED | {"preview": "1"})

    assert "<h3>Logs</h3>" in answer.content.decode()
    assert HelpArticle.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"slug": ""}, "required"),
        ({"slug": "two words"}, "valid “slug”"),
        ({"slug": "räksmörgås"}, "valid “slug”"),
        ({"slug": "suggestions"}, "“suggestions” is the address of another page"),
        ({"slug": "NEW"}, "“new” is the address of another page"),
        ({"slug": "x" * 81}, "at most 80"),
        ({"title_en": ""}, "A title and a text belong together"),
        ({"title_sv": "Full disk"}, "A title and a text belong together"),
        ({"title_en": "", "text_en": ""}, "in one language at least"),
        ({"title_en": "x" * 121}, "at most 120"),
        ({"text_en": "x" * 30_001}, "at most 30000"),
        ({"text_en": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_s14_what_is_wrong_is_said_and_nothing_is_lost(tessa, typed, words):
    answer = tessa.post("/desk/help/new/", TYPED | typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert HelpArticle.objects.count() == 0


def test_s14_an_address_that_is_taken_is_refused_in_words(cast, tessa):
    a_written(cast, slug="disk-full")

    answer = tessa.post("/desk/help/new/", TYPED)

    assert answer.status_code == 409
    assert "Another article has this address" in answer.content.decode()
    assert "Remove them." in answer.content.decode()


def test_s14_a_translation_is_added_beside(cast, tessa):
    rows = a_written(cast)
    typed = {"title_en": "Full disk", "text_en": "Remove logs.", "title_sv": "Full disk", "text_sv": "Ta bort loggar."}

    answer = tessa.post("/desk/help/disk/", typed | {"seen": help_articles.version(rows)})

    assert answer.status_code == 302
    assert list(HelpArticle.objects.order_by("language").values_list("language", "text")) == [
        ("en", "Remove logs."),
        ("sv", "Ta bort loggar."),
    ]
    assert HelpArticle.history.filter(language="en").count() == 1  # what does not differ is not written


def test_s14_two_who_write_at_once_do_not_undo_each_other(cast, tessa):
    seen = help_articles.version(a_written(cast))
    first = {"en": Draft("Full disk", "Theirs")}
    help_articles.rewrite(slug="disk", drafts=first, seen=seen, by=cast.theo.person, at=NOON)

    answer = tessa.post("/desk/help/disk/", {"title_en": "Full disk", "text_en": "Mine", "title_sv": "", "text_sv": "", "seen": seen})

    assert answer.status_code == 409
    assert "Somebody changed this article meanwhile" in answer.content.decode()
    assert HelpArticle.objects.get().text == "Theirs"


def test_s14_what_stands_there_is_not_emptied(cast, tessa):
    a_written(cast)

    answer = tessa.post("/desk/help/disk/", {"title_en": "", "text_en": "", "title_sv": "Disk", "text_sv": "Loggar", "seen": "x"})

    assert answer.status_code == 422
    assert "unpublish it" in answer.content.decode()


def test_s14_clients_see_it_from_publishing_to_unpublishing(cast, acme, client_of, tessa):
    a_written(cast)
    reader = client_of(acme.requester)
    assert reader.get("/help/disk/").status_code == 404

    for _ in range(2):
        assert tessa.post("/desk/help/disk/en/publication/")["Location"] == "/desk/help/disk/"
    assert reader.get("/help/disk/").status_code == 200

    for _ in range(2):
        tessa.post("/desk/help/disk/en/withdrawal/")
    assert reader.get("/help/disk/").status_code == 404
    assert HelpArticle.history.count() == 3


def test_s14_what_is_not_written_cannot_be_published(cast, tessa):
    a_written(cast)

    assert tessa.post("/desk/help/disk/sv/publication/").status_code == 409
    assert tessa.post("/desk/help/nothing/en/publication/").status_code == 404


def test_s14_the_history_says_who_wrote_which_lines(cast, tessa):
    seen = help_articles.version(a_written(cast, en=Draft("Full disk", "One\nTwo")))
    help_articles.rewrite(slug="disk", drafts={"en": Draft("Disk", "One\nThree <b>")}, seen=seen, by=cast.theo.person, at=NOON)
    help_articles.publish(slug="disk", language="en", by=cast.theo.person, at=NOON)

    page = tessa.get("/desk/help/disk/history/").content.decode()

    assert "<del>Two</del>" in page
    assert "<ins>Three &lt;b&gt;</ins>" in page
    assert "Title: “Full disk” → “Disk”" in page
    assert "Theo Testsson" in page
    assert page.index("English: published") if "English: published" in page else "published" in page


def test_s14_the_list_shows_each_language_and_its_state(cast, tessa, django_assert_max_num_queries):
    a_shelf()

    with django_assert_max_num_queries(10):
        page = tessa.get("/desk/help/").content.decode()

    assert page.count("not written") == 3
    assert page.count(">draft<") == 1


@pytest.mark.parametrize("path", ["/desk/help/", "/desk/help/new/", "/desk/help/mail/", "/desk/help/mail/history/"])
def test_s14_clients_and_other_duties_do_not_learn_of_the_desk(cast, acme, client_of, path):
    a_shelf()

    assert client_of(acme.approver).get(path).status_code == 404
    assert client_of(cast.fia).get(path).status_code == 404
    assert client_of(cast.ada).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/desk/help/x/", "/desk/help/x/history/"])
def test_s14_an_article_that_is_not_there_is_not_found(tessa, path):
    assert tessa.get(path).status_code == 404


def test_s14_the_verbs_refuse_who_may_not_write_and_what_is_gone(cast, db):
    manager, dispatcher = cast.max, a_colleague("Disa", StaffDuty.DISPATCHER)
    drafts = {"en": Draft("Full disk", "Logs")}

    with pytest.raises(NotAllowed):
        help_articles.begin(slug="disk", drafts=drafts, by=manager, at=NOON)
    with pytest.raises(NotAllowed):
        help_articles.publish(slug="disk", language="en", by=manager, at=NOON)
    with pytest.raises(ArticleGone):
        help_articles.rewrite(slug="disk", drafts=drafts, seen="", by=dispatcher, at=NOON)
    help_articles.begin(slug="disk", drafts=drafts, by=dispatcher, at=NOON)
    with pytest.raises(AddressTaken):
        help_articles.begin(slug="disk", drafts={"en": Draft("Other", "Logs")}, by=dispatcher, at=NOON)
    with pytest.raises(ArticleChanged):
        help_articles.rewrite(slug="disk", drafts={"en": Draft("Other", "Logs")}, seen="", by=dispatcher, at=NOON)
