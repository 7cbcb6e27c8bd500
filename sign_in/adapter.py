"""Signing in: nobody signs up by themselves, and sign-in mails take the outbox like all others (rule M4).

Accounts are made by the provider. The links in these mails come from the configured address of the product, never
from what a request claims to be its host, and their texts are forgotten once they are sent (`notices.delivery`).
Whatever changes how somebody signs in is told to them by mail, and so is a sign-in on a device that was not seen before.
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from clients import provider
from notices.outbox import write_to_address
from people.models import Person
from sign_in import devices, lifetimes, sign_ins, tries

LOGIN = "sign-in"
"""What a mail's cause begins with whose text signs somebody in; `notices.delivery` forgets it once it is sent."""
NEWS = "security"

WAYS = {
    "account_reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code from your app, or a recovery code"),
    "mfa_reauthenticate_webauthn": _("Use a passkey"),
}


class SignInAdapter(DefaultAccountAdapter):
    """allauth's adapter for this product."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the provider makes accounts."""
        return False

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Nothing is noted: a person has the one address of their account, and an old one must not sign anybody in."""
        return True

    def is_safe_url(self, url: str) -> bool:
        """Whether to go on to `url` after signing in: within the host that was asked, no other that we answer for."""
        request = self.request
        return url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a mail with a link or code that signs somebody in."""
        self._queue(LOGIN, template_prefix, email, context)

    def send_notification_mail(
        self, template_prefix: str, user: Person, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person what has changed about their signing in, when, and from where."""
        agent = self.request.headers.get("User-Agent", "")
        facts = {"timestamp": timezone.now(), "ip": self.get_client_ip(self.request), "device": devices.name_of(agent)}
        facts["security_url"] = f"{settings.BASE_URL}{reverse('security')}"
        self._queue(NEWS, template_prefix, user.email, {**(context or {}), **facts}, user)

    def format_email_subject(self, subject: str) -> str:
        """The subject as it is, without a prefix: the sender says who writes."""
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a password mail, on the configured address of the product."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL}{path}"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        """The person whose password this is. Raises ValidationError where the account or the address has no try left."""
        taken = tries.take(request)
        person: Person | None = super().authenticate(request, **credentials)
        if person is not None:
            taken.rollback()
        return person

    def set_password(self, user: Person, password: str) -> None:
        """Keep a new password, end every sign-in of the person but the one that this request belongs to, and forget wrong passwords."""
        super().set_password(user, password)
        self._delete_login_attempts_cached_email(self.request, email=user.email)  # allauth does so for addresses in its own table
        sign_ins.end_others(person=user, but=self.request.session)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where the password was changed from."""
        return reverse("security")

    def get_reauthentication_methods(self, user: Person | AnonymousUser) -> list[dict[str, Any]]:
        """The ways to show that it is still oneself, in our words."""
        names = {reverse(name): words for name, words in WAYS.items()}
        return [way | {"description": names[way["url"]]} for way in super().get_reauthentication_methods(user)]

    def pre_login(self, request: HttpRequest, user: Person, **facts: Any) -> HttpResponse | None:
        """Let in who may come in, and nobody by an address that was theirs until just now, as with a code that went there."""
        if facts["email"] and facts["email"].lower() != user.email:
            messages.error(request, _("This account has another address now. Sign in with that one."))
            return redirect("account_login")
        refused: HttpResponse | None = super().pre_login(request, user, **facts)
        return refused

    def post_login(self, request: HttpRequest, user: Person, **facts: Any) -> HttpResponse:
        """Sign in, and write to the person where the device is a new one; the first sign-in of all is no news."""
        is_first = request.session.pop(devices.FIRST, False)
        response: HttpResponse = super().post_login(request, user, **facts)
        if not devices.is_known(request, user):
            if not is_first:
                self.send_notification_mail("account/email/new_device", user)
            devices.remember(request, response, user)
        return response

    def login(self, request: HttpRequest, user: Person) -> None:
        """Sign in under a new session key."""
        is_first = user.last_login is None
        super().login(request, user)
        request.session[devices.FIRST] = is_first
        lifetimes.begin(request.session, at=timezone.now())

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts for each host that was asked: with several ALLOWED_HOSTS that many times as often.
        return f"login:{credentials.get('email', '').lower()}"

    def _queue(self, kind: str, template: str, email: str, context: dict[str, Any], known: Person | None = None) -> None:
        person = known or Person.objects.filter(email=email.lower()).first()
        language = person.language if person else translation.get_language() or settings.LANGUAGE_CODE
        zone = person.zone if person else timezone.get_current_timezone()
        with translation.override(language), timezone.override(zone):
            message = self.render_mail(template, email, {**context, "email": email, "current_site": _site()})
        write_to_address(
            cause=f"{kind}:{uuid4()}",
            person=person,
            address=person.email if person else email,
            language=language,
            text=(message.subject, message.body),
            at=timezone.now(),
        )


def _site() -> dict[str, str]:
    """How the mails name the sender and the place."""
    known, host = provider.known(), urlsplit(settings.BASE_URL).netloc
    return {"name": known.name if known else host, "domain": host}
