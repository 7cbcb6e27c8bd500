"""Sign-in mails take the same way as all others: through the outbox."""

from allauth.account.adapter import DefaultAccountAdapter


class SignInAdapter(DefaultAccountAdapter):
    """allauth's adapter for this product."""
