"""Addresses of the staff's pages of the app `delivery`, under `desk/`."""

from delivery.urls_of import acceptance, completion, estimates, limits, triage, work

urlpatterns = [*triage.DESK, *estimates.DESK, *acceptance.DESK, *work.DESK, *completion.DESK, *limits.DESK]
