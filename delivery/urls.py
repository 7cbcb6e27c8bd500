"""Addresses of the clients' pages of the app `delivery`."""

from delivery.urls_of import acceptance, completion, estimates, limits, triage, work

urlpatterns = [*triage.PORTAL, *estimates.PORTAL, *acceptance.PORTAL, *work.PORTAL, *completion.PORTAL, *limits.PORTAL]
