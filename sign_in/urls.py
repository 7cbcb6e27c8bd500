"""Addresses of signing in: our own, and those of django-allauth that we use."""

from allauth.account.urls import urlpatterns as account_urls
from allauth.mfa.urls import urlpatterns as mfa_urls
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from sign_in import views

# Addresses are the provider's to change and need no confirmation: the pages for that are left out.
LEFT_OUT = {"account_email", "account_email_verification_sent", "account_confirm_email"}
allauth_urls: list[URLPattern | URLResolver] = [url for url in account_urls if url.name not in LEFT_OUT]

# What allauth spreads over three lists stands on one page.
to_security = require_safe(login_required(RedirectView.as_view(pattern_name="security")))

urlpatterns = [
    path("me/security/", views.security, name="security"),
    path("me/security/sign-ins/end/", views.end_others, name="sign-ins-end"),
    path("me/security/sign-ins/<int:sign_in_id>/end/", views.end_one, name="sign-in-end"),
    path("accounts/2fa/", to_security, name="mfa_index"),
    path("accounts/2fa/webauthn/", to_security, name="mfa_list_webauthn"),
    path("accounts/2fa/", include(mfa_urls)),
    path("accounts/", include(allauth_urls)),
]
