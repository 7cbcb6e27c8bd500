"""`[cases]` of the provider profile (rule P1)."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from cases import terms
from cases.models import CannedAnswer, CaseSettings, HelpArticle, Team
from clients import profile

SHIPPED = Path(__file__).resolve().parents[2] / "profiles" / "easyredmine.toml"
ARTICLE = '\n[[cases.articles]]\nslug = "disk"\nlanguage = "en"\ntitle = "Full disk"\ntext = "Remove *old* logs."\n'


@pytest.fixture
def loaded(tmp_path):
    """Load the shipped profile with some texts replaced; what the command printed."""

    def load(texts=None, end=""):
        out = StringIO()
        call_command("load_profile", edited(tmp_path, texts or {}, end), stdout=out)
        return out.getvalue()

    return load


def edited(tmp_path, texts, end=""):
    text = SHIPPED.read_text()
    for old, new in texts.items():
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "edited.toml"
    path.write_text(text + end)
    return path


def faults(tmp_path, texts, end=""):
    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=edited(tmp_path, texts, end))
    return [line.partition("edited.toml: ")[2] for line in refused.value.lines]


def test_p1_the_shipped_profile_says_how_cases_are_run(db, loaded):
    loaded()

    assert CaseSettings.objects.values().get() == {
        "id": 1,
        "warn_percent": 75,
        "receipts_at_most": 10,
        "receipts_within_minutes": 180,
        "attachment_mib": 25,
        "attachments_at_once": 10,
        "client_quota_mib": 5000,
        "guide_en": "https://provider.example/en/recommended-installation/",
        "guide_sv": "https://provider.example/sv/rekommenderad-installation/",
    }
    assert list(Team.objects.order_by("pk").values_list("code", "name_sv", "retired")) == [
        ("development", "Utveckling", False),
        ("operations", "Drift", False),
    ]
    assert list(CannedAnswer.objects.order_by("pk").values_list("title", flat=True)) == ["Ask for logs", "Please try again"]


def test_p1_loading_it_twice_changes_nothing_and_leaves_no_trace(db, loaded):
    loaded(end=ARTICLE)
    again = loaded(end=ARTICLE)

    assert "cases" not in again.lower()
    assert [model.history.count() for model in (CaseSettings, Team, CannedAnswer, HelpArticle)] == [1, 2, 2, 1]


def test_s17_a_team_that_the_profile_no_longer_names_is_retired(db, loaded):
    loaded()
    loaded({'code = "operations"\nen = "Operations"': 'code = "hosting"\nen = "Hosting"'})

    assert dict(Team.objects.values_list("code", "retired")) == {"development": False, "operations": True, "hosting": False}


def test_p1_canned_answers_that_staff_wrote_stay(db, loaded):
    CannedAnswer.objects.create(title="Ours", text_en="Hello", text_sv="Hej")

    loaded()

    assert CannedAnswer.objects.filter(title="Ours").exists()


def test_s14_an_article_is_put_up_once_and_then_belongs_to_staff(db, loaded):
    loaded(end=ARTICLE)
    HelpArticle.objects.update(title="Rewritten", published=False)

    loaded(end=ARTICLE)

    assert HelpArticle.objects.values_list("slug", "language", "title", "published").get() == ("disk", "en", "Rewritten", False)


def test_p1_without_the_section_the_products_own_defaults_hold(db):
    found = terms.current()

    assert (found.warn_percent, found.receipts_at_most, found.attachment_mib) == (75, 10, 25)
    assert CaseSettings.objects.count() == 0


def test_s13_the_guide_is_given_in_the_readers_language_or_in_the_other():
    both, one = CaseSettings(guide_en="https://a.example/", guide_sv="https://b.example/"), CaseSettings(guide_en="https://a.example/")

    with translation.override("sv"):
        assert (terms.guide(both), terms.guide(one)) == ("https://b.example/", "https://a.example/")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('warn = "75 %" ', 'warn = "100 %" ', "cases.warn: must be a whole percentage from 1 to 99, like “75 %”"),
        ('warn = "75 %" ', "warn = 75 ", "cases.warn: must be a text in quotes"),
        ("at_most = 10", "at_most = -1", "cases.receipts.at_most: must be a whole number from 0 to 1000"),
        ('largest = "25 MiB"', 'largest = "25 MB"', "cases.attachments.largest: must be a size like “25 MiB”, from 1 to 1000 MiB"),
        ('largest = "25 MiB"', 'largest = "99999 MiB"', "cases.attachments.largest: "),
        ('en = "https://provider.example/en/rec', 'en = "javascript:alert(1)//rec', "cases.guide.en: Enter a valid URL."),
        ('code = "development"', 'code = "operations"', "cases.teams: “operations” stands there twice"),
        ('code = "development"', 'code = "d v"', "cases.teams[1].code: "),
        ('title = "Please try again"', 'title = "Ask for logs"', "cases.canned_answers: “Ask for logs” stands there twice"),
        ('title = "Please try again"', 'titel = "Please"', "cases.canned_answers[2].title: is missing"),
    ],
)
def test_p1_faults_are_told_with_their_key(tmp_path, old, new, fault):
    assert any(line.startswith(fault) for line in faults(tmp_path, {old: new}))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"disk"', '"suggestions"', "cases.articles[1].slug: “suggestions” is the address of another page. Choose another one."),
        ('"en"', '"de"', "cases.articles[1].language: must be one of: en, sv"),
        ('text = "Remove *old* logs."', "", "cases.articles[1].text: is missing"),
    ],
)
def test_s14_faults_in_articles_are_told_too(tmp_path, old, new, fault):
    assert faults(tmp_path, {}, ARTICLE.replace(old, new, 1)) == [fault]
