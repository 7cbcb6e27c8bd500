"""Addresses of the audit log, under `desk/`."""

from django.urls import path

from trail import views

urlpatterns = [
    path("audit/", views.log, name="desk-audit"),
    path("audit/log.csv", views.text, name="desk-audit-csv"),
    path("audit/log.xlsx", views.workbook, name="desk-audit-xlsx"),
    path("audit/<int:entry_id>/", views.entry, name="desk-audit-entry"),
]
