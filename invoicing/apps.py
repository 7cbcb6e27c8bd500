"""The app `invoicing`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicingConfig(AppConfig):
    name = "invoicing"
    verbose_name = _("invoicing")

    def ready(self) -> None:
        """Answer for the profile, orders that are invoiced or become credit by an invoice, files in mails, and data about people."""
        from django.core import checks

        from clients.profile import register
        from credits import topup_papers
        from invoicing import installed, privacy, profile, sources
        from invoicing.transmission import sending, words
        from notices import files, holding

        register("invoicing", profile.validate, profile.apply, required=False)
        topup_papers.bind_by(sources.binds, shown=sources.pages_of)
        topup_papers.granted_by_invoice(sources.are_offered)
        files.read_by(words.KIND, words.content_of)
        privacy.declare()
        checks.register(installed.further_rules)
        holding.set_aside_by("e-invoices", sending.set_aside)
