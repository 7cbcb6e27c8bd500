"""Addresses of reminders, contests and what is overdue."""

from django.urls import URLPattern, path

from invoicing.views import contests, due, due_invoice

DESK: list[URLPattern] = [
    path("invoices/overdue/", due.overdue, name="desk-overdue"),
    path("invoices/overdue/acting/", due.act, name="desk-overdue-act"),
    path("invoices/overdue/list.csv", due.text, name="desk-overdue-csv"),
    path("invoices/overdue/list.xlsx", due.workbook, name="desk-overdue-xlsx"),
    path("invoices/reference-rates/", due_invoice.reference_rates, name="desk-reference-rates"),
    path("invoices/<int:invoice_id>/late/", due_invoice.late, name="desk-invoice-late"),
    path("invoices/<int:invoice_id>/late/charging/", due_invoice.charge, name="desk-invoice-charge"),
    path("invoices/<int:invoice_id>/late/extending/", due_invoice.extend, name="desk-invoice-extend"),
    path("invoices/late-charges/<int:charge_id>/waiving/", due_invoice.waive, name="desk-late-charge-waive"),
    path("invoices/contests/<int:contest_id>/", contests.answer, name="desk-contest"),
]
PORTAL: list[URLPattern] = [
    path("invoices/<int:invoice_id>/contest/", contests.contest, name="invoice-contest"),
    path("invoices/<int:invoice_id>/contest/withdrawing/", contests.withdraw, name="invoice-contest-withdraw"),
]
