"""Signing in with a passkey, an app and a code, in Chromium with an authenticator of its own (proof SEC11)."""

import os
import re
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache

from notices.models import Notice
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("SIGN_IN_PICTURES")
WIDTHS = [(390, 844), (1280, 900)]
ENTER = "form:has(input[name=password]) button[type=submit]"


def picture(window, name):
    """Keep what is on the page, in both widths, for whoever wants to look."""
    if PICTURES:
        before = window.page.viewport_size
        for width, height in WIDTHS:
            window.page.set_viewport_size({"width": width, "height": height})
            window.look()
            window.page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
        window.page.set_viewport_size(before)


def with_authenticator(window):
    """A phone that has a fingerprint reader, and always agrees."""
    devtools = window.page.context.new_cdp_session(window.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def sign_out(window):
    """Sign out on the page for it."""
    window.open("/accounts/logout/")
    window.press("main button[type=submit]")


def show_that_it_is_me(window):
    """The password once more, where it is asked for."""
    if "/reauthenticate/" in window.page.url:
        picture(window, "reauthenticate")
        window.page.fill("input[name=password]", PASSWORD)
        window.press(ENTER)


def test_sec11_a_passkey_is_added_and_signs_in_by_itself(acme, window_of):
    window = window_of(acme.approver)
    with_authenticator(window)
    window.open("/me/security/")
    picture(window, "security-empty")
    window.open("/accounts/2fa/webauthn/add/")
    show_that_it_is_me(window)
    picture(window, "passkey-add")

    window.press("#passkey_add")
    picture(window, "recovery-codes")
    sign_out(window)
    picture(window, "login")
    window.press("#passkey_login")

    assert Authenticator.objects.get(type="webauthn").user == acme.approver
    window.open("/me/security/")
    assert "My passkey" in window.text
    picture(window, "security-passkey")


def test_sec11_a_passkey_is_the_second_step_after_a_password(acme, window_of):
    window = window_of(acme.approver)
    with_authenticator(window)
    window.open("/accounts/2fa/webauthn/add/")
    show_that_it_is_me(window)
    window.press("#passkey_add")
    sign_out(window)

    window.page.fill("input[name=login]", acme.approver.email)
    window.page.fill("input[name=password]", PASSWORD)
    window.press(ENTER)
    halfway = window.page.url
    picture(window, "second-step-passkey")
    window.press("#passkey_show")

    assert "/2fa/authenticate/" in halfway
    window.open("/me/security/")
    window.press("a[href*='/remove/']")
    picture(window, "passkey-remove")


def test_sec11_a_device_without_a_passkey_is_told_so(acme, window_of):
    window = window_of(acme.approver)
    devtools, phone = with_authenticator(window)
    sign_out(window)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})

    window.the("#passkey_login").click()
    window.page.wait_for_selector("[data-passkey-trouble]:visible")

    assert "Nothing has changed" in window.text
    picture(window, "login-trouble")


def test_sec11_an_app_is_set_up_and_asked_for(acme, window_of):
    window = window_of(acme.approver)
    window.open("/accounts/2fa/totp/activate/")
    show_that_it_is_me(window)
    picture(window, "app-set-up")
    secret = window.page.locator("code.key").text_content()

    window.page.fill("input[name=code]", code_of(secret))
    window.press("form:has(input[name=code]) button[type=submit]")
    recovery = window.page.locator(".codes li code").all_text_contents()
    window.open("/me/security/")
    picture(window, "security-app")
    window.open("/accounts/2fa/recovery-codes/generate/")
    picture(window, "recovery-codes-new")
    window.open("/accounts/2fa/totp/deactivate/")
    picture(window, "app-remove")
    sign_out(window)
    window.page.fill("input[name=login]", acme.approver.email)
    window.page.fill("input[name=password]", PASSWORD)
    window.press(ENTER)
    picture(window, "second-step-app")
    window.page.fill("input[name=code]", recovery[0])
    window.press("form:has(input[name=code]) button[type=submit]")

    window.open("/me/security/")
    assert len(recovery) == 10
    assert "Authenticator app In use" in window.text
    assert "9 of 10 are left" in window.text


def test_sec11_a_code_by_mail_signs_in(acme, window_of):
    window = window_of(acme.approver)
    for name in ("password/change", "password/reset", "password/reset/done", "signup", "inactive"):
        if name == "password/reset":
            sign_out(window)
        window.open(f"/accounts/{name}/")
        picture(window, name.replace("/", "-"))
    window.open("/accounts/login/code/")
    picture(window, "code-ask")
    window.page.fill("input[name=email]", acme.approver.email)
    window.press("form:has(input[name=email]) button[type=submit]")
    picture(window, "code-write")

    body = Notice.objects.filter(cause__startswith="sign-in:").latest("pk").body
    window.page.fill("input[name=code]", re.findall(r"^[A-Z0-9-]{6,}$", body, re.MULTILINE)[0])
    window.press("form:has(input[name=code]) button[type=submit]")

    assert window.page.url.endswith("/")
    cache.clear()


def code_of(secret):
    """What an app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
