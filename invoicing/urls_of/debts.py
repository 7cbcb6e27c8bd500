"""Addresses of what is owed."""

from django.urls import URLPattern, path

from invoicing.views import desk_debts, portal_debts

DESK: list[URLPattern] = [
    path("invoices/owed/", desk_debts.debt_list, name="desk-debts"),
    path("invoices/owed/<int:account_id>/drafting/", desk_debts.invoice_now, name="desk-debts-invoice"),
]
PORTAL: list[URLPattern] = [path("credit/<int:account_id>/owed/", portal_debts.owed, name="owed")]
