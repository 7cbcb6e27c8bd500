"""What a password must be (OWASP ASVS 5, 6.2.1 to 6.2.12)."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from sign_in import devices

GOOD = [
    "correct horse battery staple",
    "häst batteri klammer korrekt",
    "xkcd936rulesok",
    "tillgodo made my horse smile",
    "a-fine-long-password",
    "zq7!mW2#pL9@",
    "only lower case letters here",
    "x" * 3 + "a very long one of more than sixty four characters, as is allowed to anybody" * 2,
]
BAD = {
    "elevenchars": "short",
    "password1234": "padded",
    "passwordpassword": "repeated",
    "p4ssw0rd!!!!": "in disguise",
    "aaaaaaaaaaaaaa": "one letter",
    "abababababab": "two letters",
    "123456789012": "row of figures",
    "qwertyuiopasdfgh": "rows of the keyboard",
    "abcdefghijklmn": "the alphabet",
    "Tillgodo2026!": "the product",
    "ExampleSupport1": "the provider",
    "T1llg0d0-2026": "the product in disguise",
    "anna@acme.example": "their own address",
    "Sommar2026Tillgodo"[6:]: "the product and a year",
}


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_of_whatever_characters_is_taken(acme, password):
    validate_password(password, acme.approver)


@pytest.mark.parametrize("password", BAD)
def test_what_others_would_try_first_is_refused(acme, password):
    with pytest.raises(ValidationError):
        validate_password(password, acme.approver)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari, Mac"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("<b>call 555-1234 at once</b>", "another program"),
        ("", "another program"),
    ],
)
def test_a_device_is_called_by_what_we_know_of_it_never_by_its_own_words(agent, name):
    assert devices.name_of(agent) == name
