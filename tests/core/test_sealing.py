"""What is sealed opens with our keys only, in its own place only, and keys can be changed (rule R3)."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from core import sealing

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def keys(settings):
    def use(*those):
        settings.SEALING_KEYS = list(those)

    use(OLD)
    return use


@given(st.text())
def test_r3_whatever_is_sealed_opens_as_it_was(text):
    assert sealing.unseal(sealing.seal(text, context="a"), context="a") == text


def test_r3_what_is_sealed_does_not_show_the_text(keys):
    sealed = sealing.seal("The key is under the mat", context="a")

    assert "mat" not in sealed
    assert sealed != sealing.seal("The key is under the mat", context="a")


def test_r3_old_keys_still_open(keys):
    sealed = sealing.seal("Mat", context="a")

    keys(NEW, OLD)

    assert sealing.unseal(sealed, context="a") == "Mat"
    assert not sealing.is_current(sealed)


def test_r3_what_is_sealed_anew_needs_the_old_key_no_more(keys):
    sealed = sealing.seal("Mat", context="a")
    keys(NEW, OLD)

    anew = sealing.reseal(sealed)
    keys(NEW)

    assert sealing.is_current(anew)
    assert sealing.unseal(anew, context="a") == "Mat"
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, context="a")


def test_r3_a_wrong_key_opens_nothing_and_says_so(keys):
    sealed = sealing.seal("Mat", context="a")
    keys(OTHER)

    with pytest.raises(sealing.SealBroken) as refused:
        sealing.unseal(sealed, context="a")

    assert "ask for it again" in str(refused.value)
    assert refused.value.__cause__ is None
    with pytest.raises(sealing.SealBroken):
        sealing.reseal(sealed)


def test_r3_what_was_moved_to_another_place_stays_shut(keys):
    sealed = sealing.seal("Mat", context="session:1:access")

    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, context="session:2:access")


@pytest.mark.parametrize("broken", ["", "gAAAA", "no token at all", "åäö"])
def test_r3_what_was_never_sealed_stays_shut(keys, broken):
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(broken, context="a")


def test_r3_one_changed_letter_and_it_stays_shut(keys):
    sealed = sealing.seal("Mat", context="a")
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]

    with pytest.raises(sealing.SealBroken):
        sealing.unseal(changed, context="a")


def test_r3_a_key_that_is_none_is_named_by_its_number_not_by_itself(keys):
    keys(OLD, "a-word-that-is-no-key")

    with pytest.raises(ImproperlyConfigured, match="key 2 is not 32 bytes") as refused:
        sealing.seal("Mat", context="a")

    assert "a-word-that-is-no-key" not in str(refused.value)
