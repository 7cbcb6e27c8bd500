from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clients import profile
from clients.models import Provider

SHIPPED = Path(__file__).resolve().parents[2] / "profiles" / "easyredmine.toml"


@pytest.fixture
def edited(tmp_path):
    """The shipped profile with some texts replaced, in a file of its own."""

    def edit(**replaced):
        text = SHIPPED.read_text()
        for old, new in replaced.get("texts", {}).items():
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "edited.toml"
        path.write_text(text + replaced.get("end", ""))
        return path

    return edit


def faults(path):
    """What is wrong with the file, without its path."""
    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=path)
    assert all(line.startswith(f"{path}: ") for line in refused.value.lines)
    return [line.removeprefix(f"{path}: ") for line in refused.value.lines]


def load(*arguments):
    """What the command prints."""
    out = StringIO()
    call_command("load_profile", *arguments, stdout=out)
    return out.getvalue()


def test_p1_the_shipped_profile_makes_the_provider(db):
    load(SHIPPED)

    provider = Provider.objects.values().get()
    assert provider == {
        "id": 1,
        "name": "Example Support",
        "legal_name": "Example Support AB",
        "organisation_number": "559900-0006",
        "vat_number": "SE559900000601",
        "address": "Exempelgatan 1\n111 22 Stockholm",
        "country": "SE",
        "time_zone": "Europe/Stockholm",
        "currency": "SEK",
        "language": "en",
        "email": "support@provider.example",
        "booking_email": "booking@provider.example",
        "case_domain": "",
        "phone": "+46 8 000 00 00",
        "website": "https://provider.example/",
        "escalation_days": 3,
        "needs_processing_agreement": False,
        "invitation_hours": 168,
    }


def test_p1_loading_twice_changes_nothing_and_writes_no_history(db):
    load(SHIPPED)

    again = load(SHIPPED)

    assert again.strip() == f"{SHIPPED} is in force already: nothing changed."
    assert Provider.history.count() == 1


def test_p1_history_names_the_file(db):
    load(SHIPPED)

    assert Provider.history.get().history_change_reason == "easyredmine.toml"


def test_p1_only_what_differs_is_written(db, edited):
    load(SHIPPED)

    said = load(edited(texts={'phone = "+46 8 000 00 00"': 'phone = "+46 8 123 45 67"'}))

    assert said.strip() == "provider (Example Support): phone: +46 8 000 00 00 → +46 8 123 45 67"
    assert list(Provider.history.order_by("pk").values_list("phone", flat=True)) == ["+46 8 000 00 00", "+46 8 123 45 67"]


def test_p1_an_edit_in_the_administration_stays_until_the_profile_is_loaded_again(db):
    load(SHIPPED)
    Provider.objects.update(name="Edited")

    load(SHIPPED)

    assert Provider.objects.get().name == "Example Support"


def test_p1_checking_changes_nothing(db):
    said = load(SHIPPED, "--check")

    assert "Nothing was changed" in said
    assert not Provider.objects.exists()


def test_p1_a_fault_names_file_key_and_reason_and_nothing_changes(db, edited):
    path = edited(texts={'step = "10 min"': 'step = "0 min"', "[provider]\n": '[provider]\nnickname = "x"\n'})

    with pytest.raises(CommandError) as refused:
        load(path)

    assert str(refused.value).splitlines() == [
        f"{path}: provider.nickname: is not known. Did you mean “name”?",
        f"{path}: credit.rounding.step: must be a whole number of minutes above 0",
        "The profile has faults. Nothing has changed.",
    ]
    assert refused.value.returncode == 1
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('country = "SE"', 'country = "Sweden"', "provider.country: must be a country by its two letters, like SE"),
        ('currency = "SEK"', 'currency = "kr"', "provider.currency: must be a currency by its three letters, like SEK"),
        (
            'time_zone = "Europe/Stockholm"',
            'time_zone = "Stockholm"',
            "provider.time_zone: “Stockholm” is not a time zone, like Europe/Stockholm.",
        ),
        ('language = "en"', 'language = "de"', "provider.language: must be one of: en, sv"),
        ('email = "support@provider.example"', 'email = "support"', "provider.email: Enter a valid email address."),
        ('website = "https://provider.example/"', 'website = "javascript:x"', "provider.website: Enter a valid URL."),
        ('name = "Example Support"', 'name = ""', "provider.name: This field cannot be blank."),
        ('name = "Example Support"', "name = 7", "provider.name: must be a text in quotes"),
        ('name = "Example Support"', 'name = "a\\u0000b"', "provider.name: must not contain control characters"),
        ('name = "Example Support"', 'name = "a\\nb"', "provider.name: must be a single line"),
        ('name = "Example Support"\n', "", "provider.name: is missing"),
        (
            '"559900-0006"',
            '"559900-0007"',
            "provider.organisation_number: is not an organisation number of this country (a digit may be wrong)",
        ),
        ('"SE559900000601"', '"DK559900000601"', "provider.vat_number: is not a VAT number of this country, like SE556677889901"),
    ],
)
def test_p1_each_fault_of_the_provider_is_told(edited, old, new, fault):
    assert faults(edited(texts={old: new})) == [fault]


def test_p1_a_name_that_is_too_long_is_told(edited):
    (fault,) = faults(edited(texts={'name = "Example Support"': f'name = "{"x" * 121}"'}))

    assert fault == "provider.name: Ensure this value has at most 120 characters (it has 121)."


def test_p1_an_unknown_section_is_told_with_the_one_that_was_meant(edited):
    assert faults(edited(end="\n[credits]\n")) == ["credits: is not known. Did you mean “credit”?"]


def test_p1_an_empty_file_lacks_each_section(tmp_path):
    (tmp_path / "empty.toml").write_text("")

    assert faults(tmp_path / "empty.toml") == ["provider: is missing", "worktime: is missing", "support: is missing"]


def test_p1_a_section_that_is_no_table_is_told(tmp_path):
    (tmp_path / "odd.toml").write_text('provider = 1\ncredit = []\nsessions = "x"\n')

    assert faults(tmp_path / "odd.toml")[0] == "provider: must be a table: [provider]"


def test_p1_a_file_that_is_no_toml_says_where(tmp_path):
    (tmp_path / "broken.toml").write_text("[provider\n")

    (fault,) = faults(tmp_path / "broken.toml")
    assert fault.startswith("is not TOML: ")
    assert "line 1" in fault


def test_p1_a_file_in_another_encoding_is_told(tmp_path):
    (tmp_path / "latin.toml").write_bytes('name = "Åsa"'.encode("latin-1"))

    assert faults(tmp_path / "latin.toml") == ["is not written in UTF-8"]


def test_p1_a_file_that_is_not_there_is_told(tmp_path):
    assert faults(tmp_path / "none.toml") == ["cannot be read: No such file or directory"]


def test_p1_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SHIPPED.read_bytes())

    assert profile.read(path=path).sections["provider"].name == "Example Support"
