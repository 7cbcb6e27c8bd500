"""Addresses of a client's invoices."""

from django.urls import URLPattern, path

from invoicing.views import files, portal

DESK: list[URLPattern] = [path("invoices/<int:invoice_id>/document/<str:kind>/", files.desk_document, name="desk-invoice-document")]
PORTAL: list[URLPattern] = [
    path("invoices/", portal.invoice_list, name="invoices"),
    path("invoices/<int:invoice_id>/", portal.invoice, name="invoice"),
    path("invoices/<int:invoice_id>/document/<str:kind>/", files.portal_document, name="invoice-document"),
]
