"""The forms of django-allauth whose words or fields are ours."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SetPasswordForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import encrypt, is_mfa_enabled
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

from sign_in import tries

NAME_LENGTH = 60


class EndOthersForm(forms.Form):
    """The round of sign-ins that the page was shown with; unreadable or missing, it is as if the page had just been opened."""

    round = forms.IntegerField(min_value=0, max_value=2**31)


class PlainPassword(forms.Form):
    """A new password without the list of what it may not be: the page says what is good, and a refusal what is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = ""


class NewPasswordForm(PlainPassword, ChangePasswordForm):
    """Another password for the old."""


class FirstPasswordForm(PlainPassword, SetPasswordForm):
    """A password where there was none."""


class PasswordByLinkForm(PlainPassword, ResetPasswordKeyForm):
    """A password by a link that was mailed."""


NONSENSE = (AttributeError, KeyError, TypeError, ValueError)
"""What the library raises where an answer is not built like that of any device."""


class AddPasskeyForm(AddWebAuthnForm):
    """A new passkey: its name, and that it is meant to sign in by itself."""

    name = forms.CharField(label=_("What to call it"), max_length=NAME_LENGTH, required=False)
    passwordless = forms.BooleanField(
        label=_("It signs me in by itself, without a password"),
        required=False,
        initial=True,
        help_text=_("Untick this for an old security key without PIN or fingerprint: it then comes after your password."),
    )

    def clean(self) -> dict[str, Any]:
        """The answer of the device, checked."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except NONSENSE:
            raise get_adapter().validation_error("incorrect_code") from None
        return cleaned


class RenamePasskeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    name = forms.CharField(label=_("What to call it"), max_length=NAME_LENGTH)


class CountedCode(forms.Form):
    """Counts a code among what is tried from its address."""

    def clean_code(self) -> str:
        """The code, which fits. Raises ValidationError."""
        taken = tries.take(context.request)
        code: str = super().clean_code()  # type: ignore[misc]  # of the form that this is mixed into
        taken.rollback()
        return code


class CodeForm(CountedCode, AuthenticateForm):
    """A code of the app, or a recovery code, while signing in."""

    code = forms.CharField(
        label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True})
    )

    @property
    def has_app(self) -> bool:
        """Whether the person has an authenticator app, so that the page can ask for its code."""
        return bool(is_mfa_enabled(self.user, [Authenticator.Type.TOTP]))


class CalmPasskey(forms.Form):
    """Refuses nonsense instead of a passkey like a wrong one."""

    def clean_credential(self) -> Authenticator:
        """The passkey that answered."""
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the form that this is mixed into
        except NONSENSE:
            raise get_adapter().validation_error("incorrect_code") from None


class PasskeyLoginForm(CalmPasskey, LoginWebAuthnForm):
    """A passkey alone."""


class PasskeyAgainForm(CalmPasskey, ReauthenticateWebAuthnForm):
    """A passkey once more."""


class PasskeyForm(CalmPasskey, AuthenticateWebAuthnForm):
    """A passkey after the password."""

    @property
    def has_passkey(self) -> bool:
        """Whether the person has one at all."""
        return bool(is_mfa_enabled(self.user, [Authenticator.Type.WEBAUTHN]))


class CodeAgainForm(CountedCode, ReauthenticateForm):
    """The same, once more."""

    code = forms.CharField(label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))


class AppForm(ActivateTOTPForm):
    """The first code of a new app."""

    code = forms.CharField(
        label=_("Code from the app"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )

    def clean_code(self) -> str:
        """The code, which from now on is used: it does not sign in as well."""
        code: str = super().clean_code()
        app = TOTP(Authenticator(user=self.user, type=Authenticator.Type.TOTP, data={"secret": encrypt(self.secret)}))
        if not app.validate_code(code):
            raise get_adapter().validation_error("incorrect_code")
        return code
